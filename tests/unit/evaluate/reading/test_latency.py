from __future__ import annotations

import numpy as np
import pytest

from tidegate.evaluate.reading.latency import bucket_edge_s, percentile_s
from tidegate.simulate.series import BUCKETS_COUNT


def test_an_empty_histogram_has_no_percentile():
    """Where nothing succeeded there is no latency, not a latency of zero."""
    assert percentile_s(np.zeros(BUCKETS_COUNT, dtype=np.int64), 0.5) is None


def test_edges_grow_by_a_sixteenth_of_an_octave():
    """Buckets begin at 1.024 µs, double each sixteen, and are at most 1/16 wide."""
    assert 1.024e-6 == pytest.approx(bucket_edge_s(0))
    assert 2.048e-6 == pytest.approx(bucket_edge_s(16))
    assert all(1 < bucket_edge_s(i + 1) / bucket_edge_s(i) <= 1.0626 for i in range(300))


def test_percentiles_are_interpolated_within_a_bucket():
    """The median of one full bucket is its middle, its end the 100th percentile."""
    histogram = np.zeros(BUCKETS_COUNT, dtype=np.int64)
    histogram[160] = 10
    low, high = bucket_edge_s(160), bucket_edge_s(161)
    assert (low + high) / 2 == pytest.approx(percentile_s(histogram, 0.5))
    assert high == pytest.approx(percentile_s(histogram, 1.0))


def test_the_99th_percentile_finds_the_slow_hundredth():
    """98 fast and 2 slow: the median is fast, the 99th percentile slow."""
    histogram = np.zeros(BUCKETS_COUNT, dtype=np.int64)
    histogram[100], histogram[300] = 98, 2
    assert bucket_edge_s(100) <= percentile_s(histogram, 0.5) <= bucket_edge_s(101)
    assert bucket_edge_s(300) <= percentile_s(histogram, 0.99) <= bucket_edge_s(301)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_known_latencies_come_back_within_a_bucket(share):
    """Percentiles of known values are right to within 6 %, the width of a bucket."""
    values = np.sort(np.random.default_rng(5).lognormal(-6, 1, 20_000))
    edges = np.array([bucket_edge_s(i) for i in range(BUCKETS_COUNT + 1)])
    histogram, _ = np.histogram(values, bins=edges)
    assert float(np.quantile(values, share)) == pytest.approx(percentile_s(histogram, share), rel=0.0625)
