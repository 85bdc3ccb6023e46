"""How long does a request take to serve? What is busy over what is served, by Little's law."""

from __future__ import annotations

import math

import numpy as np

from tidegate.fit.courses import Course, Floats
from tidegate.fit.intensity import LEAST_COUNT
from tidegate.fit.profile import DROP, Profile

_LEAST_SAMPLES = 12


def work_time(busy: Course, served: Course) -> Profile | str:
    """Return the mean time that a request is worked on; else why it is not told, as the end of a sentence.

    Parameters
    ----------
    busy
        Requests that are worked on: a gauge.
    served
        Requests served: a counter.
    """
    _, lengths, counts = served.steps()
    count, length_s = float(counts.sum()), float(lengths.sum())
    inside = busy.between(float(served.at_s[0]), float(served.at_s[-1])).values
    if count < LEAST_COUNT or len(inside) < _LEAST_SAMPLES:
        return "too little was served"
    mean = float(inside.mean())
    if mean <= 0.0:
        return "nothing was ever seen at work"
    value = mean * length_s / count
    spread = _variance_of_mean(inside) / mean**2 + 1.0 / count
    wide = math.exp(math.sqrt(2.0 * DROP * spread))
    found = Profile(value=value, low=value / wide, high=value * wide)
    return f"it could be anything from {found.low:.3g} s to {found.high:.3g} s" if found.is_flat else found


def _variance_of_mean(values: Floats) -> float:
    """Return how sure a mean of samples is that follow each other; of few at a time no surer than Poisson."""
    over = values - values.mean()
    variance = max(float(over.var(ddof=1)), float(values.mean()))
    follows = float((over[1:] * over[:-1]).sum() / max(float((over**2).sum()), 1e-12))
    follows = min(max(follows, 0.0), 0.98)
    return variance * (1.0 + follows) / (1.0 - follows) / len(values)


def median(values: Floats) -> float:
    """Return the lower median, which is one of the values."""
    return float(np.sort(values)[(len(values) - 1) // 2])
