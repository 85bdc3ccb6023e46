"""What did one number do over time? Samples in order, and what may not be taken from them.

A sample that is not a number, and a stretch without samples, say nothing: neither that it held nor that it
failed. A counter that is lower than before began anew.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

GAP_TIMES = 3.0
"""So many times the usual distance without a sample are a gap: one scrape may fail."""
LEAST_SAMPLES = 2
"""A single sample says of one moment alone that it held."""


@dataclass(frozen=True, kw_only=True)
class Missing:
    """Why nothing is known of a series, as the end of a sentence."""

    why: str


@dataclass(frozen=True, kw_only=True)
class Series:
    """One number over time.

    Parameters
    ----------
    at_s
        When, in seconds since 1970, growing.
    values
        What it was then; infinite where the source says so, never "not a number".
    """

    at_s: tuple[float, ...]
    values: tuple[float, ...]

    def between(self, first_s: float, last_s: float) -> Series:
        """Return the samples from a moment to another, both included."""
        low, high = bisect_left(self.at_s, first_s), bisect_right(self.at_s, last_s)
        return Series(at_s=self.at_s[low:high], values=self.values[low:high])

    def at(self, moment_s: float, *, within_s: float) -> float | None:
        """Return what it last was before a moment; None where that is longer ago than `within_s`."""
        i = bisect_right(self.at_s, moment_s) - 1
        return self.values[i] if i >= 0 and moment_s - self.at_s[i] <= within_s else None

    def gap(self, first_s: float, last_s: float, every_s: float) -> str:
        """Return what is missing between two moments, as the end of a sentence; empty where nothing is."""
        inside = self.between(first_s, last_s).at_s
        if len(inside) < LEAST_SAMPLES:
            return f"has {len(inside) or 'no'} sample{'s' * (not inside)} in that time, and two are needed"
        marks = (first_s, *inside, last_s)
        widest_s = max(later - before for before, later in pairwise(marks))
        return f"has no sample for {widest_s:.0f} s" if widest_s > GAP_TIMES * every_s else ""

    def increase(self) -> float:
        """Return by how much a counter grew; where it is lower than before it began anew at 0."""
        steps = pairwise(self.values)
        return math.fsum(later - before if later >= before else later for before, later in steps)


def series_of(samples: Iterable[tuple[float, float]]) -> Series:
    """Return samples in order; what is not a number is left out, of two at one moment the last counts."""
    kept = {at_s: value for at_s, value in samples if not math.isnan(value)}
    return Series(at_s=tuple(sorted(kept)), values=tuple(kept[at_s] for at_s in sorted(kept)))


class Telemetry(Protocol):
    """Where series come from."""

    name: str
    """What people call it."""

    def read(self, said: str, first_s: float, last_s: float, every_s: float) -> Series | Missing:
        """Return the one series that an expression or a name means, between two moments.

        Raises
        ------
        TidegateError
            If the source cannot be asked at all, or the expression is none.
        """
