"""Connections that clients open with nothing to ask, for each attempt that they give up.

Source: Node's `fetch` (undici) opens one; see `spare_connections` in the world-file reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.adapters.linux.clients.client import Client, ClientConnection
from tidegate.adapters.linux.clients.connection import Connection

if TYPE_CHECKING:
    from tidegate.adapters.linux.clients.next_instance import Instances
    from tidegate.adapters.linux.event_loop import EventLoop


class Spares:
    """The connections of one population on which nothing is asked.

    Parameters
    ----------
    loop, instances
        Time and sockets, and where to connect.
    """

    def __init__(self, *, loop: EventLoop, instances: Instances) -> None:
        self._loop = loop
        self._instances = instances

    def open(self, client: Client, count: int, hold_s: float) -> None:
        """Open so many for a client; each is closed so long after it was begun."""
        for _ in range(count):
            spare: ClientConnection = Connection(
                self, self._loop, self._instances, client=client, request=None
            )
            self._loop.at(spare.began_s + hold_s, self.broken, spare)

    def established(self, connection: ClientConnection) -> None:
        """Ask nothing on it."""

    def answered(self, connection: ClientConnection, *, good: bool, keeps: bool) -> None:
        """Close it: nothing was asked."""
        del good, keeps
        connection.close()

    def broken(self, connection: ClientConnection, number: int = 0) -> None:
        """Close it: its time is up, or the service does not want it."""
        del number
        connection.close()
