"""Random worlds with an activity, and attacks on the ramps and protections found for them.

An attack asks two things of an answer. Does it hold with chance that neither search nor proof has seen?
And is there a cheaper one that is proven in the same way: a ramp a fifth faster, a part less, a limit a
fifth looser?
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from tidegate.evaluate.judging.trial import Proof, Trial
from tidegate.evaluate.searching.ramp import find_ramp
from tidegate.evaluate.variants.fraction import choose_fraction
from tidegate.evaluate.variants.margin import Variant, margin_variants
from tidegate.evaluate.variants.pace import Bounds, overlay_of, pace, planned_s
from tidegate.evaluate.variants.world_case import Case, run_case
from tidegate.experiment.interval import share_interval
from tidegate.experiment.replicate import Rule
from tidegate.protect.smallest import smallest_protection
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world
from tidegate.world.file.value import value_at
from tidegate.world.world import WorldFile

SEED, FRESH_SEED = 7, 90_001
RAMP_WITHIN_S = 120.0
LOOSER = 0.2
_AT_S, _HORIZON_S = 4, 30
_POLICIES: tuple[Any, ...] = (
    "immediate",
    {"layers": [{"retries": "unlimited", "backoff": "constant", "base": "200ms", "jitter": "full"}]},
    {"layers": [{"retries": 3, "backoff": "constant", "base": "300ms"}]},
    {"layers": [{"retries": "unlimited", "backoff": "exponential", "base": "500ms", "cap": "10s"}]},
    {"layers": [{"retries": "unlimited", "backoff": "decorrelated", "base": "100ms", "cap": "5s"}]},
)


def attacked_world(number: int) -> WorldFile:
    """Return the random world of this number; its one activity is called ``act``."""
    draw = random.Random(60_000 + number)  # noqa: S311  chance, not secrecy
    packets = round(1000 * 3 ** draw.random())
    count, load = draw.randint(300, 900), draw.uniform(0.3, 0.65)
    policy = draw.choice(_POLICIES)
    timeout = f"{draw.choice([300, 500, 1000])}ms"
    base = {
        "network": "inner",
        "service": "web",
        "population": count,
        "connection": draw.choice(["per_request", "keep_alive"]),
        "timeout": timeout,
        "syn": "linux-classic",
        "demand": {"kind": "closed", "think": f"{count / (load * packets / 10):.3g}s"},
        "retry": policy,
    }
    forwarding: Any = f"{packets}/s"
    if draw.random() < 0.6:
        ends = {"low": f"{round(0.8 * packets)}/s", "high": f"{round(1.2 * packets)}/s"}
        forwarding = {"value": forwarding, **ends, "basis": "assumed", "measure": "calibrate"}
    device = {"between": ["inner", "main"], "round_trip": "200us", "forwarding": forwarding}
    device["queue_packets"] = round(200 * 10 ** draw.random())
    spread = f"{draw.choice([50, 200, 1000])}ms"
    world: dict[str, Any] = {
        "name": f"attacked_{number}",
        "horizon": f"{_HORIZON_S}s",
        "networks": {"inner": {}, "main": {}},
        "crossings": {"device": device},
        "services": {"web": {"network": "main", "instances": 4, "concurrency": 500, "service_time": "200us"}},
        "clients": {"base": base},
        "objectives": {"collapse_probability": "2%"},
    }
    if draw.random() < 0.5:
        reactions = [{"clients": "base", "spread": spread, "reconnect": draw.choice([0.5, 1.0])}]
        activity: dict[str, Any] = {"kind": "reconnect", "service": "web", "reactions": reactions}
    else:
        before = draw.choice([10, 20])
        added = {key: base[key] for key in ("network", "service", "timeout", "syn", "retry")}
        demand = {"kind": "closed", "think": f"{draw.choice([5, 10])}s"}
        added |= {"population": before, "connection": "pool", "pool": draw.choice([2, 5]), "demand": demand}
        world["clients"]["pods"] = added | {"start_spread": spread}
        to = before * draw.choice([2, 4, 6])
        activity = {"kind": "scale", "clients_added": "pods", "from": before, "to": to}
    world["activities"] = {"act": activity | {"at": f"{_AT_S}s"}}
    if policy != "immediate" and draw.random() < 0.3:
        says = {"says": "clients back off", "otherwise": "they do not", "counter": {}}
        says["counter"] = {f"clients.{name}.retry": "immediate" for name in world["clients"]}
        world["beliefs"] = {"back_off": says | {"basis": "assumed", "measure": "probe"}}
    return read_world(json.dumps(world), f"attacked_{number}.yaml")


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A case in which an answer does not hold with fresh chance."""

    title: str
    collapsed: int
    runs: int


def _runs(file: WorldFile, activity: str | None, many: int, executor: Executor) -> int:
    fraction = choose_fraction(write_script(file, activity), file.world.horizon_s)
    rule = Rule(threshold=0.5, exact_count=many)
    case = Case(name="attack", title="attack", file=file, activity=activity)
    return run_case(case, fraction=fraction, seed=FRESH_SEED, rule=rule, executor=executor).replications.count


def attack(
    trial: Trial, changes: Mapping[str, object], variants: tuple[Variant, ...], many: int
) -> list[Broken]:
    """Return where changes do not hold: collapse is surely too probable with seeds of the attack's own.

    Numbers moved are attacked as well, with a tenth of the runs.
    """
    asked = [(title, under, many) for title, under in trial.worlds.items()]
    moved = [(f"{v.path} = {v.value:g}", v.changes, max(many // 10, 10)) for v in variants]
    broken = []
    for title, under, runs in (*asked, *moved):
        collapsed = _runs(trial.laid(under, changes), trial.activity, runs, trial.executor)
        if share_interval(collapsed, runs)[0] > trial.acceptable:
            broken.append(Broken(title=title, collapsed=collapsed, runs=runs))
    return broken


def _proven(trial: Trial, changes: Mapping[str, object], variants: tuple[Variant, ...]) -> bool:
    held = trial.holds(changes)
    return held is not None and isinstance(trial.margin(held, changes, variants), Proof)


def attack_ramp(file: WorldFile, activity: str, executor: Executor, *, many: int = 200) -> dict[str, Any]:
    """Find a ramp and attack it."""
    bounds = Bounds(within_s=max(RAMP_WITHIN_S, 10.0 * planned_s(file.world, activity)))
    found = find_ramp(file, activity, bounds, seed=SEED, executor=executor).ramp
    if found is None:
        return {"found": False}
    trial = Trial(file, activity, seed=SEED, executor=executor)
    variants = margin_variants(file, activity, but=set(found.changes))
    # Where it says itself that a plan has no margin, that is no attack.
    variants = tuple(v for v in variants if v.path not in found.thin)
    one = found.pace
    planned = max(planned_s(file.world, activity), 1.0)
    faster = pace(
        file.world,
        activity,
        batches_count=one.batches_count,
        total_s=one.total_s * (1 - LOOSER),
        spreads=True,
    )
    cheaper = []
    if planned <= faster.total_s <= one.total_s * (1 - LOOSER / 2):
        laid = overlay_of(file.world, faster)
        if _proven(trial, laid, variants):
            cheaper.append(f"{faster.total_s:g} s instead of {one.total_s:g} s")
    return {
        "found": True,
        "says": f"{one.batches_count} batches, {one.total_s:g} s",
        "broken": [vars(b) for b in attack(trial, found.changes, variants, many)],
        "cheaper": cheaper,
    }


def _looser(file: WorldFile, changes: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each number a fifth nearer to today's, alone: more let in, a shorter spread, a lower limit."""
    for path, value in changes.items():
        if not isinstance(value, int | float) or isinstance(value, bool) or path.endswith("burst"):
            continue
        today = value_at(file.world, path)
        looser = value * (1 - LOOSER if today is not None and today < value else 1 + LOOSER)
        looser = float(round(looser)) if isinstance(value, int) else looser
        yield f"{path} = {looser:g} instead of {value:g}", {**changes, path: looser}


def attack_protection(
    file: WorldFile, activity: str | None, executor: Executor, *, many: int = 200
) -> dict[str, Any]:
    """Find the smallest protection and attack it."""
    found = smallest_protection(file, activity, seed=SEED, executor=executor)
    if found.protection is None:
        return {"found": False}
    changes = found.protection.overlay()
    trial = Trial(file, activity, seed=SEED, executor=executor)
    # What it hangs on, and what cannot be so today, is no attack.
    taken = {one.otherwise for one in found.conditions}
    trial.worlds = {title: under for title, under in trial.worlds.items() if title not in taken}
    refuted = {one.partition(" = ")[0] for one in found.refuted}
    moved = [v for v in margin_variants(file, activity) if v.path not in refuted]
    variants = tuple(v for v in moved if v.path not in changes)
    cheaper = []
    for part in found.contributions:
        less = {path: value for path, value in changes.items() if path not in part.paths}
        if _proven(trial, less, tuple(v for v in moved if v.path not in less)):
            cheaper.append(f"without {part.name}")
    cheaper += [says for says, laid in _looser(file, changes) if _proven(trial, laid, variants)]
    return {
        "found": True,
        "says": " and ".join(part.name for part in found.contributions) or "nothing is needed",
        "broken": [vars(b) for b in attack(trial, changes, variants, many)],
        "cheaper": cheaper,
    }
