"""Limits that arithmetic alone can judge: closed forms, known before any engine runs.

Connections a service accepts, ports and table entries that kept connections hold, threads that an
instance keeps for its peers. Nobody needs a simulation to see that 120 × 20 is more than 2,000.
"""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.simulate.script import Script
from tidegate.world.clients import Clients
from tidegate.world.graph import route
from tidegate.world.world import World


@dataclass(frozen=True, kw_only=True)
class Exceeded:
    """A countable limit that is exceeded.

    Parameters
    ----------
    place_kind, place
        "crossing" or "service", and its name.
    says
        The clause that says so.
    """

    place_kind: str
    place: str
    says: str


def kept_connections(clients: Clients) -> int:
    """Return how many connections a population keeps open when all is well."""
    if clients.connection == "per_request":
        return 0
    return clients.population_count * (clients.pool_count if clients.connection == "pool" else 1)


def _at_service(name: str, says: str) -> Exceeded:
    return Exceeded(place_kind="service", place=name, says=says)


def _at_crossing(name: str, says: str) -> Exceeded:
    return Exceeded(place_kind="crossing", place=name, says=says)


def _services(world: World) -> dict[str, Exceeded]:
    said = {}
    for name, service in world.services.items():
        wanted = sum(kept_connections(c) for c in world.clients.values() if c.service == name)
        if service.connections_count is not None:
            accepted = service.connections_count * service.instances_count
            if wanted > accepted:
                said[f"{name} connections"] = _at_service(
                    name,
                    f"{service.title or name} accepts {accepted:,} connections, and {wanted:,} are wanted",
                )
        limit = service.peers_per_thread_count
        if limit is not None and service.instances_count - 1 > limit:
            said[f"{name} threads"] = _at_service(
                name,
                f"each instance of {service.title or name} keeps a thread for each of "
                f"{service.instances_count - 1:,} peers, and may have {limit:,}",
            )
    return said


def _crossings(world: World) -> dict[str, Exceeded]:
    said = {}
    for name, crossing in world.crossings.items():
        to: dict[str, int] = {}
        for clients in world.clients.values():
            passed = route(world, clients.network, world.services[clients.service].network) or ()
            if name in passed:
                to[clients.service] = to.get(clients.service, 0) + kept_connections(clients)
        if crossing.ports is not None:
            ports = crossing.ports.per_destination_count * crossing.devices_count
            for service, count in to.items():
                if count > ports:
                    said[f"{name} ports {service}"] = _at_crossing(
                        name,
                        f"{name} has {ports:,} ports towards {service}, and {count:,} connections are kept",
                    )
        if crossing.table is not None:
            free = crossing.table.entries_count - crossing.background.flows_count
            entries = free * crossing.devices_count
            if sum(to.values()) > entries:
                said[f"{name} table"] = _at_crossing(
                    name, f"{name} holds {entries:,} flows, and {sum(to.values()):,} connections are kept"
                )
    return said


def exceeded(script: Script) -> tuple[Exceeded, ...]:
    """Return the countable limits that the script exceeds, each as it stands at last."""
    said: dict[str, Exceeded] = {}
    for phase in script.phases:
        said |= _services(phase.world) | _crossings(phase.world)
    return tuple(said.values())


def exceeded_limits(script: Script) -> tuple[str, ...]:
    """Return, as clauses, the countable limits that the script exceeds."""
    return tuple(limit.says for limit in exceeded(script))
