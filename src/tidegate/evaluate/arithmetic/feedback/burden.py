"""How much of a slow place do those want who give up there? What they ask, over what is left for them."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.evaluate.arithmetic.bandwidth import HEAD_BYTES
from tidegate.evaluate.arithmetic.feedback.place import (
    Place,
    capacity_work,
    exchange_s,
    feeding_ratio,
    longest_wait_s,
)
from tidegate.evaluate.arithmetic.feedback.pressed import Pressed, Slow
from tidegate.evaluate.arithmetic.load import Stream
from tidegate.evaluate.arithmetic.work import (
    answer_s,
    calls_s,
    crowded_ratio,
    round_trip_s,
    setup_work_s,
)
from tidegate.world.crossing import EXCHANGE_PACKETS, KEPT_EXCHANGE_PACKETS
from tidegate.world.world import World

_LEAST_LEFT_RATIO = 0.01  # of what a place does: more than that is left to those who give up
_QUERY_PACKETS = 2


@dataclass(frozen=True, kw_only=True)
class Burden:
    """What a slow place is asked for.

    Parameters
    ----------
    late
        Those who pass it and give up there, the one with the most work first.
    behind
        All who give up, those included who only use what stands behind: the cause of what `late` asks.
    gain
        What is asked by those who give up, over what the place has left for them: from 1 on, it stays
        as slow by itself.
    usual_ratio
        What everybody asks on an ordinary day, over what the place does.
    pressed_per_s, usual_per_s
        Attempts a second of `late` while it is slow, and on an ordinary day.
    grows_times
        How much more work theirs is then.
    wait_s
        How long it can make wait.
    """

    late: tuple[Pressed, ...]
    behind: tuple[Pressed, ...]
    gain: float
    usual_ratio: float
    pressed_per_s: float
    usual_per_s: float
    grows_times: float
    wait_s: float


def burden(world: World, place: Place, slow: Slow) -> Burden | None:
    """Return what a slow place is asked for; None where nobody gives up there."""
    behind = tuple(one for one in slow.all.values() if one.is_late and one.per_s > 0.0)
    passing = [one for one in slow.all.values() if passes(place, one.stream)]
    late = [one for one in passing if one.is_late and one.per_s > 0.0]
    if not late:
        return None
    work = {one.stream.name: work_s(world, place, one) * one.per_s for one in passing}
    usual = {one.stream.name: usual_work_s(world, place, one.stream) for one in passing}
    late.sort(key=lambda one: -work[one.stream.name])
    names = {one.stream.name for one in late}
    able = capacity_work(world, place)
    left = max(able - sum(usual[name] for name in usual if name not in names), _LEAST_LEFT_RATIO * able)
    asked = sum(work[name] for name in names)
    if asked <= 0.0:
        return None
    tries_count = sum(one.tries_count * work[one.stream.name] for one in late) / asked
    waste = next((one.waste for one in late if one.waste is not None), None)
    gain = asked / left
    if waste is not None:
        gain = feeding_ratio(gain, tries_count, waste)
    before = sum(usual[name] for name in names)
    return Burden(
        late=tuple(late),
        behind=behind,
        gain=gain,
        usual_ratio=sum(usual.values()) / able,
        pressed_per_s=sum(one.per_s for one in late),
        usual_per_s=sum(one.stream.requests_per_s for one in late),
        grows_times=asked / before if before > 0.0 else float("inf"),
        wait_s=longest_wait_s(
            world,
            place,
            opens=late[0].opens,
            weight_bytes=max(late[0].stream.request_bytes, late[0].stream.answer_bytes),
        ),
    )


def passes(place: Place, stream: Stream) -> bool:
    """Whether what is asked passes a place."""
    if place.is_passed:
        return place.name in stream.way
    return place.name == (stream.name if place.kind == "pool" else stream.service)


def work_s(world: World, place: Place, one: Pressed) -> float:
    """Return the work of one attempt for a place, while it is slow."""
    if place.kind == "service":
        service, asks = world.services[place.name], _asks(world, one.stream)
        own_s = service.service_time_s * asks + _opening_s(world, one.stream) * one.opens
        return own_s * crowded_ratio(service) + calls_s(world, service) * asks
    return _work_s(world, place, one.stream, opens_ratio=float(one.opens))


def usual_work_s(world: World, place: Place, stream: Stream) -> float:
    """Return the seconds of work a second that a stream is to a place on an ordinary day."""
    opens = stream.flows_per_s / stream.requests_per_s if stream.requests_per_s > 0.0 else 0.0
    return stream.requests_per_s * _work_s(world, place, stream, opens_ratio=min(opens, 1.0))


def _work_s(world: World, place: Place, stream: Stream, *, opens_ratio: float) -> float:
    if place.kind == "crossing":
        crossing = world.crossings[place.name]
        opened_s, kept_s = (exchange_s(crossing, opens=opens) for opens in (True, False))
        if stream.name.endswith("/lookup"):
            return opened_s * _QUERY_PACKETS / EXCHANGE_PACKETS
        return opens_ratio * opened_s + (1.0 - opens_ratio) * kept_s
    if place.kind == "link":
        heads = HEAD_BYTES * (opens_ratio * EXCHANGE_PACKETS + (1.0 - opens_ratio) * KEPT_EXCHANGE_PACKETS)
        return 8.0 * (heads / 2.0 + max(stream.request_bytes, stream.answer_bytes))
    if place.kind == "pool":
        return max(
            round_trip_s(world, stream.way) + answer_s(world, stream.service), _served_s(world, stream)
        )
    return answer_s(world, place.name) * _asks(world, stream) + opens_ratio * _opening_s(world, stream)


def _opening_s(world: World, stream: Stream) -> float:
    """Return the work of a new connection of a stream: its set-up, and what it carries first."""
    return setup_work_s(world.services[stream.service]) + stream.opening_s


def _asks(world: World, stream: Stream) -> bool:
    """Whether something is asked on its connections: those of who wants nothing only stand."""
    clients = world.clients.get(stream.name)
    return clients is None or clients.demand.kind != "none"


def _served_s(world: World, stream: Stream) -> float:
    """Return for how long each connection is kept busy where the service is what is short."""
    able = capacity_work(world, Place("service", stream.service))
    return stream.kept_count * answer_s(world, stream.service) / able if able > 0.0 else 0.0
