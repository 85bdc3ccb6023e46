from __future__ import annotations

import math
from fractions import Fraction

import pytest

from tidegate.experiment.interval import beta_cdf, share_interval


def binomial_tail(count, runs_count, p):
    """P(X >= count) of a binomial, summed term by term."""
    p = Fraction(p)
    below = sum(math.comb(runs_count, k) * p**k * (1 - p) ** (runs_count - k) for k in range(count))
    return float(1 - below)


@pytest.mark.parametrize(
    ("count", "runs_count", "low", "high"),
    [
        (1, 10, 0.0025, 0.4450),
        (2, 10, 0.0252, 0.5561),
        (5, 10, 0.1871, 0.8129),
        (1, 20, 0.0013, 0.2487),
        (10, 100, 0.0490, 0.1762),
        (81, 263, 0.2527, 0.3676),
    ],
)
def test_published_intervals(count, runs_count, low, high):
    """The tables of Clopper and Pearson's interval are met to their last digit."""
    assert (low, high) == pytest.approx(share_interval(count, runs_count), abs=6e-5)


@pytest.mark.parametrize(("count", "runs_count"), [(1, 7), (3, 40), (20, 41), (39, 40), (1, 200)])
def test_bounds_cut_the_exact_tails(count, runs_count):
    """At the lower bound the chance of so many is 2.5 %, at the upper bound that of so few."""
    low, high = share_interval(count, runs_count)
    assert 0.025 == pytest.approx(binomial_tail(count, runs_count, low), rel=1e-6)
    assert 0.025 == pytest.approx(1 - binomial_tail(count + 1, runs_count, high), rel=1e-6)


def test_rule_of_three():
    """None of 200 proves no more than P < 1.5 %."""
    assert (0.0, pytest.approx(0.01487, abs=1e-5)) == share_interval(0, 200)


def test_all_of_them_is_the_mirror_of_none():
    """All of n leaves the same width below one as none of n above zero."""
    low, high = share_interval(50, 50)
    assert 1.0 == high
    assert share_interval(0, 50)[1] == pytest.approx(1.0 - low)


def test_no_runs_say_nothing():
    """Without a run every probability is possible."""
    assert (0.0, 1.0) == share_interval(0, 0)


@pytest.mark.parametrize("runs_count", [1, 5, 60])
def test_the_share_lies_inside_and_bounds_grow_with_the_count(runs_count):
    """The interval holds its share, and more of them move both bounds up."""
    bounds = [share_interval(count, runs_count) for count in range(runs_count + 1)]
    assert all(low <= i / runs_count <= high for i, (low, high) in enumerate(bounds))
    assert bounds == sorted(bounds)


@pytest.mark.parametrize(("x", "expected"), [(-0.1, 0.0), (0.0, 0.0), (1.0, 1.0), (1.2, 1.0), (0.3, 0.3)])
def test_beta_cdf_of_the_uniform(x, expected):
    """I_x(1, 1) is x, cut to 0 and 1 outside."""
    assert expected == pytest.approx(beta_cdf(x, 1.0, 1.0))
