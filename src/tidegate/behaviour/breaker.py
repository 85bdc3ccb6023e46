"""Whether a client should try at all just now.

A circuit breaker: too large a share of failures opens it, and while it is open attempts fail at once.
The states move by the table `NEXT_STATE` alone. What a refused client does must not live here.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from tidegate.behaviour.instant import nanoseconds
from tidegate.behaviour.window import WindowCount
from tidegate.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.world.retry import Breaker


class BreakerState(enum.Enum):
    """Where a breaker stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class BreakerEvent(enum.Enum):
    """What can happen to a breaker."""

    SUCCESS = "a call succeeds"
    FAILURE = "a call fails"
    TRIP = "the share of failures is reached"
    REST_OVER = "a call is wanted after the open time"


_CLOSED, _OPEN, _HALF_OPEN = BreakerState.CLOSED, BreakerState.OPEN, BreakerState.HALF_OPEN

NEXT_STATE: Mapping[tuple[BreakerState, BreakerEvent], BreakerState] = {
    (_CLOSED, BreakerEvent.SUCCESS): _CLOSED,
    (_CLOSED, BreakerEvent.FAILURE): _CLOSED,
    (_CLOSED, BreakerEvent.TRIP): _OPEN,
    # Calls begun before it opened come back late; they prove nothing new.
    (_OPEN, BreakerEvent.SUCCESS): _OPEN,
    (_OPEN, BreakerEvent.FAILURE): _OPEN,
    (_OPEN, BreakerEvent.REST_OVER): _HALF_OPEN,
    (_HALF_OPEN, BreakerEvent.SUCCESS): _CLOSED,
    (_HALF_OPEN, BreakerEvent.FAILURE): _OPEN,
    # The trial call never came back; another may try.
    (_HALF_OPEN, BreakerEvent.REST_OVER): _HALF_OPEN,
}
"""Every move a breaker can make; a pair that is missing cannot happen."""


def next_state(state: BreakerState, event: BreakerEvent) -> BreakerState:
    """Return the state after `event`.

    Raises
    ------
    InternalError
        If `event` cannot happen in `state`.
    """
    try:
        return NEXT_STATE[state, event]
    except KeyError:
        message = f"a breaker that is {state.value} cannot meet the event: {event.value}"
        raise InternalError(message) from None


class CircuitBreaker:
    """One circuit breaker; starts closed.

    Times are seconds on any one clock that does not go back. Each call that `admit` lets through ends
    in one `success` or `failure`; refused calls are not counted. Half-open, the first result to arrive
    decides, even that of a call begun before the breaker opened: the same shortcut as in the kernels.

    Parameters
    ----------
    breaker
        Its settings.
    """

    def __init__(self, breaker: Breaker) -> None:
        self._breaker = breaker
        self._state = BreakerState.CLOSED
        self._rest_until_ns = 0
        self._calls = WindowCount(breaker.window_s)
        self._failures = WindowCount(breaker.window_s)

    @property
    def state(self) -> BreakerState:
        """Where it stands."""
        return self._state

    def admit(self, now_s: float) -> bool:
        """Say whether a call may go ahead at `now_s`; after the open time one may, as a trial."""
        if self._state is BreakerState.CLOSED:
            return True
        if nanoseconds(now_s) < self._rest_until_ns:
            return False
        self._move(BreakerEvent.REST_OVER, now_s)
        return True

    def success(self, now_s: float) -> None:
        """Count a call that succeeded."""
        self._result(BreakerEvent.SUCCESS, now_s)

    def failure(self, now_s: float) -> None:
        """Count a call that failed."""
        self._result(BreakerEvent.FAILURE, now_s)

    def _result(self, event: BreakerEvent, now_s: float) -> None:
        if self._state is BreakerState.CLOSED:
            self._calls.add(now_s)
            if event is BreakerEvent.FAILURE:
                self._failures.add(now_s)
        self._move(event, now_s)
        if self._state is BreakerState.CLOSED and self._too_many_failures(now_s):
            self._move(BreakerEvent.TRIP, now_s)

    def _too_many_failures(self, now_s: float) -> bool:
        calls_count = self._calls.total(now_s)
        return (
            calls_count >= self._breaker.least_calls_count
            # Divided, not multiplied: 7 of 100 is the same float as a written 0.07; 0.07 x 100 is not 7.
            and self._failures.total(now_s) / calls_count >= self._breaker.failure_ratio
        )

    def _move(self, event: BreakerEvent, now_s: float) -> None:
        before, self._state = self._state, next_state(self._state, event)
        if self._state is not before:
            self._calls.clear()
            self._failures.clear()
        entered_open = self._state is BreakerState.OPEN and before is not BreakerState.OPEN
        if entered_open or event is BreakerEvent.REST_OVER:
            self._rest_until_ns = nanoseconds(now_s + self._breaker.open_s)
