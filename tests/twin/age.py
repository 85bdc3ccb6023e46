"""How old a kept connection becomes, and what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.agenda import ns

if TYPE_CHECKING:
    from tidegate.world.connection_age import ConnectionAge
    from twin.connection import Connection
    from twin.population import Client, Population

OWN, SERVED, BEFORE = 0, 1, 2
"""What a connection's draws are for: its client's age, its service's, how old it is when a run begins."""


class Ages:
    """The ages of one population's connections.

    Parameters
    ----------
    population
        Whose connections.
    """

    reopens_at_once = True

    def __init__(self, population: Population) -> None:
        self._population = population

    @property
    def _reopens(self) -> bool:
        return self.reopens_at_once and self._population.clients.reopen == "at_once"

    def _limits(self) -> list[tuple[int, ConnectionAge]]:
        """Who lets connections become how old."""
        population = self._population
        found = ((OWN, population.clients.connection_age), (SERVED, population.service.noun.connection_age))
        return [(whose, limit) for whose, limit in found if limit is not None] if population.is_kept else []

    def _ends(self, client: Client) -> list[tuple[int, ConnectionAge]]:
        """At which ages the connection that a client has now ends, the first of them first."""
        ends = []
        for whose, limit in self._limits():
            u = self._population.chance.age(
                self._population.index, client.number, client.connections_count, whose
            )
            off_ns = int((2.0 * u - 1.0) * ns(limit.age_s * limit.jitter_ratio))
            ends.append((ns(limit.age_s) + off_ns, limit))
        return sorted(ends, key=lambda end: end[0])

    def begin(self, client: Client, since_ns: int) -> None:
        """A client keeps a connection that was begun at `since_ns`."""
        if self._limits():
            client.connections_count += 1
            self._plan(client, since_ns + self._ends(client)[0][0])

    def stand(self, client: Client) -> None:
        """A client's connection has stood for long, nobody knows how long."""
        if self._limits():
            client.connections_count += 1
            u = self._population.chance.age(
                self._population.index, client.number, client.connections_count, BEFORE
            )
            self._plan(client, self._population.agenda.now_ns + int(u * self._ends(client)[0][0]))

    def change(self, before: list[tuple[int, float]]) -> None:
        """Connections may become older than `before`, or less old: those that stand have all ages."""
        if before != self.as_said():
            for client in self._population.everybody:
                if client.connection is not None and client.is_here:
                    self.stand(client)

    def as_said(self) -> list[tuple[int, float]]:
        """What is said of ages now, without jitter and grace."""
        return [(whose, limit.age_s) for whose, limit in self._limits()]

    def _plan(self, client: Client, at_ns: int) -> None:
        agenda, number = self._population.agenda, client.connections_count

        def is_it() -> bool:
            return client.connection is not None and client.connections_count == number

        def due() -> None:
            if not is_it() or not self._limits():
                return
            assert client.connection is not None
            if client.connection.exchange.request is None:
                self._replace(client, client.connection)
                return
            client.connection.is_aged = True
            grace_s = self._ends(client)[0][1].grace_s
            if grace_s is not None:
                agenda.after(ns(grace_s), cut)

        def cut() -> None:
            if not is_it() or not self._limits():
                return
            assert client.connection is not None
            busy = client.connection.exchange.request
            if busy is None:  # its request was given up, and it was kept all the same
                self._replace(client, client.connection)
                return
            self._close(client, client.connection)
            self._population.refused(busy)

        agenda.at(max(at_ns, agenda.now_ns), due)

    def answered(self, client: Client | None, connection: Connection) -> None:
        """The last answer on a connection that was too old: another connection follows, or not."""
        population = self._population
        if connection.is_aged and client is not None and self._reopens:
            population.agenda.after(0, lambda: population.connect(client))

    def _replace(self, client: Client, connection: Connection) -> None:
        """Close a connection on which nothing is asked; another follows, or not."""
        self._close(client, connection)
        if self._reopens:
            self._population.connect(client)

    @staticmethod
    def _close(client: Client, connection: Connection) -> None:
        connection.client.hang_up()
        client.drop_connection()
