"""Who may keep a connection, and for how long? Whoever keeps us waiting has a deadline, and goes first.

A connection waits for us or for its peer: for the end of its headers, for its body, or until it has read
what we said. Peers have deadlines; where there is no room, the one that has kept us waiting longest gives
way, so somebody new always gets in. Who has asked, and waits for us, is never dropped.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

MOST_COUNT = 512
MOST_WAITING_BY_NETWORK_COUNT = 256
"""An office behind one address is many people; only those that keep us waiting count."""
KEPT_PART = 4
"""This part of all is kept for cases, alerts and health while everything else is in work."""


class Peer(Protocol):
    """One connection."""

    def drop(self) -> None:
        """End it at once."""


@dataclass(kw_only=True)
class _Held:
    """What is known of a connection."""

    network: str
    is_waiting: bool = True
    until_s: float = 0.0


class Connections:
    """All connections of one listener.

    Parameters
    ----------
    most_count
        How many there may be.
    clock
        Gives seconds that only grow.

    Attributes
    ----------
    dropped_count
        How many were dropped since the start: late, or to make room.
    """

    def __init__(self, most_count: int = MOST_COUNT, clock: Callable[[], float] = time.monotonic) -> None:
        self.dropped_count = 0
        self._most_count = most_count
        self._clock = clock
        self._held: dict[Peer, _Held] = {}
        # Both are ordered by when the wait began, for that is the order in which they give way.
        self._waiting: dict[Peer, None] = {}
        self._by_network: dict[str, dict[Peer, None]] = {}

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._held)

    @property
    def waiting_count(self) -> int:
        """How many keep us waiting."""
        return len(self._waiting)

    @property
    def is_crowded(self) -> bool:
        """Whether so many are in work that the rest is kept for those who come first."""
        return len(self._held) - len(self._waiting) >= self._most_count - self._most_count // KEPT_PART

    def came(self, peer: Peer, network: str, *, within_s: float) -> None:
        """Take a connection in; its peer says something within a time.

        Parameters
        ----------
        peer
            The connection.
        network
            Where it comes from; empty where it stands for many, as a proxy does.
        within_s
            In which time, in seconds.
        """
        if len(self._held) >= self._most_count and not self._drop_longest(self._waiting):
            self.dropped_count += 1
            peer.drop()
            return
        self._held[peer] = _Held(network=network)
        self.waits(peer, within_s=within_s)

    def waits(self, peer: Peer, *, within_s: float) -> None:
        """Wait for a peer from now on."""
        held = self._held.get(peer)
        if held is None:
            return
        self._forget_wait(peer, held)
        held.is_waiting, held.until_s = True, self._clock() + within_s
        self._waiting[peer] = None
        if held.network:
            neighbours = self._by_network.setdefault(held.network, {})
            neighbours[peer] = None
            if len(neighbours) > MOST_WAITING_BY_NETWORK_COUNT:
                self._drop_longest(neighbours)

    def waits_longer(self, peer: Peer, by_s: float) -> None:
        """Give a peer more time, for it said something; it keeps its place among those who give way."""
        held = self._held.get(peer)
        if held is not None and held.is_waiting:
            held.until_s += by_s

    def works(self, peer: Peer) -> None:
        """Let a peer wait for us from now on."""
        held = self._held.get(peer)
        if held is not None:
            self._forget_wait(peer, held)
            held.is_waiting = False

    def gone(self, peer: Peer) -> None:
        """Forget a connection that is over."""
        held = self._held.pop(peer, None)
        if held is not None:
            self._forget_wait(peer, held)

    def sweep(self) -> None:
        """Drop whoever kept us waiting for too long."""
        now_s = self._clock()
        for peer in [one for one in self._waiting if self._held[one].until_s <= now_s]:
            self._drop(peer)

    def _forget_wait(self, peer: Peer, held: _Held) -> None:
        self._waiting.pop(peer, None)
        neighbours = self._by_network.get(held.network)
        if neighbours is not None:
            neighbours.pop(peer, None)
            if not neighbours:
                del self._by_network[held.network]

    def _drop_longest(self, among: dict[Peer, None]) -> bool:
        """Drop the one that has kept us waiting longest; return whether there was one."""
        peer = next(iter(among), None)
        if peer is None:
            return False
        self._drop(peer)
        return True

    def _drop(self, peer: Peer) -> None:
        self.gone(peer)
        self.dropped_count += 1
        peer.drop()
