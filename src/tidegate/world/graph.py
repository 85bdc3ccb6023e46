"""Paths through the world: which crossings traffic passes, and what shares a crossing's fate."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidegate.world.world import World


MOST_PASSED_COUNT = 4
"""So many crossings may lie on one way: the engine's rows have a place for each."""


def route(world: World, start: str, end: str) -> tuple[str, ...] | None:
    """Return the crossings passed from network `start` to network `end`, in order.

    The fewest crossings win; ties go to the name that sorts first. None means there is no way.
    """
    came_from: dict[str, tuple[str, str] | None] = {start: None}
    queue = deque([start])
    while queue and end not in came_from:
        here = queue.popleft()
        for name in sorted(world.crossings):
            ends = world.crossings[name].between
            if here in ends:
                there = ends[1] if here == ends[0] else ends[0]
                if there not in came_from:
                    came_from[there] = (here, name)
                    queue.append(there)
    if end not in came_from:
        return None
    passed: list[str] = []
    step = came_from[end]
    while step is not None:
        passed.append(step[1])
        step = came_from[step[0]]
    return tuple(reversed(passed))


@dataclass(frozen=True, kw_only=True)
class Dependency:
    """A service that another one needs.

    Parameters
    ----------
    service
        The service needed.
    via
        The services from the caller to it, both included.
    at_boot
        True where only new instances need it: some step of every way to it is a boot call.
    """

    service: str
    via: tuple[str, ...]
    at_boot: bool


@dataclass(frozen=True, kw_only=True)
class SharedFate:
    """Tooling or a customer segment that goes down with a crossing.

    Parameters
    ----------
    kind
        "tooling" or "segment".
    name
        Its name in the world.
    crossing
        The crossing its traffic passes.
    via
        The services that lead there, the one it uses first; empty where its own traffic to a
        network passes the crossing.
    start, end
        The networks between which the traffic passes.
    clients
        The population whose traffic it is; empty where it is the item's own or a service's.
    """

    kind: str
    name: str
    crossing: str
    via: tuple[str, ...]
    start: str
    end: str
    clients: str = ""


def depends_on(world: World, service: str) -> tuple[Dependency, ...]:
    """Return the services that `service` calls, directly or through others, the nearest first.

    What running instances need comes before what only new instances need.
    """
    running = _reached(world, {service: (service,)}, boot=False)
    booting = _reached(world, running, boot=True)
    found = [Dependency(service=name, via=via, at_boot=False) for name, via in running.items()]
    found += [
        Dependency(service=name, via=via, at_boot=True)
        for name, via in booting.items()
        if name not in running
    ]
    return tuple(dependency for dependency in found if dependency.service != service)


def _reached(world: World, begun: Mapping[str, tuple[str, ...]], *, boot: bool) -> dict[str, tuple[str, ...]]:
    """Return every service reached from those begun with, and the services passed on the way."""
    via = dict(begun)
    queue = deque(begun)
    while queue:
        name = queue.popleft()
        service = world.services[name]
        callees = [call.service for call in service.calls]
        callees += [call.service for call in service.boot.calls] if boot else []
        for callee in callees:
            if callee not in via:
                via[callee] = (*via[name], callee)
                queue.append(callee)
    return via


def shared_fate(world: World, crossings: Collection[str]) -> tuple[SharedFate, ...]:
    """Return the tooling and segments whose traffic passes one of the given crossings.

    A segment is touched through the services it uses: by their clients and by their calls.
    Tooling is touched by its own traffic to services and networks, and by those services' calls.
    What only new instances ask for does not count: running ones go on. Each item is named once
    for each crossing, with the shortest way that leads there.
    """
    found: dict[tuple[str, str, str], SharedFate] = {}
    for fate in (*_tooling_traffic(world), *_segment_traffic(world)):
        for crossing in route(world, fate.start, fate.end) or ():
            if crossing in crossings:
                found.setdefault((fate.kind, fate.name, crossing), replace(fate, crossing=crossing))
    return tuple(found.values())


def _tooling_traffic(world: World) -> Iterator[SharedFate]:
    for name, tooling in world.tooling.items():
        own = SharedFate(kind="tooling", name=name, crossing="", via=(), start=tooling.network, end="")
        for network in tooling.reaches:
            yield replace(own, end=network)
        for used in tooling.uses:
            yield replace(own, via=(used,), end=world.services[used].network)
        yield from _calls_traffic(world, own, tooling.uses)


def _segment_traffic(world: World) -> Iterator[SharedFate]:
    for name, segment in world.segments.items():
        own = SharedFate(kind="segment", name=name, crossing="", via=(), start="", end="")
        for service, via in _reached(world, {used: (used,) for used in segment.uses}, boot=False).items():
            for population, clients in world.clients.items():
                ends = [service] if clients.service == service else []
                ends += [clients.lookup.service] if ends and clients.lookup else []
                ends += [errand.service for errand in clients.errands] if ends else []
                for end in ends:
                    yield replace(
                        own,
                        via=via if end == service else (*via, end),
                        start=clients.network,
                        end=world.services[end].network,
                        clients=population,
                    )
        yield from _calls_traffic(world, own, segment.uses)


def _calls_traffic(world: World, own: SharedFate, uses: tuple[str, ...]) -> Iterator[SharedFate]:
    for service, via in _reached(world, {used: (used,) for used in uses}, boot=False).items():
        for call in world.services[service].calls:
            yield replace(
                own,
                via=(*via, call.service),
                start=world.services[service].network,
                end=world.services[call.service].network,
            )


def _asking(world: World) -> Iterator[tuple[str, str]]:
    """Yield where somebody stands who asks, and the service that is asked."""
    for clients in world.clients.values():
        yield clients.network, clients.service
        if clients.lookup:
            yield clients.network, clients.lookup.service
        for errand in clients.errands:
            yield clients.network, errand.service
    for service in world.services.values():
        for call in service.calls:
            yield service.network, call.service
            for opening in call.on_connect:
                yield service.network, opening.service or call.service
        for boot_call in service.boot.calls:
            yield service.network, boot_call.service


def asked_services(world: World) -> frozenset[str]:
    """Return the services of which anybody asks anything."""
    return frozenset(name for _, name in _asking(world))


def reached_over(world: World, crossing: str) -> tuple[str, ...]:
    """Return the services that somebody's traffic reaches through a crossing, in the order of the file."""
    found = {
        name
        for network, name in _asking(world)
        if crossing in (route(world, network, world.services[name].network) or ())
    }
    return tuple(name for name in world.services if name in found)
