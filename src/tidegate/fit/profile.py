"""What does a likelihood leave of one number? The interval of its profile, or nothing where that is flat.

An interval holds all values at which the best that the other numbers can do is not worse than the best of
all by more than chance makes in two of a hundred cases (Wilks; Venzon and Moolgavkar 1988).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tidegate.fit.courses import Floats

DROP = 2.71
"""By so much the log of the likelihood falls to the end of an interval: half of chi-square's 98 %, 5.41."""
MOST_WIDTH_RATIO = 0.5
"""An interval that is wider than half its value gives a range and no number."""
_REFINED = 3
_POINTS = 41


@dataclass(frozen=True, kw_only=True)
class Profile:
    """The likeliest value and its interval.

    Parameters
    ----------
    value, low, high
        In one unit.
    is_open
        Whether the interval reaches an end of what was searched.
    """

    value: float
    low: float
    high: float
    is_open: bool = False

    @property
    def is_flat(self) -> bool:
        """Whether it tells nothing."""
        return self.is_open or self.high - self.low > MOST_WIDTH_RATIO * self.value


def profile(log_likelihood: Callable[[float], float], searched: Floats) -> Profile:
    """Return the profile of one number.

    Parameters
    ----------
    log_likelihood
        Its profile: at each value the best over all other numbers.
    searched
        Ascending values to begin with; between them it is refined.
    """
    tried = {float(one): log_likelihood(float(one)) for one in searched}
    for _ in range(_REFINED):
        for one in _wanted(tried):
            if one not in tried:
                tried[one] = log_likelihood(one)
    values = np.array(sorted(tried))
    heights = np.array([tried[float(one)] for one in values])
    best = int(heights.argmax())
    inside = np.flatnonzero(heights >= heights[best] - DROP)
    first, last = int(inside[0]), int(inside[-1])
    return Profile(
        value=float(values[best]),
        low=_edge(values, heights, first, -1, heights[best] - DROP),
        high=_edge(values, heights, last, 1, heights[best] - DROP),
        is_open=first == 0 or last == len(values) - 1,
    )


def _wanted(tried: dict[float, float]) -> list[float]:
    """Return where to look closer: about the best, and about the two ends."""
    values = np.array(sorted(tried))
    heights = np.array([tried[float(one)] for one in values])
    best = int(heights.argmax())
    inside = np.flatnonzero(heights >= heights[best] - DROP)
    found: list[float] = []
    for index in {best, int(inside[0]), int(inside[-1])}:
        low, high = values[max(index - 1, 0)], values[min(index + 1, len(values) - 1)]
        found += [float(one) for one in np.linspace(low, high, 9)[1:-1]]
    return found


def _edge(values: Floats, heights: Floats, index: int, side: int, height: float) -> float:
    """Return where the profile falls below a height, in a straight line beyond the last value above it."""
    beyond = index + side
    if not 0 <= beyond < len(values) or not np.isfinite(heights[beyond]):
        return float(values[index])
    share = (heights[index] - height) / max(heights[index] - heights[beyond], 1e-12)
    return float(values[index] + (values[beyond] - values[index]) * min(share, 1.0))


def logarithmic(low: float, high: float, points: int = _POINTS) -> Floats:
    """Return values from one to another, each the same times the one before."""
    return np.geomspace(low, high, points)
