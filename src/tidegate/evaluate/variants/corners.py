"""Which ends of assumed ranges break a plan? Those of one number, or of two, the others as believed.

Points drawn from many ranges at once seldom come near one end of one of them. A number that by itself breaks
it is found here whatever its share of the points: by arithmetic, else in two runs with other chance. Two
that break it together are found by arithmetic alone, of those that press hardest on a limit.

Shortcut: three numbers that only together break it are left to the points drawn.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from itertools import combinations

from tidegate.errors import InputError
from tidegate.evaluate.arithmetic.exceeded import limits
from tidegate.evaluate.reading.run_fate import missed
from tidegate.evaluate.variants.ranges import uncertain
from tidegate.evaluate.variants.world_case import Case
from tidegate.simulate.lower import lower
from tidegate.world.belief import Estimate
from tidegate.world.file.overlay import overlay

MOST_RUN = 40
"""So many ends are run; what arithmetic says is asked of each."""
RUNS_COUNT = 2
_MOST_PAIRED = 8
_MORE = 1.001  # times what is wanted of a limit: below it a number has nothing to do with that


@dataclass(frozen=True, kw_only=True)
class Corner:
    """One end of the range of one assumed number.

    Parameters
    ----------
    estimate
        The number.
    value
        The end, in the core's unit.
    """

    estimate: Estimate
    value: float

    @property
    def worse(self) -> float:
        """1 where it is the high end, -1 where it is the low one."""
        return 1.0 if self.value == self.estimate.high else -1.0


def ends_of(case: Case) -> tuple[Corner, ...]:
    """Return both ends of each assumed number that matters to a case, the believed values left out."""
    numbers = [one for one in uncertain(case.file, case.about or case.activity) if one.basis == "assumed"]
    return tuple(
        Corner(estimate=one, value=value)
        for one in numbers
        for value in (one.low, one.high)
        if value != one.value
    )


def exceeding(case: Case, ends: Sequence[Corner]) -> tuple[Corner, ...]:
    """Return the ends at which arithmetic says that a limit is exceeded; else the first two that together do.

    Parameters
    ----------
    case, ends
        What happens, and where it is looked.
    """
    before = _pressures(case)
    if before is None:
        return ()
    pressing: dict[str, tuple[float, Corner]] = {}
    alone = []
    for end in ends:
        moved = _pressures(_at(case, end))
        if moved is None:
            continue
        if _is_exceeded(moved):
            alone.append(end)
        press = max(
            (ratio for key, ratio in moved.items() if ratio > _MORE * before.get(key, 0.0)), default=0.0
        )
        known = pressing.get(end.estimate.path)
        if press > 0.0 and (known is None or press > known[0]):
            pressing[end.estimate.path] = (press, end)
    hardest = sorted(pressing.values(), key=lambda one: (-one[0], one[1].estimate.path))[:_MOST_PAIRED]
    return tuple(alone) or _together(case, [end for _, end in hardest])


def _together(case: Case, ends: Sequence[Corner]) -> tuple[Corner, ...]:
    for one, other in combinations(ends, 2):
        first = _at(case, one)
        both = None if first is None else _pressures(_at(first, other))
        if both is not None and _is_exceeded(both):
            return one, other
    return ()


def _is_exceeded(pressures: Mapping[tuple[str, str], float]) -> bool:
    return math.inf in pressures.values()


def _pressures(case: Case | None) -> Mapping[tuple[str, str], float] | None:
    """Return how much of each limit is wanted, without end where it is exceeded; None of no case."""
    if case is None:
        return None
    found = limits(case.script)
    return {(one.path, one.destination): math.inf if one.is_exceeded else one.pressure_ratio for one in found}


def failing(
    case: Case, ends: Sequence[Corner], *, fraction: float, seed: int, executor: Executor
) -> tuple[Corner, ...]:
    """Return the ends at which runs collapse or miss another objective, each of them.

    Parameters
    ----------
    case, ends
        What is run, and where; the first so many of them.
    fraction, seed, executor
        As in `run_ranges`.
    """

    def fails(end: Corner) -> bool:
        moved = _at(case, end)
        if moved is None:
            return False
        world, script = moved.file.world, moved.script
        tables = lower(script, horizon_s=world.horizon_s, fraction=fraction)
        return all(missed(tables, world.objectives, seed=seed, replication=i) for i in range(RUNS_COUNT))

    asked = ends[:MOST_RUN]
    return tuple(end for end, is_bad in zip(asked, executor.map(fails, asked), strict=True) if is_bad)


def _at(case: Case, end: Corner) -> Case | None:
    """Return a case with a number at its end; None where such a world contradicts itself."""
    try:
        return replace(case, file=overlay(case.file, {end.estimate.path: end.value}))
    except InputError:
        return None
