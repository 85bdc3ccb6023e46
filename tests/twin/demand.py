"""When clients want something: at a rate, after a pause, or once."""

from __future__ import annotations

from functools import partial

from reference.agenda import NS, ns
from tidegate.world.clients import Clients
from twin.pool import Pool
from twin.population import Client, Population


class AtARate(Population):
    """Requests come at a rate, whatever became of earlier ones."""

    _chain = 0
    _turns_count = 0

    @property
    def interval_ns(self) -> int:
        """The mean time between two requests; 0 where none come."""
        rate_per_s = self.clients.demand.rate_per_s
        return round(NS / rate_per_s) if rate_per_s > 0 else 0

    def begin(self) -> None:
        """Time zero."""
        if self.interval_ns > 0:
            self.agenda.at(0, partial(self._renew, self._chain))

    def stand(self) -> None:
        """After connections from before the run have been entered."""
        if not self.is_pooled:
            return
        places = self.everybody[: self.clients.population_count * self.stride]
        self.pool = Pool(places)
        for place in places:
            if place.connection is None:
                # Who keeps connections and has none at the start knocks within the first second.
                self.agenda.at(NS * place.number // len(places), partial(self.connect, place))

    def change(self, clients: Clients) -> None:
        """From now on these are its numbers; a changed rate begins anew."""
        before_ns, self.clients = self.interval_ns, clients
        if before_ns != self.interval_ns and self.interval_ns > 0:
            self._chain += 1
            self.agenda.soon(partial(self._renew, self._chain))

    def _renew(self, chain: int) -> None:
        first_ns = self.chance.first_gap_ns(self.index, chain, self.interval_ns)
        self.agenda.after(first_ns, partial(self._arrive, chain))

    def _arrive(self, chain: int) -> None:
        if chain != self._chain or self.interval_ns == 0:
            return
        gap_ns = self.interval_ns
        if self.clients.demand.arrivals == "poisson":
            gap_ns = self.chance.gap_ns(self.index, self._turns_count, gap_ns)
        self._turns_count += 1
        self.agenda.after(gap_ns, partial(self._arrive, chain))
        self.start(self.want(self._who()))

    def _who(self) -> Client | None:
        if self.is_pooled:
            return None
        count = self.clients.population_count
        return self.everybody[self.chance.client(self.index, self.requests_count, count)]


class OneByOne(Population):
    """Clients that want one thing at a time: again and again after a pause, or once."""

    def begin(self) -> None:
        """Time zero."""

    def stand(self) -> None:
        """Closed clients pause first; those that want one thing appear as a trigger adds them."""
        if self.clients.demand.kind == "closed":
            for client in self.everybody[: self.clients.population_count]:
                self.rest(client)

    def change(self, clients: Clients) -> None:
        """From now on these are its numbers; those who are new act, spread over their time."""
        before, self.clients = self.clients.population_count, clients
        added = self.everybody[before : clients.population_count]
        spread_ns, began_ns = ns(clients.start_spread_s), self.agenda.now_ns
        for i, client in enumerate(added):
            self.agenda.at(
                began_ns + spread_ns * i // len(added),
                partial(self.reconnect, client, is_cold=False, cuts=False),
            )

    def rest(self, client: Client) -> None:
        """A closed client pauses before it wants something again."""
        if self.clients.demand.kind != "closed":
            return
        number = client.pauses_count
        client.pauses_count += 1
        demand = self.clients.demand
        times = self.chance.pause_times(self.index, client.number, number, demand.think_law)
        if number == 0 and self.agenda.now_ns == 0 and demand.think_law.word != "exponential":
            times *= self.chance.pause_left(self.index, client.number)
        pause_ns = max(1, int(times * ns(demand.think_s)))
        self.agenda.after(pause_ns, partial(self._wake, client, number))

    def _wake(self, client: Client, number: int) -> None:
        if client.pauses_count - 1 != number or client.request is not None:
            return
        if client.is_here:
            request = self.want(client)
            self.agenda.soon(lambda: self.start(request))
        elif client.connection is not None:
            client.connection.client.hang_up()
            client.drop_connection()
