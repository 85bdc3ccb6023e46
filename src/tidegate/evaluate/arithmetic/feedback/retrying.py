"""Retries and delay: who is not answered in time asks again, and that is what delays.

The same with what comes along: kept connections that are opened anew, work that was deferred, caches that
stay cold because their answers come too late, names that are asked for again since nobody knew them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tidegate.evaluate.arithmetic.feedback.burden import Burden, burden, usual_work_s, work_s
from tidegate.evaluate.arithmetic.feedback.holding import holding
from tidegate.evaluate.arithmetic.feedback.naming import askers, parts_of, rate, span
from tidegate.evaluate.arithmetic.feedback.place import Place, capacity_work, places
from tidegate.evaluate.arithmetic.feedback.pressed import Mechanisms, Slow
from tidegate.evaluate.arithmetic.feedback.rings import Edge, Quantity
from tidegate.world.retry import RetryPolicy
from tidegate.world.world import World

_GROWS = 1.001  # times: less is no growth but rounding
_LONG_S = 7200.0
_LEAST_ELSEWHERE = 0.2  # of what another place can do: less does not make it slow

PLAIN = Mechanisms()
REBUILDING = Mechanisms(rebuilds=True)
DEFERRING = Mechanisms(rebuilds=True, defers=True)
COLD = Mechanisms(rebuilds=True, is_cold=True)


@dataclass(frozen=True, kw_only=True)
class _Kind:
    mechanism: str
    acting: Mechanisms
    quantity: str
    grows: str


_KINDS = (
    _Kind(mechanism="retries", acting=PLAIN, quantity="attempts", grows="asks again"),
    _Kind(
        mechanism="reconnections",
        acting=REBUILDING,
        quantity="connections",
        grows="closes its connection and opens another",
    ),
    _Kind(
        mechanism="deferred work", acting=DEFERRING, quantity="backlog", grows="keeps it and asks again later"
    ),
    _Kind(
        mechanism="cold cache", acting=COLD, quantity="misses", grows="leaves the cache as empty as it was"
    ),
)


def load(place: Place) -> Quantity:
    """Return the load on a place."""
    return Quantity("load", f"{place.kind} {place.name}")


def delay(place: Place) -> Quantity:
    """Return the delay at a place."""
    return Quantity("delay", f"{place.kind} {place.name}")


def queue_edge(place: Place, wait_s: float, timeout_s: float) -> Edge:
    """Return how a place that is asked for more than it does makes others wait."""
    long = "for as long as it goes on" if wait_s > _LONG_S else f"up to {span(wait_s)}"
    says = f"asked for more than it can do, {place.title} makes them wait {long}"
    if wait_s < 0.9 * timeout_s and place.kind == "crossing":
        says = f"asked for more than it can do, {place.name} loses packets at its full queue"
    return Edge(source=load(place), target=delay(place), mechanism="queue", says=says, parts=(place.part,))


def retrying(world: World, place: Place, retries: Mapping[str, RetryPolicy]) -> Iterator[Edge]:
    """Yield the edges of all loops in which those who give up at a slow place ask again."""
    plain: Burden | None = None
    for kind in _KINDS:
        slow = Slow(world, place, dict(retries), kind.acting)
        found = burden(world, place, slow)
        if found is None:
            return
        if kind.mechanism == "retries":
            plain = found
            is_more = found.grows_times > _GROWS
        else:
            assert plain is not None
            is_more = _acts(world, place, kind, found) and found.gain > _GROWS * plain.gain
        if is_more:
            yield from _edges(world, place, slow, kind, found, retries)


def _acts(world: World, place: Place, kind: _Kind, found: Burden) -> bool:
    """Whether the mechanism is there: a cache that only answers in time fill, work that is deferred."""
    if kind.mechanism == "cold cache":
        return any(_filled_in_time(world, one.stream.name) for one in found.late)
    if kind.mechanism == "deferred work":
        names = (one.stream.name for one in found.behind if one.stream.name in world.clients)
        return any(world.clients[name].demand.unserved == "deferred" for name in names)
    return any(one.opens and one.stream.flows_per_s < one.per_s for one in found.late) and not (
        place.kind == "crossing" and all(one.stream.flows_per_s > 0.0 for one in found.late)
    )


def _filled_in_time(world: World, stream: str) -> bool:
    """Whether a stream is a call whose cache is filled only by answers within its time-out."""
    service, _, call = stream.partition("/call/")
    if not call:
        return False
    cache = world.services[service].calls[int(call)].cache
    return cache is not None and cache.fill == "look_aside"


def _formula(place: Place, found: Burden) -> str:
    """Return the sum: what is asked while all give up, over what the place can do for them."""
    asked, able = rate(found.pressed_per_s), rate(found.pressed_per_s / found.gain)
    return f"{asked} asked while all give up ÷ {able} that {place.title} can do of it"


def _edges(
    world: World,
    place: Place,
    slow: Slow,
    kind: _Kind,
    found: Burden,
    retries: Mapping[str, RetryPolicy],
) -> Iterator[Edge]:
    who = askers(found.late)
    mechanism = kind.mechanism
    if mechanism == "retries" and found.late[0].stream.name.endswith("/lookup"):
        mechanism = "look-ups"
    names = " + ".join(sorted(one.stream.name for one in found.late))
    middle = Quantity(kind.quantity, f"{names} at {place.title}")
    timeout_s = min(one.timeout_s for one in found.late)
    yield queue_edge(place, found.wait_s, timeout_s)
    yield Edge(
        source=delay(place),
        target=middle,
        mechanism=mechanism,
        says=f"whoever has waited {span(timeout_s)} gives up and {kind.grows}: {_tried(found, who)}",
        parts=parts_of(found.behind),
    )
    asked = rate(found.pressed_per_s)
    usual = rate(found.usual_per_s)
    yield Edge(
        source=middle,
        target=load(place),
        mechanism=mechanism,
        says=f"{asked} are asked of {place.title} by {who}, where an ordinary day has {usual}",
        gain=found.gain,
        formula=_formula(place, found),
        parts=(place.part,),
        usual_ratio=found.usual_ratio,
        timeout_s=timeout_s,
    )
    if kind.mechanism == "retries":
        rebuilt = Slow(world, place, dict(retries), REBUILDING)
        yield from holding(world, middle, rebuilt.all.values())
    yield from _elsewhere(world, place, slow, middle, mechanism)


def _tried(found: Burden, who: str) -> str:
    most = max(one.tries_count for one in found.behind)
    if most <= 1.0:
        return f"{who}"
    if most == round(most) and most < 100:
        return f"{who}, {most:.0f} attempts for each request"
    return f"{who}, {most:,.1f} attempts for each request" if most < 100 else f"{who}, without end"


def _elsewhere(world: World, place: Place, slow: Slow, middle: Quantity, mechanism: str) -> Iterator[Edge]:
    """Yield what those who give up at one place ask of others."""
    others = {Place("service", one.stream.service) for one in slow.all.values() if one.is_late}
    ways = {name for one in slow.all.values() if one.is_late for name in one.stream.way}
    others |= {one for one in places(world) if one.is_passed and one.name in ways}
    for other in sorted(others - {place}):
        able = capacity_work(world, other)
        found = burden(world, other, slow)
        if found is None or able <= 0.0 or found.grows_times <= _GROWS:
            continue
        usual = sum(usual_work_s(world, other, one.stream) for one in found.late)
        left = max(able * (1.0 - found.usual_ratio) + usual, 0.01 * able)
        gain = sum(work_s(world, other, one) * one.per_s for one in found.late) / left
        if gain < _LEAST_ELSEWHERE:
            continue
        yield Edge(
            source=middle,
            target=load(other),
            mechanism=mechanism,
            says=f"{rate(found.pressed_per_s)} are asked of {other.name} by {askers(found.late)}",
            gain=gain,
            formula=_formula(other, replace(found, gain=gain)),
            parts=(other.part,),
        )
