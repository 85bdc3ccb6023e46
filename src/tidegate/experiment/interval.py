"""How sure a share counted over runs is: the exact binomial interval, without any library.

The interval is that of Clopper and Pearson (Biometrika 26, 1934, 404-413) at 95 %. Where every run
went one way only one side is open, and the bound is the one-sided one: 0 of 200 proves no more
than P < 1.5 % (the "rule of three", Hanley and Lippman-Hand 1983).
"""

from __future__ import annotations

import math

CONFIDENCE = 0.95
_STEPS = 60


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _continued_fraction(a: float, b: float, x: float) -> float:
    """Lentz's evaluation of the continued fraction of the incomplete beta function."""
    tiny = 1e-300
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > tiny else tiny)
    value = d
    for m in range(1, 400):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 + numerator * d
            c = 1.0 + numerator / c
            d = 1.0 / (d if abs(d) > tiny else tiny)
            c = c if abs(c) > tiny else tiny
            value *= d * c
        if abs(d * c - 1.0) < 1e-12:
            break
    return value


def beta_cdf(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b) (Abramowitz and Stegun 26.5.8)."""
    if x <= 0.0 or x >= 1.0:
        return 0.0 if x <= 0.0 else 1.0
    front = math.exp(a * math.log(x) + b * math.log1p(-x) - _log_beta(a, b))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _continued_fraction(a, b, x) / a
    return 1.0 - front * _continued_fraction(b, a, 1.0 - x) / b


def _beta_quantile(p: float, a: float, b: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = 0.5 * (low + high)
        if beta_cdf(middle, a, b) < p:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def share_interval(count: int, runs_count: int) -> tuple[float, float]:
    """Return the 95 % interval of a probability seen in `count` of `runs_count` runs.

    Examples
    --------
    >>> low, high = share_interval(0, 200)
    >>> low, round(high, 4)
    (0.0, 0.0149)
    """
    tail = 1.0 - CONFIDENCE
    if runs_count == 0:
        return 0.0, 1.0
    if count == 0:
        return 0.0, 1.0 - tail ** (1.0 / runs_count)
    if count == runs_count:
        return tail ** (1.0 / runs_count), 1.0
    return (
        _beta_quantile(tail / 2, count, runs_count - count + 1),
        _beta_quantile(1.0 - tail / 2, count + 1, runs_count - count),
    )
