"""A herd: who came at once, is turned away at once and waits equally long comes again at once.

What breaks it is jitter. What a place takes of a herd is what can wait there and be answered in time, and
what it does while the herd arrives.

Shortcut: only those who reconnect or appear together by the script are a herd.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tidegate.evaluate.arithmetic.feedback.graph import Edge, Quantity
from tidegate.evaluate.arithmetic.feedback.naming import span
from tidegate.evaluate.arithmetic.feedback.place import (
    Place,
    capacity_work,
    exchange_s,
    waiting_count,
)
from tidegate.evaluate.arithmetic.feedback.retrying import delay, load, queue_edge
from tidegate.evaluate.arithmetic.work import answer_s, places_count, setup_work_s, way_of
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
                count=clients.population_count * pool * wave.share_ratio,
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


def _coming_back(world: World, place: Place, herd: _Herd) -> Iterator[Edge]:
    timeout_s = world.clients[herd.clients].timeout_s
    each_s, most = _taken(world, place)
    if each_s <= 0.0:
        return
    able_per_s = capacity_work(world, place) / each_s
    taken = max(min(most, able_per_s * timeout_s) + able_per_s * herd.spread_s, 1.0)
    first = herd.retry.layers[0]
    first_s = first.base_s if first.backoff != "none" else 0.0
    those = Quantity("herd", herd.clients)
    within = f"within {span(herd.spread_s)}" if herd.spread_s > 0.0 else "at once"
    yield queue_edge(place, timeout_s, timeout_s)
    yield Edge(
        source=delay(place),
        target=those,
        mechanism="herd",
        says=f"{herd.count:,.0f} of {herd.clients} come {within}; who is not answered waits as long as all "
        f"the others before it comes again ({span(first_s)} the first time, no jitter)",
        parts=(("clients", herd.clients),),
    )
    yield Edge(
        source=those,
        target=load(place),
        mechanism="herd",
        says=f"{place.name} takes about {taken:,.0f} of them each time",
        gain=herd.count / taken,
        formula=f"{herd.count:,.0f} that come together ÷ {taken:,.0f} that {place.name} takes at once",
        parts=(place.part,),
    )


def _taken(world: World, place: Place) -> tuple[float, float]:
    """Return the work of one of a herd, and how many of it can be there at once."""
    if place.kind == "service":
        service = world.services[place.name]
        each_s = answer_s(world, place.name) + setup_work_s(service)
        return each_s, float(places_count(service) + waiting_count(service))
    crossing = world.crossings[place.name]
    at_once = crossing.queue_packets_count / EXCHANGE_PACKETS / crossing.busiest_share_ratio
    return exchange_s(crossing, opens=True), at_once
