"""A herd: who came at once, is turned away at once and waits equally long comes again at once.

Or whose connections were made at once, and so become too old at once. What breaks either is jitter. What a
place takes of a herd is what can wait there and be answered in time, and what it does while the herd arrives.

Shortcut: only those who reconnect or appear together by the script are a herd.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from tidegate.evaluate.arithmetic.feedback.naming import span
from tidegate.evaluate.arithmetic.feedback.place import (
    Place,
    capacity_work,
    exchange_s,
    waiting_count,
)
from tidegate.evaluate.arithmetic.feedback.retrying import delay, load, queue_edge
from tidegate.evaluate.arithmetic.feedback.rings import Edge, Part, Quantity
from tidegate.evaluate.arithmetic.work import (
    calls_s,
    crowded_ratio,
    opening_work_s,
    places_count,
    setup_work_s,
    way_of,
)
from tidegate.simulate.script import Script
from tidegate.world.crossing import EXCHANGE_PACKETS
from tidegate.world.retry import RetryPolicy
from tidegate.world.world import World


def keeps_together(policy: RetryPolicy) -> bool:
    """Whether those who try again by a policy do so at the same moment if they began at the same moment."""
    return bool(policy.layers) and not any(layer.is_scattered for layer in policy.layers)


@dataclass(frozen=True, kw_only=True)
class _Herd:
    clients: str
    count: float
    spread_s: float
    retry: RetryPolicy


def _herds(script: Script) -> Iterator[_Herd]:
    """Yield who comes together: by a wave, or because a population grows."""
    for wave in script.waves:
        clients = script.phases[-1].world.clients.get(wave.clients)
        if wave.kind == "reconnect" and clients is not None:
            pool = clients.pool_count if clients.connection == "pool" else 1
            yield _Herd(
                clients=wave.clients,
                count=clients.population_count * pool * wave.acting_ratio,
                spread_s=wave.spread_s,
                retry=wave.retry or clients.retry,
            )
    for before, after in pairwise(phase.world for phase in script.phases):
        for name, clients in after.clients.items():
            added = clients.population_count - before.clients[name].population_count
            if added > 0:
                spread_s = clients.start_spread_s
                yield _Herd(clients=name, count=added, spread_s=spread_s, retry=clients.retry)


def herding(script: Script, place: Place) -> Iterator[Edge]:
    """Yield the edges of all loops in which a herd comes back as a herd."""
    world = script.phases[-1].world
    for herd in _herds(script):
        clients = world.clients[herd.clients]
        way = way_of(world, clients.network, clients.service)
        here = place == Place("service", clients.service) or (place.kind == "crossing" and place.name in way)
        if here and keeps_together(herd.retry):
            yield from _coming_back(world, place, herd)
        if here:
            yield from _ageing(world, place, herd)


def _coming_back(world: World, place: Place, herd: _Herd) -> Iterator[Edge]:
    first = herd.retry.layers[0]
    first_s = first.base_s if first.backoff != "none" else 0.0
    yield from _edges(
        world,
        place,
        herd,
        mechanism="herd",
        parts=(),
        says="who is not answered waits as long as all the others before it comes again "
        f"({span(first_s)} the first time, no jitter)",
    )


def _ageing(world: World, place: Place, herd: _Herd) -> Iterator[Edge]:
    """Yield the edges of connections that were made together and become too old together."""
    clients = world.clients[herd.clients]
    limits = (clients.connection_age, world.services[clients.service].connection_age)
    ages = [one for one in limits if one is not None]
    if not ages or clients.connection == "per_request":
        return
    first = min(ages, key=lambda one: one.age_s)
    if first.age_s > world.horizon_s:
        return
    spread_s = herd.spread_s + 2.0 * first.jitter_ratio * first.age_s
    jitter = f"± {100 * first.jitter_ratio:.0f} %" if first.jitter_ratio else "no jitter"
    yield from _edges(
        world,
        place,
        replace(herd, spread_s=spread_s),
        mechanism="ages",
        parts=(("services", clients.service),) if first is limits[1] else (),
        says=f"what connects together becomes too old together, {span(first.age_s)} later ({jitter}), and "
        "connects again",
    )


def _edges(
    world: World, place: Place, herd: _Herd, *, mechanism: str, says: str, parts: tuple[Part, ...]
) -> Iterator[Edge]:
    clients = world.clients[herd.clients]
    timeout_s = clients.timeout_s
    each_s, most = _taken(world, place, opening_work_s(world, clients.service, clients.openings))
    if each_s <= 0.0:
        return
    able_per_s = capacity_work(world, place) / each_s
    taken = max(min(most, able_per_s * timeout_s) + able_per_s * herd.spread_s, 1.0)
    those = Quantity(mechanism, herd.clients)
    within = f"within {span(herd.spread_s)}" if herd.spread_s > 0.0 else "at once"
    yield queue_edge(place, timeout_s, timeout_s)
    yield Edge(
        source=delay(place),
        target=those,
        mechanism=mechanism,
        says=f"{herd.count:,.0f} of {herd.clients} come {within}; {says}",
        parts=(("clients", herd.clients), *parts),
    )
    yield Edge(
        source=those,
        target=load(place),
        mechanism=mechanism,
        says=f"{place.name} takes about {taken:,.0f} of them each time",
        gain=herd.count / taken,
        formula=f"{herd.count:,.0f} that come together ÷ {taken:,.0f} that {place.name} takes at once",
        parts=(place.part,),
    )


def _taken(world: World, place: Place, opening_s: float) -> tuple[float, float]:
    """Return the work of one of a herd, and how many of it can be there at once."""
    if place.kind == "service":
        service = world.services[place.name]
        own_s = service.service_time_s + setup_work_s(service) + opening_s
        each_s = own_s * crowded_ratio(service) + calls_s(world, service)
        return each_s, float(places_count(service) + waiting_count(service))
    crossing = world.crossings[place.name]
    at_once = crossing.queue_packets_count / EXCHANGE_PACKETS / crossing.busiest_share_ratio
    return exchange_s(crossing, opens=True), at_once
