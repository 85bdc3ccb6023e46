"""Which caller gets a connection, and who waits.

A bounded pool of connections with a bounded first-come first-served line of callers. Connections
themselves (opening, breaking, idling) must not live here: a place in the pool stands for one.
"""

from __future__ import annotations

import enum
from collections import deque

from tidegate.errors import InternalError


class PoolAnswer(enum.Enum):
    """What a caller who asks for a connection is told."""

    GRANTED = "granted"
    WAITS = "waits"
    REFUSED = "refused"


class ConnectionPool:
    """Connections shared by callers, each known by a number of the caller's choice.

    Times are seconds on any one clock that does not go back. A waiting caller whose time is up is never
    given a connection; it is named by the next `timed_out`.

    Parameters
    ----------
    size_count
        Connections, at least 1.
    waiters_count
        Callers that may wait; None means without limit.
    wait_s
        How long a caller waits at most; None means without limit.
    """

    def __init__(self, *, size_count: int, waiters_count: int | None, wait_s: float | None) -> None:
        self._size_count = size_count
        self._waiters_count = waiters_count
        self._wait_s = wait_s
        self._in_use_count = 0
        self._line: deque[tuple[int, float]] = deque()
        self._late: list[int] = []

    @property
    def in_use_count(self) -> int:
        """Connections that callers hold."""
        return self._in_use_count

    def waiting_count(self, now_s: float) -> int:
        """Return how many callers wait at `now_s`."""
        self._sort_out_late(now_s)
        return len(self._line)

    def ask(self, now_s: float, caller: int) -> PoolAnswer:
        """Ask for a connection for `caller`."""
        self._sort_out_late(now_s)
        if self._in_use_count < self._size_count:
            self._in_use_count += 1
            return PoolAnswer.GRANTED
        if self._waiters_count is not None and len(self._line) >= self._waiters_count:
            return PoolAnswer.REFUSED
        until_s = float("inf") if self._wait_s is None else now_s + self._wait_s
        self._line.append((caller, until_s))
        return PoolAnswer.WAITS

    def give_back(self, now_s: float) -> int | None:
        """Take a connection back and return the waiting caller who gets it, if any.

        Raises
        ------
        InternalError
            If no connection is held.
        """
        if self._in_use_count == 0:
            raise InternalError("a connection was given back to a pool that had lent none")
        self._sort_out_late(now_s)
        if self._line:
            return self._line.popleft()[0]
        self._in_use_count -= 1
        return None

    def timed_out(self, now_s: float) -> tuple[int, ...]:
        """Return the callers whose wait is over, each once, the longest waiting first."""
        self._sort_out_late(now_s)
        late = tuple(self._late)
        self._late.clear()
        return late

    def next_time_out_s(self) -> float | None:
        """Return when the first waiting caller's time is up; None if that is never."""
        if not self._line or self._wait_s is None:
            return None
        return self._line[0][1]

    def _sort_out_late(self, now_s: float) -> None:
        # All wait equally long, so those whose time is up stand at the front.
        while self._line and self._line[0][1] <= now_s:
            self._late.append(self._line.popleft()[0])
