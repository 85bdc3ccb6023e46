"""Clients: what they want, how they get a connection, how they try again and give up.

Calls between services, look-ups and health checks are populations like any other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from reference.agenda import NS, Agenda, ns
from reference.guards import guards_of_client
from tidegate.behaviour.layers import GiveUp, LayerGuards, RetryState, guards_of
from tidegate.behaviour.limiter import RateLimiter
from tidegate.world.clients import ClientLimit, Clients
from tidegate.world.opening import Opening
from tidegate.world.service import sizes_bytes
from twin.age import Ages
from twin.chance import Chance
from twin.connection import Connection
from twin.exchange import Exchange
from twin.pool import Pool
from twin.port_blocks import Source
from twin.request import Request
from twin.service import Service
from twin.way import Way

LEAST_DELAY_NS = 250_000  # a client needs 250 us to try again


@dataclass
class PopulationCounts:
    """What a population has done in the present bin."""

    fresh: int = 0
    attempts: int = 0
    served: int = 0
    failed: int = 0


class Client:
    """One client, or one place of a pool.

    Parameters
    ----------
    population
        Of which it is.
    number
        Counted from 0.
    """

    def __init__(self, population: Population, number: int) -> None:
        self.population = population
        self.number = number
        self.connection: Connection | None = None
        self.connections_count = 0
        self.request: Request | None = None
        self.is_cold = False
        self.name_known_until_ns = 0
        self.pauses_count = 0
        self.streak_count = 0
        self.open_until_ns = 0
        self.is_starting = False
        self.checked_from_ns = self.up_ns = self.starts_count = 0
        self.is_lent = False
        self.is_set_aside = False

    @property
    def is_here(self) -> bool:
        """Whether it belongs to the population as it stands."""
        return self.number < self.population.clients.population_count * self.population.stride

    def drop_connection(self) -> None:
        """Keep the connection no longer."""
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.release()


class Population:
    """A population of equal clients of one service.

    Parameters
    ----------
    agenda, chance
        When things happen, and what chance decides.
    name, index
        Its name, and the number that its draws depend on.
    clients
        What they want and how they behave.
    way, service
        How they reach whom.
    places_most
        Clients (or places of a pool) at most in the whole run.
    """

    is_lookup = False
    keeps_nothing = False
    queries_count = 0
    flows_count = 1
    is_check = False
    is_errand = False
    is_answered_apart = False
    patience_s: float | None = None
    """How long a place is waited for; None: until the time-out, which runs meanwhile."""
    limits_count: int | None = None
    """Whose limits are one, where that is not each client's own: of calls, the instances'."""

    def __init__(
        self,
        agenda: Agenda,
        chance: Chance,
        name: str,
        index: int,
        clients: Clients,
        way: Way,
        service: Service,
        places_most: int,
    ) -> None:
        self.agenda = agenda
        self.chance = chance
        self.name = name
        self.index = index
        self.clients = clients
        self.way = way
        self.service = service
        self.lookup: Population | None = None
        self.errands: list[Population] = []
        self.counts = PopulationCounts()
        self.unanswered_count = 0
        self.everybody = [Client(self, number) for number in range(places_most)]
        self.pool: Pool | None = None
        self.ages = Ages(self)
        self._requests_count = 0
        self._shared = guards_of(clients.retry, 0.0)
        self._own: dict[int, tuple[LayerGuards, ...]] = {}
        self._limiters: dict[int, RateLimiter] = {}

    # -- what kind it is ---------------------------------------------------------------------

    @property
    def request_bytes(self) -> int:
        """Return how large its requests are."""
        return 0 if self.is_lookup or self.is_check else sizes_bytes(self.clients, self.service.noun)[0]

    @property
    def answer_bytes(self) -> int:
        """Return how large the answers to it are."""
        return 0 if self.is_lookup or self.is_check else sizes_bytes(self.clients, self.service.noun)[1]

    @property
    def is_kept(self) -> bool:
        """Whether its connections outlive their exchanges."""
        return self.clients.connection != "per_request" and not self.keeps_nothing

    @property
    def is_pooled(self) -> bool:
        """Whether requests share connections."""
        return self.is_kept and self.clients.demand.kind in {"open", "none"}

    @property
    def stride(self) -> int:
        """Places of one client."""
        return self.clients.pool_count if self.is_pooled and self.clients.connection == "pool" else 1

    def timeout_ns(self, request: Request) -> int:
        """After how long an attempt is given up: alike for all attempts of a request, or of a client."""
        mean_ns, law = ns(self.clients.timeout_s), self.clients.timeout_law
        if not law.varies:
            return mean_ns
        client = None
        if self.clients.timeout_per == "client":
            assert request.client is not None
            client = request.client.number
        return max(1, int(self.chance.timeout_times(request.attempt_name, client, law) * mean_ns))

    def connect_timeout_ns(self, request: Request) -> int:
        """After how long a connection that is not established is given up."""
        clients = self.clients
        if clients.timeout_clock == "connect" or clients.connect_timeout_s is None:
            return self.timeout_ns(request)
        return ns(clients.connect_timeout_s)

    def port_source(self, client: Client) -> Source:
        """Return whose ports a client's connection takes: its own, for all of its pool together."""
        owner = client.population
        if (self.is_lookup or self.is_errand) and owner.stride > 1:
            return owner.name, client.number % owner.clients.population_count
        each = owner.clients.pool_count if owner.clients.demand.kind == "closed" else owner.stride
        return owner.name, client.number // each

    @property
    def openings(self) -> tuple[Opening, ...]:
        """What a new connection carries first, request by request."""
        return tuple(each for each in self.clients.openings for _ in range(each.requests_count))

    def opening(self, exchange: Exchange) -> Opening | None:
        """Return what an exchange asks first; None where it asks what its connection was made for."""
        return self.openings[-exchange.openings_left] if exchange.openings_left else None

    def next_number(self) -> int:
        """Return the number of a new request."""
        self._requests_count += 1
        return self._requests_count - 1

    @property
    def requests_count(self) -> int:
        """Requests so far."""
        return self._requests_count

    def has_left(self, request: Request) -> bool:
        """Whether the client of a request has gone away; those of a rate never do."""
        client = request.client
        return self.clients.demand.kind in {"closed", "once"} and client is not None and not client.is_here

    @property
    def holders_count(self) -> int:
        """How many have budgets and breakers of their own."""
        return self.clients.population_count

    def guards(self, client: Client | None) -> tuple[LayerGuards, ...]:
        """Return the budget and breaker of each layer: the client's own, or those that all share.

        Who shares connections asks in turn.
        """
        number = 0 if client is None else client.number
        if self.is_pooled:
            number = self._requests_count % max(self.holders_count, 1)
        if number not in self._own:
            self._own[number] = guards_of_client(self.clients.retry, self._shared)
        return self._own[number]

    # -- a request begins --------------------------------------------------------------------

    def new_request(self, client: Client | None, ended: Callable[[bool], None] | None = None) -> Request:
        """Return a request that has not begun."""
        return Request(self, client, RetryState(self.clients.retry, self.guards(client)), ended)

    def want(self, client: Client | None) -> Request:
        """A client wants something from now on."""
        request = self.new_request(client)
        self.counts.fresh += 1
        self.unanswered_count += 1
        if client is not None and not self.is_pooled and self.clients.demand.kind != "open":
            client.request = request
        return request

    def start(self, request: Request) -> None:
        """Begin an attempt."""
        if self.has_left(request):
            self.agenda.soon(lambda: self.leave(request))
            return
        request.tries_count += 1
        if not request.retry.start(self.agenda.now_s):
            self.agenda.soon(lambda: self.fail(request))
            return
        if self.clients.limit is None or self._has_turn(request, self.clients.limit):
            self._seek_place(request, is_timed=False)

    def _has_turn(self, request: Request, limit: ClientLimit) -> bool:
        """Take the next turn of the limit that the client keeps; where that is not now, wait or fail."""
        shared = self.is_pooled or self.limits_count is not None
        number = -1 if shared or request.client is None else request.client.number
        if number not in self._limiters:
            many = float(self.limits_count or self.clients.population_count) if shared else 1.0
            burst_count = max(1, int(limit.burst_count * many))
            self._limiters[number] = RateLimiter(limit.rate_per_s * many, burst_count)
        wait_s = self._limiters[number].wait_s(self.agenda.now_s, limit.longest_wait_s)
        if wait_s is None:
            self.agenda.soon(lambda: self.fail(request, why="limited"))
        elif wait_s > 0.0:
            turn = request.next_turn()
            self.agenda.after(ns(wait_s), request.at_turn(turn, lambda: self._resume_paced(request)))
        return wait_s == 0.0

    def _resume_paced(self, request: Request) -> None:
        """Its turn has come, if the client is still there."""
        if self.has_left(request):
            self.agenda.soon(lambda: self.leave(request))
        else:
            self._seek_place(request, is_timed=False)

    def _seek_place(self, request: Request, *, is_timed: bool, is_resolved: bool = False) -> None:
        """Take a place of the pool, if connections are pooled."""
        if request.client is None:
            assert self.pool is not None
            request.client = self.take_place(request)
            if request.client is None:
                self.pool.wait(request)
                patience_ns = ns(self.patience_s) if self.patience_s else self.timeout_ns(request)
                self._set_timer(request, patience_ns)
                return
        if is_resolved:
            self._ask_others(request, is_timed=is_timed)
        else:
            self._seek_name(request, is_timed=is_timed)

    def take_place(self, request: Request) -> Client | None:
        """Take a free place of the pool; None where there is none."""
        assert self.pool is not None
        return self.pool.take(lambda: self.chance.place(request.attempt_name))

    def _seek_name(self, request: Request, *, is_timed: bool) -> None:
        """Resolve the service's name, if a connection must be made and the name is not known."""
        client = request.client
        assert client is not None
        is_known = client.name_known_until_ns > self.agenda.now_ns
        if self.lookup is None or self._idle_connection(client) is not None or is_known:
            self._ask_others(request, is_timed=is_timed)
            return
        request.next_turn()  # no time runs until the connection is begun

        def resolved(is_good: bool) -> None:
            assert self.clients.lookup is not None
            if is_good:
                client.name_known_until_ns = self.agenda.now_ns + ns(self.clients.lookup.ttl_s)
            if is_good:
                self.agenda.soon(lambda: self._resume(request))
            else:
                self.agenda.soon(lambda: self.fail(request, why="name"))

        asked = self.lookup.new_request(client, resolved)
        self.agenda.soon(lambda: asked.population.start(asked))

    def _ask_others(self, request: Request, *, is_timed: bool) -> None:
        """Ask other services what comes before a connection, if one must be made."""
        client = request.client
        assert client is not None
        if not self.errands or self._idle_connection(client) is not None:
            self._attempt(request, is_timed=is_timed)
            return
        if is_timed:
            request.next_turn()
        self._ask_other(request, 0)

    def _ask_other(self, request: Request, number: int) -> None:
        turn, tries_count = request.turn, request.tries_count

        def ended(is_good: bool) -> None:
            if request.turn != turn or request.tries_count != tries_count:
                return
            if not is_good:
                self.agenda.soon(lambda: self.fail(request, why="error"))
            elif number + 1 < len(self.errands):
                self._ask_other(request, number + 1)
            else:
                self.agenda.soon(lambda: self._connect_after(request))

        asked = self.errands[number].new_request(request.client, ended)
        self.agenda.soon(lambda: asked.population.start(asked))

    def _connect_after(self, request: Request) -> None:
        """Other services have been asked: connect, if the client is still there."""
        if self.has_left(request):
            self.agenda.soon(lambda: self.leave(request))
        else:
            self._attempt(request, is_timed=False)

    def _resume(self, request: Request) -> None:
        """The name is known: connect, if the client is still there."""
        if self.has_left(request):
            self.agenda.soon(lambda: self.leave(request))
        else:
            self._seek_place(request, is_timed=False, is_resolved=True)

    def _idle_connection(self, client: Client) -> Connection | None:
        connection = client.connection if self.is_kept else None
        return None if connection is None or connection.exchange.request is not None else connection

    def _attempt(self, request: Request, *, is_timed: bool) -> None:
        """Send the request on the connection that its client keeps, or make one."""
        self.counts.attempts += 1
        client = request.client
        assert client is not None
        connection = self._idle_connection(client)
        if not is_timed:
            begun = connection is not None
            self._set_timer(request, self.timeout_ns(request) if begun else self.connect_timeout_ns(request))
        if connection is not None:
            connection.client.ask(request)
            return
        exchange = Exchange(request, openings_left=len(self.openings))
        request.exchange = exchange
        is_kept = self.is_kept or bool(self.openings)
        request.connection = Connection(self, client, exchange, request.attempt_name, is_kept=is_kept)
        request.connection.client.connect()

    def _set_timer(self, request: Request, timeout_ns: int) -> None:
        turn = request.next_turn()
        self.agenda.after(timeout_ns, request.at_turn(turn, lambda: self._time_out(request)))

    def connected(self, request: Request) -> None:
        """Its connection is established: where the time-out counts from here, it begins."""
        exchange = request.exchange
        if exchange is not None and exchange.openings_left > 0:
            self.next_asked(request, exchange)
        elif self.clients.timeout_clock == "send":
            self._set_timer(request, self.timeout_ns(request))

    def next_asked(self, request: Request, exchange: Exchange) -> None:
        """The next is asked on a connection that is being opened: it has a time-out of its own."""
        opening = self.opening(exchange)
        own_s = None if opening is None else opening.timeout_s
        self._set_timer(request, self.timeout_ns(request) if own_s is None else ns(own_s))

    # -- connections break -------------------------------------------------------------------

    def break_connections(
        self,
        count: int,
        *,
        first: int = 0,
        spread_ns: int = 0,
        is_cold: bool = False,
        cuts: bool = False,
        only_to: Service | None = None,
    ) -> None:
        """Let so many clients make their connections anew, from now on, evenly over a time.

        Where that `cuts` those that are just being opened, too. `only_to` an instance that has gone: who is
        not waiting for an answer that it still gives.
        """
        began_ns = self.agenda.now_ns

        def step(i: int) -> None:
            if i == count:
                return
            self.agenda.at(began_ns + spread_ns * (i + 1) // count, lambda: step(i + 1))
            # Every so many clients one, so that a share is spread over the population.
            slots_count = self.clients.population_count * self.stride
            client = self.everybody[(first + i * slots_count // count) % max(slots_count, 1)]
            connection = client.connection
            if only_to is not None and (
                connection is None
                or connection.server is not only_to
                or not connection.is_past
                or (connection.exchange.request is not None and not only_to.is_lost(connection))
            ):
                return
            self.agenda.soon(lambda: self.reconnect(client, is_cold=is_cold, cuts=cuts))

        self.agenda.after(0, lambda: step(0))

    def reconnect(self, client: Client, *, is_cold: bool, cuts: bool) -> None:
        """A client breaks its connection, if it keeps one, and makes a new one."""
        client.is_cold = is_cold
        busy = self.break_connection(client, cuts=cuts)
        if busy is None and client.request is None and not client.is_lent:
            client.pauses_count += 1
            request = self.want(client)
            request.is_for_connection = self.clients.demand.kind not in {"closed", "once"}
            if self.is_pooled:
                client.request = request
            self.agenda.soon(lambda: self.start(request))

    def break_connection(self, client: Client, *, cuts: bool) -> Request | None:
        """A client breaks its connection, if it keeps one; return the request that was on it, which fails."""
        connection = client.connection
        if connection is None and cuts:
            connection = self._being_opened(client)
        if connection is None:
            return None
        busy = connection.exchange.request
        connection.client.hang_up()
        client.drop_connection()
        if busy is not None:
            self.refused(busy)
        return busy

    @staticmethod
    def _being_opened(client: Client) -> Connection | None:
        """Return the connection that a client is just opening, where whom it leads to knows of it."""
        connection = None if client.request is None else client.request.connection
        if connection is None or not connection.is_kept or not connection.service.knows:
            return None
        return None if connection.is_past else connection

    def stood(self, client: Client) -> bool:
        """Whether its kept connection was there before the run."""
        return client.is_here

    def connect(self, client: Client) -> None:
        """Who keeps connections and has none makes one, if nothing is wanted of it that will."""
        if client.connection is None and client.request is None and not client.is_lent and client.is_here:
            client.request = request = self.want(client)
            request.is_for_connection = True
            self.agenda.soon(lambda: self.start(request))

    # -- an attempt ends ---------------------------------------------------------------------

    def answered(self, request: Request, exchange: Exchange, *, is_good: bool) -> None:
        """An answer has come, perhaps to an earlier attempt."""
        if request.exchange is not exchange and not is_good:
            return
        if request.exchange is not None and request.connection is not None:
            if request.exchange is not exchange:
                request.connection.client.hang_up()
            request.part()
        request.next_turn()
        if not is_good:
            advised_s = (self.service.noun.retry_after_s or 0.0) if exchange.asks_to_wait else 0.0
            self.agenda.soon(lambda: self.fail(request, advised_s, why="error"))
            return
        request.retry.success(self.agenda.now_s)
        if request.client is not None and not self.is_check and not self.is_errand:
            request.client.is_cold = False
        self.agenda.soon(lambda: self.end(request, is_good=True))

    def refused(self, request: Request) -> None:
        """A reset has come."""
        request.part()
        request.next_turn()
        self.agenda.soon(lambda: self.fail(request, why="refused"))

    def _time_out(self, request: Request) -> None:
        if self.pool is not None:
            self.pool.forget(request)
        connection, client = request.connection, request.client
        if connection is not None and client is not None:
            if self._may_not_close(request, connection):
                self._hold_on(request, connection)
                return
            is_kept = client.connection is connection
            if self.clients.late_replies == "accepted" and not connection.is_kept:
                request.exchange = request.connection = None
                connection.release()
            elif is_kept and self.clients.after_timeout == "keep" and not connection.is_aged:
                self._leave_behind(request, connection)
            else:
                connection.client.hang_up()
                if is_kept:
                    client.drop_connection()
                request.part()
        request.next_turn()
        self.fail(request)

    def _may_not_close(self, request: Request, connection: Connection) -> bool:
        """Whether its client closed an overdue connection not long ago; else it closes this one now."""
        least_ns, client = ns(self.clients.reset_at_most_every_s), request.client
        assert client is not None
        is_there = self.is_kept and connection.is_kept and connection.client.is_established
        if least_ns == 0 or not is_there:
            return False
        now_ns = self.agenda.now_ns
        if now_ns < client.open_until_ns:
            return self._is_opening(connection) or client.connection in (None, connection)
        client.open_until_ns = now_ns + least_ns
        return False

    @staticmethod
    def _is_opening(connection: Connection) -> bool:
        """Whether it has yet to log in, or to be answered what it carries first."""
        return connection.exchange.openings_left > 0 or connection.service.is_logging_in

    def _hold_on(self, request: Request, connection: Connection) -> None:
        """Leave the connection open: go on waiting for what is asked first, or ask anew on it."""
        client = request.client
        assert client is not None
        if self._is_opening(connection):
            wait_ns = client.open_until_ns - self.agenda.now_ns
            turn = request.next_turn()
            self.agenda.after(wait_ns, request.at_turn(turn, lambda: self._time_out(request)))
            return
        if client.connection is None:
            client.connection = connection
            connection.hold()
            self.ages.begin(client, self.agenda.now_ns if self.openings else connection.began_ns)
        self._leave_behind(request, connection)
        request.next_turn()
        self.fail(request)

    def _leave_behind(self, request: Request, connection: Connection) -> None:
        """Keep the connection although its answer is overdue; that one will be thrown away."""
        connection.exchange.orphaned = True
        for end in (connection.client, connection.service):
            end.leave_behind(connection.exchange)
        request.part()
        connection.exchange = Exchange(None)
        connection.exchange.request_seen = connection.exchange.request_acked = True

    def fail(self, request: Request, advised_s: float = 0.0, why: str = "timeout") -> None:
        """An attempt has failed: try again later, or give up."""
        draw = partial(self.chance.jitter, request.attempt_name)
        answer = request.retry.failure(self.agenda.now_s, draw, advised_s=advised_s, why=why)
        if self.pool is not None:
            self._give_back(request)
        if isinstance(answer, GiveUp):
            self.agenda.soon(lambda: self.end(request, is_good=False))
            return
        turn = request.next_turn()
        delay_ns = max(int(answer.after_s * NS), LEAST_DELAY_NS)
        self.agenda.after(delay_ns, request.at_turn(turn, lambda: self.start(request)))

    def _give_back(self, request: Request) -> None:
        """The place that a request has is free; who waited longest takes it."""
        place = request.client
        if place is not None and place.is_lent:
            request.client = None
            self._free(place)

    def _free(self, place: Client) -> None:
        assert self.pool is not None
        following = self.pool.give_back(place)
        self.rest_place(place)
        if following is not None:
            runs_on = self.patience_s is None
            self.agenda.soon(following.this_turn(lambda: self._seek_place(following, is_timed=runs_on)))

    def rest_place(self, place: Client) -> None:
        """A place of the pool is free."""

    # -- a request ends ----------------------------------------------------------------------

    def end(self, request: Request, *, is_good: bool) -> None:
        """A request has had its answer, or was given up."""
        request.close()
        self.unanswered_count -= 1
        self.counts.served += is_good
        self.counts.failed += not is_good
        client = request.client
        if client is not None and client.request is request:
            client.request = None
            if client.is_set_aside:
                self._free(client)
            self.rest(client)
        elif self.pool is not None:
            self._give_back(request)

    def leave(self, request: Request) -> None:
        """A client has left with what it wanted."""
        request.close()
        self.unanswered_count -= 1
        if request.client is not None and request.client.request is request:
            request.client.request = None

    def rest(self, client: Client) -> None:
        """A client has nothing to ask."""
