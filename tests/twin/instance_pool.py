"""The connections that each instance of a service keeps for a call.

All instances of a service are one here, and so are their pools: a request that calls takes a free connection,
or else a free place, in which it opens one, or else it waits. Of the places of each instance the first few
are those that are never closed for being idle.
"""

from __future__ import annotations

from reference.agenda import ns
from tidegate.world.service import ConnectionPool, Service
from twin.owned import Calls
from twin.population import Client
from twin.request import Request


def kept_count(pool: ConnectionPool) -> int:
    """Return how many connections are never closed for being idle."""
    if pool.least_count is not None:
        return pool.least_count
    return pool.most_count if pool.opened == "eager" else 0


def places_count(pool: ConnectionPool | None, caller: Service) -> int:
    """Return the places of one instance: it never uses more than it serves requests, but may open more."""
    if pool is None:
        return caller.concurrency_count
    return max(kept_count(pool), min(pool.most_count, caller.concurrency_count))


class PooledCalls(Calls):
    """Calls whose connections each instance of the caller keeps in a pool."""

    noun: ConnectionPool

    @property
    def holders_count(self) -> int:
        """How many instances call."""
        return self.clients.population_count // max(self.each_count, 1)

    def keep(self, noun: ConnectionPool) -> None:
        """Keep connections as the world says."""
        self.noun, self.patience_s = noun, noun.wait_s

    @property
    def _is_of_sessions(self) -> bool:
        """Whether each connection of a client has one of its own."""
        return self.noun.opened == "at_once"

    def _may_close(self, place: Client) -> bool:
        is_one_of_the_first = place.number % self.each_count < kept_count(self.noun)
        return self.noun.idle_timeout_s is not None and not is_one_of_the_first

    def stood(self, client: Client) -> bool:
        """A day has opened every connection that is never closed."""
        return client.is_here and not self._may_close(client)

    def take_place(self, request: Request) -> Client | None:
        """A connection is opened only where none is free; a session's own is opened whichever are."""
        if self._is_of_sessions:
            return super().take_place(request)
        assert self.pool is not None
        return self.pool.take_connected()

    def rest_place(self, place: Client) -> None:
        """A connection that nobody asks on for a while is closed."""
        place.pauses_count += 1
        if place.connection is None or not self._may_close(place):
            return
        turn = place.pauses_count
        assert self.noun.idle_timeout_s is not None
        self.agenda.after(ns(self.noun.idle_timeout_s), lambda: self._close(place, turn))

    def _close(self, place: Client, turn: int) -> None:
        is_used = place.is_lent or place.request is not None
        if place.pauses_count == turn and not is_used and place.connection is not None:
            place.connection.client.hang_up()
            place.drop_connection()

    def reconnect(self, client: Client, *, is_cold: bool, cuts: bool) -> None:
        """A connection that breaks is made anew at once only where they are opened eagerly, or sessions'."""
        had_one = client.connection is not None
        if self._is_of_sessions or (self.noun.opened == "eager" and had_one):
            super().reconnect(client, is_cold=is_cold, cuts=cuts)
        else:
            client.is_cold = is_cold
            self.break_connection(client, cuts=cuts)
