"""SYNs sent within a time-out."""

from __future__ import annotations

import pytest

from twin.syn_sends import syn_sends_s

LINUX = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 11.0, 19.0, 35.0, 68.0)
LINUX_BEFORE_6_5 = (1.0, 3.0, 7.0, 15.0, 31.0, 63.0)


@pytest.mark.parametrize(
    ("timeout_s", "new_count", "old_count"),
    [(0.5, 1, 1), (1.0, 1, 1), (5.0, 5, 3), (10.0, 7, 4), (134.0, 11, 7)],
)
def test_counts(timeout_s, new_count, old_count):
    """Newer Linux sends about twice the SYNs of older Linux within 5 and 10 s, and 11 against 7 in all."""
    assert new_count == len(syn_sends_s(LINUX, timeout_s))
    assert old_count == len(syn_sends_s(LINUX_BEFORE_6_5, timeout_s))


def test_times():
    """The first SYN leaves at once, the others by the schedule."""
    assert syn_sends_s(LINUX_BEFORE_6_5, 7.5) == (0.0, 1.0, 3.0, 7.0)
