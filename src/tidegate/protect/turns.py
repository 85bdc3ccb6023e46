"""What helps where a limit that clients keep by themselves is too low? A higher one.

Shortcut: whoever is asked then has to do it; that is for the runs to judge.
"""

from __future__ import annotations

from tidegate.evaluate.arithmetic.exceeded import exceeded
from tidegate.evaluate.arithmetic.turns import herds
from tidegate.evaluate.variants.margin import MARGIN_RATIO
from tidegate.evaluate.variants.scope import script_of
from tidegate.protect.offer import Knob, Offer
from tidegate.world.file.value import value_at
from tidegate.world.world import WorldFile


def higher_limits(file: WorldFile, activity: str | None) -> list[Offer]:
    """Return a higher rate for each such limit that is exceeded, or that a herd outwaits."""
    script = script_of(file, activity)
    needed: dict[str, float] = {}
    for path, _, enough_per_s in herds(script):
        needed[path] = max(needed.get(path, 0.0), enough_per_s)
    for limit in exceeded(script):
        if limit.path.endswith(".limit.rate"):
            now_per_s = float(value_at(file.world, limit.path))
            enough_per_s = now_per_s * limit.wanted / limit.allowed
            needed[limit.path] = max(needed.get(limit.path, 0.0), enough_per_s)
    return [_offer(file, path, enough_per_s / (1.0 - MARGIN_RATIO)) for path, enough_per_s in needed.items()]


def _offer(file: WorldFile, path: str, enough_per_s: float) -> Offer:
    now_per_s = float(value_at(file.world, path))
    section, name, *rest = path.split(".")
    if section == "services":
        service = file.world.services[name]
        called = f"{service.title or name} towards {service.calls[int(rest[1])].service}"
    else:
        called = file.world.clients[name].title or name
    knob = Knob(path=path, least=1.0, most=max(enough_per_s / now_per_s, 1.0), scale=now_per_s)
    changes = {path: knob.value(knob.most)}
    return Offer(name=f"higher own limit of {called}", changes=changes, refuses=0, knob=knob)
