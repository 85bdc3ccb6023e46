"""Equal clients of one service: when they want something, and what each does until it has it."""

from __future__ import annotations

from dataclasses import dataclass

from reference.agenda import NS, Agenda, ns
from reference.attempt import Attempt, Request
from reference.chance import Chance
from reference.guards import guards_of_client
from reference.path import Path
from tidegate.behaviour.layers import GiveUp, LayerGuards, RetryState, guards_of
from tidegate.world.clients import Clients

LEAST_DELAY_NS = 250_000  # a client needs 250 us to try again


@dataclass
class Counts:
    """What became of the demand of one population."""

    fresh: int = 0
    attempts: int = 0
    served: int = 0
    given_up: int = 0
    unanswered: int = 0


class Population:
    """A population of clients with a new connection for each attempt."""

    def __init__(self, agenda: Agenda, chance: Chance, name: str, clients: Clients, path: Path) -> None:
        self._agenda = agenda
        self._chance = chance
        self._name = name
        self._clients = clients
        self._path = path
        self._chain = 0
        self._busy: set[int] = set()
        self._pauses: dict[int, int] = {}
        self._shared = guards_of(clients.retry, 0.0)
        self._own: dict[int, tuple[LayerGuards, ...]] = {}
        self.counts = Counts()

    def begin(self) -> None:
        """Time zero: arrivals begin, closed clients think."""
        self._new_chain()
        if self._clients.demand.kind == "closed":
            for client in range(self._clients.population_count):
                self._think(client, has_begun=True)

    def change(self, clients: Clients) -> None:
        """From now on these are the clients' numbers; those who are new act, spread over their time."""
        before, self._clients = self._clients, clients
        if before.demand.rate_per_s != clients.demand.rate_per_s:
            self._new_chain()
        new_count = clients.population_count - before.population_count
        if clients.demand.kind != "open":
            spread_ns = ns(clients.start_spread_s)
            for i in range(new_count):
                client = before.population_count + i
                self._agenda.after(spread_ns * i // new_count, lambda client=client: self._appear(client))

    # -- demand ------------------------------------------------------------------------------

    def _interval_ns(self) -> int:
        return round(NS / self._clients.demand.rate_per_s)

    def _new_chain(self) -> None:
        self._chain += 1
        chain = self._chain
        if self._clients.demand.kind == "open" and self._clients.demand.rate_per_s > 0:
            first_ns = self._chance.first_gap_ns(self._name, self._interval_ns())
            self._agenda.after(first_ns, lambda: self._arrive(chain))

    def _arrive(self, chain: int) -> None:
        if chain != self._chain:
            return
        gap_ns = self._interval_ns()
        if self._clients.demand.arrivals == "poisson":
            gap_ns = self._chance.exponential_ns("arrival", gap_ns)
        self._agenda.after(gap_ns, lambda: self._arrive(chain))
        self._want(self._chance.client(self._clients.population_count))

    def _think(self, client: int, *, has_begun: bool = False) -> None:
        pause = self._pauses.get(client, 0) + 1
        self._pauses[client] = pause
        demand = self._clients.demand
        times = self._chance.times("pause", demand.think_law)
        if has_begun and demand.think_law.word != "exponential":
            times *= self._chance.part()
        self._agenda.after(max(1, int(times * ns(demand.think_s))), lambda: self._wake(client, pause))

    def _wake(self, client: int, pause: int) -> None:
        if self._pauses[client] == pause and client not in self._busy and self._is_here(client):
            self._want(client)

    def _appear(self, client: int) -> None:
        if client not in self._busy:
            self._pauses[client] = self._pauses.get(client, 0) + 1
            self._want(client)

    def _is_here(self, client: int) -> bool:
        return client < self._clients.population_count

    def _want(self, client: int) -> None:
        self.counts.fresh += 1
        self.counts.unanswered += 1
        self._busy.add(client)
        times = self._chance.times("timeout", self._clients.timeout_law)
        self._start(Request(client, RetryState(self._clients.retry, self._guards(client)), times))

    def _guards(self, client: int) -> tuple[LayerGuards, ...]:
        """Return the budget and breaker of each layer: the client's own, or those that all share."""
        if client not in self._own:
            self._own[client] = guards_of_client(self._clients.retry, self._shared)
        return self._own[client]

    # -- one request -------------------------------------------------------------------------

    def _start(self, request: Request) -> None:
        if self._clients.demand.kind != "open" and not self._is_here(request.client):
            self._end(request)
            return
        if not request.retry.start(self._agenda.now_s):
            self._fail(request)
            return
        self.counts.attempts += 1
        attempt = Attempt(request, (self._name, request.client), self._answered)
        timeout_ns = max(1, int(ns(self._clients.timeout_s) * request.timeout_times))
        self._agenda.after(timeout_ns, lambda: self._time_out(attempt))
        self._path.send(attempt)

    def _answered(self, attempt: Attempt, good: bool) -> None:
        if attempt.is_over:
            return
        attempt.is_over = True
        if not good:
            self._fail(attempt.request)
            return
        attempt.request.retry.success(self._agenda.now_s)
        self.counts.served += 1
        self._end(attempt.request)
        if self._clients.demand.kind == "closed":
            self._think(attempt.request.client)

    def _time_out(self, attempt: Attempt) -> None:
        if not attempt.is_over:
            attempt.is_over = True
            self._path.leave(attempt)
            self._fail(attempt.request)

    def _fail(self, request: Request) -> None:
        answer = request.retry.failure(self._agenda.now_s, self._chance.jitter)
        if not isinstance(answer, GiveUp):
            self._agenda.after(max(int(answer.after_s * NS), LEAST_DELAY_NS), lambda: self._start(request))
            return
        self.counts.given_up += 1
        self._end(request)
        if self._clients.demand.kind == "closed":
            self._think(request.client)

    def _end(self, request: Request) -> None:
        self.counts.unanswered -= 1
        self._busy.discard(request.client)
