"""Which instance of a service gets the next connection.

The one with the fewest of this process's connections, of those that the world says are there: the
nearest that separate clients come to the engine's perfect balancer, whose instances share one queue.
How a connection is opened must not live here.
"""

from __future__ import annotations

from collections.abc import Sequence

Endpoint = tuple[str, int]


class Instances:
    """The endpoints of one service.

    Parameters
    ----------
    endpoints
        Address and port of every instance that can exist, the first ones first.
    present_count
        How many of them are there.
    """

    def __init__(self, endpoints: Sequence[Endpoint], present_count: int) -> None:
        self.endpoints = tuple(endpoints)
        self._open_counts = [0] * len(self.endpoints)
        self._last = -1
        self._present_count = 1
        self.change(present_count)

    def change(self, present_count: int) -> None:
        """From now on so many instances are there; with none, clients still ask the first."""
        self._present_count = min(max(present_count, 1), len(self.endpoints))

    def take(self) -> int:
        """Return the number of the instance that the next connection goes to, and count it."""
        count = self._present_count
        chosen = self._last = (self._last + 1) % count
        if count > 1:
            # Of equals the next in turn, so that instances at rest share alike.
            opened = self._open_counts
            chosen = min(range(count), key=lambda i: (opened[i], (i - self._last) % count))
            self._last = chosen
        self._open_counts[chosen] += 1
        return chosen

    def give_back(self, number: int) -> None:
        """Count a connection that has ended."""
        self._open_counts[number] -= 1
