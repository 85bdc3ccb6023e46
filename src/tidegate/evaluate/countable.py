"""Limits that arithmetic alone can judge: closed forms, known before any engine runs.

Connections a service accepts, ports and table entries that kept connections hold, threads that an
instance keeps for its peers. Nobody needs a simulation to see that 120 × 20 is more than 2,000.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tidegate.simulate.script import Script
from tidegate.world.clients import Clients
from tidegate.world.graph import route
from tidegate.world.world import World


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A countable limit, and how much of it is wanted.

    Parameters
    ----------
    place_kind, place
        "crossing" or "service", and its name.
    path
        The key that sets it.
    wanted_count, allowed_count
        How many are wanted, and how many there may be.
    says
        The clause that says so where it is exceeded.
    """

    place_kind: str
    place: str
    path: str
    wanted_count: int
    allowed_count: int
    says: str


def kept_connections(clients: Clients) -> int:
    """Return how many connections a population keeps open when all is well."""
    if clients.connection == "per_request":
        return 0
    return clients.population_count * (clients.pool_count if clients.connection == "pool" else 1)


def _at_service(name: str, key: str, wanted: int, allowed: int, says: str) -> Limit:
    path = f"services.{name}.{key}"
    return Limit(
        place_kind="service", place=name, path=path, wanted_count=wanted, allowed_count=allowed, says=says
    )


def _at_crossing(name: str, key: str, wanted: int, allowed: int, says: str) -> Limit:
    path = f"crossings.{name}.{key}"
    return Limit(
        place_kind="crossing", place=name, path=path, wanted_count=wanted, allowed_count=allowed, says=says
    )


def _services(world: World) -> Iterator[tuple[str, Limit]]:
    for name, service in world.services.items():
        wanted = sum(kept_connections(c) for c in world.clients.values() if c.service == name)
        if service.connections_count is not None:
            accepted = service.connections_count * service.instances_count
            says = f"{service.title or name} accepts {accepted:,} connections, and {wanted:,} are wanted"
            yield f"{name} connections", _at_service(name, "connections", wanted, accepted, says)
        limit = service.peers_per_thread_count
        if limit is not None:
            peers = service.instances_count - 1
            says = (
                f"each instance of {service.title or name} keeps a thread for each of {peers:,} peers, "
                f"and may have {limit:,}"
            )
            yield f"{name} threads", _at_service(name, "peers_per_thread", peers, limit, says)


def _crossings(world: World) -> Iterator[tuple[str, Limit]]:
    for name, crossing in world.crossings.items():
        to: dict[str, int] = {}
        for clients in world.clients.values():
            passed = route(world, clients.network, world.services[clients.service].network) or ()
            if name in passed:
                to[clients.service] = to.get(clients.service, 0) + kept_connections(clients)
        if crossing.ports is not None:
            ports = crossing.ports.per_destination_count * crossing.devices_count
            for service, count in to.items():
                says = f"{name} has {ports:,} ports towards {service}, and {count:,} connections are kept"
                key = "ports.per_destination"
                yield f"{name} ports {service}", _at_crossing(name, key, count, ports, says)
        if crossing.table is not None:
            free = crossing.table.entries_count - crossing.background.flows_count
            entries, kept = free * crossing.devices_count, sum(to.values())
            says = f"{name} holds {entries:,} flows, and {kept:,} connections are kept"
            yield f"{name} table", _at_crossing(name, "table.entries", kept, entries, says)


def exceeded(script: Script) -> tuple[Limit, ...]:
    """Return the countable limits that the script exceeds, each as it stands at last."""
    return tuple(_over(script).values())


def _limits(script: Script) -> list[tuple[str, Limit]]:
    """Return the limits of each phase in turn, by a name that stays the same from phase to phase."""
    return [limit for phase in script.phases for limit in (*_services(phase.world), *_crossings(phase.world))]


def _over(script: Script) -> dict[str, Limit]:
    return {name: limit for name, limit in _limits(script) if limit.wanted_count > limit.allowed_count}


def exactly_full(script: Script) -> tuple[Limit, ...]:
    """Return the countable limits that the script comes to and does not exceed: nothing is left of them."""
    over = _over(script)
    full = {
        name: limit
        for name, limit in _limits(script)
        if 0 < limit.wanted_count == limit.allowed_count and name not in over
    }
    return tuple(full.values())


def exceeded_limits(script: Script) -> tuple[str, ...]:
    """Return, as clauses, the countable limits that the script exceeds."""
    return tuple(limit.says for limit in exceeded(script))
