from __future__ import annotations

import math

import pytest

from tidegate.experiment.latin_hypercube import latin_hypercube
from tidegate.world.belief import Estimate

NARROW = Estimate(path="a", value=1.5, low=1.0, high=2.0)
WIDE = Estimate(path="b", value=100.0, low=10.0, high=1000.0)
FROM_ZERO = Estimate(path="c", value=0.1, low=0.0, high=1.0)


def parts(values, low, high, *, logarithmic):
    scale = math.log if logarithmic else float
    width = scale(high) - scale(low)
    return sorted(int((scale(v) - scale(low)) / width * len(values) + 1e-9) for v in values)


@pytest.mark.parametrize("count", [1, 2, 17, 40])
def test_each_part_of_a_range_is_used_once(count):
    """Cut into as many parts as there are points, each part holds one point."""
    points = latin_hypercube((NARROW, FROM_ZERO), count, 3)
    assert list(range(count)) == parts([p["a"] for p in points], 1.0, 2.0, logarithmic=False)
    assert list(range(count)) == parts([p["c"] for p in points], 0.0, 1.0, logarithmic=False)


def test_a_wide_range_is_cut_by_factors():
    """Over more than a factor of three, equal parts are equal factors."""
    points = latin_hypercube((WIDE,), 40, 3)
    assert list(range(40)) == parts([p["b"] for p in points], 10.0, 1000.0, logarithmic=True)


@pytest.mark.parametrize("seed", range(5))
def test_values_stay_within_their_range(seed):
    """No value leaves its range."""
    for point in latin_hypercube((NARROW, WIDE, FROM_ZERO), 25, seed):
        assert 1.0 <= point["a"] <= 2.0
        assert 10.0 <= point["b"] <= 1000.0
        assert 0.0 <= point["c"] <= 1.0


def test_the_seed_alone_decides():
    """The same seed gives the same points, another seed others."""
    first = latin_hypercube((NARROW, WIDE), 12, 7)
    assert first == latin_hypercube((NARROW, WIDE), 12, 7)
    assert first != latin_hypercube((NARROW, WIDE), 12, 8)


def test_numbers_are_drawn_apart():
    """Two numbers with the same range do not move together."""
    twin = Estimate(path="z", value=1.5, low=1.0, high=2.0)
    points = latin_hypercube((NARROW, twin), 20, 7)
    assert any(point["a"] != point["z"] for point in points)
