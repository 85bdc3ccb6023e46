"""The parts of a run, made from a script and changed by its phases and waves.

Nothing here moves time. Shortcuts: who starts a few at a time as others are ready (`at_once_most`) is spread
over as long as they need where nothing waits, and instances that restart so are there meanwhile; callers that
a service gains connect as they are first needed here, and the connections that calls keep hold no table
entries or ports while they rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.simulate.fluid.brake import Purse
from tidegate.simulate.fluid.chain import chain_of
from tidegate.simulate.fluid.gate import Gate
from tidegate.simulate.fluid.server import Link, Server
from tidegate.simulate.fluid.source import Resolver, Source, equip, let_turns
from tidegate.simulate.fluid.stream import Stream
from tidegate.simulate.fluid.way import Manner, Way
from tidegate.simulate.rows import running_count
from tidegate.world.catalogue.entries import syn_schedules
from tidegate.world.clients import Lookup
from tidegate.world.graph import route
from tidegate.world.pooling import pool_of
from tidegate.world.retry import Budget, RetryPolicy

if TYPE_CHECKING:
    from tidegate.simulate.script import Script, Wave
    from tidegate.world.clients import Clients
    from tidegate.world.crossing import Crossing
    from tidegate.world.opening import Opening
    from tidegate.world.service import Call, ConnectionPool, Service
    from tidegate.world.world import World


@dataclass(kw_only=True, slots=True)
class _Use:
    """What is needed to find a stream's way again when the world changes; `source` is whose it is."""

    stream: Stream
    source: str
    network: str
    service: str
    kept: bool
    request: bool = True
    cold: bool = False
    clients: str = ""
    openings: tuple[Opening, ...] = ()


class Parts:
    """Crossings, services and sources of requests of one run."""

    def __init__(self, script: Script, steps_count: int, step_s: float) -> None:
        self.steps_count, self.step_s = steps_count, step_s
        self._in_turn = script.in_turn
        world = script.phases[0].world
        self.world = world
        self.gates = {n: Gate(n, c, steps_count, step_s) for n, c in world.crossings.items()}
        self.servers = {n: Server(n, s, steps_count, step_s) for n, s in world.services.items()}
        self.populations: dict[str, Source] = {}
        self.sources: list[Source] = []
        self._uses: list[_Use] = []
        self._waves: dict[tuple[object, ...], Source] = {}
        for name, clients in world.clients.items():
            self._add_clients(name, clients)
        for name, service in world.services.items():
            for call in service.calls:
                self._add_call(name, service, call)
        self._find_ways()
        for name, clients in world.clients.items():
            self._resize(self.populations[name], clients, 0, first=True)

    def _stream(self, name: str, policy: RetryPolicy, timeout_s: float, syn: str = "linux") -> Stream:
        stream = Stream(name, chain_of(policy, timeout_s), timeout_s, self.steps_count, self.step_s)
        stream.syn_s = syn_schedules()[syn]
        return stream

    def _add_clients(self, name: str, clients: Clients) -> None:
        stream = self._stream(name, clients.retry, clients.timeout_s, clients.syn)
        kept = clients.connection != "per_request"
        stream.keeps = kept and clients.demand.kind != "none"
        self._uses.append(
            _Use(
                stream=stream,
                source=name,
                network=clients.network,
                service=clients.service,
                kept=kept,
                request=clients.demand.kind != "none",
                clients=name,
            )
        )
        self.populations[name] = Source(stream, clients.demand.kind, clients)
        self.sources.append(self.populations[name])
        equip(stream, clients.retry, clients.population_count)
        let_turns(stream, clients.limit, clients.population_count)

    def _add_call(self, name: str, service: Service, call: Call) -> None:
        stream = self._stream(f"{name} calls {call.service}", call.retry, call.timeout_s)
        stream.keeps = stream.rebuilds = call.connection == "keep_alive"
        pool = pool_of(self.world, name, call)
        _resize_callers(stream, service, pool)
        stream.unconnected_ratio = 0.0
        self._uses.append(
            _Use(
                stream=stream,
                source=name,
                network=service.network,
                service=call.service,
                kept=stream.keeps,
                openings=call.on_connect,
            )
        )
        self.sources.append(Source(stream, "call"))
        equip(stream, call.retry, service.instances_count)
        let_turns(stream, call.limit, running_count(service))
        link = Link(stream, call.cache, self._least_s(service.network, call.service))
        link.places_count = _places_count(service, pool)
        self.servers[name].links.append(link)

    def _route(self, network: str, service: str) -> list[Gate]:
        passed = route(self.world, network, self.world.services[service].network) or ()
        return [self.gates[name] for name in passed]

    def _least_s(self, network: str, service: str) -> float:
        gates = self._route(network, service)
        return self.servers[service].service_s + sum(gate.round_trip_s for gate in gates)

    def _find_ways(self) -> None:
        for use in self._uses:
            self._find_way(use)
        self._share_ports()
        for name, source in self.populations.items():
            lookup = self.world.clients[name].lookup
            if lookup is None:
                source.resolver = None
            elif source.resolver is None or source.resolver.lookup != lookup:
                gates = self._route(self.world.clients[name].network, lookup.service)
                source.resolver = Resolver(lookup, gates, self.servers[lookup.service])
            source.errands = self._errands(self.world.clients[name])

    def _errands(self, clients: Clients) -> tuple[Resolver, ...]:
        """Return what is asked of other services before each connection, as look-ups that nobody keeps."""
        found = []
        for one in clients.errands:
            asked = Lookup(
                service=one.service,
                ttl_s=0.0,
                queries_count=one.requests_count,
                timeout_s=one.timeout_s or clients.timeout_s,
                tries_count=1,
            )
            gates = self._route(clients.network, one.service)
            found.append(Resolver(asked, gates, self.servers[one.service], one.service_time_s))
        return tuple(found)

    def _share_ports(self) -> None:
        """Tell each crossing how many sources ask each service, where each has ports of its own."""
        for gate in self.gates.values():
            if gate.world.ports is None or gate.world.ports.block is None:
                continue
            asking: dict[str, float] = {}
            passing = [use for use in self._uses if gate in use.stream.new_way.gates]
            for service, source in {(use.service, use.source) for use in passing}:
                asking[service] = asking.get(service, 0.0) + self._sources_count(source)
            gate.share_ports(asking)

    def _sources_count(self, name: str) -> float:
        """Return how many have ports of their own: clients, or the instances of a service."""
        if name in self.world.clients:
            return float(self.world.clients[name].population_count)
        return float(running_count(self.world.services[name]))

    def _find_way(self, use: _Use) -> None:
        gates, server = self._route(use.network, use.service), self.servers[use.service]
        service = self.world.services[use.service]
        resumed = 0.0 if use.cold else service.resumption_ratio
        setup_s = resumed * service.resumed_setup_time_s + (1.0 - resumed) * service.setup_time_s
        work_s = service.service_time_s if use.request else 0.0
        asked_first = self.world.clients[use.clients].openings if use.clients else use.openings
        openings_s = _works_s(asked_first, service)
        if openings_s:  # the first of them does the work of the set-up
            openings_s, setup_s = (openings_s[0] + setup_s, *openings_s[1:]), 0.0
        use.stream.opening_timeout_s = sum(
            (one.timeout_s or use.stream.timeout_s) * one.requests_count for one in asked_first
        )
        coarse = self.world.detail == "coarse"
        new = Manner(coarse=coarse, new=True, kept=use.kept, request=use.request)
        use.stream.new_way = Way(new, gates, server, work_s + setup_s, openings_s)
        kept = Manner(coarse=coarse, new=False, kept=True, request=True)
        use.stream.kept_way = Way(kept, gates, server, service.service_time_s)

    def change(self, world: World, step: int, into_step_s: float) -> None:
        """Let a phase begin, `into_step_s` after the start of `step`."""
        before, self.world = self.world, world
        for name, gate in self.gates.items():
            lost = _flows_lost(before.crossings[name], world.crossings[name])
            gate.change(world.crossings[name])
            if lost > 0.0:
                self._lose_flows(gate, lost)
        for name, server in self.servers.items():
            server.change(world.services[name])
            service = world.services[name]
            for link, call in zip(server.links, service.calls, strict=True):
                link.change(call.cache)
                pool = pool_of(world, name, call)
                link.places_count = _places_count(service, pool)
                _resize_callers(link.stream, service, pool)
                let_turns(link.stream, call.limit, running_count(service))
        for name, clients in world.clients.items():
            source = self.populations[name]
            gone = before.clients[name].demand.rate_per_s - clients.demand.rate_per_s
            if source.kind == "open":
                source.stream.fresh_at[step] += gone * into_step_s
            self._resize(source, clients, step, first=False)
        self._find_ways()

    def _lose_flows(self, gate: Gate, ratio: float) -> None:
        for use in self._uses:
            if use.stream.keeps and gate in use.stream.kept_way.gates:
                use.stream.lose_connections(ratio * use.stream.clients_count)

    def _resize(self, source: Source, clients: Clients, step: int, *, first: bool) -> None:
        """Let clients come or go."""
        stream = source.stream
        source.clients, was = clients, source.population_count
        now = source.population_count = float(clients.population_count)
        stream.timeout_s, stream.rebuilds = clients.timeout_s, clients.after_timeout == "rebuild"
        stream.clock_sends = clients.timeout_clock == "send"
        stream.connect_timeout_s = clients.connect_timeout_s or clients.timeout_s
        pool = clients.pool_count if clients.connection == "pool" else 1
        stream.open_connections = now * pool if clients.connection != "per_request" else 0.0
        equip(stream, clients.retry, now)
        let_turns(stream, clients.limit, now)
        if now < was:
            stream.shrink(now / was, step)
            source.pending_count *= now / was
            for wave in source.waves:
                wave.shrink(now / was, step)
        elif now > was and not (first and source.kind == "closed"):
            come = (now - was) * (pool if source.kind == "none" else 1)
            if not first and now > 0.0:
                stream.unconnected_ratio = (stream.unconnected_ratio * was + now - was) / now
            if source.kind != "open" and not (first and source.kind == "none"):
                spread_s = max(clients.start_spread_s, self._clients_in_turn_s(stream, come, clients))
                self._spread(source, come, step * self.step_s, spread_s)
        stream.clients_count = now
        self._limit_sources(stream, now)

    def _clients_in_turn_s(self, stream: Stream, come: float, clients: Clients) -> float:
        """Return how long clients take to start of whom few do at a time; 0 where all may."""
        turn = self._in_turn
        if turn is None or stream.name not in turn.clients:
            return 0.0
        pool = clients.pool_count if clients.connection == "pool" else 1
        each_s = self._least_s(clients.network, clients.service)
        each_s += self.world.services[clients.service].setup_time_s
        return max(come / (turn.clients[stream.name] * pool) - 1.0, 0.0) * each_s

    def _boots_in_turn_s(self, wave: Wave) -> float:
        """Return how long instances take to boot of which few do at a time; 0 where all may."""
        turn, call = self._in_turn, wave.boot_call
        if turn is None or call is None or turn.service != wave.service:
            return 0.0
        service = self.world.services[wave.service]
        each_s = service.boot.time_s + self._least_s(service.network, call.service)
        return max(wave.count / turn.instances_count - 1.0, 0.0) * each_s

    def _in_turn_s(self, wave: Wave, source: Source, count: float) -> float:
        """Return how long clients take to connect anew where few instances restart at a time; else 0."""
        turn = self._in_turn
        if turn is None or not wave.in_turn or wave.kind != "reconnect":
            return 0.0
        if not turn.service:
            return self._clients_in_turn_s(source.stream, count, self.world.clients[wave.clients])
        service = self.world.services[turn.service]
        rounds = service.instances_count * wave.share_ratio / turn.instances_count
        return max(rounds - 1.0, 0.0) * service.boot.time_s

    def _spread(self, source: Source, count: float, at_s: float, spread_s: float) -> None:
        """Begin `count` requests evenly over a time."""
        first = min(int(at_s / self.step_s + 1e-6), self.steps_count)
        last = int((at_s + spread_s) / self.step_s + 0.5)
        each = count / max(last - first, 1)
        for step in range(first, min(max(last, first + 1), self.steps_count)):
            source.stream.fresh_at[step] += each
        source.pending_count += count
        source.busy_until = max(source.busy_until, last + 1)

    def _limit_sources(self, stream: Stream, clients_count: float) -> None:
        for gate in self.gates.values():
            admission = gate.world.admission
            gate.sources.pop(stream.name, None)
            if admission is not None and admission.per_source_per_s is not None:
                budget = Budget(
                    tokens_count=admission.per_source_burst_count, fill_per_s=admission.per_source_per_s
                )
                gate.sources[stream.name] = Purse(budget, clients_count)

    def standing(self, gate: Gate) -> dict[str, float]:
        """Return how many kept connections to each service pass `gate`."""
        counts: dict[str, float] = {}
        if gate.bare:
            return counts
        for source in self.populations.values():
            stream = source.stream
            if stream.open_connections and gate in stream.kept_way.gates:
                down = sum([wave.unanswered_count for wave in source.waves])
                if source.kind == "none":
                    down += stream.unanswered_count
                up = max(0.0, stream.open_connections * (1.0 - stream.unconnected_ratio) - down)
                service = stream.kept_way.service
                counts[service] = counts.get(service, 0.0) + up
        return counts

    def begin_wave(self, wave: Wave, step: int) -> None:
        """Let the clients of a wave act."""
        if wave.kind == "break" and wave.in_turn:
            return  # they break one after the other, and are made anew as they are needed
        if wave.kind == "break":
            self._break(wave)
            return
        source = self._wave_source(wave)
        if wave.kind == "boot":
            assert wave.boot_call is not None
            count = float(wave.count * wave.boot_call.requests_count)
        else:
            owner = self.populations[wave.clients]
            connections = self.world.clients[wave.clients]
            pool = connections.pool_count if connections.connection == "pool" else 1
            count = owner.population_count * wave.share_ratio * pool
            if owner.kind in {"closed", "once"}:
                # Clients that wait for an answer drop it and ask again with the others.
                owner.pending_count *= 1.0 - wave.share_ratio
                for stream in (owner.stream, *owner.waves):
                    stream.shrink(1.0 - wave.share_ratio, step)
        source.stream.clients_count = max(source.stream.clients_count, count)
        spread_s = max(wave.spread_s, self._boots_in_turn_s(wave), self._in_turn_s(wave, source, count))
        self._spread(source, count, step * self.step_s, spread_s)

    def _break(self, wave: Wave) -> None:
        """Let the connections that calls keep to a service break."""
        for server in self.servers.values():
            for link in server.links:
                stream = link.stream
                if stream.keeps and stream.kept_way.service == wave.service:
                    stream.lose_connections(wave.share_ratio * stream.clients_count)

    def _wave_source(self, wave: Wave) -> Source:
        key = (wave.kind, wave.clients, wave.service, wave.boot_call, wave.cold, wave.retry)
        if key not in self._waves:
            self._waves[key] = self._boot_source(wave) if wave.kind == "boot" else self._reconnecting(wave)
            self.sources.append(self._waves[key])
            self._find_way(self._uses[-1])
            self._share_ports()
        return self._waves[key]

    def _boot_source(self, wave: Wave) -> Source:
        call = wave.boot_call
        assert call is not None
        policy = wave.retry or call.retry
        stream = self._stream(f"{wave.service} starting", policy, call.timeout_s)
        network = self.world.services[wave.service].network
        self._uses.append(
            _Use(stream=stream, source=wave.service, network=network, service=call.service, kept=False)
        )
        equip(stream, policy, max(wave.count, 1))
        return Source(stream, "once")

    def _reconnecting(self, wave: Wave) -> Source:
        owner, clients = self.populations[wave.clients], self.world.clients[wave.clients]
        policy = wave.retry or clients.retry
        stream = self._stream(f"{wave.clients} reconnecting", policy, clients.timeout_s, clients.syn)
        kept = clients.connection != "per_request"
        request = clients.demand.kind in {"closed", "once"}
        self._uses.append(
            _Use(
                stream=stream,
                source=wave.clients,
                network=clients.network,
                service=clients.service,
                kept=kept,
                request=request,
                cold=wave.cold,
                clients=wave.clients,
            )
        )
        equip(stream, policy, owner.population_count)
        let_turns(stream, clients.limit, owner.population_count)
        self._limit_sources(stream, owner.population_count)
        owner.waves.append(stream)
        source = Source(stream, "once")
        lookup = clients.lookup
        if lookup is not None:
            source.resolver = Resolver(
                lookup, self._route(clients.network, lookup.service), self.servers[lookup.service]
            )
        source.errands = self._errands(clients)
        return source


def _works_s(asked_first: tuple[Opening, ...], service: Service) -> tuple[float, ...]:
    """Return the mean work of each request that a new connection carries first."""
    return tuple(
        service.service_time_s if one.service_time_s is None else one.service_time_s
        for one in asked_first
        for _ in range(one.requests_count)
    )


def _places_count(service: Service, pool: ConnectionPool | None) -> float | None:
    """Return the connections that instances which take requests have for a call, where a pool says so."""
    return None if pool is None else float(service.instances_count * pool.most_count)


def _resize_callers(stream: Stream, service: Service, pool: ConnectionPool | None) -> None:
    """Let as many callers be there as the service has places; those that come have no connection yet."""
    was, now = stream.clients_count, float(running_count(service) * service.pool_count(pool))
    if now > was:
        stream.unconnected_ratio = (stream.unconnected_ratio * was + now - was) / now
    stream.clients_count = now


def _flows_lost(before: Crossing, now: Crossing) -> float:
    if before.devices_count == now.devices_count or now.flow_state == "kept":
        return 0.0
    return now.remapped_ratio
