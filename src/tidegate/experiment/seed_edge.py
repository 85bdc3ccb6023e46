"""One seed's edge: values as work for an executor, from a guess to the value at which the seed tips.

A seed is a replication: its chance is the same at every value. What a run means is not known here,
nor what many seeds say together: that is `boundary`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

FIRST_STEP = 0.04  # of the value: about one and a half times the width of a usual edge
_GOLDEN = 0.6180339887498949  # spreads the places of tries elsewhere evenly
SEEDS_COUNT = 40

Task = Callable[[float, int], bool]
"""Whether the run at a value, with a replication's chance, collapses."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """Where an edge is looked for, and how finely.

    Parameters
    ----------
    low, high
        The values between which it is looked for.
    resolution_ratio
        The finest step, as a share of the value: seeds are bisected until the steps are finer than
        the width of their edges, or as fine as this.
    whole
        Whether only whole values have a meaning.
    seeds_count
        How many seeds; the statistical error shrinks with its square root.
    tests_most_count
        The most runs at one value where seeds contradict an edge, and values are tested instead of seeds.
    """

    low: float
    high: float
    resolution_ratio: float = 0.002
    whole: bool = False
    seeds_count: int = SEEDS_COUNT
    tests_most_count: int = 400

    def at(self, value: float) -> float:
        """Return the nearest value that may be tried."""
        inside = min(max(value, self.low), self.high)
        return float(round(inside)) if self.whole else inside

    def under(self, value: float) -> float:
        """Return the greatest value that may be tried and is not above `value`, within the span."""
        inside = min(max(value, self.low), self.high)
        return float(math.floor(inside)) if self.whole else inside

    def is_fine(self, low: float, high: float, resolution_ratio: float) -> bool:
        """Whether two values are as near to each other as asked for."""
        least = 1.0 if self.whole else 0.0
        return high - low <= max(resolution_ratio * abs(high), least) * (1.0 + 1e-9)


@dataclass(frozen=True, kw_only=True)
class Found:
    """One seed's edge: the greatest value that held and the least that collapsed, where there are."""

    seed: int
    holds: float | None
    collapses: float | None
    runs_count: int
    checks_count: int = 0
    contradictions_count: int = 0


@dataclass(frozen=True, kw_only=True)
class Bracket:
    """Finds two values of one seed between which it tips; a value, to be sent to other processes."""

    task: Task
    span: Span
    step_ratio: float = FIRST_STEP

    def __call__(self, seed: int, near: float) -> Found:
        """Step away from where the edge should be, ever further, until it has been crossed."""
        span = self.span
        value = span.at(near)
        first = self.task(value, seed)
        reach = max(self.step_ratio * abs(value), 1.0 if span.whole else 1e-12 * (span.high - span.low))
        held, fell, runs = (None, value, 1) if first else (value, None, 1)
        end = span.low if first else span.high
        while value != end:
            value = span.at(near - reach if first else near + reach)
            runs += 1
            if self.task(value, seed):
                fell = value
            else:
                held = value
            if held is not None and fell is not None:
                break
            reach *= 2.0
        return Found(seed=seed, holds=held, collapses=fell, runs_count=runs)


@dataclass(frozen=True, kw_only=True)
class Narrow:
    """Bisects what a seed's edge lies between until it is fine enough."""

    task: Task
    span: Span
    resolution_ratio: float

    def __call__(self, found: Found) -> Found:
        """Return what was found, narrowed."""
        low, high, runs = found.holds, found.collapses, found.runs_count
        if low is None or high is None:
            return found
        while not self.span.is_fine(low, high, self.resolution_ratio):
            middle = self.span.at(0.5 * (low + high))
            if middle in {low, high}:
                break
            runs += 1
            if self.task(middle, found.seed):
                high = middle
            else:
                low = middle
        return replace(found, holds=low, collapses=high, runs_count=runs)


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """Tries a seed at a place above its edge and at one below it."""

    task: Task
    span: Span

    def __call__(self, found: Found) -> Found:
        """Return what was found, with how many tries contradict it."""
        span, tries, wrong = self.span, 0, 0
        share = 0.05 + 0.95 * ((found.seed * _GOLDEN) % 1.0)
        if found.collapses is not None and found.collapses < span.high:
            above = span.at(found.collapses + share * (span.high - found.collapses))
            tries, wrong = tries + 1, wrong + (not self.task(above, found.seed))
        if found.holds is not None and found.holds > span.low:
            below = span.at(found.holds - share * (found.holds - span.low))
            tries, wrong = tries + 1, wrong + self.task(below, found.seed)
        return replace(
            found, runs_count=found.runs_count + tries, checks_count=tries, contradictions_count=wrong
        )
