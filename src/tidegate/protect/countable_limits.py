"""Which countable limits stand in the way, and what of clients, devices or services meets them.

Connections that a service accepts, ports and entries of a device, threads for peers, ports held down:
sums over the world as believed, with each unmeasured belief wrong, and with each assumed number moved.
A limit is met by clients that ask for less first, and by raising it second.

Shortcut: what a device holds down is the clients' rate with nobody waiting, times the hold.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tidegate.evaluate.arithmetic.exceeded import exceeded
from tidegate.evaluate.arithmetic.limit import Limit
from tidegate.evaluate.arithmetic.load import requests_per_s, streams
from tidegate.evaluate.arithmetic.work import round_trip_s, way_of
from tidegate.evaluate.judging.fits import pool_of_at_most
from tidegate.evaluate.variants.doubt import share_of
from tidegate.evaluate.variants.margin import MARGIN_RATIO, margin_variants
from tidegate.evaluate.variants.scope import script_of
from tidegate.protect.offer import Knob, Offer
from tidegate.world.belief import Belief
from tidegate.world.clients import Clients
from tidegate.world.crossing import Crossing
from tidegate.world.file.overlay import overlay
from tidegate.world.file.value import value_at
from tidegate.world.pooling import pool_of
from tidegate.world.world import World, WorldFile

_LEFT = 0.5  # of a flow table, for flows that are open
LEAST_HOLD_S = 60.0
"""Linux keeps a closed connection for a minute; a port reused before is refused by the other side."""

_TITLES = {
    "connections": "more connections accepted by {}",
    "pooler.most": "more server connections of {}",
    "peers_per_thread": "higher thread limit of {}",
    "memory.limit": "more memory for each instance of {}",
    "ports.per_destination": "more ports of {}",
    "ports.block.least": "more ports for each source of {}",
    "ports.block.most": "more ports for each source of {}",
    "table.entries": "larger flow table of {}",
    "admission.concurrent": "more open flows let in by {}",
}


@dataclass(frozen=True, kw_only=True)
class Short:
    """A countable limit that is too low in some world.

    Parameters
    ----------
    limit
        As it is exceeded the furthest.
    needed_count
        What would have to stand at its path, believed wrong or not.
    share
        How much of what is wanted there is room for.
    """

    limit: Limit
    needed_count: int
    share: float


def _otherwise(file: WorldFile, activity: str | None) -> Iterator[tuple[Mapping[str, object], Belief | None]]:
    """Yield the worlds in which an activity has to hold, as overlays, and the belief wrong in each."""
    yield {}, None
    for belief in file.world.beliefs.values():
        if belief.basis != "measured":
            yield belief.counter, belief
    for variant in margin_variants(file, activity):
        yield variant.changes, None


def shortages(file: WorldFile, activity: str | None) -> tuple[Short, ...]:
    """Return the countable limits that are exceeded in some world, one for each path."""
    found: dict[str, Short] = {}
    for under, belief in _otherwise(file, activity):
        other = overlay(file, under).world
        over = exceeded(script_of(overlay(file, under), activity))
        for limit in (one for one in over if one.kind == "stock"):
            needed = _needed(other, limit)
            if belief is not None:
                needed /= share_of(file, under, limit.path) or 1.0  # so much of what is set takes effect
            needed = max(needed, float(value_at(file.world, limit.path)))  # never smaller than it is
            share = limit.allowed / max(limit.wanted, 1.0)
            short = Short(limit=limit, needed_count=_rounded_up(needed), share=share)
            before = found.get(limit.path, short)
            worst = max(before, short, key=lambda one: one.needed_count)
            found[limit.path] = replace(worst, share=min(before.share, share))
    return tuple(found.values())


def _needed(world: World, limit: Limit) -> float:
    """Return what would have to stand at the path of a limit in a world that exceeds it."""
    units = 1
    if limit.place_kind == "crossing":
        units = world.crossings[limit.place].devices_count
    elif limit.path.endswith(".connections"):
        units = max(world.services[limit.place].instances_count, 1)
    return float(value_at(world, limit.path)) + math.ceil((limit.needed - limit.allowed) / units)


def _rounded_up(value: float) -> int:
    """Return the next number of three figures that is no less."""
    step: int = 10 ** max(math.floor(math.log10(value)) - 2, 0)
    return math.ceil(value / step - 1e-9) * step


def crossings_of(world: World, clients: Clients) -> tuple[str, ...]:
    """Return the crossings on the way of a population."""
    return way_of(world, clients.network, clients.service)


def of_clients(file: WorldFile, activity: str | None, short: tuple[Short, ...]) -> list[Offer]:
    """Return smaller pools that meet the limits exceeded."""
    world = file.world
    offers = []
    for name, clients in world.clients.items():
        if clients.connection != "pool":
            continue
        passed = {clients.service, *crossings_of(world, clients)}
        shares = [one.share for one in short if one.limit.place in passed]
        pool = math.floor(clients.pool_count * min(shares, default=1.0) + 1e-9)
        if _least_pool(world, clients) <= pool < clients.pool_count:
            changes = {f"clients.{name}.pool": pool}
            offers.append(Offer(name=f"smaller pool of {clients.title or name}", changes=changes, refuses=0))
    return [*offers, *_of_calls(file, activity, short)]


def _of_calls(file: WorldFile, activity: str | None, short: tuple[Short, ...]) -> Iterator[Offer]:
    """Yield smaller pools of calls that meet the limits exceeded, if they are enough for what is asked.

    A pooler in session mode has as many server connections as clients, so it is looked at as it is at last.
    """
    world, last = file.world, script_of(file, activity).phases[-1].world if short else file.world
    asked = {one.name: one for one in streams(world)}
    for name, service in world.services.items():
        for i, call in enumerate(service.calls):
            held = pool_of(last if name in last.services else world, name, call)
            passed = {call.service, *way_of(world, service.network, call.service)}
            shares = [one.share for one in short if one.limit.place in passed]
            if held is None or not shares:
                continue
            if service.holds_sessions:
                changes: dict[str, object] = {f"services.{name}.pooler.mode": "transaction"}
                yield Offer(name=f"transaction mode of {service.title or name}", changes=changes, refuses=0)
            most, stream = service.pool_count(held), asked[f"{name}/call/{i}"]
            pool = math.floor(most * min(shares, default=1.0) + 1e-9)
            busy = stream.requests_per_s * stream.flow_s / max(service.instances_count, 1)
            if max(1, math.ceil(2.0 * busy)) <= pool < most:
                called = f"smaller pool of {service.title or name} towards {call.service}"
                yield Offer(name=called, changes=_at_most(file, name, i, pool), refuses=0)


def _at_most(file: WorldFile, name: str, i: int, count: int) -> Mapping[str, object]:
    """Return what lets each instance of a service have so many connections for a call."""
    pooler = file.world.services[name].pooler
    if pooler is None:
        return pool_of_at_most(file, f"services.{name}.calls.{i}.pool.most", count)
    changes: dict[str, object] = {f"services.{name}.pooler.most": max(count - pooler.reserve_count, 1)}
    if pooler.reserve_count >= count:
        changes[f"services.{name}.pooler.reserve"] = count - 1
    return changes


def _least_pool(world: World, clients: Clients) -> int:
    """Return the connections one client needs at least for what it asks, with as much to spare."""
    trip_s = round_trip_s(world, crossings_of(world, clients))
    each_s = world.services[clients.service].service_time_s + trip_s
    if clients.demand.kind != "open":
        return 1
    return max(1, math.ceil(2.0 * clients.demand.rate_per_s * each_s / max(clients.population_count, 1)))


def raised(world: World, short: tuple[Short, ...]) -> list[Offer]:
    """Return the limits themselves, as high as they have to be."""
    offers = []
    for one in short:
        key = one.limit.path.split(".", 2)[2]
        offers.append(
            Offer(
                name=_TITLES[key].format(_called(world, one.limit)),
                changes={one.limit.path: one.needed_count},
                refuses=0,
                asks="limit",
                because=one.limit.says,
            )
        )
    return offers


def _called(world: World, limit: Limit) -> str:
    """Return what people call the place of a limit."""
    titled = world.services[limit.place].title if limit.place_kind == "service" else ""
    return titled or limit.place


def smaller_goal(file: WorldFile, activity: str | None) -> list[Offer]:
    """Return a goal nearer to what stands today, a tenth of the step at least."""
    if activity is None:
        return []
    plan = file.world.activities[activity]
    before, after = plan.from_count, plan.to_count
    if before is None and plan.service:
        before = file.world.services[plan.service].instances_count
    if plan.kind != "scale" or before is None or after is None or after <= before + 1:
        return []
    path, growth = f"activities.{activity}.to", after - before
    strength = min(10.0, float(growth))
    knob = Knob(path=path, least=1.0, most=strength, base=before, scale=growth, grows=False, whole=True)
    changes = {path: knob.value(strength)}
    return [Offer(name=f"smaller goal of {activity}", changes=changes, refuses=0, asks="goal", knob=knob)]


def of_ports(name: str, file: WorldFile, activity: str | None) -> list[Offer]:
    """Return what helps where closed connections keep the ports of a crossing: hold, ports, reuse."""
    world = script_of(file, activity).phases[-1].world
    ports = file.world.crossings[name].ports
    opening = _opening(world, name)
    if ports is None or not opening:
        return []
    crossing, block = world.crossings[name], ports.block
    if block is None:
        each_per_s = _busiest_per_s(world, crossing, opening)
        key, count = "per_destination", ports.per_destination_count
    else:  # each client has ports of its own
        each_per_s = max(per_s / world.clients[one].population_count for one, per_s in opening.items())
        each_per_s *= crossing.busiest_share_ratio
        key, count = "block.least", block.least_count
        if block.most_count is not None:
            key, count = "block.most", block.most_count
    path = f"crossings.{name}.ports.{key}"
    # With margin on both sides: clients may come more often, and ports be fewer.
    sure_per_s = each_per_s / (1.0 - MARGIN_RATIO) ** 2
    room = count * _worst_share(file, path)
    if sure_per_s * ports.hold_s <= room:
        return []
    offers = [*_shorter_hold(name, ports.hold_s, room / sure_per_s)]
    needed = _rounded_up(sure_per_s * ports.hold_s / _worst_share(file, path))
    knob = Knob(
        path=path,
        least=1.0,
        most=needed / count,
        scale=float(count),
        whole=True,
    )
    called = f"more ports of {name}" if block is None else f"more ports for each source of {name}"
    offers.append(Offer(name=called, changes={path: needed}, refuses=0, knob=knob))
    for clients in opening:
        changes: dict[str, object] = {f"clients.{clients}.connection": "keep_alive"}
        called = file.world.clients[clients].title or clients
        offers.append(Offer(name=f"reuse of connections of {called}", changes=changes, refuses=0))
    return offers


def of_closed(name: str, file: WorldFile, activity: str | None) -> list[Offer]:
    """Return a shorter hold where closed connections fill the flow table of a crossing."""
    world = script_of(file, activity).phases[-1].world
    crossing, opening = world.crossings[name], _opening(world, name)
    table = crossing.table
    if table is None or not opening:
        return []
    per_s = sum(opening.values()) * crossing.busiest_share_ratio
    enough_s = _LEFT * table.entries_count * (1.0 - MARGIN_RATIO) ** 2 / per_s
    shorter_s = max(LEAST_HOLD_S, enough_s)
    if enough_s >= table.closed_hold_s or shorter_s >= table.closed_hold_s:
        return []
    path, hold_s = f"crossings.{name}.table.closed_hold", table.closed_hold_s
    knob = Knob(path=path, least=1.0, most=hold_s / shorter_s, scale=hold_s, grows=False)
    called = f"shorter hold of closed flows at {name}"
    return [Offer(name=called, changes={path: knob.value(knob.most)}, refuses=0, knob=knob)]


def _shorter_hold(name: str, hold_s: float, enough_s: float) -> Iterator[Offer]:
    path = f"crossings.{name}.ports.hold"
    shorter_s = max(LEAST_HOLD_S, enough_s)
    if shorter_s < hold_s:
        knob = Knob(path=path, least=1.0, most=hold_s / shorter_s, scale=hold_s, grows=False)
        changes = {path: knob.value(knob.most)}
        yield Offer(name=f"shorter port hold-down of {name}", changes=changes, refuses=0, knob=knob)


def _opening(world: World, crossing: str) -> dict[str, float]:
    """Return the new flows a second of each population that opens one for each request, on a crossing."""
    found = {}
    for name, clients in world.clients.items():
        if clients.connection == "per_request" and crossing in crossings_of(world, clients):
            found[name] = requests_per_s(world, clients)
    return {name: per_s for name, per_s in found.items() if per_s > 0.0}


def _busiest_per_s(world: World, crossing: Crossing, opening: Mapping[str, float]) -> float:
    """Return the new flows a second to one destination on the busiest device."""
    to: dict[str, float] = {}
    for name, per_s in opening.items():
        service = world.clients[name].service
        to[service] = to.get(service, 0.0) + per_s
    return max(to.values()) * (1.0 + crossing.skew_ratio) / crossing.devices_count


def _worst_share(file: WorldFile, path: str) -> float:
    """Return how much of a number takes effect where the worst belief about it is wrong."""
    doubted = [belief for belief in file.world.beliefs.values() if belief.basis != "measured"]
    shares = [share_of(file, belief.counter, path) or 1.0 for belief in doubted]
    return min(shares, default=1.0)
