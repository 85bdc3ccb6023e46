"""Two worlds under the same chance."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tidegate.evaluate.searching.compare import compare, paired_share
from tidegate.present.searches.compare_text import compare_text
from tidegate.world.file.overlay import overlay
from tiny_worlds import twin


def compared(first, second, runs_count=10, threads=2):
    with ThreadPoolExecutor(threads) as executor:
        return compare(
            ("A", first, None), ("B", second, None), seed=7, runs_count=runs_count, executor=executor
        )


def test_a_world_does_not_differ_from_itself():
    """Chance is the same, so every pair is alike, and the interval says so with a width."""
    one = compared(twin(), twin())
    collapse, recovery, served = one.differences
    assert (0.0, 0.0, 0.0) == (collapse.value, recovery.value, served.value)
    assert not collapse.is_clear
    assert collapse.low < 0.0 < collapse.high
    assert "NO CLEAR DIFFERENCE" in compare_text(one)


def test_what_collapses_without_back_off_is_clearly_worse():
    """In all ten pairs only the second collapses."""
    one = compared(twin(), twin(retry="immediate"))
    assert (0, 10) == (one.only_first_count, one.only_second_count)
    assert (1.0, True) == (one.differences[0].value, one.differences[0].is_clear)
    assert "A IS BETTER   B fails in 10 of 10 pairs of runs where A does not" in compare_text(one)


def test_a_small_change_is_seen_where_unpaired_runs_would_not_show_it():
    """A slightly longer round trip delays every recovery a little: pairs agree on the sign."""
    slower = overlay(twin(), {"crossings.device.round_trip": "5ms"})
    served = compared(twin(), slower).differences[1]
    assert served.value is not None
    assert served.pairs_count == 10


@pytest.mark.parametrize(
    ("only_first", "only_second", "n", "clear"), [(0, 0, 50, 0), (0, 10, 50, 1), (9, 11, 50, 0)]
)
def test_the_interval_of_paired_shares(only_first, only_second, n, clear):
    """Discordant pairs alone carry it; it holds its value and stays within -1 and 1."""
    value, low, high = paired_share(only_first, only_second, n)
    assert (only_second - only_first) / n == value
    assert -1.0 <= low <= value <= high <= 1.0
    assert bool(clear) == (low > 0.0 or high < 0.0)


def test_one_thread_and_two_compare_the_same():
    """The answer does not depend on the executor."""
    assert compared(twin(), twin(retry="immediate"), threads=1) == compared(
        twin(), twin(retry="immediate"), threads=2
    )
