"""Counts over a sliding window in two halves."""

from __future__ import annotations

from tidegate.behaviour.window import WindowCount


def test_reaches_back_one_to_two_halves():
    """What is counted stays until the half after its own is over."""
    count = WindowCount(10.0)
    for now_s in (1.0, 4.9, 5.0):
        count.add(now_s)
    assert [count.total(now_s) for now_s in (5.0, 9.9, 10.0, 14.9, 15.0)] == [3, 3, 1, 1, 0]


def test_a_long_silence_empties_it():
    """Two halves without a count leave nothing."""
    count = WindowCount(10.0)
    count.add(1.0)
    assert count.total(1000.0) == 0


def test_clear():
    """Clearing forgets both halves."""
    count = WindowCount(10.0)
    count.add(1.0)
    count.add(6.0)
    count.clear()
    assert count.total(6.0) == 0
