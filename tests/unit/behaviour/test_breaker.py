"""The circuit breaker and its table of states."""

from __future__ import annotations

import itertools

import pytest

from tidegate.behaviour.breaker import (
    NEXT_STATE,
    BreakerEvent,
    BreakerState,
    CircuitBreaker,
    next_state,
)
from tidegate.errors import InternalError
from tidegate.world.retry import Breaker

SETTINGS = Breaker(failure_ratio=0.5, window_s=10.0, least_calls_count=4, open_s=5.0)

EXPECTED = {
    "closed": {
        "a call succeeds": "closed",
        "a call fails": "closed",
        "the share of failures is reached": "open",
        "a call is wanted after the open time": None,
    },
    "open": {
        "a call succeeds": "open",
        "a call fails": "open",
        "the share of failures is reached": None,
        "a call is wanted after the open time": "half-open",
    },
    "half-open": {
        "a call succeeds": "closed",
        "a call fails": "open",
        "the share of failures is reached": None,
        "a call is wanted after the open time": "half-open",
    },
}


@pytest.mark.parametrize(("state", "event"), [*itertools.product(BreakerState, BreakerEvent)])
def test_every_pair(state, event):
    """Each state meets each event as stated, and what cannot happen is refused."""
    expected = EXPECTED[state.value][event.value]
    if expected is None:
        assert (state, event) not in NEXT_STATE
        with pytest.raises(InternalError, match="cannot meet"):
            next_state(state, event)
    else:
        assert BreakerState(expected) is next_state(state, event)


def opened() -> CircuitBreaker:
    """Return a breaker that four failures opened at 1 s."""
    breaker = CircuitBreaker(SETTINGS)
    for _ in range(4):
        breaker.failure(1.0)
    return breaker


def test_opens_at_the_ratio():
    """Two failures of four reach one half; one of four does not."""
    breaker = CircuitBreaker(SETTINGS)
    for report in (breaker.success, breaker.success, breaker.failure):
        report(0.0)
    assert BreakerState.CLOSED is breaker.state
    breaker.failure(0.0)
    assert BreakerState.OPEN is breaker.state


def test_too_few_calls_keep_it_closed():
    """Three failures of three stay below the least number of calls; a fourth call, even good, tips it."""
    breaker = CircuitBreaker(SETTINGS)
    for _ in range(3):
        breaker.failure(0.0)
    assert breaker.admit(0.0)
    breaker.success(0.0)
    assert BreakerState.OPEN is breaker.state


def test_a_written_decimal_ratio_is_reached_exactly():
    """Seven failures of a hundred reach 7 %."""
    breaker = CircuitBreaker(Breaker(failure_ratio=0.07, least_calls_count=100, window_s=10.0))
    for _ in range(93):
        breaker.success(0.0)
    for _ in range(6):
        breaker.failure(0.0)
    assert BreakerState.CLOSED is breaker.state
    breaker.failure(0.0)
    assert BreakerState.OPEN is breaker.state


def test_the_window_forgets():
    """Failures older than the window no longer count, those of the previous half do."""
    breaker = CircuitBreaker(SETTINGS)
    for now_s in (0.0, 0.0, 0.0, 12.0, 12.0, 12.0):
        breaker.failure(now_s)
    assert BreakerState.CLOSED is breaker.state
    breaker.failure(16.0)
    assert BreakerState.OPEN is breaker.state


def test_open_refuses_then_lets_one_try():
    """While open nothing passes; after the open time exactly one call does."""
    breaker = opened()
    assert [breaker.admit(now_s) for now_s in (5.999, 6.0, 6.0)] == [False, True, False]
    assert BreakerState.HALF_OPEN is breaker.state


def test_a_good_trial_closes_it_with_a_clean_slate():
    """After a good trial the old failures are forgotten."""
    breaker = opened()
    breaker.admit(6.0)
    breaker.success(6.1)
    assert BreakerState.CLOSED is breaker.state
    for _ in range(3):
        breaker.failure(6.2)
    assert BreakerState.CLOSED is breaker.state


def test_a_bad_trial_opens_it_for_the_whole_time():
    """After a bad trial the open time runs again from the failure."""
    breaker = opened()
    breaker.admit(6.0)
    breaker.failure(6.5)
    assert [breaker.admit(now_s) for now_s in (6.6, 11.4, 11.5)] == [False, False, True]


def test_a_late_result_does_not_disturb_an_open_breaker():
    """Calls begun before it opened neither close it nor prolong it."""
    breaker = opened()
    breaker.success(2.0)
    breaker.failure(3.0)
    assert BreakerState.OPEN is breaker.state
    assert breaker.admit(6.0)


def test_a_lost_trial_is_replaced():
    """A trial that never comes back does not keep the breaker half-open for ever."""
    breaker = opened()
    assert [breaker.admit(now_s) for now_s in (6.0, 10.9, 11.0)] == [True, False, True]
