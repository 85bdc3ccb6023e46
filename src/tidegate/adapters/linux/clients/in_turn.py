"""Who of a population starts when at most so many start at a time? The next, as one of those is ready.

The meaning is that of the event engine (`simulate/kernels/in_turn.py`): a client is ready when what it wanted
first has ended, well or not; who wants nothing is ready at once; nobody starts before its time of the spread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tidegate.adapters.linux.event_loop import EventLoop


class InTurn:
    """Clients that start in turn.

    Parameters
    ----------
    places
        Who starts, in order.
    at_once_count
        How many at a time.
    spread_s
        Over which they would start if all did so by themselves.
    loop
        Time.
    start
        Lets one start; says whether it wants anything.
    """

    def __init__(
        self,
        places: Sequence[int],
        at_once_count: int,
        spread_s: float,
        *,
        loop: EventLoop,
        start: Callable[[int], bool],
    ) -> None:
        self._places = places
        self._spread_s = spread_s
        self._loop = loop
        self._start = start
        self._began_s = loop.due_s
        self._started_count = 0
        self._starting: set[int] = set()
        for _ in range(min(at_once_count, len(places))):
            self._next()

    def _next(self) -> None:
        i = self._started_count
        if i < len(self._places):
            self._started_count += 1
            due_s = self._began_s + self._spread_s * i / len(self._places)
            self._loop.at(max(self._loop.now_s, due_s), self._act, None, self._places[i])

    def _act(self, what: None, place: int) -> None:
        del what
        self._starting.add(place)
        if not self._start(place):
            self.ended(place)

    def ended(self, place: int) -> None:
        """Let the next start, if what has ended is what a client wanted first."""
        if place in self._starting:
            self._starting.remove(place)
            self._next()
