"""The reference simulator: small coarse worlds, one object a noun, written to be read.

It says a second time, independently, what a world means. It knows the nouns and the readable client
(`tidegate.behaviour`) and nothing of the engines; it is slow and leaves out much (kept connections, flow
tables, ports, calls, lookups, health checks, packets), and what it leaves out it refuses.
"""

from __future__ import annotations

from dataclasses import replace

from reference.agenda import Agenda, ns
from reference.chance import Chance
from reference.device import Gate
from reference.path import Path
from reference.population import Counts, Population
from reference.station import Station
from tidegate.world.clients import Clients
from tidegate.world.crossing import Crossing
from tidegate.world.file.overlay import overlay
from tidegate.world.graph import route
from tidegate.world.service import Service
from tidegate.world.trigger import Trigger
from tidegate.world.world import World, WorldFile


def simulate_by_objects(file: WorldFile, chance: Chance) -> dict[str, Counts]:
    """Return what becomes of each population of `file` within its horizon.

    Raises
    ------
    NotImplementedError
        If the world uses what the reference does not know.
    """
    world = file.world
    _refuse_unknown(world)
    agenda = Agenda()
    gates = {name: Gate(chance, crossing) for name, crossing in world.crossings.items()}
    stations = {name: Station(agenda, chance, service) for name, service in world.services.items()}
    populations = {
        name: Population(agenda, chance, name, clients, _path(agenda, world, clients, gates, stations))
        for name, clients in world.clients.items()
    }

    def change(now: World) -> None:
        for name, gate in gates.items():
            gate.change(now.crossings[name])
        for name, station in stations.items():
            station.change(now.services[name])
        for name, population in populations.items():
            population.change(now.clients[name])

    for at_s, later in changes(file):
        agenda.at(ns(at_s), lambda later=later: change(later))
    for population in populations.values():
        population.begin()
    agenda.run(ns(world.horizon_s))
    return {name: population.counts for name, population in populations.items()}


def _path(
    agenda: Agenda, world: World, clients: Clients, gates: dict[str, Gate], stations: dict[str, Station]
) -> Path:
    way = route(world, clients.network, world.services[clients.service].network) or ()
    return Path(agenda, [gates[name] for name in way], stations[clients.service])


def every_turn(world: World) -> list[Trigger]:
    """Return each turn of each trigger as a trigger of its own; a turn is whole or is not."""
    turns = []
    for trigger in world.triggers.values():
        at_s, count = trigger.at_s, 0
        while count == 0 or at_s + (trigger.every_s or 0.0) <= world.horizon_s:
            turns.append(replace(trigger, at_s=at_s))
            count += 1
            if trigger.every_s is None or count == trigger.times_count:
                break
            at_s = trigger.at_s + count * trigger.every_s
    return turns


def changes(file: WorldFile) -> list[tuple[float, World]]:
    """Return when triggers begin or end, and the world from then on: its text with those in force."""
    triggers = sorted(every_turn(file.world), key=lambda each: each.at_s)
    ends_s = {each.at_s + each.for_s for each in triggers if each.for_s is not None}
    changes = []
    for at_s in sorted({each.at_s for each in triggers} | ends_s):
        in_force = [
            each.set
            for each in triggers
            if each.at_s <= at_s and (each.for_s is None or at_s < each.at_s + each.for_s)
        ]
        paths = {path: value for paths in in_force for path, value in paths.items()}
        changes.append((at_s, overlay(file, paths).world))
    return changes


def _refuse_unknown(world: World) -> None:
    beyond = world.detail != "coarse"
    beyond = beyond or any(trigger.reconnect for trigger in world.triggers.values())
    beyond = beyond or any(_is_beyond_clients(each) for each in world.clients.values())
    beyond = beyond or any(_is_beyond_service(each) for each in world.services.values())
    if beyond or any(_is_beyond_crossing(each) for each in world.crossings.values()):
        raise NotImplementedError("the reference simulator does not know all that this world uses")


def _is_beyond_clients(clients: Clients) -> bool:
    return (
        clients.connection != "per_request"
        or clients.timeout_clock != "connect"
        or clients.late_replies != "ignored"
        or clients.demand.unserved != "lost"
        or clients.demand.kind == "none"
        or clients.lookup is not None
    )


def _is_beyond_service(service: Service) -> bool:
    return (
        service.connections_count is not None
        or service.peers_per_thread_count is not None
        or service.setup_time_s > 0
        or service.autoscaler is not None
        or bool(service.calls or service.health_probes)
    )


def _is_beyond_crossing(crossing: Crossing) -> bool:
    limit = crossing.admission
    return (
        crossing.setup_processor != "shared"
        or crossing.table is not None
        or crossing.ports is not None
        or (limit is not None and limit.concurrent_count is not None)
    )
