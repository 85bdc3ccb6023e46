"""What the whole does, from parts of it."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from tidegate.experiment.parts import LEAST_SHARE, Part, whole_from


def seeds(rng, fraction, count, *, mean=0.2, unit=0.03):
    return tuple(np.exp(rng.normal(mean, unit / math.sqrt(fraction), count)))


def test_the_scatter_of_the_whole_is_that_of_a_part_times_the_root_of_its_size():
    """At a hundredth of the size seeds scatter ten times as much."""
    rng = np.random.default_rng(3)
    whole = whole_from([Part(fraction=0.01, tipping=seeds(rng, 0.01, 400))], resolution_ratio=0.0)
    assert whole.scatter == pytest.approx(0.03, rel=0.1)
    assert whole.scatter < whole.scatter_high < 1.3 * whole.scatter


def test_the_interval_holds_the_middle_in_95_of_100():
    """Drawn 300 times from parts at 1/8 and 1/4, the interval holds where the whole tips."""
    rng = np.random.default_rng(4)
    kept = 0
    for _ in range(300):
        parts = [Part(fraction=f, tipping=seeds(rng, f, 4)) for f in (0.125, 0.25)]
        whole = whole_from(parts, resolution_ratio=0.0)
        kept += whole.low <= math.exp(0.2) <= whole.high
    assert kept >= 0.93 * 300


def test_chance_alone_is_no_drift_and_a_real_one_is_followed():
    """Means apart by chance are one mean; means apart by far lead on to the whole."""
    rng = np.random.default_rng(5)
    drifts = 0
    for _ in range(200):
        parts = [Part(fraction=f, tipping=seeds(rng, f, 6)) for f in (0.125, 0.5)]
        drifts += whole_from(parts, resolution_ratio=0.0).drifts
    assert drifts <= 6
    # 0.4 - 0.1 / sqrt(size): as of instances restarted one by one.
    means = {f: 0.4 - 0.1 / math.sqrt(f) for f in (0.125, 0.5)}
    parts = [Part(fraction=f, tipping=seeds(rng, f, 12, mean=m, unit=0.01)) for f, m in means.items()]
    whole = whole_from(parts, resolution_ratio=0.0)
    assert whole.drifts
    assert whole.low < math.exp(0.3) < whole.high
    assert math.log(whole.times) == pytest.approx(0.3, abs=0.03)


def test_the_chance_of_the_whole_is_less_than_that_of_its_part():
    """Above the edge chance weighs less in the whole; its bounds hold the chance and widen with doubt."""
    part = Part(fraction=0.1, tipping=(1.1, 1.25, 1.15, 1.3))
    whole = whole_from([part], resolution_ratio=0.02)
    low, high = whole.share_bounds()
    assert low <= whole.share <= high
    assert high < whole.share_bounds(0.1)[1]


def test_below_the_edge_the_whole_goes_more_surely():
    """Where even chance tips at less than today's demand, the whole does so nearly always."""
    whole = whole_from([Part(fraction=0.1, tipping=(0.8, 0.85, 0.75, 0.82))], resolution_ratio=0.02)
    assert whole.share > 0.99
    assert whole.share_bounds()[0] > 0.5


@pytest.mark.parametrize("middle", [1.02, 1.1, 1.3, 2.0])
def test_no_small_chance_is_read_from_one_law(middle):
    """Below one in a thousand it is the bound by both laws, however far the normal law alone falls."""
    tipping = (middle * 0.99, middle, middle * 1.01)
    whole = whole_from([Part(fraction=0.5, tipping=tipping)], resolution_ratio=0.0)
    normal = NormalDist().cdf(-math.log(whole.times) / whole.scatter)
    low, high = whole.share_bounds()
    assert low <= whole.share <= high
    assert (whole.share == normal) == (normal >= LEAST_SHARE)
    assert whole.share >= min(LEAST_SHARE, high)
