"""How rare a collapse is, from a harder size."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tidegate.experiment.tail import (
    LEAST_SCATTER,
    MOST_SEEDS_COUNT,
    chi_square,
    least_extreme,
    needed_times,
    none_bound,
    scatter_bound,
    tail_bound,
)


def test_none_of_many_bounds_the_share():
    """0 of 24 leaves 14 % at 97.5 %: 0.86 to the power of 24 is a fortieth."""
    assert none_bound(24) == pytest.approx(1.0 - 0.025 ** (1.0 / 24.0))


def test_at_today_s_size_nothing_follows_but_what_was_counted():
    """A size that is no harder says no more than its runs."""
    assert tail_bound(1.0, 24, 0.03) == pytest.approx(none_bound(24))
    assert tail_bound(0.5, 24, 0.03) == pytest.approx(none_bound(24))


def test_harder_and_narrower_is_rarer():
    """The further it was asked, and the less seeds scatter, the smaller the bound."""
    bounds = [tail_bound(times, 24, 0.05) for times in (1.05, 1.1, 1.2, 1.5)]
    assert sorted(bounds, reverse=True) == bounds
    assert tail_bound(1.2, 24, 0.02) < tail_bound(1.2, 24, 0.05)


@pytest.mark.parametrize("acceptable", [0.01, 1e-3, 1e-5])
def test_as_hard_as_needed_is_just_enough(acceptable):
    """At the size that is asked for the bound is met, and a little below it is not."""
    times = needed_times(acceptable, 24, 0.04, most=4.0)
    assert tail_bound(times, 24, 0.04) < acceptable < tail_bound(0.99 * times, 24, 0.04)
    assert needed_times(acceptable, 24, 0.04, most=0.99 * times) is None


@pytest.mark.parametrize("law", ["normal", "least extreme"])
def test_the_bound_holds_the_truth_in_most_repeats(law):
    """Seeds drawn from either law: in at least 95 % of 400 repeats the truth is below the bound."""
    rng = np.random.default_rng(11)
    scatter, middle, kept = 0.05, math.log(1.25), 0
    width = scatter * math.sqrt(6.0) / math.pi
    low = middle - width * math.log(math.log(2.0))
    truth = (
        0.5 * math.erfc(middle / scatter / math.sqrt(2.0))
        if law == "normal"
        else -math.expm1(-math.exp(-low / width))
    )
    tried = 0
    while tried < 400:
        normal, extreme = rng.normal(middle, scatter, 28), low + width * np.log(rng.exponential(size=28))
        seeds = np.exp(normal if law == "normal" else extreme)
        if (seeds[4:] <= 1.1).any():
            tried, kept = tried + 1, kept + 1  # one tips: it is counted instead
            continue
        bound = tail_bound(1.1, 24, scatter_bound(list(seeds[:4]), 0.0))
        tried, kept = tried + 1, kept + (truth <= bound)
    assert kept >= 0.95 * tried


def test_the_scatter_is_never_nothing():
    """Seeds that all tip at once were still only seen to a resolution, and never nearer than one per cent."""
    assert scatter_bound([1.5, 1.5, 1.5, 1.5], 0.0) == pytest.approx(LEAST_SCATTER)
    assert scatter_bound([1.5, 1.5, 1.5, 1.5], 0.02) > LEAST_SCATTER
    assert scatter_bound([1.4, 1.6], 0.02) > scatter_bound([1.4, 1.6, 1.4, 1.6, 1.4, 1.6], 0.02)


def test_the_table_goes_on():
    """The 2.5 % quantiles of chi-square: of the table, and beyond it (12.40 for 24 degrees)."""
    assert chi_square(MOST_SEEDS_COUNT - 1) < chi_square(MOST_SEEDS_COUNT)
    assert chi_square(24) == pytest.approx(12.401, abs=0.02)


def test_half_tip_at_the_middle():
    """At the median half do, by either law."""
    assert least_extreme(0.0) == pytest.approx(0.5)
