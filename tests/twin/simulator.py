"""The readable twin of the event engine: small worlds packet by packet, one object a noun.

It says a second time what a world means, in plain Python: from `docs/explanation/model.md`, the nouns and
`tidegate.behaviour`, and it knows nothing of the engines. It is slow, and what it does not know it refuses.
What chance decides it is told (`chance`), and what an activity comes to in steps: all engines carry out one
script.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from reference.agenda import Agenda, ns
from reference.simulator import changes, every_turn
from tidegate.simulate.script import Script, Wave
from tidegate.world import service as world_service
from tidegate.world.clients import Clients, Demand
from tidegate.world.graph import route
from tidegate.world.law import FIXED
from tidegate.world.pooling import pool_of
from tidegate.world.retry import RetryLayer, RetryPolicy
from tidegate.world.trigger import Trigger
from tidegate.world.world import World, WorldFile
from twin.beyond import refuse_script, refuse_unknown
from twin.boots import Boots, Starts, boots_of
from twin.chance import Chance
from twin.connection import Connection
from twin.demand import AtARate, OneByOne
from twin.exchange import Exchange
from twin.fleet import Fleet
from twin.instance_pool import PooledCalls, places_count
from twin.looks import CrossingLooks, Looks, PopulationLooks, Row, ServiceLooks
from twin.owned import Calls, Checks, Errands, Lookups
from twin.population import Client, Population
from twin.port_blocks import Source
from twin.service import Service
from twin.way import Gate, Way

TURNS_COUNT = 64


@dataclass(frozen=True, kw_only=True)
class Before:
    """What a day before the run has left.

    Parameters
    ----------
    entries, strays, ports
        Flows held down by (crossing, device), those that nobody answered, and ports by (crossing, device,
        service, source).
    names_until_ns
        Until when each client of a population knows the name of its service.
    """

    entries: Mapping[tuple[str, int], int] = field(default_factory=dict)
    strays: Mapping[tuple[str, int], int] = field(default_factory=dict)
    ports: Mapping[tuple[str, int, str, Source], int] = field(default_factory=dict)
    names_until_ns: Mapping[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Series:
    """What happened in each bin, by name."""

    crossings: dict[str, list[Row]]
    populations: dict[str, list[Row]]
    services: dict[str, list[Row]]


class Stage:
    """Everything in a world, ready to begin.

    Parameters
    ----------
    file
        The world.
    chance
        What chance decides.
    order
        Every population by name, in the order by which draws know them.
    script
        The steps of an activity, those of all triggers among them; None where there is none.
    """

    def __init__(
        self, file: WorldFile, chance: Chance, order: tuple[str, ...], script: Script | None = None
    ) -> None:
        self.agenda = Agenda()
        self._chance = chance
        self._world = file.world
        self._order = order
        self._changes = (
            changes(file) if script is None else [(each.at_s, each.world) for each in script.phases[1:]]
        )
        self._worlds = [file.world, *(world for _, world in self._changes)]
        for world in self._worlds:
            refuse_unknown(world)
        self.gates = {
            name: Gate(self.agenda, name, [each.crossings[name] for each in self._worlds])
            for name in file.world.crossings
        }
        self.services = {
            name: self._service(chance, name, service) for name, service in file.world.services.items()
        }
        self.populations: dict[str, Population] = {}
        self.starts = {name: Starts(self.agenda, service) for name, service in self.services.items()}
        for name in order:
            self._add(name)
        if script is None:
            self._let_boot()
        for name, service in self.services.items():
            if isinstance(service, Fleet):
                service.share_calls()
                service.holders = [one for one in self.populations.values() if _keeps(one, name)]
                service.callers = [
                    one
                    for one in self.populations.values()
                    if isinstance(one, Calls) and one.is_kept and one.name.startswith(f"{name}/")
                ]
        for at_s, world in self._changes:
            self.agenda.at(ns(at_s), lambda world=world: self._change(world))
        if script is not None:
            self._carry_out(script)
            return
        self._let_break()
        for trigger in every_turn(file.world):
            if trigger.reconnect:
                self.agenda.at(ns(trigger.at_s), lambda trigger=trigger: self._reconnect(trigger))

    def _carry_out(self, script: Script) -> None:
        """Let instances boot, and connections break and be made anew, in the waves of a script."""
        refuse_script(script)
        boots = (wave for wave in script.waves if wave.kind == "boot")
        booting = {(wave.at_s, wave.service): (wave.count, wave.boots_s) for wave in boots}
        for (at_s, name), (count, boots_s) in booting.items():
            self.starts[name].rise(ns(at_s), count, boots_ns=ns(boots_s))
        for wave in script.waves:
            if wave.kind == "boot":
                continue
            if wave.kind == "reconnect":
                self.agenda.at(ns(wave.at_s), partial(self._act, self.populations[wave.clients], wave))
                continue
            for population in self.populations.values():
                if isinstance(population, Calls) and _keeps_to(population, wave.service):
                    self.agenda.at(ns(wave.at_s), partial(self._act, population, wave))

    @staticmethod
    def _act(population: Population, wave: Wave) -> None:
        """So many of a population, as it is by then, connect anew; who calls has no session to resume."""
        count = round(population.clients.population_count * population.stride * wave.share_ratio)
        if count:
            population.break_connections(
                count,
                first=wave.batch_number,
                spread_ns=ns(wave.spread_s),
                is_cold=wave.cold or isinstance(population, Calls),
                cuts=wave.cuts or wave.kind == "break",
            )

    def _let_break(self) -> None:
        """Let the connections to every instance break that a trigger takes away, if it does not say else."""
        before, falls_count = self._world, 0
        for at_s, world in self._changes:
            for name, service in self.services.items():
                was, left = (one.services[name].instances_count for one in (before, world))
                if left >= was or isinstance(service, Fleet):
                    continue
                trigger = _who_changes(world, at_s)
                if trigger.gone_connections == "stay":
                    continue
                share, first = (was - left) / was, falls_count if left else 0
                falls_count += 1
                for population in self.populations.values():
                    if _keeps_to(population, name) and population.name != trigger.reconnect:
                        act = partial(self._break, population, share, first)
                        self.agenda.at(ns(at_s), act)
            before = world

    @staticmethod
    def _break(population: Population, share: float, first: int) -> None:
        """A share of a population's connections breaks."""
        count = round(population.clients.population_count * population.stride * share)
        population.break_connections(count, first=first, is_cold=isinstance(population, Calls), cuts=True)

    def _let_boot(self) -> None:
        """Let every instance that a trigger adds ask for what it needs first."""
        before = self._world
        for at_s, world in self._changes:
            for name, starts in self.starts.items():
                risen = world.services[name].instances_count - before.services[name].instances_count
                if risen > 0:
                    starts.rise(ns(at_s), risen)
            before = world

    def _service(self, chance: Chance, name: str, noun: world_service.Service) -> Service:
        if noun.balancing is None:
            return Service(self.agenda, chance, name, noun)
        most = max(each.services[name].instances_count for each in self._worlds)
        return Fleet(self.agenda, chance, name, noun, most)

    # -- who is there ------------------------------------------------------------------------

    def _add(self, name: str) -> None:
        """Put a population on the stage: "web", "web/lookup", "api/call/0", "api/probe/0"."""
        owner, part, number = (*name.split("/"), "", "0")[:3]
        if part == "":
            kind = AtARate if self._world.clients[owner].demand.kind == "open" else OneByOne
            self.populations[name] = self._population(kind, name, _clients_of(self._world, name))
        elif part == "lookup":
            lookups = self._population(Lookups, name, _clients_of(self._world, name))
            asked = self._world.clients[owner].lookup
            assert isinstance(lookups, Lookups)
            assert asked is not None
            lookups.ask_for(asked.queries_count)
            self.populations[name] = self.populations[owner].lookup = lookups
        elif part == "errand":
            errands = self._population(Errands, name, _clients_of(self._world, name))
            self.populations[name] = errands
            self.populations[owner].errands.append(errands)
        elif part == "boot":
            boots = self._population(Boots, name, _clients_of(self._world, name))
            assert isinstance(boots, Boots)
            self.starts[owner].add(boots, self._world.services[owner].boot.calls[int(number)])
            self.populations[name] = boots
        elif part == "call":
            caller = self._world.services[owner]
            pool = pool_of(self._world, owner, caller.calls[int(number)])
            kind = Calls if pool is None else PooledCalls
            calls = self._population(kind, name, _clients_of(self._world, name))
            assert isinstance(calls, Calls)
            calls.each_count = places_count(pool, caller)
            if isinstance(calls, PooledCalls) and pool is not None:
                calls.keep(pool)
            self.populations[name] = calls
            self.services[owner].calls.append(calls)
        else:
            checks = self._population(Checks, name, _clients_of(self._world, name))
            assert isinstance(checks, Checks)
            holders = [each for each in self.populations.values() if _holds(each, owner)]
            checks.watch(self._world.services[owner].health_probes[int(number)], holders)
            self.populations[name] = checks

    def _population(self, kind: type[Population], name: str, clients: Clients) -> Population:
        way = route(self._world, clients.network, self._world.services[clients.service].network) or ()
        most = max(_clients_of(world, name).population_count for world in self._worlds)
        population = kind(
            self.agenda,
            self._chance,
            name,
            self._order.index(name),
            clients,
            Way(self.agenda, clients.network, [self.gates[each] for each in way]),
            self.services[clients.service],
            0,
        )
        population.everybody = [Client(population, i) for i in range(max(1, most * population.stride))]
        return population

    def _change(self, world: World) -> None:
        """From now on these are the world's numbers."""
        ages = {name: population.ages.as_said() for name, population in self.populations.items()}
        for name, population in self.populations.items():
            clients = _clients_of(world, name)
            if isinstance(population, AtARate | OneByOne):
                population.change(clients)
            else:
                population.clients = clients
        for name, gate in self.gates.items():
            gate.change(world.crossings[name])
        before = {name: service.noun.instances_count for name, service in self.services.items()}
        for name, service in self.services.items():
            service.change(world.services[name])
        for population in self.populations.values():
            if isinstance(population, Checks):
                population.appear(before[population.service.name])
        for name, population in self.populations.items():
            population.ages.change(ages[name])

    def _reconnect(self, trigger: Trigger) -> None:
        """All clients of a population make their connections anew."""
        population = self.populations[trigger.reconnect]
        count = population.clients.population_count * population.stride
        population.break_connections(count, spread_ns=ns(trigger.reconnect_spread_s))

    # -- time zero ---------------------------------------------------------------------------

    def begin(self, before: Before) -> None:
        """Let everything stand that was there before, and everybody begin."""
        for population in self.populations.values():
            if isinstance(population, AtARate | OneByOne):
                population.begin()
        for device in (device for gate in self.gates.values() for device in gate.devices):
            device.let_stray()
        self._keep_connections()
        self._hold_what_is_over(before)
        for name, until_ns in before.names_until_ns.items():
            for client, each_ns in zip(self.populations[name].everybody, until_ns, strict=True):
                client.name_known_until_ns = each_ns
        for population in self.populations.values():
            if isinstance(population, AtARate | OneByOne | Calls):
                population.stand()

    def _hold_what_is_over(self, before: Before) -> None:
        """Let flows from before the run hold their entries and ports."""
        for answered, held in ((True, before.entries), (False, before.strays)):
            for (name, i), count in held.items():
                gate = self.gates[name]
                gate.devices[i].flows.hold_old_entries(gate.crossing, count, answered=answered)
        for (name, i, service, source), count in before.ports.items():
            gate, noun = self.gates[name], self.services[service].noun
            gate.devices[i].flows.hold_old_ports(gate.crossing, service, noun, source, count)

    def _keep_connections(self) -> None:
        """Enter connections from before: where not all fit each population has its share, in small parts."""
        for turn in range(TURNS_COUNT):
            for population in self.populations.values():
                count = population.clients.population_count * population.stride * population.is_kept
                for i in range(turn * count // TURNS_COUNT, (turn + 1) * count // TURNS_COUNT):
                    self._keep_connection(population, population.everybody[i])

    def _keep_connection(self, population: Population, client: Client) -> None:
        service = population.service
        if service.noun.instances_count == 0 or not service.has_connections_left:
            return
        if not population.stood(client):
            return
        exchange = Exchange(None)
        exchange.request_seen = exchange.request_acked = exchange.answer_got = exchange.answer_acked = True
        name = (population.index, -1 - client.number, 0)  # of no request of the run
        connection = Connection(population, client, exchange, name, is_kept=True)
        if isinstance(service, Fleet) and service.is_choosing:
            service = service.choose(connection, name) or service
            if service.noun.instances_count == 0 or not service.has_connections_left:
                return
        if not connection.stand():
            return
        service.connections_count += 1
        service.weigh()
        client.connection = connection
        population.ages.stand(client)


def simulate_by_packets(
    file: WorldFile,
    chance: Chance,
    order: tuple[str, ...],
    *,
    before: Before,
    look_ns: int,
    looks_a_bin: int,
    script: Script | None = None,
) -> Series:
    """Return what happens in `file` until its horizon, bin by bin; with an activity, by its `script`.

    Raises
    ------
    NotImplementedError
        If the world uses what the twin does not know.
    """
    stage = Stage(file, chance, order, script)
    crossings = {name: CrossingLooks(gate, stage.services) for name, gate in stage.gates.items()}
    services = {name: ServiceLooks(service) for name, service in stage.services.items()}
    populations = {name: PopulationLooks(each) for name, each in stage.populations.items()}
    looked_at = [*crossings.values(), *services.values(), *populations.values()]
    Looks(stage.agenda, looked_at, look_ns, looks_a_bin)
    stage.begin(before)
    stage.agenda.run(ns(file.world.horizon_s))
    return Series(
        crossings={name: each.bins for name, each in crossings.items()},
        populations={name: each.bins for name, each in populations.items()},
        services={name: each.bins for name, each in services.items()},
    )


def _who_changes(world: World, at_s: float) -> Trigger:
    """Return the trigger that begins or ends at a time."""
    return next(
        one for one in every_turn(world) if at_s in (one.at_s, one.at_s + (one.for_s or 0.0)) and one.set
    )


def _keeps_to(population: Population, service: str) -> bool:
    """Whether a population's connections break as an instance goes that shares a queue."""
    is_asking = isinstance(population, Calls | AtARate | OneByOne) and not population.is_check
    return is_asking and population.is_kept and population.service.name == service


def _keeps(population: Population, service: str) -> bool:
    """Whether a population's connections break as an instance goes that has a queue of its own."""
    is_asking = isinstance(population, Calls) or population.clients.demand.kind in {"open", "closed"}
    return is_asking and population.is_kept and population.service.name == service


def _holds(population: Population, service: str) -> bool:
    """Whether a population's connections break as an instance of a service restarts."""
    if isinstance(population, Calls):
        mine = population.service.name == service or population.name.startswith(f"{service}/")
        return population.is_kept and mine
    is_asking = population.clients.demand.kind in {"open", "closed"} and not population.is_check
    return is_asking and population.service.name == service


def _clients_of(world: World, name: str) -> Clients:
    """Return the behaviour of a population, in the words of clients."""
    owner, part, number = (*name.split("/"), "", "0")[:3]
    if part == "":
        clients = world.clients[owner]
        if clients.demand.kind == "closed" and clients.connection == "pool":
            # Each connection of the pool becomes a client that asks that much less often.
            limit = clients.limit
            return replace(
                clients,
                limit=limit
                and replace(
                    limit,
                    rate_per_s=limit.rate_per_s / clients.pool_count,
                    burst_count=max(limit.burst_count // clients.pool_count, 1),
                ),
                population_count=clients.population_count * clients.pool_count,
                demand=replace(clients.demand, think_s=clients.demand.think_s * clients.pool_count),
                connection="keep_alive",
            )
        return clients
    nothing = Demand(kind="none")
    if part == "lookup":
        clients = world.clients[owner]
        asked = clients.lookup
        assert asked is not None
        again = RetryLayer(retries_count=asked.tries_count - 1, backoff="none", base_s=0.0)
        return replace(
            clients,
            service=asked.service,
            timeout_s=asked.timeout_s,
            timeout_law=asked.timeout_law,
            timeout_per="request",
            timeout_clock="connect",
            connection="per_request",
            demand=nothing,
            limit=None,
            on_connect=(),
            lookup=None,
            retry=RetryPolicy(layers=(again,)),
        )
    if part == "errand":
        clients = world.clients[owner]
        asked = clients.errands[int(number)]
        return replace(
            clients,
            service=asked.service,
            timeout_s=asked.timeout_s or clients.timeout_s,
            timeout_law=FIXED,
            request_size_bytes=None,
            answer_size_bytes=None,
            timeout_clock="connect",
            connection="per_request",
            demand=nothing,
            on_connect=(asked,),
            lookup=None,
            limit=None,
            retry=RetryPolicy(),
        )
    service = world.services[owner]
    if part == "call":
        call = service.calls[int(number)]
        running_count = service.instances_count + service.standby_count
        return Clients(
            network=service.network,
            service=call.service,
            population_count=running_count * places_count(pool_of(world, owner, call), service),
            timeout_s=call.timeout_s,
            timeout_law=call.timeout_law,
            request_size_bytes=call.request_size_bytes,
            answer_size_bytes=call.answer_size_bytes,
            connection=call.connection,
            limit=call.limit,
            connection_age=call.connection_age,
            demand=nothing,
            on_connect=call.on_connect,
            retry=call.retry,
        )
    return boots_of(service, int(number)) if part == "boot" else _checks_of(owner, service, int(number))


def _checks_of(owner: str, service: world_service.Service, number: int) -> Clients:
    """Return the behaviour of who checks a service, in the words of clients."""
    probe = service.health_probes[number]
    return Clients(
        network=probe.network,
        service=owner,
        population_count=service.instances_count,
        timeout_s=probe.timeout_s,
        timeout_law=probe.timeout_law,
        demand=Demand(kind="open", arrivals="paced"),
    )
