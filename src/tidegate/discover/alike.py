"""Which sources do alike? By the connections they keep, how often they ask, and how long that lasts."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_ALIKE_POOL_RATIO = 0.2
_ALIKE_LEAST_DEVIATIONS = 3.0
_ALIKE_LIFE_RATIO = 1.5
_LEAST_APART_COUNT = 3
_TOO_UNLIKE = 4.0
_APART_BY_CHANCE = 4.0
"""Medians of n exponential lives scatter by about 1/sqrt(n): so many times that is no chance."""


def alike_pools(pools: Mapping[str, int]) -> list[list[str]]:
    """Return sources in groups that keep about as many connections, the fewest first."""
    groups: list[list[str]] = []
    for source in sorted(pools, key=lambda one: (pools[one], one)):
        if groups and pools[source] <= (1.0 + _ALIKE_POOL_RATIO) * pools[groups[-1][0]]:
            groups[-1].append(source)
        else:
            groups.append([source])
    return [sorted(group) for group in groups]


def alike_counts(counts: Mapping[str, int]) -> list[list[str]]:
    """Return sources in groups whose numbers of flows differ as chance has it, the busiest first."""
    ordered = sorted(counts, key=lambda one: (-counts[one], one))
    return [sorted(group) for group in _parted(ordered, counts)]


def _parted(ordered: Sequence[str], counts: Mapping[str, int]) -> list[list[str]]:
    """Return sources in groups: parted where that makes their numbers most probable, as long as they differ.

    Of many that do alike one always lies far out: about sqrt(2 ln n) deviations, and seldom one more.
    """
    numbers = np.array([counts[one] for one in ordered], dtype=np.float64)
    if len(numbers) < 2:
        return [list(ordered)] if len(numbers) else []
    mean = max(float(numbers.mean()), 0.5)
    far = max(_ALIKE_LEAST_DEVIATIONS, 1.0 + math.sqrt(2.0 * math.log(len(numbers))))
    freedom = len(numbers) - 1.0
    unlike = _deviations(float(((numbers - mean) ** 2).sum()) / mean, freedom)
    if unlike <= _TOO_UNLIKE and float(np.abs(numbers - mean).max()) <= far * math.sqrt(mean) + 1.0:
        return [list(ordered)]
    before = np.arange(1, len(numbers))
    first = np.cumsum(numbers)[:-1] / before
    rest = (numbers.sum() - np.cumsum(numbers)[:-1]) / (len(numbers) - before)
    gain = before * _times_log(first) + (len(numbers) - before) * _times_log(rest)
    at = int(np.argmax(gain)) + 1
    return [*_parted(ordered[:at], counts), *_parted(ordered[at:], counts)]


def _deviations(chi_squared: float, freedom: float) -> float:
    """Return how far a sum of squares lies above chance, in deviations (Wilson and Hilferty, 1931)."""
    spread = 2.0 / (9.0 * freedom)
    return float(((chi_squared / freedom) ** (1.0 / 3.0) - (1.0 - spread)) / math.sqrt(spread))


def _times_log(mean: NDArray[np.float64]) -> NDArray[np.float64]:
    return mean * np.log(np.maximum(mean, 1e-9))


def alike_lives(lives_s: Mapping[str, NDArray[np.float64]]) -> list[list[str]]:
    """Return sources in groups whose flows live about as long; those that show too few stay with the most."""
    middles: dict[str, float] = {}
    counts: list[int] = []
    for name, every in lives_s.items():
        ended = every[np.isfinite(every)]
        if len(ended) >= _LEAST_APART_COUNT:
            middles[name] = math.log(max(float(np.median(ended)), 1e-3))
            counts.append(len(ended))
    apart = max(math.log(_ALIKE_LIFE_RATIO), _APART_BY_CHANCE / math.sqrt(statistics.median(counts or [1])))
    ordered = sorted(middles, key=lambda one: (middles[one], one))
    gaps = [middles[b] - middles[a] for a, b in pairwise(ordered)]
    could = [
        i + 1
        for i, gap in enumerate(gaps)
        if gap > apart and _LEAST_APART_COUNT <= i + 1 <= len(ordered) - _LEAST_APART_COUNT
    ]
    if not could:
        return [sorted(lives_s)] if lives_s else []
    at = max(could, key=lambda i: gaps[i - 1])
    parts = [ordered[:at], ordered[at:]]
    max(parts, key=len).extend(name for name in lives_s if name not in middles)
    return [sorted(part) for part in parts]
