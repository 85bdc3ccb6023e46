"""Which limits are exceeded by what stands at one time? Stocks: connections, ports, entries, threads.

Connections that a service accepts, ports and table entries that connections hold and, after them, their
hold-down, open flows that an admission lets in, threads that an instance keeps for its peers. Nobody
needs a simulation to see that 120 × 20 is more than 2,000.

An autoscaler adds instances with its load: to those that call, and to those that accept.

Shortcut: means; what makes clients come back is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from tidegate.evaluate.arithmetic.limit import Limit, about, busiest
from tidegate.evaluate.arithmetic.load import Stream, open_count, standing_count
from tidegate.world.crossing import Crossing, PortBlock, Ports
from tidegate.world.service import Service
from tidegate.world.world import World


class Closed(Protocol):
    """How many flows that have closed hold something."""

    def __call__(self, crossing: str, service: str, hold_s: float, of: str = "") -> float:
        """Return it of a crossing, a service (or ""), a hold, and one stream (or "")."""


class HeldPorts(Protocol):
    """How many flows that are over hold a port."""

    def __call__(self, crossing: str, service: str, holds_s: tuple[float, float], of: str = "") -> float:
        """Return it of a crossing, a service, holds (answered, not answered), and one stream (or "")."""


Unanswered = Callable[[str, float], float]
"""Given a crossing and a hold, how many flows that nobody ever answers hold an entry there."""


def _stock(
    place_kind: str, place: str, key: str, wanted: float, allowed: float, says: str, destination: str = ""
) -> Limit:
    return Limit(
        place_kind=place_kind,
        place=place,
        path=f"{place_kind}s.{place}.{key}",
        kind="stock",
        wanted=wanted,
        allowed=allowed,
        least_wanted=wanted,
        says=says,
        destination=destination,
    )


def _many(count: float) -> str:
    """Return a number of things: exact where it is whole, else the figures that a mean is worth."""
    return f"{count:,.0f}" if count == round(count) else f"about {about(count)}"


def _wanted(count: float, allowed: int) -> str:
    """Return how many are wanted; where the figures of a mean hide that these are too many, that they are."""
    hidden = count != round(count) and float(about(count).replace(",", "")) <= allowed < count
    return f"more than {allowed:,}" if hidden else _many(count)


def at_services(world: World, asked: Sequence[Stream]) -> Iterator[Limit]:
    """Yield the stocks of each service."""
    for name, service in world.services.items():
        title = service.title or name
        mine = tuple(one for one in asked if one.service == name)
        if service.accepted_count is not None:
            wanted = open_count(mine)
            instances_count = standing_count(world, name, mine, at_least=False)
            accepted = service.accepted_count * instances_count
            says = f"{title} accepts {accepted:,} connections{_reserved(service, instances_count)}, and "
            says += f"{_wanted(wanted, accepted)} are wanted"
            key = "connections"
            if service.accepted_count != service.let_in_count:
                key = "pooler.most"
                says = f"{title} has {accepted:,} server connections, one for each connection of a client "
                says += f"(session mode), and {_wanted(wanted, accepted)} are wanted"
            yield _stock("service", name, key, wanted, accepted, says)
        limit = service.peers_per_thread_count
        if limit is not None:
            peers = standing_count(world, name, mine) - 1
            says = f"each instance of {title} keeps a thread for each of {peers:,} peers, and may have "
            says += f"{limit:,}"
            yield _stock("service", name, "peers_per_thread", peers, limit, says)


def _reserved(service: Service, instances_count: int) -> str:
    """Return what a service keeps for others, in brackets; nothing where it keeps none."""
    if service.reserved_connections_count == 0 or service.connections_count is None:
        return ""
    kept = service.reserved_connections_count * instances_count
    return f" ({service.connections_count * instances_count:,}, of which {kept:,} are reserved)"


def at_crossings(
    world: World, asked: Sequence[Stream], *, closed: Closed, ports: HeldPorts, unanswered: Unanswered
) -> Iterator[Limit]:
    """Yield the stocks of each crossing."""
    for name, crossing in world.crossings.items():
        passing = [one for one in asked if name in one.way]
        yield from _ports(world, name, passing, ports)
        yield from _table(name, crossing, passing, closed, unanswered)
        limit = crossing.admission
        if limit is not None and limit.concurrent_count is not None:
            who, devices_count, share = busiest(name, crossing)
            wanted, allowed = open_count(passing) * share, limit.concurrent_count * devices_count
            strays = 0.0
            if crossing.table is not None:
                hold_s = crossing.table.unanswered_hold_s
                strays = unanswered(name, hold_s) / crossing.devices_count * devices_count
            says = f"{who} lets in {allowed:,} open flows, and {_wanted(wanted + strays, allowed)} are wanted"
            if strays:
                says += _strays(crossing.unanswered_per_s * devices_count, strays, hold_s, allowed)
            wanted += strays
            yield _stock("crossing", name, "admission.concurrent", wanted, allowed, says)


def _ports(world: World, name: str, passing: Sequence[Stream], held_ports: HeldPorts) -> Iterator[Limit]:
    crossing = world.crossings[name]
    if crossing.ports is None:
        return
    if crossing.ports.block is not None:
        yield from _blocks(world, name, crossing.ports, crossing.ports.block, passing, held_ports)
        return
    who, devices_count, share = busiest(name, crossing)
    each = crossing.ports.per_destination_count * crossing.ports.usable_ratio * devices_count
    for service in dict.fromkeys(one.service for one in passing):
        ports = int(each * world.services[service].addresses_count)
        mine = [one for one in passing if one.service == service]
        holds_s = (crossing.ports.hold_s, crossing.unanswered_port_hold_s)
        held = held_ports(name, service, holds_s) * share
        kept = open_count(mine) * share
        says = f"{who} has {ports:,} ports towards {service}, and {_kept_and_held(kept, held, 'ports')}"
        says += _unanswered(held > held_ports(name, service, holds_s[:1] * 2) * share, holds_s[1])
        yield _stock("crossing", name, "ports.per_destination", kept + held, ports, says, service)


def _blocks(
    world: World, name: str, ports: Ports, block: PortBlock, passing: Sequence[Stream], held_ports: HeldPorts
) -> Iterator[Limit]:
    """Say what each source has of a device's ports, and for how many sources there are any."""
    who, devices_count, share = busiest(name, world.crossings[name])
    most = block.least_count if block.most_count is None else max(block.most_count, block.least_count)
    path = "ports.block.least" if block.most_count is None else "ports.block.most"
    holds_s = (ports.hold_s, world.crossings[name].unanswered_port_hold_s)
    for service in dict.fromkeys(one.service for one in passing):
        mine = [one for one in passing if one.service == service and one.sources_count > 0]
        wanted: dict[str, tuple[float, float]] = {}
        lasting: dict[str, bool] = {}
        for one in mine:
            each = share / one.sources_count
            kept, held = wanted.get(one.source, (0.0, 0.0))
            mean = held_ports(name, service, holds_s, one.name)
            held += mean * each
            are_some = mean > held_ports(name, service, holds_s[:1] * 2, one.name)
            lasting[one.source] = lasting.get(one.source, False) or are_some
            wanted[one.source] = kept + open_count([one]) * each, held
        if wanted:
            source, (kept, held) = max(wanted.items(), key=lambda item: sum(item[1]))
            allowed = most * world.services[service].addresses_count * devices_count
            says = f"each {_source(world, source)} has {allowed:,} ports of {who} towards {service}, and "
            says += _kept_and_held(kept, held, "ports")
            says += _unanswered(lasting[source], holds_s[1])
            yield _stock("crossing", name, path, kept + held, allowed, says, service)
    sources = {one.source: one.sources_count for one in passing}
    asking = sum(sources.values())
    says = f"a device of {name} has {ports.per_destination_count:,} ports, which is enough for "
    says += (
        f"{ports.per_destination_count // block.least_count:,} sources with {block.least_count:,} each, and "
    )
    says += f"there are {asking:,}"
    needed = asking * block.least_count
    yield _stock("crossing", name, "ports.per_destination", needed, ports.per_destination_count, says)


def _source(world: World, name: str) -> str:
    """Return what a source is called: one client of a population, an instance of a service, a prober."""
    if name in world.clients:
        return f"of {world.clients[name].title or name}"
    if name in world.services:
        return f"instance of {world.services[name].title or name}"
    return f"prober ({name})"


def _table(
    name: str, crossing: Crossing, passing: Sequence[Stream], closed: Closed, unanswered: Unanswered
) -> Iterator[Limit]:
    table = crossing.table
    if table is None:
        return
    who, devices_count, share = busiest(name, crossing)
    entries = (table.entries_count - crossing.background.flows_count) * devices_count
    kept = open_count(passing) * share
    # A table that evicts has room for whoever comes, as long as closed flows are left to evict.
    held = 0.0 if table.when_full == "evict" else closed(name, "", table.closed_hold_s) * share
    says = f"{who} holds {entries:,} flows, and {_kept_and_held(kept, held, 'entries')}"
    strays = 0.0
    if not table.when_full.startswith("evict"):  # those have room for whoever comes as well
        strays = unanswered(name, table.unanswered_hold_s) / crossing.devices_count * devices_count
    if strays:
        says = f"{who} holds {entries:,} flows, and about {about(kept + held + strays)} entries are wanted"
        says += _strays(crossing.unanswered_per_s * devices_count, strays, table.unanswered_hold_s, entries)
    yield _stock("crossing", name, "table.entries", kept + held + strays, entries, says)


def _strays(per_s: float, count: float, hold_s: float, entries: int) -> str:
    """Say what holds so many entries, and when it has filled a table by itself."""
    said = f", about {about(count)} of them by flows that nobody answers, for {hold_s:.3g} s each"
    if per_s and count > entries:
        said += f": {per_s:,.0f}/s alone fill it in {entries / per_s:.3g} s"
    return said


def _unanswered(are_some: bool, hold_s: float) -> str:
    """Say that the ports of flows which nobody answered are held for longer, where there are some."""
    return f", those of flows that nobody answered for {hold_s:.3g} s each" if are_some else ""


def _kept_and_held(kept: float, held: float, of: str) -> str:
    """Return what is open and what closed flows still hold, as a clause."""
    if held == 0.0:
        return f"{_many(kept)} connections are kept"
    after = "by flows that have closed" if kept < 0.01 * held else f"{about(held)} of them by closed flows"
    return f"about {about(kept + held)} {of} are wanted, {after}"
