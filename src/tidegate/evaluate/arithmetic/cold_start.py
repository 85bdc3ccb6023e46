"""Does a service that comes back cold keep up with what is asked of it? What it can do, and when checks act.

Shortcut: means; a check fails for as long as more is asked than can be done.
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.evaluate.arithmetic.checked import restarted
from tidegate.evaluate.arithmetic.downtime import longest_dark_s
from tidegate.evaluate.arithmetic.limit import about
from tidegate.evaluate.arithmetic.load import capacity_per_s, streams
from tidegate.simulate.script import Script
from tidegate.world.world import World


def warming_sentences(script: Script) -> Iterator[str]:
    """Yield, as clauses, which services that come back cold are asked for more than they can do at first."""
    world = script.phases[-1].world
    for name, service in world.services.items():
        warm = service.warm_up
        if warm is None or warm.slowdown_ratio <= 1.0 or longest_dark_s(script, name) <= 0.0:
            continue
        asked_per_s, able_per_s = _asked_and_able(world, name)
        if not able_per_s / warm.slowdown_ratio < asked_per_s < able_per_s:
            continue
        # It gets faster evenly: so long its service time is still too long for what is asked.
        enough_ratio = able_per_s / asked_per_s
        behind_s = warm.time_s * (warm.slowdown_ratio - enough_ratio) / (warm.slowdown_ratio - 1.0)
        said = f"{service.title or name} can do {about(able_per_s / warm.slowdown_ratio)}/s as it comes "
        said += (
            f"back, {warm.slowdown_ratio:.3g} times less than later, and about {about(asked_per_s)}/s are "
        )
        yield f"{said}asked: for {about(behind_s)} s it falls behind{restarted(service, behind_s)}"


def _asked_and_able(world: World, name: str) -> tuple[float, float]:
    """Return what is asked of a service, each who waits as long as it can, and what it can do once warm."""
    mine = tuple(one for one in streams(world) if one.service == name)
    return sum(one.least_requests_per_s for one in mine), capacity_per_s(world, name, mine)
