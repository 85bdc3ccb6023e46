"""What helps where flows that nobody answers fill a flow table or ports? Hold, eviction, a limit per source.

Those that fill a table come from nobody in the world; those that fill ports go to a service that is silent.

Shortcut: clients of the world are left half of the table or ports, and four times the new flows a second that
each of them wants on an ordinary day.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from tidegate.evaluate.arithmetic.downtime import longest_dark_s
from tidegate.evaluate.arithmetic.feedback.tries import Asking, tries
from tidegate.evaluate.arithmetic.load import kept_connections, requests_per_s
from tidegate.evaluate.arithmetic.work import way_of
from tidegate.evaluate.variants.doubt import doubts_of
from tidegate.evaluate.variants.scope import script_of
from tidegate.protect.offer import Knob, Offer
from tidegate.simulate.script import Script
from tidegate.world.clients import Clients
from tidegate.world.crossing import Ports, Table
from tidegate.world.file.overlay import overlay
from tidegate.world.world import World, WorldFile

LEAST_UNANSWERED_HOLD_S = 5.0
"""A handshake whose first packets were lost may still be answered so late."""
_LEFT = 0.5  # of the entries, for everybody else
_FAIR = 4.0
_LEAST_BURST = 10


def of_table(name: str, file: WorldFile, activity: str | None) -> list[Offer]:
    """Return what keeps such flows from filling the table of a crossing; nothing where they do not.

    As believed, else where a belief is wrong that nobody has measured: that a full table forgets them, say.
    """
    worlds = (file, *(overlay(file, under) for under in doubts_of(file.world).values()))
    return next(filter(None, (_of_full_table(name, one, activity) for one in worlds)), [])


def _of_full_table(name: str, file: WorldFile, activity: str | None) -> list[Offer]:
    crossing = file.world.crossings[name]
    phases = script_of(file, activity).phases
    most_per_s = max(phase.world.crossings[name].unanswered_per_s for phase in phases)
    table = crossing.table
    if table is None or most_per_s == 0.0 or table.when_full.startswith("evict"):
        return []
    room = _LEFT * (table.entries_count - crossing.background.flows_count)
    if most_per_s * table.unanswered_hold_s <= room:
        return []
    offers = list(_shorter_hold(name, table, room / most_per_s))
    path = f"crossings.{name}.table.when_full"
    called = f"eviction of unanswered flows at {name}"
    offers.append(Offer(name=called, changes={path: "evict_unanswered"}, refuses=0))
    limited = crossing.admission is not None and crossing.admission.per_source_per_s is not None
    if crossing.background.unanswered_sources_count is not None and not limited:
        offers.append(_fairness(name, file.world))
    return offers


def _shorter_hold(name: str, table: Table, enough_s: float) -> Iterator[Offer]:
    path = f"crossings.{name}.table.unanswered_hold"
    shorter_s = max(LEAST_UNANSWERED_HOLD_S, enough_s)
    if shorter_s < table.unanswered_hold_s:
        hold_s = table.unanswered_hold_s
        knob = Knob(path=path, least=1.0, most=hold_s / shorter_s, scale=hold_s, grows=False)
        called = f"shorter hold of unanswered flows at {name}"
        yield Offer(name=called, changes={path: knob.value(knob.most)}, refuses=0, knob=knob)


def of_ports(name: str, file: WorldFile, activity: str | None) -> list[Offer]:
    """Return what keeps attempts at a silent service from taking all ports of a crossing."""
    script, crossing = script_of(file, activity), file.world.crossings[name]
    ports = crossing.ports
    if ports is None:
        return []
    hold_s = crossing.unanswered_port_hold_s
    each = [_of_silence(name, script, service, hold_s) for service in _silent(script)]
    most_per_s, held_s = max(each, key=math.prod, default=(0.0, 0.0))
    key, count = _room(ports)
    room = _LEFT * count * ports.usable_ratio
    if most_per_s * held_s <= room:
        return []
    path = f"crossings.{name}.ports"
    shorter_s, offers = max(LEAST_UNANSWERED_HOLD_S, room / most_per_s), []
    if shorter_s < hold_s:
        times = hold_s / shorter_s
        knob = Knob(path=f"{path}.unanswered_hold", least=1.0, most=times, scale=hold_s, grows=False)
        called = f"shorter hold of the ports of unanswered flows at {name}"
        offers.append(Offer(name=called, changes={knob.path: knob.value(times)}, refuses=0, knob=knob))
    needed = math.ceil(most_per_s * held_s / (_LEFT * ports.usable_ratio))
    knob = Knob(path=f"{path}.{key}", least=1.0, most=needed / count, scale=float(count), whole=True)
    called = f"ports of {name} for unanswered flows"
    return [*offers, Offer(name=called, changes={knob.path: float(needed)}, refuses=0, knob=knob)]


def _silent(script: Script) -> list[str]:
    """Return the services that answer nobody for a while."""
    found = {
        name: one for phase in script.phases for name, one in phase.world.services.items() if one.is_silent
    }
    return list(found)


def _of_silence(name: str, script: Script, service: str, hold_s: float) -> tuple[float, float]:
    """Return the attempts a second at a silent service for one lot of ports, and how long they add up."""
    crossing, world = script.phases[0].world.crossings[name], script.phases[0].world
    dark_s = longest_dark_s(script, service)
    asking = [
        one
        for one in world.clients.values()
        if one.service == service and name in way_of(world, one.network, service)
    ]
    per_s = sum(_attempts_per_s(world, one, dark_s) for one in asking) * crossing.busiest_share_ratio
    if crossing.ports is not None and crossing.ports.block is not None:  # each source has its own
        per_s /= max((one.population_count for one in asking), default=1) or 1
    return per_s / world.services[service].addresses_count, min(dark_s, hold_s)


def _room(ports: Ports) -> tuple[str, int]:
    """Return where it is said how many ports those have who share them, and how many."""
    if ports.block is None:
        return "per_destination", ports.per_destination_count
    if ports.block.most_count is None:
        return "block.least", ports.block.least_count
    return "block.most", ports.block.most_count


def _attempts_per_s(world: World, clients: Clients, dark_s: float) -> float:
    """Return the attempts a second of a population whose every attempt ends unanswered, for so long."""
    per_s = requests_per_s(world, clients, waiting_s=clients.timeout_s)
    asking = Asking(clients_count=clients.population_count, requests_per_s=per_s)
    made = tries(clients.retry, clients.timeout_s, dark_s, asking)
    return min(per_s * made.count, made.most_per_s)


def _fairness(name: str, world: World) -> Offer:
    """Return a limit per source before the table that leaves each client what it wants."""
    users = [one for one in world.clients.values() if name in way_of(world, one.network, one.service)]
    wanted_per_s = max((_each_per_s(world, one) for one in users), default=0.0)
    burst = max([_LEAST_BURST, *(one.pool_count for one in users if one.connection == "pool")])
    path = f"crossings.{name}.admission"
    changes: dict[str, object] = {
        f"{path}.per_source": float(f"{max(_FAIR * wanted_per_s, 1.0):.3g}"),
        f"{path}.per_source_burst": burst,
    }
    return Offer(name=f"a limit per source before the table of {name}", changes=changes, refuses=2)


def _each_per_s(world: World, clients: Clients) -> float:
    """Return the new flows a second that one client wants."""
    opens = kept_connections(clients) == 0 and clients.population_count
    return requests_per_s(world, clients) / clients.population_count if opens else 0.0
