"""Percentiles from the kernels' latency histograms (16 buckets to an octave: within 4.5 %)."""

from __future__ import annotations

import numpy as np

from tidegate.simulate.tables import Ints

_FIRST_NS = 1024


def bucket_edge_s(bucket: int) -> float:
    """Return the lower edge of a histogram bucket in seconds."""
    octave, part = divmod(bucket, 16)
    return _FIRST_NS * (16 + part) / 16 * 2.0**octave / 1e9


def percentile_s(histogram: Ints, share: float) -> float | None:
    """Return the percentile of a histogram, interpolated within its bucket; None where empty."""
    total = int(histogram.sum())
    if total == 0:
        return None
    cumulated = np.cumsum(histogram)
    wanted = share * total
    bucket = int(np.searchsorted(cumulated, wanted))
    below = int(cumulated[bucket - 1]) if bucket > 0 else 0
    low, high = bucket_edge_s(bucket), bucket_edge_s(bucket + 1)
    return low + (high - low) * (wanted - below) / max(int(histogram[bucket]), 1)
