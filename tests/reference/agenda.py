"""When things happen: a heap of what is still to be done, in whole nanoseconds.

Things due at the same moment happen in the order in which they were planned; what one of them asks for at
once is done before the next of them. What happens must not live here.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable

NS = 1_000_000_000


def ns(time_s: float) -> int:
    """Return seconds as whole nanoseconds."""
    return round(time_s * NS)


class Agenda:
    """What is still to be done, and what time it is."""

    def __init__(self) -> None:
        self.now_ns = 0
        self._planned_count = 0
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._soon: deque[Callable[[], None]] = deque()

    @property
    def now_s(self) -> float:
        """The time in seconds."""
        return self.now_ns / NS

    def at(self, when_ns: int, act: Callable[[], None]) -> None:
        """Plan `act` for `when_ns`."""
        self._planned_count += 1
        heapq.heappush(self._heap, (when_ns, self._planned_count, act))

    def after(self, delay_ns: int, act: Callable[[], None]) -> None:
        """Plan `act` for `delay_ns` from now."""
        self.at(self.now_ns + delay_ns, act)

    def soon(self, act: Callable[[], None]) -> None:
        """Let `act` follow what happens now, before anything else that is planned for this moment."""
        self._soon.append(act)

    def run(self, until_ns: int) -> None:
        """Do everything due until `until_ns`, that moment included."""
        while self._heap and self._heap[0][0] <= until_ns:
            self.now_ns, _, act = heapq.heappop(self._heap)
            act()
            while self._soon:
                self._soon.popleft()()
        self.now_ns = until_ns
