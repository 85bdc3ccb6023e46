"""What happens to a request until it is answered or given up.

Attempts of one population: begin one, take a connection or open one, time it out, try again as the
retry layers say, be done. The same meaning as in the event engine's clients. When somebody wants
something must not live here. Shortcut: a kept connection whose answer is overdue may carry the next
request all the same, but then HTTP/1.1 answers them in order.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from tidegate.adapters.linux.clients.ages import Ages
from tidegate.adapters.linux.clients.client import Client, ClientConnection, Place, Request
from tidegate.adapters.linux.clients.connection import Connection, Stage
from tidegate.adapters.linux.clients.firsts import First, firsts_of
from tidegate.adapters.linux.clients.instance_places import places_of
from tidegate.adapters.linux.clients.own_limits import Limits
from tidegate.adapters.linux.clients.spares import Spares
from tidegate.adapters.linux.whole_answer import write_question
from tidegate.behaviour.layers import GiveUp

if TYPE_CHECKING:
    from tidegate.adapters.linux.clients.chance import Chance
    from tidegate.adapters.linux.clients.next_instance import Instances
    from tidegate.adapters.linux.clients.pool import Pool
    from tidegate.adapters.linux.clients.population_record import PopulationRecord
    from tidegate.adapters.linux.event_loop import EventLoop
    from tidegate.simulate.rows import Row

LEAST_DELAY_S = 250e-6  # a client needs so long to try again, as in the engine


class Step(enum.Enum):
    """What came before: nothing, its turn, a connection of the pool was granted, or the name is known."""

    FRESH = enum.auto()
    PACED = enum.auto()
    GRANTED = enum.auto()
    RESOLVED = enum.auto()


class Ending(enum.Enum):
    """How a request ends."""

    SERVED = enum.auto()
    GIVEN_UP = enum.auto()
    LEFT = enum.auto()


class Names(Protocol):
    """Whatever finds out a service's address before a connection is opened."""

    def ask(self, client: Client, resolved: Callable[[bool], None]) -> None:
        """Look the name up for `client` and call `resolved` with whether it is known."""


class Crowd(Protocol):
    """Whoever wants what the attempts are for."""

    def jitter(self) -> float:
        """Return a uniform draw in [0, 1) for a retry's delay."""

    def is_here(self, client: Client) -> bool:
        """Say whether a client is still there; a phase may have sent it away."""

    def ended(self, request: Request, ending: Ending) -> None:
        """Take notice that a request has ended."""

    def reopen(self, client: Client, number: int = 0) -> None:
        """Let a client that has no connection make one, if nothing is wanted of it that will."""


class Attempts:
    """The attempts of one population.

    Parameters
    ----------
    row
        The population's behaviour; `change` replaces it.
    crowd
        Who wants something.
    loop, instances, record, chance, pool, names
        Time and sockets, where to connect, what to count, draws, the pool if the population has one, and
        who resolves names if they are looked up.
    """

    def __init__(
        self,
        row: Row,
        crowd: Crowd,
        *,
        loop: EventLoop,
        instances: Instances,
        record: PopulationRecord,
        chance: Chance,
        pool: Pool | None,
        names: Names | None,
    ) -> None:
        self._loop = loop
        self._instances = instances
        self._record = record
        self._pool = pool
        self._names = names
        self._crowd = crowd
        self._limits = Limits()
        self._spares = Spares(loop=loop, instances=instances)
        self.ages = Ages(loop=loop, chance=chance, keeper=self)
        self._keeps = row.clients.connection != "per_request"
        self._stays = row.kind in {"closed", "once"}
        self._first_question = write_question(row.clients.service, keep=True, apart=True)
        self._uses_before = True
        self.change(row)

    def change(self, row: Row) -> None:
        """From now on clients behave like this; what is on its way goes on."""
        clients = row.clients
        self._places = places_of(row)
        self._timeout_s, self._timeout_law = clients.timeout_s, clients.timeout_law
        self._from_send = clients.timeout_clock == "send"
        self._connect_timeout_s = clients.connect_timeout_s if self._from_send else None
        self._keep_overdue = clients.after_timeout == "keep"
        self._late_accepted = clients.late_replies == "accepted" and not self._keeps
        self._clients = clients
        sizes_bytes = (clients.request_size_bytes or 0, clients.answer_size_bytes or 0)
        self._question = write_question(clients.service, keep=self._keeps, sizes_bytes=sizes_bytes)
        self._firsts = firsts_of(clients)

    # -- one attempt -------------------------------------------------------------------------

    def start(self, request: Request, step: Step = Step.FRESH) -> None:
        """Begin an attempt: ask the breakers, the pool, the name, and send."""
        client = request.client
        if self._stays and client is not None and not self._crowd.is_here(client):
            self._end(request, Ending.LEFT)
            return
        if step is Step.FRESH and not request.retry.start(self._loop.now_s):
            self._fail(request)
            return
        if step is Step.FRESH and not self._has_turn(request):
            return
        if client is None:
            client = self._from_pool(request)
            if client is None:
                return
        connection = client.connection
        if connection is not None and connection.request is not None:
            connection = None
        unknown = self._names is not None and client.name_until_s <= self._loop.now_s
        if connection is None and unknown and step is not Step.RESOLVED:
            self._resolve(request, client)
            return
        self._record.attempts += 1
        if step is not Step.GRANTED or (self._places is not None and self._places.wait_s is not None):
            reused = connection is not None or not self._from_send
            self._time(request, None if reused else self._connect_timeout_s)
        self._send(request, client, connection)

    def _has_turn(self, request: Request) -> bool:
        """Take the next turn of the limit that the client keeps; where that is not now, wait or fail."""
        limit = self._clients.limit
        if limit is None:
            return True
        now_s = self._loop.now_s
        wait_s = self._limits.wait_s(request.client, limit, self._clients.population_count, now_s)
        if wait_s is None:
            self._fail(request, "limited")
        elif wait_s > 0.0:
            request.number += 1
            self._loop.at(now_s + wait_s, self._paced, request, request.number)
        return wait_s == 0.0

    def _paced(self, request: Request, number: int) -> None:
        if request.number == number and not request.is_done:
            self.start(request, Step.PACED)

    def _send(self, request: Request, client: Client, connection: ClientConnection | None) -> None:
        if connection is None:
            request.connection = self._open(client, request)
        else:
            connection.request = request
            request.connection = connection
            connection.send(self._question)

    def _open(self, client: Client, request: Request | None) -> ClientConnection:
        connection = Connection(self, self._loop, self._instances, client=client, request=request)
        if self._keeps or self._firsts:
            connection.send_at_once()
        if request is not None:
            connection.firsts_count = len(self._firsts)
        return connection

    def _from_pool(self, request: Request) -> Client | None:
        """Take a connection of the pool, or stand in line until the time is up."""
        assert self._pool is not None
        client = self._pool.take(request)
        if client is None:
            self._time(request, None if self._places is None else self._places.wait_s)
            self._pool.wait(request)
        return client

    def _resolve(self, request: Request, client: Client) -> None:
        assert self._names is not None
        number = request.number

        def resolved(known: bool) -> None:
            if request.number != number or request.is_done or request.connection is not None:
                return
            if known:
                self.start(request, Step.RESOLVED)
            else:
                self._fail(request, "name")

        self._names.ask(client, resolved)

    def _time(self, request: Request, timeout_s: float | None = None) -> None:
        """Set the clock of an attempt; without a time of its own it has that of its request."""
        if timeout_s is None:
            timeout_s = self._timeout_s * self._timeout_law.times(request.patience)
        request.number += 1
        self._loop.at(self._loop.now_s + timeout_s, self._time_out, request, request.number)

    def _time_out(self, request: Request, number: int) -> None:
        """Give the attempt up, if it is still the same one."""
        if request.number != number or request.is_done:
            return
        if not request.waits:
            self._record.timed_out += 1
        connection, request.connection = request.connection, None
        request.waits = False
        if connection is not None and connection.stage is Stage.OPEN:
            clients = self._clients
            self._spares.open(connection.client, clients.spare_connections_count, clients.spare_hold_s)
        if connection is not None and not self._late_accepted:
            kept = connection.client.connection is connection
            connection.request = None
            if kept and self._keep_overdue:
                connection.stale_count += 1
            else:
                self.drop(connection)
        self._fail(request)

    def _fail(self, request: Request, why: str = "timeout") -> None:
        """Try again later, or give the request up."""
        request.number += 1
        answer = request.retry.failure(self._loop.now_s, self._crowd.jitter, why=why)
        client = request.client
        if client is not None and client.place is Place.LENT:
            request.client = None
            self.give_back(client)
        if isinstance(answer, GiveUp):
            self._end(request, Ending.GIVEN_UP)
        else:
            due_s = self._loop.now_s + max(answer.after_s, LEAST_DELAY_S)
            self._loop.at(due_s, self._start_again, request, request.number)

    def _start_again(self, request: Request, number: int) -> None:
        if request.number == number and not request.is_done:
            self.start(request)

    def give_back(self, client: Client) -> None:
        """Return a connection to the pool; who stands first in line gets one and sends at once."""
        assert self._pool is not None
        if not self._crowd.is_here(client):
            client.place = Place.APART
            if client.connection is not None:
                self.drop(client.connection)
            return
        request = self._pool.give_back(client)
        places = self._places
        if client.place is Place.FREE and places is not None and not places.is_kept(client.index):
            assert places.idle_timeout_s is not None
            self._loop.at(self._loop.now_s + places.idle_timeout_s, self._rested, client, client.lent_count)
        if request is not None:
            # By way of the loop: a long line must not become a deep stack.
            self._loop.at(self._loop.now_s, self._granted, request, request.number)

    def _granted(self, request: Request, number: int) -> None:
        if request.number == number and not request.is_done:
            self.start(request, Step.GRANTED)

    def _rested(self, client: Client, number: int) -> None:
        """Close a connection of an instance's pool that has been idle for too long."""
        idle = client.place is Place.FREE and client.lent_count == number and client.request is None
        if idle and client.connection is not None:
            self.drop(client.connection)

    def _end(self, request: Request, ending: Ending) -> None:
        request.is_done = True
        request.number += 1
        request.connection = None
        self._crowd.ended(request, ending)

    # -- connections -------------------------------------------------------------------------

    def stand(self, client: Client) -> ClientConnection:
        """Open a connection that stands ready before anything is wanted."""
        return self._open(client, None)

    def drop(self, connection: ClientConnection) -> None:
        """Close a connection; its client no longer keeps it."""
        if connection.client.connection is connection:
            connection.client.connection = None
        connection.close()

    def reopen(self, client: Client, number: int = 0) -> None:
        """Let a client that has no connection make one, if nothing is wanted of it that will."""
        self._crowd.reopen(client, number)

    def interrupt(self, request: Request) -> None:
        """Its client has broken the connection under a request: that attempt has failed."""
        request.connection = None
        self._fail(request, "refused")

    def established(self, connection: ClientConnection) -> None:
        """Send the request, also one that is late: the connection may still bring its answer."""
        request = connection.request
        if request is None:
            if connection.client.connection is None:
                connection.client.connection = connection
                if self._uses_before:
                    # Both ends have then done what a new connection's first exchange needs.
                    connection.stale_count += 1
                    connection.send(self._first_question)
            else:
                connection.close()
            return
        self._record.connected += 1
        self._record.connect_latencies_s.append(self._loop.now_s - connection.began_s)
        if (self._from_send or self._firsts) and request.connection is connection:
            self._time(request, self._patience_s(connection))
        connection.send(self._next_question(connection))

    def _first_of(self, connection: ClientConnection) -> First | None:
        """Return what a connection carries now before what it was made for; None where that is over."""
        left_count = min(connection.firsts_count, len(self._firsts))  # a phase may have made them fewer
        return self._firsts[-left_count] if left_count > 0 else None

    def _next_question(self, connection: ClientConnection) -> bytes:
        first = self._first_of(connection)
        return self._question if first is None else first.question

    def _patience_s(self, connection: ClientConnection) -> float | None:
        first = self._first_of(connection)
        return None if first is None else first.timeout_s

    def _goes_on(self, connection: ClientConnection) -> bool:
        """Send what follows on a connection that has carried one of its first requests, if anything does."""
        request = connection.request
        if request is None or connection.firsts_count == 0:
            return False
        connection.firsts_count -= 1
        opened = connection.firsts_count == 0
        if opened and not request.wanted:
            return False  # nothing was wanted but the connection
        connection.began_s = self._loop.now_s  # from when on its age counts
        if opened and self._keeps and connection.client.connection is None:
            connection.client.connection = connection
            self.ages.begin(connection)
        if request.connection is connection:
            self._time(request, self._patience_s(connection))
        connection.send(self._next_question(connection))
        return True

    def answered(self, connection: ClientConnection, *, good: bool, keeps: bool) -> None:
        """End the attempt that an answer is for; a good one ends its request, even when it is late."""
        if good and keeps and self._goes_on(connection):
            return
        request = connection.request
        connection.request = None
        assert request is not None
        client = connection.client
        free = client.connection is None or client.connection is connection
        if self._keeps and keeps and good and free and not request.is_done and not connection.is_aged:
            if client.connection is None:
                client.connection = connection
                self.ages.begin(connection)
        elif self._keeps and keeps:
            self.drop(connection)
        else:
            if client.connection is connection:
                client.connection = None
            connection.finish()
        present = request.connection
        if request.is_done or (present is not connection and not good):
            return
        if present is not None and present is not connection:
            self.drop(present)
        request.connection = None
        if good:
            request.retry.success(self._loop.now_s)
            self._end(request, Ending.SERVED)
            self.ages.answered(connection)
        else:
            self._record.refused += 1
            self._fail(request, "error")

    def broken(self, connection: ClientConnection, number: int = 0) -> None:
        """Fail the attempt whose connection was refused, reset or closed from the other side."""
        del number
        if connection.stage is Stage.CLOSED:
            return
        request = connection.request
        if self._loop.now_s < 0.0:
            self._uses_before = False  # the service closes what was used once: it stands unused then
        self.drop(connection)
        if request is not None and request.connection is connection:
            request.connection = None
            self._record.refused += 1
            self._fail(request, "refused")
