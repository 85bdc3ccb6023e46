"""Bounds that hold at every look."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.experiment.interval import share_interval
from tidegate.experiment.looks import share_bounds


@pytest.mark.parametrize(("count", "runs_count"), [(0, 20), (3, 3), (1, 20), (5, 60), (20, 20), (300, 400)])
def test_they_hold_what_was_seen_and_are_wider_than_those_of_one_look(count, runs_count):
    """Whoever looks often must ask for more than whoever looks once."""
    low, high = share_bounds(count, runs_count)
    narrow_low, narrow_high = share_interval(count, runs_count)
    assert 0.0 <= low <= count / runs_count <= high <= 1.0
    assert low <= narrow_low
    assert high >= narrow_high


def test_nothing_seen_says_nothing():
    """Without a run every share is possible."""
    assert (0.0, 1.0) == share_bounds(0, 0)


def test_none_of_four_hundred_is_below_one_in_a_hundred():
    """By hand: 0.8 times 0.99 to the power of minus n reaches 40 near n = 390."""
    assert share_bounds(0, 380)[1] > 0.01 > share_bounds(0, 400)[1]


@pytest.mark.parametrize("threshold", [0.01, 0.1, 0.5])
def test_looking_often_is_wrong_as_seldom_as_is_said(threshold):
    """Of 400 questions at the very threshold, hardly one in twenty is ever said to be clear of it."""
    rng = np.random.default_rng(5)
    wrong = 0
    for _ in range(400):
        seen = np.cumsum(rng.random(1000) < threshold)
        looks = [share_bounds(int(seen[n - 1]), n) for n in (3, 9, *range(20, 1001, 20))]
        wrong += any(low > threshold or high < threshold for low, high in looks)
    assert wrong <= 0.05 * 400
