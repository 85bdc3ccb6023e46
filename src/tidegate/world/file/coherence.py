"""Do the parts of a world fit each other? Names that exist, calls that end, networks that meet.

These hold for every world, changed by an overlay or not; what only an author can mean wrongly is
in `contradiction`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any

from tidegate.world.catalogue import entries
from tidegate.world.file.beside import cannot_be_together
from tidegate.world.file.faults import Faults, Path
from tidegate.world.file.shape import Shape, Slot, slots
from tidegate.world.graph import MOST_PASSED_COUNT, route
from tidegate.world.opening import MOST_OPENINGS, Opening
from tidegate.world.service import Service
from tidegate.world.world import World

Way = tuple[Path, str, str]


def check(world: World, faults: Faults) -> None:
    """Add every dangling name, circle of calls, and way between networks that does not exist."""
    _check_names(world, World, world, (), faults)
    _check_syn(world, faults)
    _check_circles(world, faults)
    _check_connecting(world, faults)
    _check_together(world, faults)
    if not _is_way_unknown(world, faults):
        _check_ways(world, faults)


def _is_way_unknown(world: World, faults: Faults) -> bool:
    """Whether what joins the networks could not be read, so that nothing follows from what is missing."""
    between = (("crossings", name, "between") for name in world.crossings)
    return faults.at(("crossings",)) or any(faults.within(path) for path in between)


def _check_together(world: World, faults: Faults) -> None:
    """Judge the activities that others state beside them."""
    for name, activity in world.activities.items():
        if activity.beside and not faults.within(("activities", name)):
            faults.take(cannot_be_together(world, name))


Openings = tuple[Path, tuple[Opening, ...], str]


def _openings(world: World) -> Iterator[Openings]:
    """Yield what new connections carry first: where it is stated, all of it, and to whom they are made."""
    for name, clients in world.clients.items():
        if clients.on_connect:
            yield ("clients", name, "on_connect"), clients.on_connect, clients.service
    for name, service in world.services.items():
        for index, call in enumerate(service.calls):
            if call.on_connect:
                yield ("services", name, "calls", index, "on_connect"), call.on_connect, call.service


def _check_connecting(world: World, faults: Faults) -> None:
    """Judge what new connections carry first: how much it is, and whether this detail shows it."""
    opened = list(_openings(world))
    for path, openings, home in opened:
        count = sum(opening.requests_count for opening in openings)
        if count > MOST_OPENINGS:
            allowed = f"at most {MOST_OPENINGS} requests"
            faults.add(path, "is more than a connection may carry first", value=count, allowed=allowed)
        knocks = path[0] == "clients" and world.clients[str(path[1])].idle_connect_every_s is not None
        if knocks or path[0] == "services":
            what = "names another service, which is not modelled "
            what += "beside idle_connect_every" if knocks else "for calls"
            for index, opening in enumerate(openings):
                if opening.is_errand_from(home):
                    faults.add((*path, index, "service"), what, value=opening.service, allowed=home)
    limited: list[Path] = [("services", name, "login") for name, one in world.services.items() if one.login]
    limited += [
        ("clients", name, "reset_at_most_every")
        for name, clients in world.clients.items()
        if clients.reset_at_most_every_s > 0.0
    ]
    for name, service in world.services.items():
        if service.login is not None and service.balancing is not None:
            what = "is not modelled beside balancing, where each instance has a queue of its own"
            allowed = f"one of the two: services.{name}.login, or services.{name}.balancing"
            faults.add(("services", name, "login"), what, allowed=allowed)
    for path in (*(path for path, _, _ in opened), *limited) if world.detail == "coarse" else ():
        faults.add(path, "is not modelled with detail coarse", allowed="detail: packet")


@cache
def _naming_slots(record: Any) -> tuple[Slot, ...]:
    """Return the keys of a noun that hold names of other nouns, or nouns that do."""
    return tuple(slot for slot in slots(record).values() if slot.names or _holds_names(slot.shape))


def _holds_names(shape: Shape) -> bool:
    if shape.item is not None:
        return _holds_names(shape.item)
    return shape.kind == "record" and bool(_naming_slots(shape.record))


def _check_names(world: World, record: Any, noun: Any, path: Path, faults: Faults) -> None:
    for slot in _naming_slots(record):
        value, here = getattr(noun, slot.name), (*path, slot.key)
        if slot.names:
            _check_name(getattr(world, slot.names), slot.names, value, here, faults)
        elif isinstance(value, tuple) and slot.shape.item:
            for index, part in enumerate(value):
                _check_names(world, slot.shape.item.record, part, (*here, index), faults)
        elif isinstance(value, Mapping) and slot.shape.item:
            for name, part in value.items():
                _check_names(world, slot.shape.item.record, part, (*here, name), faults)
        elif value is not None:
            _check_names(world, slot.shape.record, value, here, faults)


def _check_name(known: Mapping[str, Any], kind: str, value: object, path: Path, faults: Faults) -> None:
    if isinstance(value, tuple):
        for index, part in enumerate(value):
            _check_name(known, kind, part, (*path, index), faults)
    elif value and value not in known and not faults.at((kind,)):
        faults.add_name(path, f"names none of the {kind}", known, value=value)


def _check_syn(world: World, faults: Faults) -> None:
    known = entries.syn_schedules()
    for name, clients in world.clients.items():
        if clients.syn not in known:
            what = "names no SYN schedule of the catalogue"
            faults.add_name(("clients", name, "syn"), what, known, value=clients.syn)


def _check_circles(world: World, faults: Faults) -> None:
    """Follow calls depth first, without recursion: a file may state a very long chain."""
    done: set[str] = set()
    for start in world.services:
        trail: dict[str, Iterator[tuple[int, str]]] = {}
        if start not in done:
            trail[start] = _callees(world, start)
        while trail:
            name = next(reversed(trail))
            index, callee = next(trail[name], (-1, ""))
            if index < 0:
                done.add(name)
                del trail[name]
            elif callee in trail:
                path: Path = ("services", name, "calls", index, "service")
                circle = " → ".join((*islice(trail, list(trail).index(callee), None), callee))
                faults.add(path, "calls in a circle", value=circle, allowed="calls that end")
            elif callee in world.services and callee not in done:
                trail[callee] = _callees(world, callee)


def _callees(world: World, service: str) -> Iterator[tuple[int, str]]:
    return iter([(index, call.service) for index, call in enumerate(world.services[service].calls)])


def _check_ways(world: World, faults: Faults) -> None:
    shore = _shores(world)
    for path, start, end in _ways(world):
        if start in shore and end in shore and shore[start] != shore[end]:
            faults.add(
                path,
                "cannot be reached",
                value=f"no crossing leads from {start} to {end}",
                allowed=f"crossings that join {start} and {end}",
            )
        elif path[0] != "tooling" and len(world.crossings) > MOST_PASSED_COUNT:  # nothing is sent by tooling
            passed_count = len(route(world, start, end) or ())
            if passed_count > MOST_PASSED_COUNT:
                allowed = f"at most {MOST_PASSED_COUNT} on one way"
                faults.add(path, "passes too many crossings", value=passed_count, allowed=allowed)


def _shores(world: World) -> dict[str, str]:
    """Return for each network one network that stands for all those it can reach."""
    parent = {name: name for name in world.networks}

    def top(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for crossing in world.crossings.values():
        one, other = crossing.between
        if one in parent and other in parent:
            parent[top(one)] = top(other)
    return {name: top(name) for name in parent}


def _ways(world: World) -> Iterator[Way]:
    """Yield every way that traffic must find: where it is stated, from which network, to which."""
    homes = {name: service.network for name, service in world.services.items()}
    for name, clients in world.clients.items():
        yield ("clients", name, "service"), clients.network, homes.get(clients.service, "")
        if clients.lookup:
            path: Path = ("clients", name, "lookup", "service")
            yield path, clients.network, homes.get(clients.lookup.service, "")
        for index, opening in enumerate(clients.on_connect):
            if opening.service:
                path = ("clients", name, "on_connect", index, "service")
                yield path, clients.network, homes.get(opening.service, "")
    for name, service in world.services.items():
        yield from _service_ways(("services", name), service, homes)
    for name, tooling in world.tooling.items():
        for index, used in enumerate(tooling.uses):
            yield ("tooling", name, "uses", index), tooling.network, homes.get(used, "")
        for index, network in enumerate(tooling.reaches):
            yield ("tooling", name, "reaches", index), tooling.network, network


def _service_ways(path: Path, service: Service, homes: Mapping[str, str]) -> Iterator[Way]:
    for index, call in enumerate(service.calls):
        yield (*path, "calls", index, "service"), service.network, homes.get(call.service, "")
    for index, boot_call in enumerate(service.boot.calls):
        yield (*path, "boot", "calls", index, "service"), service.network, homes.get(boot_call.service, "")
    for index, probe in enumerate(service.health_probes):
        yield (*path, "health_probes", index, "network"), probe.network, service.network
