"""When the clients of a population want something.

Arrivals, pauses, deferred work, waves and phases of one population, with the same meaning as in the
event engine. What then happens to a request stands in `attempts`. The calls of a service and what its
instances ask as they boot are such populations too: whoever makes them asks for each by itself (`ask`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tidegate.adapters.linux.clients.attempts import Attempts, Ending, Names
from tidegate.adapters.linux.clients.chance import Chance
from tidegate.adapters.linux.clients.client import Client, ClientConnection, Place, Request
from tidegate.adapters.linux.clients.connection import Stage
from tidegate.adapters.linux.clients.in_turn import InTurn
from tidegate.adapters.linux.clients.instance_places import places_of
from tidegate.adapters.linux.clients.policy_use import PolicyUse
from tidegate.adapters.linux.clients.pool import Pool
from tidegate.adapters.linux.clients.population_record import PopulationRecord
from tidegate.simulate.size import scaled_limit
from tidegate.world.catalogue.entries import syn_schedules

if TYPE_CHECKING:
    from tidegate.adapters.linux.clients.instances import Instances
    from tidegate.adapters.linux.event_loop import EventLoop
    from tidegate.simulate.rows import Row
    from tidegate.simulate.script import Wave
    from tidegate.world.connection_age import ConnectionAge
    from tidegate.world.retry import RetryPolicy

SYN_MARGIN_S = 0.02  # the kernel repeats a SYN never earlier than its schedule says, by a timer tick
STAND_AGAIN_S = 0.1  # a standing connection that broke before the start is tried again after this


class Population:
    """Equal clients of one service, over real sockets.

    Parameters
    ----------
    row
        Who they are at time zero.
    size_count
        Clients in the world's words (a row counts each connection of a closed pool).
    loop, instances, names
        Time and sockets, where to connect, and who resolves names, if they are looked up.
    seed
        Chooses the random streams.
    addresses
        The addresses they connect from, in turn; none leaves it to the kernel.
    served_age
        How old their service lets connections become.
    """

    def __init__(
        self,
        row: Row,
        size_count: int,
        *,
        loop: EventLoop,
        instances: Instances,
        names: Names | None,
        seed: int,
        addresses: Sequence[str],
        served_age: ConnectionAge | None,
    ) -> None:
        self._loop = loop
        self._chance = Chance(seed, row.name)
        self._addresses = tuple(addresses)
        self._clients: dict[int, Client] = {}
        self._standing: dict[int, ClientConnection] = {}
        self._uses: dict[RetryPolicy, PolicyUse] = {}
        self._chain = self._backlog_count = self._unanswered_count = self._asked_count = 0
        self._draining = False
        self._in_turn: list[InTurn] = []
        self._keeps = row.clients.connection != "per_request"
        pooled = self._keeps and row.kind in {"open", "none", "call"}
        places = places_of(row)
        as_needed = places is not None and places.opened != "at_once"
        self._stride = row.clients.pool_count if pooled and row.clients.connection == "pool" else 1
        self._pool = Pool(self.is_here, self._leave, opens_as_needed=as_needed) if pooled else None
        self.record = PopulationRecord()
        self._attempts = Attempts(
            row,
            self,
            loop=loop,
            instances=instances,
            record=self.record,
            chance=self._chance,
            pool=self._pool,
            names=names,
        )
        self._take(row, size_count)
        self._age(served_age)

    def _age(self, served_age: ConnectionAge | None) -> None:
        """Take how old connections may become; where that is new, those that stand have all ages."""
        clients = self._row.clients
        limits = (clients.connection_age, served_age) if self._keeps else ()
        if self._attempts.ages.take(limits, reopens=clients.reopen == "at_once"):
            for client in self._clients.values():
                if client.connection is not None and self.is_here(client):
                    self._attempts.ages.stand(client.connection)

    def _take(self, row: Row, size_count: int) -> None:
        self._row = row
        self._instances = places_of(row)
        self._size_count = size_count
        self._kind = row.kind
        self._demand = row.clients.demand
        self._patience_per = row.clients.timeout_per
        self._places_count = row.clients.population_count * self._stride
        self._use = self._use_of(row.clients.retry)

    # -- time zero and phases ------------------------------------------------------------------

    def prepare(self, until_s: float) -> None:
        """Before time zero: open the connections that stand already, evenly until `until_s`."""
        if not self._keeps:
            return
        now_s = self._loop.now_s
        stands = [i for i in range(self._places_count) if self._stands(i)]
        for n, i in enumerate(stands):
            due_s = now_s + (until_s - now_s) * n / len(stands)
            self._loop.at(due_s, self._stand, self._client(i))

    def _stands(self, index: int) -> bool:
        """Say whether a connection stands already: what is never closed has been needed at some moment."""
        return self._instances is None or self._instances.is_kept(index)

    def _stand(self, client: Client, number: int) -> None:
        """Open a connection that stands ready, and look again a little later whether it does."""
        del number
        if self._loop.now_s >= 0.0:
            self._standing.clear()
            return
        under_way = self._standing.get(client.index)
        if under_way is None or under_way.stage is Stage.CLOSED:
            self._standing[client.index] = self._attempts.stand(client)
        if client.connection is None:
            self._loop.at(self._loop.now_s + STAND_AGAIN_S, self._stand, client)

    def begin(self) -> None:
        """Time zero: arrivals begin, the connections of a pool are free, closed clients think."""
        for client in self._clients.values():
            if client.connection is not None:
                self._attempts.ages.stand(client.connection)
        if self._pool is not None:
            for i in reversed(range(self._places_count)):
                self._pool.add(self._client(i))
        if self._kind == "closed":
            for i in range(self._places_count):
                self._think(self._client(i), has_begun=True)
        self._new_chain()

    def know(self, known_for_s: Callable[[int], float]) -> None:
        """Let each client know its service's address for as long as its number says."""
        for i in range(self._places_count):
            self._client(i).name_until_s = self._loop.now_s + known_for_s(i)

    def standing_count(self) -> tuple[int, int]:
        """Return how many connections should stand at time zero, and how many of them do."""
        if not self._keeps:
            return 0, 0
        wanted = [
            self._client(i).connection is not None for i in range(self._places_count) if self._stands(i)
        ]
        return len(wanted), sum(wanted)

    def change(
        self, row: Row, size_count: int, served_age: ConnectionAge | None, few: float | None = None
    ) -> None:
        """From now on these are the clients' numbers; those who are new act as `_spread` says."""
        before, was_count = self._demand, self._places_count
        self._take(row, size_count)
        self._attempts.change(row)
        self._age(served_age)
        if before.rate_per_s != self._demand.rate_per_s:
            self._new_chain()
        self._drain_if_due()
        new_count = self._places_count - was_count
        self._silence(range(self._places_count, was_count))
        if new_count > 0 and (self._kind not in {"open", "boot"} or self._pool is not None):
            places = [was_count + i for i in range(new_count)]
            self._spread([i for i in places if self._opens(i)], row.clients.start_spread_s, None, few)
            for client in (self._client(i) for i in places if not self._opens(i)):
                if client.place is not Place.FREE:
                    self._attempts.give_back(client)

    def _opens(self, index: int) -> bool:
        """Say whether somebody who is new connects as they come."""
        return self._instances is None or self._instances.is_opened(index)

    def reconnect(self, wave: Wave, few: float | None = None) -> None:
        """Let the clients of a wave break and rebuild their connections; see `_spread`."""
        places_count = self._places_count
        count = round(places_count * wave.share_ratio)
        places = [(wave.batch_number + i * places_count // count) % places_count for i in range(count)]
        self._spread(places, wave.spread_s, None if wave.retry is None else self._use_of(wave.retry), few)

    def _silence(self, left: range) -> None:
        """Clients that have left let the system repeat no more SYNs; what is on its way may arrive.

        A connection of a pool that nobody uses is closed.
        """
        for index in left:
            client = self._clients.get(index)
            if client is not None and client.place is Place.FREE and client.request is None:
                self._leave(client)
            connection = client.request.connection if client is not None and client.request else None
            if connection is not None and connection.stage is Stage.CONNECTING:
                waited_s = self._loop.now_s - connection.began_s + SYN_MARGIN_S
                schedule_s = syn_schedules()[self._row.clients.syn]
                again_s = next((after_s for after_s in schedule_s if after_s > waited_s), None)
                if again_s is not None:
                    due_s = connection.began_s + again_s - SYN_MARGIN_S
                    self._loop.at(due_s, _close_unanswered, connection)

    def _spread(
        self, places: Sequence[int], spread_s: float, use: PolicyUse | None, few: float | None
    ) -> None:
        """Let clients act evenly over a time; few of them at a time where that is said, each in its turn."""
        begin_s = self._loop.due_s

        def start(place: int) -> bool:
            client = self._client(place)
            self._react(client, use)
            return client.request is not None

        def act(_: None, i: int) -> None:
            if i + 1 < len(places):
                self._loop.at(begin_s + spread_s * (i + 1) / len(places), act, None, i + 1)
            start(places[i])

        if few is not None:
            most = scaled_limit(few * self._stride, 1.0)
            self._in_turn.append(InTurn(places, most, spread_s, loop=self._loop, start=start))
        elif places:
            self._loop.at(begin_s, act, None, 0)

    def end_bin(self) -> Mapping[str, int]:
        """Close a time bin; see `PopulationRecord.end_bin`."""
        return self.record.end_bin(
            size_count=self._size_count, unanswered_count=self._unanswered_count + self._backlog_count
        )

    # -- demand --------------------------------------------------------------------------------

    def _new_chain(self) -> None:
        """Begin a new chain of arrivals, because the rate has changed; the old one ends by itself."""
        self._chain += 1
        if self._kind == "open" and self._demand.rate_per_s > 0.0:
            first_s = self._loop.due_s + self._chance.gap_s(1.0 / self._demand.rate_per_s)
            self._loop.at(first_s, self._arrive, None, self._chain)

    def _arrive(self, _: None, chain: int) -> None:
        if chain != self._chain:
            return
        gap_s = 1.0 / self._demand.rate_per_s
        if self._demand.arrivals == "poisson":
            gap_s = self._chance.gap_s(gap_s)
        # From when it was due, so that a late loop does not lower the rate.
        self._loop.at(self._loop.due_s + gap_s, self._arrive, None, chain)
        self._want(self._anyone())

    def _anyone(self) -> Client | None:
        """Return who of an open population asks; of a pool whoever is free, decided later."""
        if self._pool is not None:
            return None
        return self._client(self._chance.client(self._places_count))

    def _think(self, client: Client, *, has_begun: bool = False) -> None:
        client.pauses_count += 1
        demand = self._demand
        pause_s = self._chance.pause_s(demand.think_s, demand.think_law, has_begun=has_begun)
        self._loop.at(self._loop.now_s + pause_s, self._wake, client, client.pauses_count)

    def _wake(self, client: Client, number: int) -> None:
        if client.pauses_count != number or client.request is not None:
            return
        if self.is_here(client):
            self._want(client)
        else:
            self._leave(client)

    def _leave(self, client: Client) -> None:
        if client.connection is not None:
            self._attempts.drop(client.connection)

    def ask(self, told: Callable[[bool], None], index: int | None = None) -> None:
        """Ask for one request, of a client if it is said which; `told` hears whether it was served."""
        client = self._anyone() if index is None else self._client(index)
        self._attempts.start(self._new_request(client, wanted=True, told=told))

    def _want(self, client: Client | None) -> None:
        self._attempts.start(self._new_request(client, wanted=True))

    def _new_request(
        self, client: Client | None, *, wanted: bool, told: Callable[[bool], None] | None = None
    ) -> Request:
        is_call = told is not None and self._kind == "call"  # which is no demand of its own
        self.record.fresh += not is_call
        self._unanswered_count += not is_call
        payer = client
        if payer is None:  # of a pool: budgets of clients are used in turn
            self._asked_count += 1
            payer = self._client(self._asked_count % max(self._places_count, 1))
        retry = self._use.begin(payer, self._loop.now_s)
        whose = client.index if client is not None and self._patience_per == "client" else None
        patience = self._chance.patience(whose)
        request = Request(client, retry, self._loop.now_s, wanted=wanted, patience=patience)
        request.told = told
        if client is not None and self._kind != "open" and told is None:
            client.request = request
        return request

    def _drain_if_due(self) -> None:
        if self._backlog_count > 0 and not self._draining and self._demand.drain_per_s > 0.0:
            self._draining = True
            self._loop.at(self._loop.now_s + 1.0 / self._demand.drain_per_s, self._drain, None)

    def _drain(self, _: None, number: int) -> None:
        """Offer one deferred piece of work again."""
        del number
        if self._backlog_count == 0 or self._demand.drain_per_s <= 0.0:
            self._draining = False
            return
        self._backlog_count -= 1
        self._loop.at(self._loop.due_s + 1.0 / self._demand.drain_per_s, self._drain, None)
        self._want(self._anyone())

    # -- one client ----------------------------------------------------------------------------

    def _react(self, client: Client, use: PolicyUse | None) -> None:
        """Break the client's connection, if it keeps one, and make a new one."""
        stood = client.connection is not None
        broken = self._break(client)
        if self._instances is not None and not self._instances.is_made_again(stood=stood):
            if broken is not None:
                self._attempts.interrupt(broken)
            return
        busy = broken
        if busy is None and (self._pool is not None or self._kind != "open"):
            busy = client.request
        begins = busy is None and client.place is not Place.LENT
        if begins:
            wanted = self._kind in {"closed", "once"}
            client.pauses_count += 1
            busy = self._new_request(client, wanted=wanted)
            if self._pool is not None:
                client.request = busy
        if busy is not None and use is not None:
            busy.retry = use.begin(client, self._loop.now_s)
            if not begins and busy.connection is not None:
                busy.retry.start(self._loop.now_s)  # an attempt is out: it counts as the first one
        if broken is not None:
            self._attempts.interrupt(broken)
        elif begins and busy is not None:
            self._attempts.start(busy)

    def _break(self, client: Client) -> Request | None:
        """Close the kept connection; return the request that it carried."""
        connection = client.connection
        if connection is None:
            return None
        carried = connection.request
        self._attempts.drop(connection)
        return carried

    def reopen(self, client: Client, number: int = 0) -> None:
        """Let a client that has no connection make one, if nothing is wanted of it that will."""
        del number
        busy = client.request is not None or client.place is Place.LENT
        if client.connection is None and not busy and self.is_here(client):
            client.request = request = self._new_request(client, wanted=False)
            self._attempts.start(request)

    def ended(self, request: Request, ending: Ending) -> None:
        """Count how a request has ended; its client thinks again, or its connection is free."""
        is_call = request.told is not None and self._kind == "call"
        self._unanswered_count -= not is_call
        if ending is Ending.SERVED:
            self.record.served += not is_call
            self.record.latencies_s.append(self._loop.now_s - request.since_s)
        elif ending is Ending.GIVEN_UP and not is_call:
            self.record.given_up += 1
            if request.wanted and self._demand.unserved == "deferred":
                self._backlog_count += 1
                self._drain_if_due()
        self._let_go(request, ending)
        if request.client is not None:
            for turn in self._in_turn:
                turn.ended(request.client.index)
        if request.told is not None:
            request.told(ending is Ending.SERVED)

    def _let_go(self, request: Request, ending: Ending) -> None:
        client = request.client
        if client is None:
            return
        mine = client.request is request
        if mine:
            client.request = None
        if self._pool is not None:
            if client.place is (Place.APART if mine else Place.LENT):
                self._attempts.give_back(client)
        elif mine and self._kind == "closed" and ending is not Ending.LEFT:
            self._think(client)

    # -- who is there --------------------------------------------------------------------------

    def _client(self, index: int) -> Client:
        client = self._clients.get(index)
        if client is None:
            source = None
            if self._addresses:
                source = self._addresses[index // self._stride % len(self._addresses)]
            client = self._clients[index] = Client(index, source)
        return client

    def jitter(self) -> float:
        """Return a uniform draw in [0, 1) for a retry's delay."""
        return self._chance.jitter()

    def is_here(self, client: Client) -> bool:
        """Say whether a client is still there; a phase may have sent it away."""
        return client.index < self._places_count

    def _use_of(self, policy: RetryPolicy) -> PolicyUse:
        if policy not in self._uses:
            self._uses[policy] = PolicyUse(policy, max(self._loop.now_s, 0.0))
        return self._uses[policy]


def _close_unanswered(connection: ClientConnection, number: int) -> None:
    del number
    if connection.stage is Stage.CONNECTING:
        connection.close()
