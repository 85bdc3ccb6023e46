"""Many runs, one answer: replications in fixed batches until the answer is clear.

The rule a reader can follow: run 20, then 20 at a time, in the order of their numbers; after each batch look
at the bounds; stop when they lie wholly on one side of the objective, or at the most runs allowed. The first
20 are looked at after 3 and 9 as well: where all of so many went wrong, more are not needed (3 where they
are dear, else 9). The bounds are valid at every look (`looks`). Which thread ran what never matters: a
replication's chance depends on its number alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Generic, TypeVar

from tidegate.experiment.done_count import DoneCount
from tidegate.experiment.interval import share_interval
from tidegate.experiment.looks import share_bounds

BATCH_COUNT = 20
DEAR_COUNT, SURE_COUNT = 3, 9
"""Runs that all went wrong and are enough to say so: where runs are dear, and else."""
MOST_RUNS_COUNT = 2000
HOPELESS_COUNT = 400
"""Runs after which it is left at that, where even the most allowed could not show so small a probability."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When to stop.

    Parameters
    ----------
    threshold
        The probability to be clear of, between 0 and 1.
    most_count
        Runs after which the answer is taken as it is.
    exact_count
        Runs wanted whatever the answer looks like; None lets the rule decide.
    is_proof
        Whether all that is asked is to show the probability below the threshold: then it is given up as soon
        as no further run can show that.
    """

    threshold: float
    most_count: int = MOST_RUNS_COUNT
    exact_count: int | None = None
    is_proof: bool = False

    def bounds(self, count: int, runs_count: int) -> tuple[float, float]:
        """Return the 95 % bounds of the share, valid at every look or at the number that was asked for."""
        bounds = share_bounds if self.exact_count is None else share_interval
        return bounds(count, runs_count)

    def batch_count(self, runs_count: int) -> int:
        """Return how many are run before the next look."""
        if self.exact_count is not None:
            return min(BATCH_COUNT, self.exact_count - runs_count)
        following = next((one for one in (DEAR_COUNT, SURE_COUNT) if one > runs_count), BATCH_COUNT)
        return following - runs_count if runs_count < BATCH_COUNT else BATCH_COUNT

    def is_clear(self, count: int, runs_count: int, *, dear: bool = False) -> bool:
        """Whether runs so far settle the question; `dear` where they cost too much only to look at."""
        if self.exact_count is not None:
            return runs_count >= self.exact_count
        low, high = self.bounds(count, runs_count)
        if runs_count < min(BATCH_COUNT, self.most_count):
            enough = runs_count >= (DEAR_COUNT if dear else SURE_COUNT)
            return enough and count == runs_count and low > self.threshold
        if self.is_proof and share_bounds(count, max(runs_count, self.most_count))[1] >= self.threshold:
            return True
        return high < self.threshold or low > self.threshold or runs_count >= self._enough_count

    @property
    def _enough_count(self) -> int:
        hopeless = share_bounds(0, self.most_count)[1] >= self.threshold
        return min(HOPELESS_COUNT, self.most_count) if hopeless else self.most_count

    def __str__(self) -> str:
        if self.exact_count is not None:
            return f"{self.exact_count} runs, as asked"
        return (
            f"batches of {BATCH_COUNT} runs until 95 % bounds that hold at every look are clear of "
            f"{self.threshold:.3g}, at most {self.most_count}"
        )


@dataclass(frozen=True, kw_only=True)
class Replications(Generic[T]):
    """What came of the runs.

    Parameters
    ----------
    outcomes
        One for each run, in order of replication.
    count
        How many of them are of the kind asked for.
    bounds
        The 95 % bounds of their share.
    """

    outcomes: tuple[T, ...]
    count: int
    bounds: tuple[float, float]


def replicate(
    task: Callable[[int], T],
    is_counted: Callable[[T], bool],
    *,
    rule: Rule,
    executor: Executor,
    progress: Callable[[int], None] | None = None,
    before_more: Callable[[], None] | None = None,
    begun: Sequence[T] = (),
    is_dear: Callable[[Sequence[T]], bool] = lambda _: False,
) -> Replications[T]:
    """Run `task` for replications 0, 1, 2, … until `rule` is satisfied.

    Parameters
    ----------
    task
        One run; must be safe to call from several threads.
    is_counted
        Whether its outcome counts.
    rule
        When to stop.
    executor
        Any `concurrent.futures.Executor`; results do not depend on it.
    progress
        Called with the number of runs done (a `DoneCount`), first and after each batch; may raise to end.
    before_more
        Called once, when the first 20 were not enough.
    begun
        Outcomes of the first replications, where there are some already.
    is_dear
        Whether runs like these cost too much only to look at more of them.
    """
    outcomes = list(begun)
    count = sum(map(is_counted, outcomes))
    if progress is not None:
        progress(DoneCount(len(outcomes), rule.exact_count or rule.most_count))
    while not outcomes or not rule.is_clear(count, len(outcomes), dear=is_dear(outcomes)):
        if before_more is not None and len(outcomes) >= BATCH_COUNT:
            before_more()
            before_more = None
        numbers = range(len(outcomes), len(outcomes) + max(rule.batch_count(len(outcomes)), 1))
        for outcome in executor.map(task, numbers):
            outcomes.append(outcome)
            count += is_counted(outcome)
        if progress is not None:
            progress(DoneCount(len(outcomes), rule.exact_count or rule.most_count))
    return Replications(outcomes=tuple(outcomes), count=count, bounds=rule.bounds(count, len(outcomes)))
