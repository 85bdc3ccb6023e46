"""At which end of one assumed range does an activity not hold, all other numbers as believed?

Points drawn from many ranges at once seldom come near one end of one of them. A number that by itself breaks
it is found here whatever its share of the points: by arithmetic, else in two runs with other chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from tidegate.errors import InputError
from tidegate.evaluate.arithmetic.exceeded import exceeded
from tidegate.evaluate.reading.run_fate import missed
from tidegate.evaluate.variants.ranges import uncertain
from tidegate.evaluate.variants.scope import script_of
from tidegate.evaluate.variants.world_case import Case
from tidegate.simulate.lower import lower
from tidegate.world.belief import Estimate
from tidegate.world.file.overlay import overlay

MOST_RUN = 40
"""So many ends are run; what arithmetic says is asked of each."""
RUNS_COUNT = 2


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


def exceeding(case: Case, ends: Sequence[Corner]) -> Iterator[Corner]:
    """Yield the ends at which arithmetic says that a limit is exceeded."""
    for end in ends:
        moved = _at(case, end)
        if moved is not None and exceeded(script_of(moved.file, moved.activity, about=moved.about)):
            yield end


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
        world, script = moved.file.world, script_of(moved.file, moved.activity, about=moved.about)
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
