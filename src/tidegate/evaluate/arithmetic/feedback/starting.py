"""Starts and load: what instances ask for as they start delays their own start, and they ask again.

An instance whose boot calls are not answered in time tries again as its layers say, and starts over when they
are used up: there is no end to it while nobody is answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tidegate.evaluate.arithmetic.bandwidth import HEAD_BYTES
from tidegate.evaluate.arithmetic.feedback.burden import passes, usual_work_s
from tidegate.evaluate.arithmetic.feedback.naming import rate, span
from tidegate.evaluate.arithmetic.feedback.place import (
    Place,
    capacity_work,
    exchange_s,
    longest_wait_s,
    wastes,
)
from tidegate.evaluate.arithmetic.feedback.retrying import delay, load, queue_edge
from tidegate.evaluate.arithmetic.feedback.rings import Edge, Quantity
from tidegate.evaluate.arithmetic.feedback.tries import Asking, tries
from tidegate.evaluate.arithmetic.load import streams
from tidegate.evaluate.arithmetic.work import answer_s, setup_work_s, way_of
from tidegate.world.boot import BootCall
from tidegate.world.crossing import EXCHANGE_PACKETS
from tidegate.world.service import Service
from tidegate.world.world import World


def starting(world: World, place: Place, together: Mapping[str, int]) -> Iterator[Edge]:
    """Yield the edges of all loops in which a slow place holds back instances that start.

    Parameters
    ----------
    world, place
        Where.
    together
        How many instances of each service start at once, as far as is known.
    """
    for name, service in world.services.items():
        count = together.get(name, 0) or _by_itself(service)
        for call in service.boot.calls:
            passing = place.name in way_of(world, service.network, call.service)
            there = place == Place("service", call.service) or (place.is_passed and passing)
            if there and count:
                yield from _asking(world, place, name, call, count)


def _by_itself(service: Service) -> int:
    """Return how many instances come at once without anybody's plan: scaled, or restarted by a check."""
    found = 0
    scaler = service.autoscaler
    if scaler is not None:
        most = scaler.most_count - service.instances_count
        found = min(scaler.at_once_count(service.instances_count), most)
    if any(probe.on_failure == "restart" for probe in service.health_probes):
        found = max(found, service.instances_count)
    return max(found, 0)


def _asking(world: World, place: Place, name: str, call: BootCall, count: int) -> Iterator[Edge]:
    weight = _weight_bytes(world, call)
    wait_s = longest_wait_s(world, place, opens=True, weight_bytes=weight)
    if wastes(world, place, timeout_s=call.timeout_s, wait_s=wait_s) is None:
        return
    asking = Asking(clients_count=count, requests_per_s=float(count))
    made = tries(call.retry, call.timeout_s, world.horizon_s, asking)
    over_s = made.spent_s + (max(world.services[name].boot.time_s, 1e-3) if made.ends else 0.0)
    out = call.requests_count if call.at_once_count is None else min(call.at_once_count, call.requests_count)
    per_s = count * out * made.count / over_s
    usual = sum(usual_work_s(world, place, one) for one in streams(world) if passes(place, one))
    able = capacity_work(world, place)
    left = max(able - usual, 0.01 * able)
    gain = per_s * _work_s(world, place, call) / left
    if gain <= 0.0:
        return
    starts = Quantity("starts", name)
    yield queue_edge(place, wait_s, call.timeout_s)
    yield Edge(
        source=delay(place),
        target=starts,
        mechanism="starts",
        says=f"an instance of {name} that has waited {span(call.timeout_s)} for an answer of {call.service} "
        f"asks again, and does not take requests before it has all {call.requests_count:,}",
        parts=(("services", name),),
    )
    yield Edge(
        source=starts,
        target=load(place),
        mechanism="starts",
        says=f"{count:,} instances that start together ask {rate(per_s)} of {place.title}",
        gain=gain,
        formula=f"{rate(per_s)} asked by those that start ÷ {rate(per_s / gain)} that {place.title} has left",
        parts=(place.part,),
        usual_ratio=usual / able,
        timeout_s=call.timeout_s,
    )


def _weight_bytes(world: World, call: BootCall) -> int:
    """Return what an answer to a boot request weighs (an image)."""
    of_service = world.services[call.service].answer_size_bytes
    return of_service if call.answer_size_bytes is None else call.answer_size_bytes


def _work_s(world: World, place: Place, call: BootCall) -> float:
    if place.kind == "link":
        return 8.0 * (_weight_bytes(world, call) + HEAD_BYTES * EXCHANGE_PACKETS / 2.0)
    if place.kind == "crossing":
        return exchange_s(world.crossings[place.name], opens=True)
    return answer_s(world, call.service) + setup_work_s(world.services[call.service])
