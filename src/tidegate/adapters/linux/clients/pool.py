"""Which connection of a pool a request gets, and who waits for one.

The pools of one population are treated as one pool, as in the engine: the connection given back last
is lent first, and those who wait are served in the order in which they came. Where the instances of a
caller open connections as they are needed, one that stands is lent before another is opened.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from tidegate.adapters.linux.clients.client import Client, Place, Request


class Pool:
    """The connections of one population's pools.

    Parameters
    ----------
    is_here
        Whether a connection's client is still there.
    leave
        Told of each connection that is found to belong to a client that has left.
    opens_as_needed
        Whether a place without a connection is lent only where none with one is free.
    """

    def __init__(
        self,
        is_here: Callable[[Client], bool],
        leave: Callable[[Client], None],
        *,
        opens_as_needed: bool = False,
    ) -> None:
        self._is_here = is_here
        self._leave = leave
        self._opens_as_needed = opens_as_needed
        self._free: list[Client] = []
        self._bare: list[Client] = []
        self._line: deque[tuple[Request, int]] = deque()

    def add(self, client: Client) -> None:
        """Put a free connection into the pool."""
        client.place = Place.FREE
        bare = self._opens_as_needed and client.connection is None
        (self._bare if bare else self._free).append(client)

    def take(self, request: Request) -> Client | None:
        """Lend a free connection to `request`; None where it must wait."""
        while self._free or self._bare:
            client = (self._free or self._bare).pop()
            if self._opens_as_needed and client.connection is None and self._free:
                self._bare.append(client)  # its connection was closed or has broken as it lay here
                continue
            client.place = Place.APART
            if client.request is not None:
                continue  # it is being made again
            if not self._is_here(client):
                self._leave(client)
                continue
            client.place = Place.LENT
            client.lent_count += 1
            request.client = client
            return client
        return None

    def wait(self, request: Request) -> None:
        """Put `request` at the end of the line."""
        request.waits = True
        self._line.append((request, request.number))

    def give_back(self, client: Client) -> Request | None:
        """Take a connection back; return the request that gets one now, if any waits."""
        self.add(client)
        while self._line:
            request, number = self._line[0]
            if not request.waits or request.number != number:
                self._line.popleft()  # it has stopped waiting
                continue
            if self.take(request) is None:
                return None
            self._line.popleft()
            request.waits = False
            return request
        return None
