"""Where requests come from: populations by their kind of demand, waves, and calls.

Nothing here knows what becomes of a request once it is begun.
"""

from __future__ import annotations

from math import expm1
from typing import TYPE_CHECKING

from tidegate.simulate.fluid.brake import Brake, Purse, Turns
from tidegate.simulate.fluid.chain import chain_of
from tidegate.simulate.fluid.flow import Flow, charge
from tidegate.simulate.fluid.stream import TINY, Stream

if TYPE_CHECKING:
    from tidegate.simulate.fluid.gate import Gate
    from tidegate.simulate.fluid.server import Server
    from tidegate.simulate.fluid.station import Station
    from tidegate.world.clients import ClientLimit, Clients, Lookup
    from tidegate.world.retry import RetryPolicy


class Resolver:
    """The lookups of one stream: traffic and delay before a connection."""

    __slots__ = ("failing_ratio", "gates", "lookup", "queries_count", "server", "work_s")

    def __init__(
        self, lookup: Lookup, gates: list[Gate], server: Server, work_s: float | None = None
    ) -> None:
        self.lookup, self.gates, self.server, self.work_s = lookup, gates, server, work_s
        self.queries_count = self.failing_ratio = 0.0

    def ask(self, attempts_count: float, clients_count: float, step_s: float) -> float:
        """Note the lookups that `attempts_count` new connections need; return the share that fails."""
        each_per_s = attempts_count / step_s / max(clients_count, 1.0)
        needing = 1.0 / (1.0 + each_per_s * self.lookup.ttl_s)
        self.queries_count = attempts_count * needing * self.lookup.queries_count
        return float(needing * self.failing_ratio**self.lookup.tries_count)

    def send(self) -> None:
        """Let this step's queries take what they need on their way."""
        queries, self.queries_count = self.queries_count, 0.0
        station = self.server.station
        wait_s, passed = station.wait_s, queries
        for gate in self.gates:
            gate.arrived_flows += passed
            passed *= 1.0 - gate.shed_ratio - gate.refused_ratio
            gate.flows_taken += passed
            passed = _offer(gate.setup, passed, gate.setup_work_s)
            wait_s += gate.setup.wait_s + gate.forward.wait_s + gate.round_trip_s
        passed = _offer(station, passed, self.server.service_s if self.work_s is None else self.work_s)
        for gate in self.gates:
            charge(gate, passed)
            passed *= 1.0 - gate.forward.loss_ratio
        if queries > TINY:
            self.failing_ratio = 1.0 - passed / queries if wait_s <= self.lookup.timeout_s else 1.0


def _offer(station: Station, count: float, work_s: float) -> float:
    """Let `count` arrive at a queue; return how many it takes."""
    station.arrived_count += count
    station.arrived_work_s += count * work_s
    taken = count * (1.0 - station.loss_ratio)
    station.taken_count += taken
    station.taken_work_s += taken * work_s
    return taken


class Source:
    """One population, wave or call: what it begins in each step.

    Attributes
    ----------
    pending_count, busy_until
        Clients that will still begin, and the step by which the last one has begun.
    backlog_count
        Requests given up and kept to be offered again.
    waves
        Streams of this population's clients that act together.
    """

    __slots__ = (
        "backlog_count",
        "busy_until",
        "clients",
        "errands",
        "kind",
        "pending_count",
        "population_count",
        "resolver",
        "stream",
        "waves",
    )

    def __init__(self, stream: Stream, kind: str, clients: Clients | None = None) -> None:
        self.stream, self.kind, self.clients = stream, kind, clients
        self.population_count = self.pending_count = self.backlog_count = 0.0
        self.busy_until = 0
        self.waves: list[Stream] = []
        self.resolver: Resolver | None = None
        self.errands: tuple[Resolver, ...] = ()

    def begin(self, step: int, flow: Flow) -> None:
        """Fail what has run out, and begin what is new and what comes back."""
        stream = self.stream
        stream.rest()
        if self.clients is None and stream.unanswered_count < TINY and stream.fresh_at[step] == 0.0:
            return
        stream.next_step = step
        stream.run_out(step)
        fresh = stream.fresh_at[step]
        self.pending_count = max(0.0, self.pending_count - fresh)
        if self.clients is not None:
            fresh += self._demand(self.clients, stream.step_s)
        stream.fresh_count = fresh
        stream.unanswered_count += fresh
        for purse in stream.purses:
            if purse is not None:
                purse.step(fresh, stream.step_s)
        total, counts = stream.take_retries(step)
        stream.next_step = step + 1
        again = total
        counts[0] += fresh
        total += fresh
        if stream.turns is not None:
            counts, failing = stream.turns.take(counts, stream.step_s)
            failed, total = sum(failing), sum(counts)
            if failed > TINY:
                shares = [count / failed for count in failing]
                stream.fail(shares, failed, (step + 0.5) * stream.step_s, why="limited")
            again = min(again, total)
        if total > TINY:
            self._attempt(step, flow, total, counts, again)

    def _demand(self, clients: Clients, step_s: float) -> float:
        demand = clients.demand
        if self.kind == "open":
            fresh = demand.rate_per_s * step_s
        elif self.kind == "closed":
            idle = self.idle_count
            fresh = idle * -expm1(-step_s / demand.think_s) if demand.think_s > 0.0 else idle
        else:
            return 0.0
        drained = min(self.backlog_count, demand.drain_per_s * step_s)
        self.backlog_count -= drained
        return fresh + drained

    @property
    def idle_count(self) -> float:
        """Closed clients that think."""
        busy = self.stream.unanswered_count + sum(wave.unanswered_count for wave in self.waves)
        return max(0.0, self.population_count - busy - self.pending_count)

    def end(self) -> None:
        """Keep what was given up, where it is only deferred."""
        clients = self.clients
        if clients is not None and clients.demand.unserved == "deferred":
            self.backlog_count += self.stream.given_up_count

    def _attempt(self, step: int, flow: Flow, total: float, counts: list[float], again: float) -> None:
        stream = self.stream
        if stream.brake is not None:
            let = stream.brake.lets(total, step * stream.step_s)
            if let < total:
                shares = [count / total for count in counts]
                blocked, total, again = total - let, let, again * let / total
                counts = [share * let for share in shares]
                brake, stream.brake = stream.brake, None
                stream.fail(shares, blocked, (step + 0.5) * stream.step_s, why="breaker")
                stream.brake = brake
                if total <= TINY:
                    return
        stream.attempts_count = total
        shares = [count / total for count in counts]
        new = total
        if stream.keeps:
            fresh_ratio = min(1.0, stream.unconnected_ratio)
            new = (total - again) * fresh_ratio + (again if stream.rebuilds else again * fresh_ratio)
        lost_ratio = 0.0
        if self.resolver is not None and new > TINY:
            lost_ratio = self.resolver.ask(new, max(stream.clients_count, 1.0), stream.step_s)
        for errand in self.errands if new > TINY else ():
            failing = errand.ask(new * (1.0 - lost_ratio), max(stream.clients_count, 1.0), stream.step_s)
            lost_ratio = 1.0 - (1.0 - lost_ratio) * (1.0 - failing)
        if new > TINY:
            flow.send(stream, stream.new_way, new, shares, lost_ratio)
        if total - new > TINY:
            flow.send(stream, stream.kept_way, total - new, shares, 0.0)


def let_turns(stream: Stream, limit: ClientLimit | None, holders_count: float) -> None:
    """Give a stream the limits that its clients keep, or change them with the number of clients."""
    if limit is None:
        stream.turns = None
    elif stream.turns is None or stream.turns.limit != limit:
        stream.turns = Turns(limit, max(holders_count, 1.0))
    else:
        stream.turns.change(max(holders_count, 1.0))


def equip(stream: Stream, policy: RetryPolicy, clients_count: float) -> None:
    """Give a stream its budgets and breaker, or change them with the number of clients."""
    chain = chain_of(policy, stream.timeout_s)
    if chain != stream.chain:
        stream.change_chain(chain)
    if [layer.budget for layer in policy.layers] != [p.budget if p else None for p in stream.purses]:
        stream.purses = tuple(
            Purse(layer.budget, clients_count) if layer.budget else None for layer in policy.layers
        )
    for purse in stream.purses:
        if purse is not None:
            purse.change(clients_count)
    breaker = next((layer.breaker for layer in policy.layers if layer.breaker), None)
    if breaker is None:
        stream.brake = None
    elif stream.brake is None or stream.brake.breaker != breaker:
        stream.brake = Brake(breaker, clients_count, stream.step_s)
