"""What may be said of a share while runs go on, however often it is looked at? Bounds valid at every look.

Two tests of "the share is p", one against smaller shares and one against greater ones, each a likelihood
ratio averaged over what the share may be instead. Under p such a ratio is a martingale that begins with 1,
so that it ever reaches 40 with a chance of 1/40 at most (Ville 1939; Robbins 1970, "Statistical methods
related to the law of the iterated logarithm", Ann. Math. Stat. 41, 1397-1409). A bound is the p at which its
ratio reaches 40: both are wrong together in at most 5 % of all questions, whenever one stops and however
often one has looked.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

from tidegate.experiment.interval import CONFIDENCE, beta_cdf

_NEVER_WEIGHT = 0.8
"""How much of the average is "it never happens": what mostly is so where something is shown to hold."""
_REACHED = math.log(2.0 / (1.0 - CONFIDENCE))
_STEPS = 60


def _log_likelihood(p: float, count: int, runs_count: int) -> float:
    kept = runs_count - count
    seen = count * math.log(p) if count else 0.0
    return seen + (kept * math.log1p(-p) if kept else 0.0)


def _log_average(p: float, count: int, runs_count: int, *, below: bool) -> float:
    """Return the log of the likelihood, averaged over all shares below p, or over all above it."""
    a, b = count + 1.0, runs_count - count + 1.0
    mass = beta_cdf(p, a, b) if below else beta_cdf(1.0 - p, b, a)
    if mass <= 0.0:
        return -math.inf
    log_beta = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    return log_beta + math.log(mass) - math.log(p if below else 1.0 - p)


def _speaks_for_less(p: float, count: int, runs_count: int) -> float:
    """Return the log of the ratio that grows where the share is smaller than p."""
    averaged = math.log(1.0 - _NEVER_WEIGHT) + _log_average(p, count, runs_count, below=True)
    if count == 0:
        averaged = _log_sum(math.log(_NEVER_WEIGHT), averaged)
    return averaged - _log_likelihood(p, count, runs_count)


def _log_sum(one: float, other: float) -> float:
    most = max(one, other)
    return most + math.log(math.exp(one - most) + math.exp(other - most))


def _speaks_for_more(p: float, count: int, runs_count: int) -> float:
    """Return the log of the ratio that grows where the share is greater than p."""
    return _log_average(p, count, runs_count, below=False) - _log_likelihood(p, count, runs_count)


@lru_cache(maxsize=4096)
def share_bounds(count: int, runs_count: int) -> tuple[float, float]:
    """Return the 95 % bounds of a probability seen in `count` of `runs_count` runs, valid at every look.

    They are wider than those of `interval.share_interval`, which hold for one look at a number of runs that
    was chosen beforehand.

    Examples
    --------
    >>> low, high = share_bounds(0, 400)
    >>> low, round(high, 4)
    (0.0, 0.0097)
    """
    if runs_count == 0:
        return 0.0, 1.0
    middle = count / runs_count
    low, high = 0.0, 1.0
    if count > 0:
        low = _crossing(_speaks_for_more, 0.0, middle, count, runs_count, rising=False)
    if count < runs_count:
        high = _crossing(_speaks_for_less, middle, 1.0, count, runs_count, rising=True)
    return low, high


def _crossing(
    ratio: Callable[[float, int, int], float],
    low: float,
    high: float,
    count: int,
    runs_count: int,
    *,
    rising: bool,
) -> float:
    """Return the p at which a ratio reaches its bound, on the cautious side of a bisection."""
    for _ in range(_STEPS):
        middle = 0.5 * (low + high)
        if (ratio(middle, count, runs_count) >= _REACHED) == rising:
            high = middle
        else:
            low = middle
    return high if rising else low
