"""Many runs, one answer: replications in fixed batches until the answer is clear.

The rule a reader can follow: run 20 at a time, in the order of their numbers; after each batch look
at the interval; stop when it lies wholly on one side of the objective, or at the most runs allowed.
Which thread ran what never matters: a replication's chance depends on its number alone. Looking
again and again makes the true confidence a little less than the 95 % stated.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Generic, TypeVar

from tidegate.experiment.interval import share_interval

BATCH_COUNT = 20
MOST_RUNS_COUNT = 2000

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

    def is_clear(self, count: int, runs_count: int) -> bool:
        """Whether runs so far settle the question."""
        if self.exact_count is not None:
            return runs_count >= self.exact_count
        if self.is_proof and share_interval(count, max(runs_count, self.most_count))[1] >= self.threshold:
            return True
        low, high = share_interval(count, runs_count)
        return high < self.threshold or low > self.threshold or runs_count >= self.most_count

    def __str__(self) -> str:
        if self.exact_count is not None:
            return f"{self.exact_count} runs, as asked"
        return (
            f"batches of {BATCH_COUNT} runs until the 95 % interval is clear of {self.threshold:.3g}, "
            f"at most {self.most_count}"
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
    """

    outcomes: tuple[T, ...]
    count: int

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of their share."""
        return share_interval(self.count, len(self.outcomes))


def replicate(
    task: Callable[[int], T],
    is_counted: Callable[[T], bool],
    *,
    rule: Rule,
    executor: Executor,
    progress: Callable[[int], None] | None = None,
    before_more: Callable[[], None] | None = None,
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
        Called with the number of runs done after each batch; may raise to end.
    before_more
        Called once, when the first batch was not enough.
    """
    outcomes: list[T] = []
    count = 0
    while True:
        batch = BATCH_COUNT
        if rule.exact_count is not None:
            batch = min(BATCH_COUNT, rule.exact_count - len(outcomes))
        numbers = range(len(outcomes), len(outcomes) + max(batch, 1))
        for outcome in executor.map(task, numbers):
            outcomes.append(outcome)
            count += is_counted(outcome)
        if progress is not None:
            progress(len(outcomes))
        if rule.is_clear(count, len(outcomes)):
            return Replications(outcomes=tuple(outcomes), count=count)
        if before_more is not None:
            before_more()
            before_more = None
