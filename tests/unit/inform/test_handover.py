"""How many notices may be handed over at once."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from tidegate.inform.handover import HandoverPolicy, Handovers

POLICY = HandoverPolicy(per_s=1000.0, least_s=0.001, recent_count=8)


def taught(answer_s: float) -> Handovers:
    """Handovers that have seen answers of one kind."""
    found = Handovers(POLICY)
    for _ in range(POLICY.recent_count):
        found.begin("x", 0.0)
        found.end("x", answer_s)
    return found


def test_one_at_a_time_where_that_is_enough():
    """A thousand answers of a millisecond fit into a second one after the other; so it begins, too."""
    assert 1 == taught(0.0003).most_count
    assert 1 == Handovers(POLICY).most_count


def test_as_many_as_it_takes_where_it_is_not():
    """How many are sent a second, times how long an answer takes."""
    assert 4 == taught(0.004).most_count
    assert 100 == taught(0.1).most_count


def test_the_soonest_answer_counts_and_not_the_mean():
    """More at once make every answer later; a bound that followed the mean would feed itself."""
    found = taught(0.5)
    found.begin("x", 0.0)
    found.end("x", 0.002)
    assert 2 == found.most_count


def test_who_takes_longer_than_others_gives_its_place_up():
    """After twice the soonest answer another may begin; it ends all the same, whenever that is."""
    found = taught(0.001)
    found.begin("slow", 1.0)
    assert (False, 1.002) == (found.may_begin(1.0), found.next_s())
    assert found.may_begin(1.002)
    assert found.next_s() is None
    found.begin("next", 1.002)
    found.end("slow", 9.0)
    assert not found.may_begin(1.003)


def test_an_end_without_a_beginning_is_nothing():
    """One that was broken off while it waited teaches nothing."""
    found = taught(0.5)
    found.end("never began", 0.001)
    assert 0.5 == found.answer_s


def last_begun_s(count: int, answer_s: Callable[[int], float]) -> float:
    """Hand so many over in virtual time; return when the last one begins."""
    found, now_s, ends = Handovers(POLICY), 0.0, []
    for number in range(count):
        while not found.may_begin(now_s):
            now_s = min(found.next_s(), ends[0][0] if ends else float("inf"))
            while ends and ends[0][0] <= now_s:
                found.end(heapq.heappop(ends)[1], now_s)
        found.begin(f"{number}", now_s)
        heapq.heappush(ends, (now_s + answer_s(number), f"{number}"))
    return now_s


@given(
    count=st.integers(1, 3000),
    takes_s=st.lists(st.floats(0.0001, 30.0), min_size=1, max_size=50),
)
def test_whatever_receivers_do_half_as_many_are_begun_at_least(count, takes_s):
    """Quick, slow and hanging receivers in any mixture slow the others by no more than that."""
    most_s = 2 * count / POLICY.per_s + 2 * max(takes_s)
    assert last_begun_s(count, lambda number: takes_s[number % len(takes_s)]) <= most_s
