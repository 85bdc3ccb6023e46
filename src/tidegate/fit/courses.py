"""What did one reading do, so that sums may be made of it? Counters without restarts, and where it is torn.

Between two samples that are too far apart, and across a restart of a counter, nothing is known: a count that
spans such a tear is no count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidegate.observe.samples import GAP_TIMES, Series

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Course:
    """One reading over time.

    Parameters
    ----------
    at_s
        When, in seconds since 1970, ascending.
    values
        A gauge as it was; a counter as its growth since the first sample.
    is_torn
        For each step from one sample to the next whether it tells nothing.
    """

    at_s: Floats
    values: Floats
    is_torn: Flags

    def steps(self) -> tuple[Floats, Floats, Floats]:
        """Return the beginning, the length and the growth of each step that tells something."""
        whole = ~self.is_torn
        return self.at_s[:-1][whole], np.diff(self.at_s)[whole], np.diff(self.values)[whole]

    def at(self, moments_s: Floats) -> Floats:
        """Return what it was, in a straight line between samples; "not a number" where it is torn."""
        found = np.interp(moments_s, self.at_s, self.values, left=np.nan, right=np.nan)
        step = np.clip(np.searchsorted(self.at_s, moments_s, side="right") - 1, 0, len(self.at_s) - 1)
        on_sample = self.at_s[step] == moments_s
        torn = np.append(self.is_torn, False)[step] & ~on_sample
        return np.where(torn, np.nan, found)

    def between(self, first_s: float, last_s: float) -> Course:
        """Return what it did from a moment to another."""
        inside = (self.at_s >= first_s) & (self.at_s <= last_s)
        both = inside[:-1] & inside[1:]
        return Course(at_s=self.at_s[inside], values=self.values[inside], is_torn=self.is_torn[both])


_MOST = 1e15
"""A number beyond that is no count of anything here."""
_FALLS_COUNT, _FALLS_RATIO = 3, 0.05
_BACK_TIMES, _BACK_STEPS = 4.0, 3

History = Mapping[str, Course]
"""Each reading by its name."""


def course_of(series: Series, every_s: float, *, is_counter: bool) -> Course | str:
    """Return what a series did; else why nothing can be made of it, as the end of a sentence.

    A sample below the one before is a counter that began anew. One that is where it was in one step after
    that was a wrong answer, and the way back is no growth. What falls again and again is no counter.
    """
    finite = [
        (at, value) for at, value in zip(series.at_s, series.values, strict=True) if abs(value) <= _MOST
    ]
    if len(finite) < 2:
        return "has fewer than two samples that are numbers"
    at_s = np.array([at for at, _ in finite])
    values = np.array([value for _, value in finite])
    is_torn = np.diff(at_s) > GAP_TIMES * every_s
    if is_counter:
        grown = np.diff(values)
        falls = int((grown < 0.0).sum())
        if falls > max(_FALLS_COUNT, _FALLS_RATIO * len(grown)):
            return f"is no counter: it falls {falls:,} times"
        is_torn |= (grown < 0.0) | _comes_back(values, grown)
        values = np.concatenate([[0.0], np.cumsum(np.where(is_torn, 0.0, grown))])
    return Course(at_s=at_s, values=values, is_torn=is_torn)


def _comes_back(values: Floats, grown: Floats) -> Flags:
    """Return in which steps a counter that has fallen is back at once where it was."""
    found = np.zeros(len(grown), dtype=np.bool_)
    rising = grown[grown > 0.0]
    most = _BACK_TIMES * float(np.median(rising)) if len(rising) else 0.0
    level, fell_at = -np.inf, 0
    for i, growth in enumerate(grown.tolist()):
        if growth < 0.0:
            level, fell_at = max(level, float(values[i])), i
        elif i - fell_at > _BACK_STEPS:
            level = -np.inf
        elif values[i + 1] >= level:
            found[i] = growth > most
            level = -np.inf
    return found
