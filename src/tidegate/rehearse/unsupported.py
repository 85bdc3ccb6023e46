"""Which parts of a world has the rig no means for? All of them at once, each at its path.

Nothing here leaves anything out: whoever wants to go on without a part says so and takes it out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from tidegate.errors import Fault
from tidegate.rehearse.asked_beside import why_no_boot_call, why_no_call, why_no_lookup, why_no_pooler
from tidegate.rehearse.block_plan import why_no_blocks
from tidegate.rehearse.device_plan import set_up_packets, sets_up_apart
from tidegate.rehearse.ground import MOST_DEVICES, MOST_NETWORKS, moved_ratio
from tidegate.rehearse.growth import MOVED_TOLERANCE, why_no_growth
from tidegate.rehearse.limit_plan import counts_sources
from tidegate.rehearse.scaling import why_no_scaler
from tidegate.rehearse.sizes import why_no_link
from tidegate.rehearse.stray_plan import MOST_STRAYS_PER_S
from tidegate.simulate.script import Script
from tidegate.world.catalogue.entries import syn_schedules
from tidegate.world.clients import Clients
from tidegate.world.crossing import Crossing, Ports
from tidegate.world.graph import route
from tidegate.world.service import Service
from tidegate.world.world import World

MOST_PORTS = 64512
MOST_CLIENTS = 15_000
MOST_SET_UP_PACKETS = 1000.0
MOST_INSTANCES = 100_000

LINEAR_SYNS = {(1, 2, 3, 4, 5, 7, 11, 19, 35, 68): (4, 6), (1, 3, 7, 15, 31, 63): (0, 6)}
"""Linux's settings (linear time-outs, retries) for each schedule it can be given."""


def unsupported(world: World) -> tuple[Fault, ...]:
    """Return everything in a world that cannot be rehearsed, as faults with their paths."""
    found: list[Fault] = []
    if len(world.networks) > MOST_NETWORKS:
        found.append(Fault(what=f"more than {MOST_NETWORKS} networks", kind="statement", path="networks"))
    devices_count = sum(crossing.devices_most_count for crossing in world.crossings.values())
    if devices_count > MOST_DEVICES:
        found.append(
            Fault(what=f"more than {MOST_DEVICES} devices in all", kind="statement", path="crossings")
        )
    for name, trigger in world.triggers.items():
        if trigger.every_s is not None:
            what = "cannot be rehearsed: what comes again; a rehearsal is one turn"
            found.append(Fault(what=what, path=f"triggers.{name}.every"))
    for name, crossing in world.crossings.items():
        found += _at(f"crossings.{name}", _crossing(crossing, world))
        found += _at(f"crossings.{name}", (("bandwidth", why) for why in why_no_link(world, name)))
        if why := why_no_growth(world, name):
            what = f"devices that grow by themselves, since {why}"
            found += _at(f"crossings.{name}", iter([("scaler", what)]))
    for name, service in world.services.items():
        found += _at(f"services.{name}", _service(service))
        found += _at(f"services.{name}", _asking(world, name))
        if why := why_no_scaler(world, name):
            found += _at(f"services.{name}", iter([("autoscaler", f"an autoscaler, since {why}")]))
    for name, clients in world.clients.items():
        found += _at(f"clients.{name}", _clients(clients, world))
    return tuple(found)


def unsupported_changes(script: Script) -> tuple[Fault, ...]:
    """Return what cannot be rehearsed in any phase of a script, or in the way from one to the next."""
    found: dict[str, Fault] = {}
    first = script.phases[0].world
    for phase in script.phases:
        for fault in unsupported(phase.world):
            found.setdefault(str(fault), fault)
        for fault in _parts_changes(first, phase.world):
            found.setdefault(fault.path, fault)
    for fault in _kept_by_instances(script):
        found.setdefault(fault.path, fault)
    for fault in _devices_changes(script):
        found.setdefault(fault.path, fault)
    for fault in _kept_in_turn(script):
        found.setdefault(fault.path, fault)
    for wave in script.waves:
        if wave.cold and _resumes(first, wave.clients):
            path = f"clients.{wave.clients}"
            what = "clients that lose their TLS sessions: the rig's servers cannot tell them from others"
            found.setdefault(path, Fault(what=what, path=path))
    return tuple(found.values())


def _parts_changes(first: World, now: World) -> Iterator[Fault]:
    """Say which parts of devices come or go while it runs."""
    for name, crossing in now.crossings.items():
        if sets_up_apart(crossing) != sets_up_apart(first.crossings[name]):
            what = "a set-up processor that comes or goes while it runs"
            yield Fault(what=what, path=f"crossings.{name}.setup_processor")
        was_linked = first.crossings[name].bandwidth_bit_per_s is not None
        if was_linked != (crossing.bandwidth_bit_per_s is not None):
            what = "a link that comes or goes while it runs"
            yield Fault(what=what, path=f"crossings.{name}.bandwidth")


def _kept_by_instances(script: Script) -> Iterator[Fault]:
    """Say whose kept connections break with instances that go: the rig's clients make others later."""
    first = script.phases[0].world
    for name, service in first.services.items():
        counts = {phase.world.services[name].instances_count for phase in script.phases}
        goes = len(counts) > 1 or any(one.service == name for one in script.replacements)
        goes = goes or service.memory is not None
        if service.balancing is None or not goes:
            continue
        for population, clients in first.clients.items():
            if clients.service == name and clients.connection != "per_request":
                what = f"connections kept to instances of {name} with queues of their own, that come and go"
                yield Fault(what=f"cannot be rehearsed: {what}", path=f"clients.{population}.connection")


def _kept_in_turn(script: Script) -> Iterator[Fault]:
    """Say whose connections break as instances go in their turn: who keeps them cannot know when that is."""
    turn, world = script.in_turn, script.phases[0].world
    if turn is None or not turn.service or not any(wave.in_turn for wave in script.waves):
        return
    what = f"cannot be rehearsed: connections kept to instances of {turn.service} of which the next goes as "
    what += "one is ready (at_once_most)"
    for wave in script.waves:
        if wave.in_turn and wave.kind == "reconnect" and wave.share_ratio > 0.0:
            yield Fault(what=what, path=f"clients.{wave.clients}.connection")
    for name, service in world.services.items():
        for i, call in enumerate(service.calls):
            if call.connection == "keep_alive" and turn.service in {name, call.service}:
                yield Fault(what=what, path=f"services.{name}.calls.{i}.connection")


def _devices_changes(script: Script) -> Iterator[Fault]:
    for before, after in pairwise(script.phases):
        for name, crossing in after.world.crossings.items():
            yield from _devices_change(name, before.world.crossings[name], crossing)


def _devices_change(name: str, before: Crossing, after: Crossing) -> Iterator[Fault]:
    """Say what cannot be set on the rig when devices come or go: which flows move, and what they keep."""
    if before.devices_count == after.devices_count:
        return
    moved = moved_ratio(before, after)
    if after.flow_state == "kept":
        path = f"crossings.{name}.flow_state"
        yield Fault(what="cannot be rehearsed: flows that another device carries on", path=path)
    elif abs(after.remapped_ratio - moved) > MOVED_TOLERANCE:
        yield Fault(
            what="cannot be rehearsed: which flows another device gets; Linux has a rule of its own",
            kind="statement",
            path=f"crossings.{name}.remapped",
            value=f"{100 * after.remapped_ratio:.3g}%",
            allowed=f"{100 * moved:.3g}%, from {before.devices_count} devices to {after.devices_count}",
        )


def linux_syn_settings(clients: Clients) -> tuple[int, int] | None:
    """Return tcp_syn_linear_timeouts and tcp_syn_retries for a population; None where Linux has none."""
    schedule = tuple(syn_schedules()[clients.syn])
    if not schedule and clients.longest_timeout_s <= 1.0:
        return 0, 1  # never sent again before the time-out ends it
    return LINEAR_SYNS.get(tuple(round(second) for second in schedule))


def _at(path: str, parts: Iterator[tuple[str, str]]) -> list[Fault]:
    return [Fault(what=f"cannot be rehearsed: {what}", path=f"{path}.{key}") for key, what in parts]


def _crossing(crossing: Crossing, world: World) -> Iterator[tuple[str, str]]:
    if crossing.queue_when_full == "visible":
        yield "queue_when_full", "a queue of Linux drops silently when it is full"
    if set_up_packets(crossing) > MOST_SET_UP_PACKETS:
        yield "setup", f"a first packet that costs more than {MOST_SET_UP_PACKETS:g} others"
    yield from _background(crossing)
    if crossing.ports is not None:
        yield from _ports(crossing.ports)
        yield from _one_timer(crossing, crossing.ports)
        services = {clients.service for clients in world.clients.values()}
        sources_count = sum(clients.population_count for clients in world.clients.values())
        for why in why_no_blocks(crossing.ports, sources_count, len(services)):
            yield "ports.block", why
    if crossing.table is not None and crossing.table.when_full == "evict_unanswered":
        yield "table.when_full", "a table that forgets unanswered flows first: the rig's forgets none or all"
    if crossing.table is not None and crossing.table.idle_timeout_s < world.horizon_s:
        yield "table.idle_timeout", "flows that are forgotten within the run because they are idle"
    limit = crossing.admission
    if limit is not None and limit.per_source_per_s is not None and crossing.devices_most_count > 1:
        yield "admission.per_source", "one limit per client kept by several devices together"


def _ports(ports: Ports) -> Iterator[tuple[str, str]]:
    if ports.per_destination_count > MOST_PORTS:
        yield "ports.per_destination", f"more than {MOST_PORTS} ports for one destination"
    if ports.hold_s == 0.0 and ports.when_full == "refuse":
        yield "ports.when_full", "a reset when no port is free; Linux drops"
    if ports.usable_ratio < 1.0:
        yield "ports.usable", "ports that fail before the last is taken"


def _one_timer(crossing: Crossing, ports: Ports) -> Iterator[tuple[str, str]]:
    """Say where the kernel, which frees ports by itself, would have to keep one longer than its entry."""
    entry_s = None if crossing.table is None else crossing.table.unanswered_hold_s
    if ports.hold_s == 0.0 and entry_s not in {None, crossing.unanswered_port_hold_s}:
        yield "ports.unanswered_hold", "ports of unanswered flows that are held for another time than entries"


def _background(crossing: Crossing) -> Iterator[tuple[str, str]]:
    background, limit, table = crossing.background, crossing.admission, crossing.table
    if background.packets_per_s > 0.0:
        yield "background", "background packets"
    if background.unanswered_per_s == 0.0:
        return
    here = "background.unanswered"
    if background.unanswered_per_s > MOST_STRAYS_PER_S:
        yield here, f"more than {MOST_STRAYS_PER_S:,.0f} flows a second to one device that nobody answers"
    if limit is not None and limit.concurrent_count is not None:
        yield here, "flows that nobody answers beside a limit of open flows: Linux counts them among those"
    if table is not None and table.when_full == "evict":
        yield here, "flows that nobody answers at a table that evicts: the rig's forgets none of them"


def _asking(world: World, name: str) -> Iterator[tuple[str, str]]:
    """Say what a service asks of others that the rig cannot."""
    service = world.services[name]
    for i, call in enumerate(service.calls):
        if why := why_no_call(world, name, call):
            yield f"calls.{i}", f"these calls, since {why}"
    for i, boot_call in enumerate(service.boot.calls):
        if why := why_no_boot_call(world, name, boot_call):
            yield f"boot.calls.{i}", f"these requests of new instances, since {why}"
    if why := why_no_pooler(world, name):
        yield "pooler", f"a pooler: {why}"


def _service(service: Service) -> Iterator[tuple[str, str]]:
    yield from _at_instances(service)
    if service.addresses_count > 1:
        yield "addresses", "a service with several addresses"
    if service.when_down in {"refuse", "wait"}:
        yield "when_down", "a service that is down and refuses or lets wait: the rig's is silent"
    if service.retry_after_s is not None:
        yield "retry_after", "refusals that say after how long to come back"
    if service.instances_count > MOST_INSTANCES:
        yield "instances", f"more than {MOST_INSTANCES} instances"


def _at_instances(service: Service) -> Iterator[tuple[str, str]]:
    if service.balancing is not None:
        yield from (("balancing", f"instances with queues of their own, {why}") for why in _no_fleet(service))
    for i, probe in enumerate(service.health_probes):
        here = f"health_probes.{i}"
        if probe.timeout_law.varies:
            yield f"{here}.timeout_law", "checks whose time-outs differ"
        if probe.initial_delay_s is not None:
            yield f"{here}.initial_delay", "checks that begin some time after an instance has started"
        if probe.startup is not None:
            yield f"{here}.startup", "start-up checks"
        if probe.restart_backoff is not None:
            yield f"{here}.restart_backoff", "restarts that wait"


def _no_fleet(service: Service) -> Iterator[str]:
    """Yield why the rig cannot give each instance of a service a queue of its own."""
    rule = service.balancing
    if rule is not None and rule.rule == "consistent_hash":
        yield "each client with its own: behind a device that translates nobody can tell them apart"
    if rule is not None and rule.removal_lag_s > 0.0:
        yield "used for a while after they have gone (removal_lag): the rig's balancer knows at once"
    if service.connections_count is not None and service.connections_when_full != "refuse":
        yield "where connections wait for one of them: they wait at one socket for all"
    if service.login is not None:
        yield "beside limits before log-in"
    if service.calls or service.boot.calls or service.pooler is not None:
        yield "that ask other services, each over connections of its own"
    if any(probe.on_failure != "eject" for probe in service.health_probes):
        yield "that checks restart or cut off"


def _clients(clients: Clients, world: World) -> Iterator[tuple[str, str]]:
    if why := why_no_lookup(world, clients):
        yield "lookup", f"name lookups, since {why}"
    yield from _connections(clients)
    if clients.population_count > MOST_CLIENTS:
        yield "population", f"more than {MOST_CLIENTS} clients"
    if linux_syn_settings(clients) is None:
        yield "syn", "this schedule of connection requests; Linux has no settings for it"
    others = [
        name
        for name, other in world.clients.items()
        if other.network == clients.network and linux_syn_settings(other) != linux_syn_settings(clients)
    ]
    if others:
        yield "syn", f"two schedules of connection requests in one network (the other: {others[0]})"
    far = world.services[clients.service].network
    for i, name in enumerate(route(world, clients.network, far) or ()):
        if i > 0 and counts_sources(world.crossings[name]):
            yield "network", f"the limit per source of {name} behind another device that translates addresses"


def _connections(clients: Clients) -> Iterator[tuple[str, str]]:
    """Say what of the connections that clients keep has no means on the rig."""
    if clients.errands:
        yield "on_connect", "another service that is asked before a connection is made"
    if clients.reset_at_most_every_s > 0.0:
        yield "reset_at_most_every", "clients that close an overdue connection only so often"
    if clients.idle_connect_every_s is not None:
        yield "idle_connect_every", "clients that connect with nothing to ask"


def _resumes(world: World, population: str) -> bool:
    return world.services[world.clients[population].service].resumption_ratio > 0.0
