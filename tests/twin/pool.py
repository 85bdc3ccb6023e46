"""The connections of a pool: which are free, and which requests wait for one.

All pools of a population are one; a free place may have a connection or not, and a request meets one or the
other by as many as are free of each. A place that is being connected anew is not lent meanwhile; one that
nobody has asked for until then stays where it lies.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twin.population import Client
    from twin.request import Request


class Pool:
    """Places of one population.

    Parameters
    ----------
    places
        Every place, of which all are free.
    """

    def __init__(self, places: list[Client]) -> None:
        self._connected: list[Client] = []
        self._bare: list[Client] = []
        self._waiting: deque[Request] = deque()
        for place in reversed(places):
            self._push(place)

    def _push(self, place: Client) -> None:
        place.is_lent = place.is_set_aside = False
        (self._bare if place.connection is None else self._connected).append(place)

    def take(self, draw: Callable[[], float]) -> Client | None:
        """Return a free place: that which was given back last, with or without a connection."""
        for each in (self._connected, self._bare):
            while each and each[-1].request is not None:
                each.pop().is_set_aside = True
        stack = self._connected or self._bare
        if self._connected and self._bare:
            free_count = len(self._connected) + len(self._bare)
            stack = self._bare if draw() * free_count < len(self._bare) else self._connected
        if not stack:
            return None
        stack[-1].is_lent = True
        return stack.pop()

    def take_connected(self) -> Client | None:
        """Return a free place with a connection, else one without: that which was given back last."""
        for each in (self._connected, self._bare):
            while each and each[-1].request is not None:
                each.pop().is_set_aside = True
        while self._connected and self._connected[-1].connection is None:
            self._bare.append(self._connected.pop())  # it was closed, or has broken, as it lay here
            while self._connected and self._connected[-1].request is not None:
                self._connected.pop().is_set_aside = True
        stack = self._connected or self._bare
        if not stack:
            return None
        stack[-1].is_lent = True
        return stack.pop()

    def wait(self, request: Request) -> None:
        """Let a request wait for a place."""
        self._waiting.append(request)

    def forget(self, request: Request) -> None:
        """A request waits no longer, if it did."""
        if request in self._waiting:
            self._waiting.remove(request)

    def give_back(self, place: Client) -> Request | None:
        """Take a place back; return the request that waited longest, if one does."""
        self._push(place)
        return self._waiting.popleft() if self._waiting else None
