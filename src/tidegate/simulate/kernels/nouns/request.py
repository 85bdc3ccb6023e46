"""Requests: what a client wants, over all its attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.simulate.kernels.row import Column, Link, Named, Row, state

if TYPE_CHECKING:
    from tidegate.simulate.kernels.nouns.client import Client
    from tidegate.simulate.kernels.nouns.exchange import Exchange
    from tidegate.simulate.kernels.nouns.population import Population


class Without(Named):
    """Why a request has no exchange, in the place of its address."""

    NOTHING = -1
    WAITS = -2
    """For a place of the pool."""
    EXPIRED = -3
    """It waited too long; its row stays in the list until its turn comes."""
    RAN_ERRANDS = -4
    """Other services have been asked what comes before its connection."""


class Origin(Named):
    """Why there is a demand, in the place of its parent's address."""

    WANTED = -1
    RECONNECTS = -2


class Begun(Named):
    """What `start` is told."""

    FRESH = 0
    """An attempt begins."""
    GRANTED = 1
    """A connection of the pool was granted."""
    RESOLVED = 2
    """The name is resolved."""
    PACED = 3
    """The client's own limit has let it go."""


class Ended(Named):
    """How a request ends."""

    GIVEN_UP = 0
    WELL = 1
    LEFT = 2
    """Its client has gone, or never had anything to ask."""


NO_BREAKER = 0
"""What `fail` is told: the attempt was not stopped by a breaker."""
ADVICE = 1 << 8
"""Beside it: the answer said after how long to come back."""
WHY_SHIFT = 9
"""Above it: how the attempt failed, a `Failure`."""


class Failure(Named):
    """How an attempt failed."""

    TIMEOUT = 0
    REFUSED = 1
    ERROR = 2
    NAME = 3
    BREAKER = 4
    LIMITED = 5


class Request(Row, words=16):
    """A request; a free row's first column leads to the next."""

    population: Link[Population] = state("Whose it is.")
    client: Link[Client] = state("Who asks; -1: it still needs a place of the pool.")
    policy: Column = state("How it is tried again: see `nouns.policy`.")
    tries_count: Column = state("Attempts so far.")
    exchange: Link[Exchange] = state("Its attempt on the wire; else why there is none, a `Without`.")
    generation: Column = state("Which timers are good: those that carry it; -1: the row is free.")
    serial: Column = state("What it draws chance by: population and number; -1: the row is free.")
    retries: Column = state("The retries of each layer so far, packed: see `retry`.")
    since_ns: Column = state("When it was first wanted.")
    parent: Column = state(
        "Address of the exchange it calls for, or the request it looks up for; else an `Origin`."
    )
    previous_ns: Column = state("The delay before its last retry.")
    layer_since_ns: Column = state("When the try of the layer around the innermost began.")
    follower: Link[Request] = state("The next that waits for a place of the pool; -1: it is the last.")
    asked_for: Column = state(
        "Of a look-up: for which try of which request, as `Exchange.serial`.", like=follower
    )
