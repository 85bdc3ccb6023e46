"""How old the kept connections of a population become, and what follows.

The same meaning as in the event engine (`simulate/kernels/age.py`). Shortcut: where their service lets
connections become only so old, it is the clients who close them, at that age; what each end sends is nearly
the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from tidegate.adapters.linux.clients.client import Client, ClientConnection

if TYPE_CHECKING:
    from tidegate.adapters.linux.clients.chance import Chance
    from tidegate.adapters.linux.event_loop import EventLoop
    from tidegate.world.connection_age import ConnectionAge


class Keeper(Protocol):
    """Whoever keeps the connections."""

    def drop(self, connection: ClientConnection) -> None:
        """Close a connection; its client no longer keeps it."""

    def broken(self, connection: ClientConnection, number: int = 0) -> None:
        """Fail the attempt that a connection carries, and close it."""

    def reopen(self, client: Client, number: int = 0) -> None:
        """Let a client that has no connection make one, if nothing is wanted of it that will."""


class Ages:
    """The ages of one population's connections.

    Parameters
    ----------
    loop, chance, keeper
        Time, draws, and who keeps the connections.
    """

    def __init__(self, *, loop: EventLoop, chance: Chance, keeper: Keeper) -> None:
        self._loop = loop
        self._chance = chance
        self._keeper = keeper
        self._limits: tuple[ConnectionAge, ...] = ()
        self._reopens = True

    def take(self, limits: Sequence[ConnectionAge | None], *, reopens: bool) -> bool:
        """Let connections become so old from now on; return whether that is another age than before."""
        before_s = [limit.age_s for limit in self._limits]
        self._limits = tuple(limit for limit in limits if limit is not None)
        self._reopens = reopens
        return before_s != [limit.age_s for limit in self._limits]

    def begin(self, connection: ClientConnection) -> None:
        """Take notice that a client keeps a connection from now on."""
        if self._limits:
            age_s, grace_s = self._end()
            self._plan(connection, connection.began_s + age_s, grace_s)

    def stand(self, connection: ClientConnection) -> None:
        """Take a connection that has stood for long, nobody knows how long."""
        if self._limits:
            age_s, grace_s = self._end()
            self._plan(connection, self._loop.now_s + self._chance.age() * age_s, grace_s)

    def answered(self, connection: ClientConnection) -> None:
        """Let another connection follow one that was too old and has had its last answer, or not."""
        if connection.is_aged and self._reopens:
            self._loop.at(self._loop.now_s, self._keeper.reopen, connection.client)

    def _end(self) -> tuple[float, float | None]:
        """Return at which age a connection ends, and how long its last request may then still take."""
        ends = [
            (limit.age_s * (1.0 + (2.0 * self._chance.age() - 1.0) * limit.jitter_ratio), limit.grace_s)
            for limit in self._limits
        ]
        return min(ends, key=lambda end: end[0])

    def _plan(self, connection: ClientConnection, at_s: float, grace_s: float | None) -> None:
        connection.plans_count += 1
        connection.grace_s = grace_s
        self._loop.at(max(at_s, self._loop.now_s), self._due, connection, connection.plans_count)

    def _is_void(self, connection: ClientConnection, number: int) -> bool:
        kept = connection.client.connection is connection
        return not kept or connection.plans_count != number or not self._limits

    def _due(self, connection: ClientConnection, number: int) -> None:
        if self._is_void(connection, number):
            return
        if connection.request is None:
            self._keeper.drop(connection)
            if self._reopens:
                self._keeper.reopen(connection.client)
            return
        connection.is_aged = True
        if connection.grace_s is not None:
            self._loop.at(self._loop.now_s + connection.grace_s, self._cut, connection, number)

    def _cut(self, connection: ClientConnection, number: int) -> None:
        if not self._is_void(connection, number):
            self._keeper.broken(connection)
