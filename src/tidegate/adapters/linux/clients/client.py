"""One client, and what it wants.

State only: what a client does next is decided in `attempts` (until it has what it wants) and in
`population` (when it wants something). Small, because there may be many.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TYPE_CHECKING

from tidegate.adapters.linux.clients.connection import Connection

if TYPE_CHECKING:
    from tidegate.adapters.linux.clients.policy_use import PolicyUse
    from tidegate.behaviour.layers import LayerGuards, RetryState

ClientConnection = Connection["Client", "Request"]


class Place(enum.Enum):
    """Where a connection of a pool stands: ready, lent to a request, or in neither list."""

    FREE = enum.auto()
    LENT = enum.auto()
    APART = enum.auto()


class Client:
    """One client, or one connection of a pool.

    Attributes
    ----------
    index
        Its number in its population, from 0.
    source
        The address it connects from; None leaves the choice to the kernel.
    request
        What it wants at present; of a connection of a pool, its own reconnection.
    connection
        The connection it keeps.
    pauses_count
        Pauses so far; a pause that was cut short is recognised by its number.
    name_until_s
        How long it knows its service's address.
    place, lent_count
        Of a connection of a pool, and how often it was lent.
    guards
        Its own budgets and breakers, by policy; None where it has none yet.
    """

    __slots__ = (
        "connection",
        "guards",
        "index",
        "lent_count",
        "name_until_s",
        "pauses_count",
        "place",
        "request",
        "source",
    )

    def __init__(self, index: int, source: str | None) -> None:
        self.index = index
        self.source = source
        self.request: Request | None = None
        self.connection: ClientConnection | None = None
        self.pauses_count = 0
        self.name_until_s = float("-inf")
        self.place = Place.APART
        self.lent_count = 0
        self.guards: dict[PolicyUse, tuple[LayerGuards, ...]] | None = None


class Request:
    """What a client wants, over all its attempts.

    Attributes
    ----------
    client
        Whose it is; None while it has no connection of the pool.
    retry
        Where it stands in its retry layers.
    since_s
        When it was first wanted.
    wanted
        Whether it is demand; False for a connection that is only to be made again.
    patience
        The draw on which its time-out depends, where time-outs vary.
    connection
        What carries the present attempt.
    number
        Rises with everything that makes earlier timers of this request void.
    waits, is_done
        Whether it stands in line for a connection of the pool; whether it has ended.
    told
        Who asked for it and hears whether it was served: of a call, and of what an instance that boots asks.
    """

    __slots__ = (
        "client",
        "connection",
        "is_done",
        "number",
        "patience",
        "retry",
        "since_s",
        "told",
        "waits",
        "wanted",
    )

    def __init__(
        self,
        client: Client | None,
        retry: RetryState,
        since_s: float,
        *,
        wanted: bool,
        patience: float = 1.0,
    ) -> None:
        self.client = client
        self.patience = patience
        self.retry = retry
        self.since_s = since_s
        self.wanted = wanted
        self.connection: ClientConnection | None = None
        self.number = 0
        self.waits = False
        self.is_done = False
        self.told: Callable[[bool], None] | None = None
