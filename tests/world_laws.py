"""Laws that hold for any world, asked of `check`: what leaves a verdict alone, and what never betters it.

The order of verdicts is proceed, then slow down and protect first, then stop. *Cannot tell* stands between
proceed and stop, and is what few runs say: it is compatible with whatever is beside it. Two numbers of
collapsing runs differ beyond chance where Fisher's exact test says so.
"""

from __future__ import annotations

import json
import math
import pathlib
import random
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import law_changes as change
from law_changes import NARROWER, Tree
from nasty_worlds import nasty_tree
from tidegate.errors import InputError
from tidegate.evaluate.judging.verdict import CaseEvidence, Verdict
from tidegate.evaluate.variants.scope import left_out
from tidegate.verbs.check import Check, check
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

ROOT = pathlib.Path(__file__).parents[1]
SEED, OTHER_SEED, RUNS_COUNT = 7, 8_191, 20
LENIENT = {"objectives.collapse_probability": 0.2}  # so few runs suffice to say that a world holds
RANK = {"proceed": 0, "slow_down": 1, "protect_first": 1, "cannot_tell": 2, "stop": 3}
CHANCE = 1e-5  # thousands of comparisons are made, and none may differ by chance alone


@dataclass(frozen=True, kw_only=True)
class Judged:
    """The verdicts on one world, one for each activity."""

    verdicts: tuple[Verdict, ...]

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(one.verdict for one in self.verdicts)

    @property
    def counts(self) -> tuple[tuple[float, ...], ...]:
        """The share of collapsing runs of every case as planned."""
        return tuple(tuple(case.collapse.value for case in _planned(one)) for one in self.verdicts)


def _planned(verdict: Verdict) -> Iterator[CaseEvidence]:
    yield from (case for case in verdict.cases if case.name == "believed" or case.name.startswith("counter:"))


@dataclass(frozen=True, kw_only=True)
class Broken:
    """One law that does not hold in one world."""

    world: str
    law: str
    says: str


def judged(tree: Tree, executor: Executor, *, seed: int = SEED, runs_count: int = RUNS_COUNT) -> Judged:
    """Judge a world, given as a tree, as a user would."""
    file = overlay(read_world(json.dumps(tree), "law.yaml"), LENIENT)
    return Judged(verdicts=check(Check(file=file, seed=seed, runs_count=runs_count), executor=executor))


# -- how two answers compare ------------------------------------------------------------------------------


def _surely_less(one: CaseEvidence, other: CaseEvidence) -> bool:
    """Whether so few collapsing runs beside the other's are no chance: Fisher's exact test, one-sided."""
    runs = [case.collapse.runs_count for case in (one, other)]
    fell = [round(case.collapse.value * many) for case, many in zip((one, other), runs, strict=True)]
    together = sum(fell)
    ways = sum(
        math.comb(runs[0], k) * math.comb(runs[1], together - k)
        for k in range(max(0, together - runs[1]), fell[0] + 1)
    )
    return ways / math.comb(sum(runs), together) < CHANCE


def same_bytes(was: Judged, now: Judged) -> str:
    """Say what differs where nothing may."""
    if was.words != now.words:
        return f"{' '.join(was.words)}, then {' '.join(now.words)}"
    return "" if was.counts == now.counts else f"collapse {was.counts}, then {now.counts}"


def alike(was: Judged, now: Judged) -> str:
    """Say what differs beyond chance."""
    return _compared(was, now, both=True)


def not_worse(was: Judged, now: Judged) -> str:
    """Say where the second is worse beyond chance."""
    return _compared(was, now, both=False)


def not_better(was: Judged, now: Judged) -> str:
    """Say where the second is better beyond chance."""
    return _compared(now, was, both=False)


def _compared(was: Judged, now: Judged, *, both: bool) -> str:
    for one, other in zip(was.verdicts, now.verdicts, strict=True):
        pairs = list(zip(_planned(one), _planned(other), strict=True))
        if any(_surely_less(a, b) or (both and _surely_less(b, a)) for a, b in pairs):
            return f"collapse {was.counts}, then {now.counts}"
        step = RANK[other.verdict] - RANK[one.verdict]
        step = abs(step) if both else step
        # Beside each other in the order is what chance can do: a case or a remedy more or less.
        if step > 1 and not _near(pairs) and "cannot_tell" not in {one.verdict, other.verdict}:
            return f"{one.verdict}, then {other.verdict}: collapse {was.counts}, then {now.counts}"
    return ""


def _near(pairs: list[tuple[CaseEvidence, CaseEvidence]]) -> bool:
    """Whether chance can explain two words: some case collapses sometimes, and not always."""
    return any(0.0 < case.collapse.value < 1.0 for pair in pairs for case in pair)


# -- the laws ---------------------------------------------------------------------------------------------

Compare = Callable[[Judged, Judged], str]

LAWS: dict[str, tuple[change.Change, Compare]] = {
    "traffic apart": (change.with_others, same_bytes),
    "overloaded traffic apart": (change.with_overloaded_others, same_bytes),
    "other names": (change.renamed, same_bytes),
    "other order": (change.reordered, alike),
    "other units": (change.other_units, same_bytes),
    "two halves": (change.halves, alike),
    "twice the size": (change.doubled, not_worse),
}


def _nothing(tree: Tree, executor: Executor) -> str:
    """An activity that changes nothing is as not acting."""
    service = next(iter(tree["services"]))
    plan = {"kind": "reconnect", "service": service, "at": "15s"}
    idle = {**{k: v for k, v in tree.items() if k != "activities"}, "activities": {"nothing": plan}}
    alone = {k: v for k, v in tree.items() if k != "activities"}
    return alike(judged(alone, executor), judged(idle, executor))


def _seeds(tree: Tree, was: Judged, executor: Executor) -> str:
    return alike(was, judged(tree, executor, seed=OTHER_SEED))


def _horizon(tree: Tree, was: Judged, executor: Executor) -> str:
    """Nothing that lies in wait is hidden by a shorter horizon: proceed stays that over twice the time."""
    twice = {**tree, "horizon": change.times(tree.get("horizon", "5min"), 2.0)}
    now = judged(twice, executor)
    for one, other in zip(was.verdicts, now.verdicts, strict=True):
        if one.verdict == "proceed" and other.verdict != "proceed" and not _near(_pairs(one, other)):
            return f"proceed within {one.horizon_s:g} s, {other.verdict} within {other.horizon_s:g} s"
    return ""


def _pairs(one: Verdict, other: Verdict) -> list[tuple[CaseEvidence, CaseEvidence]]:
    return list(zip(_planned(one), _planned(other), strict=True))


def _left_out(tree: Tree) -> bool:
    """Whether a question leaves anybody out: where nothing happens, it is about all of the world."""
    file = read_world(json.dumps(tree), "law.yaml")
    return any(left_out(file, activity) for activity in file.world.activities or (None,))


def broken_laws(tree: Tree, executor: Executor) -> Iterator[tuple[str, str]]:
    """Yield each law asked of a world, and what breaks it; nothing where it holds."""
    was = judged(tree, executor)
    for name, (changed, compare) in LAWS.items():
        other = changed(tree)
        if other is not None and ("apart" not in name or _left_out(other)):
            yield name, _asked(lambda other=other, compare=compare: compare(was, judged(other, executor)))
    yield "another seed", _asked(lambda: _seeds(tree, was, executor))
    if tree.get("triggers"):
        yield "an activity that changes nothing", _asked(lambda: _nothing(tree, executor))
    yield "twice the horizon", _asked(lambda: _horizon(tree, was, executor))


def broken_monotony(tree: Tree, executor: Executor) -> Iterator[tuple[str, str]]:
    """Yield each way to make a world narrower, and where that betters its verdict."""
    was = judged(tree, executor)
    for name, changed in NARROWER.items():
        other = changed(tree)
        if other is not None:
            yield name, _asked(lambda other=other: not_better(was, judged(other, executor)))


def _asked(ask: Callable[[], str]) -> str:
    try:
        return ask()
    except InputError as error:
        return f"refused: {error}"


# -- the worlds -------------------------------------------------------------------------------------------

_APART = {"record", "day"}
LONG = frozenset(
    [
        "everyday_nat", "gitlab_nat", "kinesis_2020", "square_2017", "surge", "us_east_1_2021",
        "hotos21_look_aside_cache", "osdi22_mongodb", "metastable_example", "nats_533", "oom", "open_grow",
        "oscillates", "pay_two_ips", "pgbouncer_18x", "pool_of_postgres", "ramp_against_check", "rds_1200",
        "rds_2400", "rollout_surge", "service_limited", "settle_false_proceed", "slow_fill",
        "spread_trigger", "from_zero", "all_down",
    ]
)  # fmt: skip
"""Worlds of the repository that the page leaves to the evidence test; the laws of many take minutes each."""

EXPLAINED: dict[tuple[str, str], str] = {}
"""By law and world: the mechanism by which a law is broken where that is no fault."""


def own_trees() -> Iterator[tuple[str, Tree]]:
    """Yield every world of the repository as a plain tree."""
    for folder in ("examples", "tests/published/worlds", "tests/meaning/worlds"):
        for path in sorted((ROOT / folder).rglob("*.yaml")):
            if path.stem in _APART or path.parent.name == "gate":
                continue
            try:
                file: WorldFile = read_world(path.read_text(encoding="utf-8"), path.name)
            except InputError:
                continue  # a manifest, a plan
            tree = json.loads(json.dumps(file.document))
            if tree.get("activities") or tree.get("triggers"):
                yield path.stem if path.stem != "world" else path.parent.name, tree


def random_trees(count: int) -> Iterator[tuple[str, Tree]]:
    """Yield so many nasty worlds."""
    yield from _valid(nasty_tree, "nasty", count)


def plain_trees(count: int) -> Iterator[tuple[str, Tree]]:
    """Yield so many worlds in which one place is narrow and nothing reacts."""
    yield from _valid(plain_tree, "plain", count)


def _valid(draw: Callable[[int], Tree], name: str, count: int) -> Iterator[tuple[str, Tree]]:
    seed = 0
    while count:
        tree = draw(seed)
        seed += 1
        try:
            read_world(json.dumps(tree), "drawn.yaml")
        except InputError:
            continue
        count -= 1
        yield f"{name}_{seed - 1}", tree


_RETRIES: tuple[Any, ...] = (
    "none",
    {"layers": [{"retries": 3, "backoff": "none"}]},
    {"layers": [{"retries": "unlimited", "backoff": "exponential", "base": "1s", "cap": "30s"}]},
)


def plain_tree(seed: int) -> Tree:
    """Return a world in which one place is narrow (its service, a device, a table, ports or connections)."""
    draw = random.Random(50_000 + seed)  # noqa: S311 - a draw, not a secret
    narrow = draw.choice(["service", "forwarding", "table", "ports", "connections"])
    rate = draw.choice([20.0, 60.0])
    hold_s, slack = draw.choice([5, 20]), draw.choice([0.8, 1.1, 1.4, 2.0, 4.0])
    service: Tree = {"network": "in", "concurrency": 500, "service_time": "20ms", "queue_when_full": "silent"}
    crossing: Tree = {"between": ["out", "in"], "round_trip": "2ms"}
    if narrow == "service":
        workers = draw.choice([1, 8])
        service |= {"concurrency": workers, "service_time": f"{1000 * workers / (rate * slack):.6g}ms"}
        service["queue"] = draw.choice([20, 500])
    elif narrow == "forwarding":
        crossing |= {"forwarding": f"{11 * rate * slack:.4g}/s", "queue_packets": draw.choice([100, 1000])}
    elif narrow == "table":
        crossing["table"] = {"entries": round(rate * hold_s * slack), "closed_hold": f"{hold_s}s"}
    elif narrow == "ports":
        crossing["ports"] = {"per_destination": round(rate * hold_s * slack), "hold": f"{hold_s}s"}
    else:
        service |= {"service_time": "1s", "connections": max(round(rate * slack), 1)}
        service["connections_when_full"] = draw.choice(["backlog", "refuse"])
    more = draw.choice([1.5, 3.0])
    return {
        "name": f"plain_{seed}",
        "detail": draw.choice(["coarse", "packet"]),
        "horizon": "5min",
        "networks": {"in": {}, "out": {}},
        "crossings": {"edge": crossing},
        "services": {"api": service},
        "clients": {
            "users": {
                "network": "out",
                "service": "api",
                "population": 100,
                "timeout": f"{draw.choice([2, 5])}s",
                "demand": {"kind": "open", "rate": f"{rate:g}/s"},
                "retry": draw.choice(_RETRIES),
            }
        },
        "triggers": {
            "rush": {
                "at": "60s",
                "for": f"{draw.choice([5, 30])}s",
                "set": {"clients.users.demand.rate": f"{more * rate:g}/s"},
            }
        },
    }
