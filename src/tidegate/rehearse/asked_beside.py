"""What is asked beside requests that the rig can show? Calls, what instances ask as they boot, names.

A service of the rig calls another over sockets of its own, from its own network. Reasons against that are
clauses; who leaves a call out and who refuses it is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.rehearse.device_plan import set_up_packets
from tidegate.world.boot import BootCall
from tidegate.world.clients import Clients
from tidegate.world.graph import route
from tidegate.world.service import Call, Service
from tidegate.world.world import World


def why_no_call(world: World, name: str, call: Call) -> str | None:
    """Return why the rig cannot make a call of a service; None where it can."""
    return next(_against_call(world, name, call), None)


def why_no_boot_call(world: World, name: str, call: BootCall) -> str | None:
    """Return why the rig cannot make a boot call of a service; None where it can."""
    return next(_against_boot_call(world, name, call), None)


def why_no_pooler(world: World, name: str) -> str | None:
    """Return why the rig cannot show that a service is a pooler; None where it can, or where it is none."""
    service = world.services[name]
    if service.pooler is None:
        return None
    if service.holds_sessions:
        return "a client's connection that holds a server connection as long as it lives"
    return next((why for call in service.calls if (why := why_no_call(world, name, call))), None)


def _against_call(world: World, name: str, call: Call) -> Iterator[str]:
    if call.cache is not None:
        yield "a cache may answer instead"
    if call.limit is not None:
        yield "its instances keep to a limit by themselves"
    if any(opening.is_errand_from(call.service) for opening in call.on_connect):
        yield "another service is asked before it connects"
    yield from _against(world, name, call.service)


def _against_boot_call(world: World, name: str, call: BootCall) -> Iterator[str]:
    if call.answer_size_bytes:
        yield "its answers have a size"
    yield from _against(world, name, call.service)


def _against(world: World, name: str, asked: str) -> Iterator[str]:
    service = world.services[name]
    if any(probe.on_failure != "eject" for probe in service.health_probes):
        yield "checks restart its instances"
    for crossing_name in route(world, service.network, world.services[asked].network) or ():
        crossing = world.crossings[crossing_name]
        if crossing.devices_count > 1:
            yield f"{crossing_name} has several devices, and only clients are spread over them"
        if crossing.admission is not None and crossing.admission.per_source_per_s is not None:
            yield f"{crossing_name} limits each source"
        if crossing.ports is not None and crossing.ports.block is not None:
            yield f"{crossing_name} has ports of each source, and knows clients alone"
        if set_up_packets(crossing) > 1.0:
            yield f"{crossing_name} charges a first packet more, and knows those of clients alone"


def callers_of(world: World) -> Iterator[tuple[str, str]]:
    """Yield the calls between services by the names that the engine gives them, and who makes each."""
    for name, service in world.services.items():
        for i in range(len(service.calls)):
            yield f"{name}/call/{i}", name


def counts_of_an_instance(service: Service, name: str) -> Iterator[tuple[str, int]]:
    """Yield the path and the value of each count that is one instance's own, of what it asks of others."""
    for i, call in enumerate(service.calls):
        if call.pool is not None:
            yield f"services.{name}.calls.{i}.pool.most", call.pool.most_count
            if call.pool.least_count:
                yield f"services.{name}.calls.{i}.pool.least", call.pool.least_count
    if service.pooler is not None:
        yield f"services.{name}.pooler.most", service.pooler.most_count
        if service.pooler.reserve_count:
            yield f"services.{name}.pooler.reserve", service.pooler.reserve_count
    for i, boot_call in enumerate(service.boot.calls):
        yield f"services.{name}.boot.calls.{i}.requests", boot_call.requests_count


def why_no_lookup(world: World, clients: Clients) -> str | None:
    """Return why the rig cannot show how clients look a name up; None where it can, or where they do not."""
    if clients.lookup is not None and clients.lookup.timeout_law.varies:
        return "a resolver has one time-out"
    return next(_against_lookup(world, clients), None)


def _against_lookup(world: World, clients: Clients) -> Iterator[str]:
    lookup = clients.lookup
    if lookup is None:
        return
    if lookup.queries_count > 2:
        yield "a name of more than two queries has several sockets"
    if asks(world.services[lookup.service]):
        yield "their resolver asks others"
    for name in route(world, clients.network, world.services[lookup.service].network) or ():
        crossing = world.crossings[name]
        admission, table = crossing.admission, crossing.table
        if crossing.setup_per_s is not None:
            yield f"{name} charges a first packet more, and knows those of connections alone"
        if crossing.ports is not None:
            yield f"Linux holds the ports of datagrams at {name} longer than the world says"
        if admission is not None and (admission.on_excess != "drop" or admission.rate_per_s is None):
            yield f"the limit of {name} knows connections alone"
        if admission is not None and (admission.concurrent_count or admission.per_source_per_s):
            yield f"the limit of {name} knows connections alone"
        if table is not None and (table.when_full != "drop" or table.closed_hold_s == 0.0):
            yield f"the table of {name} knows connections alone"


def resolvers(world: World) -> set[str]:
    """Return the services of which names are asked."""
    return {clients.lookup.service for clients in world.clients.values() if clients.lookup is not None}


def asks(service: Service) -> bool:
    """Whether a service asks anything of another."""
    return bool(service.calls or service.boot.calls)
