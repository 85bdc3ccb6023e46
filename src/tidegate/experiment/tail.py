"""How rare is a collapse at today's size, where a harder one shows none? The worse of two laws.

Every seed has the size at which it tips. None of many seeds tips at a size s times as hard, and a few that
were followed to their tipping point say how much these scatter. The chance to tip at size 1 then follows
from the law of the tipping points: a normal law of their logarithm, where a disturbance is what tips (a sum
of many small chances), or the law of the least extreme, where calm tips by itself (its hazard grows as a
power of the size). Which it is, few seeds cannot tell; a bound is the worse of the two.

Both what is counted and the scatter are taken at 97.5 %, so that together they are wrong in 5 % at most.

Shortcuts: the scatter is that of one world and stands for its variants; a collapse that does not depend on
the size at all is only bounded by the runs at size 1.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

_TAIL = 0.025
_CHI_SQUARE = (0.000982, 0.0506, 0.2158, 0.4844, 0.8312, 1.2373, 1.6899, 2.1797, 2.7004, 3.247, 3.816)
"""The 2.5 % quantiles for 1, 2, … degrees of freedom (Abramowitz and Stegun 1964, table 26.8)."""
_SLOPE = math.pi / math.sqrt(6.0)
LEAST_SCATTER = 0.01
"""Of the logarithm: tipping points of seeds never count as nearer to each other than 1 %."""
WIDEST_SCATTER = 0.25
"""Taken where no seed tips as far as was looked; the widest seen in worlds of any size."""
MOST_SEEDS_COUNT = len(_CHI_SQUARE) + 1


@dataclass(frozen=True, kw_only=True)
class Harder:
    """What was seen at a harder size, and what it says of size 1.

    Parameters
    ----------
    times
        How many times as hard.
    runs_count
        Seeds, none of which tipped.
    high
        The greatest chance to tip at size 1 that this leaves (95 %).
    """

    times: float
    runs_count: int
    high: float


def scatter_bound(tipping: Sequence[float], resolution_ratio: float) -> float:
    """Return how much the logarithms of tipping points scatter at most: their standard deviation, at 97.5 %.

    Parameters
    ----------
    tipping
        Of two to twelve seeds, above 0.
    resolution_ratio
        How far apart the two sizes may be between which a seed was seen to tip.
    """
    logs = [math.log(one) for one in tipping]
    free = len(logs) - 1
    seen = statistics.variance(logs) + resolution_ratio**2 / 12.0
    return math.sqrt(max(seen * free / chi_square(free), LEAST_SCATTER**2))


def chi_square(free: int) -> float:
    """Return the 2.5 % quantile of the chi-square law with so many degrees of freedom."""
    if free <= len(_CHI_SQUARE):
        return _CHI_SQUARE[free - 1]
    part = 2.0 / (9.0 * free)  # Wilson and Hilferty 1931
    return float(free * (1.0 - part - 1.96 * math.sqrt(part)) ** 3)


def none_bound(runs_count: int) -> float:
    """Return the greatest share of seeds that tip where none of so many did, at 97.5 %."""
    return float(1.0 - _TAIL ** (1.0 / runs_count))


def tail_bound(times: float, runs_count: int, scatter: float) -> float:
    """Return the greatest chance to tip at size 1 where none of `runs_count` seeds tips at `times` that.

    Parameters
    ----------
    times
        How many times as hard; at 1 or less nothing follows but what was counted.
    runs_count
        Seeds tried there.
    scatter
        The standard deviation of the logarithms of tipping points.

    Examples
    --------
    >>> f"{tail_bound(1.2, 24, 0.03):.0e}"
    '6e-05'
    """
    further, share = max(math.log(times), 0.0), none_bound(runs_count)
    law = statistics.NormalDist()
    normal = law.cdf(law.inv_cdf(share) - further / scatter)
    # The same share at that size, and the law's own fall from there to size 1.
    hazard = -math.log1p(-share) * math.exp(-_SLOPE * further / scatter)
    return max(normal, -math.expm1(-hazard))


def least_extreme(deviations: float) -> float:
    """Return the chance to tip at a size so many standard deviations below where half of the seeds tip.

    P(s) = 1 - exp(-exp((ln s - a) / b)), whose standard deviation is b pi / sqrt 6.
    """
    return -math.expm1(-math.log(2.0) * math.exp(-_SLOPE * deviations))


def needed_times(acceptable: float, runs_count: int, scatter: float, *, most: float) -> float | None:
    """Return how many times as hard it must be asked so that none of so many seeds bounds the chance enough.

    Parameters
    ----------
    acceptable
        The chance to be below of, between 0 and 1.
    runs_count, scatter
        As in `tail_bound`.
    most
        As hard as can be asked; None is returned where that is not enough.
    """
    if tail_bound(most, runs_count, scatter) >= acceptable:
        return None
    low, high = 1.0, most
    while high - low > 1e-3 * low:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if tail_bound(middle, runs_count, scatter) < acceptable else (middle, high)
    return high
