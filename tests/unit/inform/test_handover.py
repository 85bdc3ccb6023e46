"""How many notices may be handed over at once."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from tidegate.inform.handover import HandoverPolicy, Handovers

POLICY = HandoverPolicy(within_s=25.0, least_s=0.001, recent_count=8)


def taught(answer_s: float, owed_count: int) -> Handovers:
    """Handovers that have seen answers of one kind."""
    found = Handovers(POLICY)
    for _ in range(POLICY.recent_count):
        found.begin("x", 0.0)
        found.end("x", answer_s)
    found.expect(owed_count)
    return found


def test_one_at_a_time_where_that_is_soon_enough():
    """25,000 answers of a millisecond fit into 25 s one after the other; so do 250 of a tenth of a second."""
    assert 1 == taught(0.0003, 25_000).most_count
    assert 1 == taught(0.1, 250).most_count


def test_as_many_as_the_time_asks_for_where_it_is_not():
    """What is owed times how long an answer takes, over the time there is."""
    assert 100 == taught(0.1, 25_000).most_count
    assert 4 == taught(0.001, 100_000).most_count


def test_what_is_left_of_a_wave_is_not_handed_over_more_slowly():
    """The most that were owed at once count until nothing is under way."""
    found = taught(0.1, 25_000)
    found.expect(10)
    assert 100 == found.most_count
    found.rest()
    assert 1 == found.most_count


def test_the_soonest_answer_counts_and_not_the_mean():
    """More at once make every answer later; a bound that followed the mean would feed itself."""
    found = taught(0.5, 25_000)
    found.begin("x", 0.0)
    found.end("x", 0.002)
    assert 2 == found.most_count


def test_who_takes_longer_than_others_gives_its_place_up():
    """After twice the soonest answer another may begin; it ends all the same, whenever that is."""
    found = taught(0.01, 1)
    found.begin("slow", 1.0)
    assert (False, 1.02) == (found.may_begin(1.0), found.next_s())
    assert found.may_begin(1.02)
    assert found.next_s() is None
    found.begin("next", 1.02)
    found.end("slow", 9.0)
    assert not found.may_begin(1.03)


def test_an_end_without_a_beginning_is_nothing():
    """One that was broken off while it waited teaches nothing."""
    found = taught(0.5, 25_000)
    found.end("never began", 0.001)
    assert 0.5 == found.answer_s


def last_begun_s(count: int, answer_s: Callable[[int], float]) -> float:
    """Hand so many over in virtual time; return when the last one begins."""
    found, now_s, ends = Handovers(POLICY), 0.0, []
    found.expect(count)
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
def test_whatever_receivers_do_all_are_begun_in_twice_the_time(count, takes_s):
    """Quick, slow and hanging receivers in any mixture slow the others by no more than that."""
    most_s = 2 * POLICY.within_s + 2 * max(takes_s)
    assert last_begun_s(count, lambda number: takes_s[number % len(takes_s)]) <= most_s
