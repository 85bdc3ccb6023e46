"""Turns and load: who waits for a turn at a call's own limit gives up and asks again, and the turn is taken.

What waits for a turn keeps it when its client has gone, so that more and more turns go to answers for which
nobody waits any more. An end of the wait (`longest_wait`) gives turns to those who are still there.

Shortcut: of those who ask at a rate and those that start together each is looked at by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from tidegate.evaluate.arithmetic.feedback.naming import rate, span
from tidegate.evaluate.arithmetic.feedback.place import Place
from tidegate.evaluate.arithmetic.feedback.retrying import delay, load
from tidegate.evaluate.arithmetic.feedback.rings import Edge, Part, Quantity
from tidegate.evaluate.arithmetic.feedback.tries import Asking, tries
from tidegate.evaluate.arithmetic.load import streams
from tidegate.simulate.rows import running_count
from tidegate.world.boot import BootCall
from tidegate.world.service import Call, Service
from tidegate.world.world import World

_LATE_SHARE = 0.9  # of a time-out: a wait that ends before makes nobody give up
_LEAST_LEFT = 0.01  # of a limit


@dataclass(frozen=True, kw_only=True)
class _Pressing:
    """Who asks again while nobody gets a turn: how often a second, and what to call them."""

    part: Part
    who: str
    per_s: float
    usual_per_s: float
    timeout_s: float


def turning(world: World, together: Mapping[str, int], at: Collection[Place] | None) -> Iterator[Edge]:
    """Yield the edges of all loops through limits that calls keep by themselves.

    Parameters
    ----------
    world
        As it stands.
    together
        How many instances of each service start at once, as far as is known.
    at
        Only these places; None for all.
    """
    for name, service in world.services.items():
        for i, call in enumerate(service.calls):
            place = Place("limit", f"{name}/call/{i}")
            if call.limit is None or not running_count(service):
                continue
            if at is None or place in at:
                pressing = (*_starting(world, name, together), *_asking(world, name))
                for one in pressing:
                    yield from _edges(world, place, call, one)


def _starting(world: World, name: str, together: Mapping[str, int]) -> Iterator[_Pressing]:
    for other, service in world.services.items():
        for asks in service.boot.calls:
            if asks.service == name and together.get(other, 0):
                yield _of_starts(world, other, service, asks, together[other])


def _of_starts(world: World, name: str, service: Service, asks: BootCall, count: int) -> _Pressing:
    made = tries(
        asks.retry,
        asks.timeout_s,
        world.horizon_s,
        Asking(clients_count=count, requests_per_s=float(count)),
    )
    over_s = made.spent_s + (max(service.boot.time_s, 1e-3) if made.ends else 0.0)
    out = asks.requests_count if asks.at_once_count is None else min(asks.at_once_count, asks.requests_count)
    return _Pressing(
        part=("services", name),
        who=f"{count:,} instances of {service.title or name} that start together",
        per_s=count * out * made.count / over_s,
        usual_per_s=0.0,
        timeout_s=asks.timeout_s,
    )


def _asking(world: World, name: str) -> Iterator[_Pressing]:
    for one in streams(world):
        clients = world.clients.get(one.name)
        if clients is None or one.service != name or clients.demand.kind != "open":
            continue
        asking = Asking(clients_count=clients.population_count, requests_per_s=one.requests_per_s)
        made = tries(clients.retry, clients.timeout_s, world.horizon_s, asking)
        if made.count > 1.0:
            yield _Pressing(
                part=("clients", one.name),
                who=clients.title or one.name,
                per_s=min(one.requests_per_s * made.count, made.most_per_s),
                usual_per_s=one.requests_per_s,
                timeout_s=clients.timeout_s,
            )


def _edges(world: World, place: Place, call: Call, one: _Pressing) -> Iterator[Edge]:
    """Yield who has no turn in time, that he asks again, and what that comes to beside the limit."""
    name = place.name.split("/", 1)[0]
    limit = call.limit
    assert limit is not None
    if limit.longest_wait_s is not None and limit.longest_wait_s < _LATE_SHARE * one.timeout_s:
        return
    able_per_s = limit.rate_per_s * running_count(world.services[name])
    usual_per_s = sum(each.requests_per_s for each in streams(world) if each.name == place.name)
    missed_ratio = 1.0 if call.cache is None else 1.0 - call.cache.hit_ratio
    others_per_s = max(usual_per_s - one.usual_per_s * missed_ratio, 0.0)
    left_per_s = max(able_per_s - others_per_s, _LEAST_LEFT * able_per_s)
    asked_per_s = one.per_s * missed_ratio
    if asked_per_s <= 0.0:
        return
    attempts = Quantity("attempts", f"{one.part[1]} at {place.title}")
    yield Edge(
        source=load(place),
        target=delay(place),
        mechanism="queue",
        says=f"asked for more than it lets through, {place.title} makes them wait for as long as it goes on",
        parts=(("services", name),),
    )
    yield Edge(
        source=delay(place),
        target=attempts,
        mechanism="turns",
        says=f"whoever has waited {span(one.timeout_s)} gives up and asks again, and its turn is taken all "
        f"the same: {one.who}",
        parts=(one.part,),
    )
    yield Edge(
        source=attempts,
        target=load(place),
        mechanism="turns",
        says=f"{rate(asked_per_s)} are asked through {place.title}",
        gain=asked_per_s / left_per_s,
        formula=f"{rate(asked_per_s)} asked while all give up ÷ {rate(left_per_s)} that it has left",
        parts=(("services", name),),
        usual_ratio=usual_per_s / able_per_s if one.usual_per_s else None,
        timeout_s=one.timeout_s,
    )


def ending_wait(world: World, *, name: str, at: int, wait_s: float) -> World:
    """Return a world in which nobody waits longer for a turn at one call's limit."""
    service = world.services[name]
    call = service.calls[at]
    assert call.limit is not None
    ended = replace(call, limit=replace(call.limit, longest_wait_s=wait_s))
    calls = (*service.calls[:at], ended, *service.calls[at + 1 :])
    return replace(world, services={**world.services, name: replace(service, calls=calls)})
