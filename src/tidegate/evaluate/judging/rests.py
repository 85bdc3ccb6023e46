"""What the answer rests on, ranked by what it could change."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from tidegate.evaluate.judging.rest import Rest
from tidegate.evaluate.judging.verdict import CaseEvidence
from tidegate.evaluate.variants.ranges import RangeRuns
from tidegate.world.belief import Estimate
from tidegate.world.file.called import called, on_each
from tidegate.world.file.quantity import format_quantity
from tidegate.world.file.shape import slot_at
from tidegate.world.world import World

_WIDEST_COUNT = 2
LEAST_EFFECT = 0.3  # a smaller difference between two halves of 20 points may well be chance (2 sigma)
FLIPPING_EFFECT = 0.4


_PROBED = ("retry", "timeout", "connect_timeout", "pool", "spread", "reconnect", "ttl", "syn")


def is_probed(path: str) -> bool:
    """Whether a path is of something a client does that can be seen from outside it.

    How it tries again and backs off, its time-outs, its pool, how it reconnects.
    """
    steps = path.split(".")
    return steps[0] in {"clients", "activities", "retry_policies"} and (
        steps[0] == "retry_policies" or any(step in _PROBED for step in steps[2:])
    )


def estimate_text(estimate: Estimate, each: str = "") -> str:
    """Return a number with its range as the file writes it; `each` says of what it is one."""
    value, low, high = (_number_text(estimate.path, v) for v in (estimate.value, estimate.low, estimate.high))
    return f"{estimate.path} is {value}{each}, {estimate.basis} between {low} and {high}"


def _ends(estimate: Estimate, effect: float) -> tuple[str, str]:
    """Return the end of a range towards which the activity is safe, and the other one."""
    low, high = _number_text(estimate.path, estimate.low), _number_text(estimate.path, estimate.high)
    return ("", "") if effect == 0.0 else (low, high) if effect > 0.0 else (high, low)


def _number_text(path: str, value: float) -> str:
    slot = slot_at(path)
    unit = slot.shape.unit if slot is not None else "count"
    return f"{100 * value:g}%" if unit == "ratio" else format_quantity(value, unit)


def _beliefs(world: World, cases: Sequence[CaseEvidence], acceptable: float) -> list[Rest]:
    believed = cases[0].collapse
    by_name = {case.name.removeprefix("counter:"): case.collapse for case in cases[1:]}
    rests = []
    for name, belief in world.beliefs.items():
        other = by_name[name]
        flips = (other.low > acceptable) != (believed.low > acceptable)
        rests.append(
            Rest(
                path=name,
                says=belief.says,
                kind="belief",
                basis=belief.basis,
                source=belief.source,
                measure=belief.measure,
                effect_ratio=abs(other.value - believed.value),
                flips=flips,
                probed=any(is_probed(path) for path in belief.counter),
            )
        )
    return rests


def _flips(effect: float, *, alone: bool) -> bool:
    """Whether a number decides by its effect as believed; what is varied alone does as soon as it has any."""
    return effect > 0.0 if alone else effect >= FLIPPING_EFFECT


def _numbers(world: World, estimates: Sequence[Estimate], runs: Sequence[RangeRuns]) -> list[Rest]:
    rests = []
    # What is the only number that was varied needs no proof that it was no other.
    alone = len(estimates) == 1
    for estimate in estimates:
        effects: Mapping[str, float] = {run.case: run.effect(estimate.path) for run in runs}
        most = max(effects.values(), key=abs, default=0.0)
        effect = abs(most)
        if effect < LEAST_EFFECT and not (alone and effect > 0.0):
            continue
        flips = _flips(abs(effects.get("believed", 0.0)), alone=alone)
        worse = effects.get("believed") or most
        rests.append(rest_of(world, estimate, effect=effect, worse=worse, flips=flips))
    return rests


def rest_of(
    world: World, estimate: Estimate, *, effect: float = 0.0, worse: float = 0.0, flips: bool = False
) -> Rest:
    """Return a number with what it could change.

    Parameters
    ----------
    world, estimate
        In which it stands, and what is known of it.
    effect, flips
        As in `Rest`.
    worse
        By how much more fails where it is high, less where that is negative; 0 where that is not known.
    """
    safe_end, unsafe_end = _ends(estimate, worse)
    return Rest(
        path=estimate.path,
        says=estimate_text(estimate, on_each(estimate.path, world)),
        kind="number",
        basis=estimate.basis,
        source=estimate.source,
        measure=estimate.measure,
        effect_ratio=effect,
        flips=flips,
        probed=is_probed(estimate.path),
        name=called(estimate.path, world),
        safe_end=safe_end,
        unsafe_end=unsafe_end,
    )


def widest(world: World, estimates: Sequence[Estimate]) -> tuple[Rest, ...]:
    """Return the numbers that are known least: those with the widest ranges, by how many times."""

    def times(one: Estimate) -> float:
        return one.high / one.low if one.low > 0.0 else math.inf

    known_least = sorted(estimates, key=lambda one: (-times(one), one.path))[:_WIDEST_COUNT]
    return tuple(rest_of(world, one) for one in known_least)


def rank(
    world: World,
    cases: Sequence[CaseEvidence],
    estimates: Sequence[Estimate],
    ranges: Sequence[RangeRuns],
) -> tuple[Rest, ...]:
    """Return beliefs and numbers, the greatest effect first.

    Parameters
    ----------
    world
        Its beliefs and acceptable probability.
    cases
        As believed first, then one for each belief.
    estimates, ranges
        The uncertain numbers and the runs over their ranges.
    """
    rests = _beliefs(world, cases, world.objectives.collapse_probability_ratio)
    rests += _numbers(world, estimates, ranges)
    return tuple(sorted(rests, key=lambda rest: (-rest.effect_ratio, rest.kind, rest.path)))
