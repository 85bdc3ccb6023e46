"""Whose turn it is: one loop over sockets and timers, for all clients of one process.

It looks at the clock, carries out the timers that are due and hands each socket that is ready to its
listener, in small rounds, so that neither many timers nor many sockets starve the other. What clients
do must not live here. Lateness is kept apart from work: a thousand clients that are due in the same
instant are not late because the loop takes its time with them, but a loop that woke too late, or stood
still in the middle of a round, was not carrying out the script.
"""

from __future__ import annotations

import heapq
import select
import time
from collections.abc import Callable
from typing import Any, Protocol

TIMERS_A_ROUND = 32
SOCKETS_A_ROUND = 64
# Listeners are woken once for each change, not for as long as it lasts, so that a socket is
# registered once in its life.
INTEREST = select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP | select.EPOLLET
BEHIND_S = 1.0  # a timer this late is late whatever else there was to do

Act = Callable[[Any, int], None]


class Listener(Protocol):
    """Whatever owns a socket.

    Attributes
    ----------
    round_number
        The loop's round in which the socket was registered.
    """

    round_number: int

    def ready(self, mask: int) -> None:
        """Take notice of what the kernel says about the socket (bits of `select.epoll`)."""

    def close(self) -> None:
        """Close the socket: the loop ends."""


class EventLoop:
    """Sockets and timers of one process.

    Times are seconds since `start_s` on the clock. A timer is carried out as ``act(what, number)``;
    there is no cancelling: whoever set it knows by the number whether it still counts.

    Parameters
    ----------
    start_s
        Which time of the clock is zero; it may lie ahead.
    clock
        Seconds that never go back; the kernel's CLOCK_MONOTONIC, which all processes share.

    Attributes
    ----------
    now_s
        When the present act or event began.
    due_s
        When the present timer was due.
    round_number
        Rounds so far.
    """

    def __init__(self, start_s: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._start_s = start_s
        self._clock = clock
        self._epoll = select.epoll()
        self._listeners: dict[int, Listener] = {}
        self._timers: list[tuple[float, int, Act, Any, int]] = []
        self._timers_count = 0
        self._lateness_s = 0.0
        self.now_s = clock() - start_s
        self.due_s = self.now_s
        self.round_number = 0

    def at(self, due_s: float, act: Act, what: Any, number: int = 0) -> None:
        """Carry out ``act(what, number)`` at `due_s`; what is due at one time keeps its order."""
        self._timers_count += 1
        heapq.heappush(self._timers, (due_s, self._timers_count, act, what, number))

    def listen(self, descriptor: int, listener: Listener) -> None:
        """Tell `listener` what happens to its socket."""
        listener.round_number = self.round_number
        self._listeners[descriptor] = listener
        self._epoll.register(descriptor, INTEREST)

    def forget(self, descriptor: int) -> None:
        """Say no more about a socket; to be called before it is closed."""
        self._listeners.pop(descriptor, None)

    def take_lateness_s(self) -> float:
        """Return by how much the latest awakening since the last call was too late, and begin anew."""
        lateness_s, self._lateness_s = self._lateness_s, 0.0
        return lateness_s

    def run(self, until_s: float) -> None:
        """Carry out what comes until `until_s`."""
        self.now_s = self._clock() - self._start_s
        while self.now_s < until_s:
            began_s = self.now_s
            self._timers_due()
            idle = not self._sockets_ready() and not self._anything_due()
            self._note_lateness(began_s)
            if idle:
                self._wait(until_s)

    def close(self) -> None:
        """Let all listeners close their sockets and give back what the loop holds of the kernel."""
        for listener in tuple(self._listeners.values()):
            listener.close()
        self._epoll.close()

    def _timers_due(self) -> None:
        timers, clock, start_s = self._timers, self._clock, self._start_s
        for _ in range(TIMERS_A_ROUND):
            if not timers or timers[0][0] > self.now_s:
                return
            self.due_s, _, act, what, number = heapq.heappop(timers)
            act(what, number)
            self.now_s = clock() - start_s

    def _anything_due(self) -> bool:
        return bool(self._timers) and self._timers[0][0] <= self.now_s

    def _sockets_ready(self) -> bool:
        self.round_number += 1
        round_number, clock, start_s = self.round_number, self._clock, self._start_s
        listeners = self._listeners
        ready = self._epoll.poll(0, SOCKETS_A_ROUND)
        for descriptor, mask in ready:
            self.now_s = clock() - start_s
            listener = listeners.get(descriptor)
            # A descriptor that was closed and opened again in this round: the news is of the old socket.
            if listener is not None and listener.round_number != round_number:
                listener.ready(mask)
        self.now_s = clock() - start_s
        return bool(ready)

    def _wait(self, until_s: float) -> None:
        wake_s = min(self._timers[0][0], until_s) if self._timers else until_s
        # epoll itself counts in milliseconds; select on the epoll descriptor in microseconds.
        select.select((self._epoll,), (), (), max(wake_s - self.now_s, 0.0))
        self.now_s = self._clock() - self._start_s
        self._lateness_s = max(self._lateness_s, self.now_s - wake_s)

    def _note_lateness(self, began_s: float) -> None:
        late_s = self.now_s - began_s
        if self._timers and self.now_s - self._timers[0][0] > BEHIND_S:
            late_s = max(late_s, self.now_s - self._timers[0][0])
        self._lateness_s = max(self._lateness_s, late_s)
