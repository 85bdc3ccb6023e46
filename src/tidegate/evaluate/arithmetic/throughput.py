"""Which limits are exceeded by what is asked each second? Rates: places, pools, devices, admission.

Shortcut: means; a short exchange is ten packets, one on a kept connection four, and further ones where a
request or an answer fills more than one: each acknowledged, of an answer above 64 KiB every second.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from tidegate.evaluate.arithmetic.limit import Limit, about, busiest
from tidegate.evaluate.arithmetic.load import Stream, capacity_per_s, pools_per_s
from tidegate.evaluate.arithmetic.work import answer_s, places_count, round_trip_s
from tidegate.world.crossing import KEPT_EXCHANGE_PACKETS, Crossing
from tidegate.world.world import World

_EVEN_RATIO = 0.01
_PACKET_BYTES, _TRANSFER_BYTES = 1460, 65536


def _rate(path: str, wanted_per_s: float, least_per_s: float, allowed_per_s: float, says: str) -> Limit:
    place_kind, place = path.split(".")[:2]
    return Limit(
        place_kind=place_kind if place_kind == "clients" else place_kind.removesuffix("s"),
        place=place,
        path=path,
        kind="rate",
        wanted=wanted_per_s,
        allowed=allowed_per_s,
        least_wanted=least_per_s,
        says=says,
    )


def at_services(world: World, asked: Sequence[Stream]) -> Iterator[Limit]:
    """Yield what each service can do, where anything is asked of it."""
    for name, service in world.services.items():
        mine = tuple(one for one in asked if one.service == name)
        wanted = sum(one.requests_per_s for one in mine)
        allowed = capacity_per_s(world, name, mine, most=True)
        starved = service.instances_count > 0 and not places_count(service)  # its threads are a stock
        if wanted > 0.0 and math.isfinite(allowed) and not starved:
            least = sum(one.least_requests_per_s for one in mine)
            if allowed == 0.0 and service.when_down != "refuse":
                wanted = least  # nobody is answered: each waits out its time-out
            says = f"{service.title or name} serves {about(allowed)}/s, and {about(wanted)}/s are wanted"
            yield _rate(f"services.{name}.instances", wanted, least, allowed, says)


def at_heaviest(world: World, asked: Sequence[Stream]) -> Iterator[Limit]:
    """Yield what a service can do before the instance that counts most is full, where shares are fixed."""
    for name, service in world.services.items():
        balancing, many = service.balancing, service.instances_count
        if balancing is None or many < 2 or not balancing.weights_count:
            continue
        if balancing.rule not in {"random", "round_robin"}:
            continue
        mine = tuple(one for one in asked if one.service == name)
        wanted, whole = sum(one.requests_per_s for one in mine), capacity_per_s(world, name, mine)
        share = max(balancing.share_ratio(number, 1, many) for number in range(many))
        if wanted <= 0.0 or not math.isfinite(whole) or share * many <= 1.0 + _EVEN_RATIO:
            continue
        least, allowed = sum(one.least_requests_per_s for one in mine), whole / many / share
        says = f"{service.title or name} serves {about(allowed)}/s before the instance that counts most is "
        says += f"full, and {about(wanted)}/s are wanted"
        yield _rate(f"services.{name}.balancing.weights", wanted, least, allowed, says)


def at_pools(world: World, asked: Sequence[Stream]) -> Iterator[Limit]:
    """Yield what the pools of each population carry, where demand does not wait for them."""
    for one in asked:
        clients = world.clients.get(one.name)
        if clients is None or clients.demand.kind != "open" or clients.connection == "per_request":
            continue
        each_s = round_trip_s(world, one.way) + answer_s(world, one.service)
        if each_s > 0.0:
            allowed = one.kept_count / each_s
            wanted = one.requests_per_s
            says = (
                f"{one.kept_count:,} connections of {clients.title or one.name} carry {about(allowed)} "
                f"requests/s, and {about(wanted)}/s are wanted"
            )
            yield _rate(f"clients.{one.name}.pool", wanted, wanted, allowed, says)


def at_call_pools(world: World, asked: Sequence[Stream]) -> Iterator[Limit]:
    """Yield what the pools that instances keep for their calls carry."""
    for name, service in world.services.items():
        mine = tuple(one for one in asked if one.service == name)
        wanted = sum(one.requests_per_s for one in mine)
        least = sum(one.least_requests_per_s for one in mine)
        instances = places_count(service, most=True) / max(service.concurrency_count, 1)
        each = pools_per_s(world, name, instances)
        for i, (call, allowed) in enumerate(zip(service.calls, each, strict=True)):
            if not math.isfinite(allowed) or wanted <= 0.0:
                continue
            says = f"the pools of {service.title or name} towards {call.service} carry {about(allowed)} "
            says += f"requests/s, and {about(wanted)}/s are wanted"
            key = f"calls.{i}.pool.most" if service.pooler is None else "pooler.most"
            yield _rate(f"services.{name}.{key}", wanted, least, allowed, says)


def at_crossings(world: World, asked: Sequence[Stream]) -> Iterator[Limit]:
    """Yield what the devices of each crossing carry and let in."""
    for name, crossing in world.crossings.items():
        passing = [one for one in asked if name in one.way]
        yield from _devices(name, crossing, passing)
        yield from _admission(world, name, passing)


def _admission(world: World, name: str, passing: Sequence[Stream]) -> Iterator[Limit]:
    """Say how many new flows a second are let in, of all and of each client."""
    crossing = world.crossings[name]
    limit = crossing.admission
    if limit is None:
        return
    if limit.rate_per_s is not None:
        who, devices_count, share = busiest(name, crossing)
        wanted = sum(one.flows_per_s for one in passing) * share
        allowed = limit.rate_per_s * devices_count
        says = f"{who} lets in {about(allowed)} new flows/s, and {about(wanted)}/s are wanted"
        least = sum(map(_least_flows_per_s, passing)) * share
        yield _rate(f"crossings.{name}.admission.rate", wanted, least, allowed, says)
    sources = [one for one in passing if one.name in world.clients and one.clients_count]
    if limit.per_source_per_s is not None and sources:
        most = max(sources, key=lambda one: one.flows_per_s / one.clients_count)
        wanted = most.flows_per_s / most.clients_count
        says = f"{name} lets in {about(limit.per_source_per_s)} new flows/s of each client, and each of "
        says += f"{world.clients[most.name].title or most.name} wants {about(wanted)}/s"
        least = _least_flows_per_s(most) / most.clients_count
        yield _rate(f"crossings.{name}.admission.per_source", wanted, least, limit.per_source_per_s, says)


def _least_flows_per_s(one: Stream) -> float:
    """Return the new flows a second of a stream whose clients wait as long as they do."""
    if one.requests_per_s == 0.0:
        return one.flows_per_s
    return one.flows_per_s * min(1.0, one.least_requests_per_s / one.requests_per_s)


def _devices(name: str, crossing: Crossing, passing: Sequence[Stream]) -> Iterator[Limit]:
    """Say what a crossing carries of this mixture: new flows a second, or packets where there are none."""
    busy_ratio = _busy_ratio(crossing, [(one.flows_per_s, one.requests_per_s, one) for one in passing])
    least_ratio = _busy_ratio(
        crossing, [(_least_flows_per_s(one), one.least_requests_per_s, one) for one in passing]
    )
    wanted, of = sum(one.flows_per_s for one in passing), "sets up {} new flows/s"
    if wanted == 0.0:
        wanted = sum(one.requests_per_s * (KEPT_EXCHANGE_PACKETS + _more_packets(one)) for one in passing)
        of = "forwards {} packets/s"
    if busy_ratio <= 0.0 or wanted <= 0.0:
        return
    allowed = wanted / busy_ratio * crossing.growth_most_times
    first = " before its busiest device is full" if busiest(name, crossing)[0] != name else ""
    beside = f" beside {crossing.unanswered_per_s:,.0f}/s that are never answered"
    first += beside if crossing.unanswered_per_s else ""
    says = f"{name} {of.format(about(allowed))}{first}, and {about(wanted)}/s are wanted"
    path = f"crossings.{name}.{'forwarding' if crossing.setup_per_s is None else 'setup'}"
    yield _rate(path, wanted, wanted / busy_ratio * least_ratio, allowed, says)


def _busy_ratio(crossing: Crossing, asked: Sequence[tuple[float, float, Stream]]) -> float:
    """Return how much of its time the busiest device is busy with so many flows and requests a second."""
    forward_s = 0.0
    if crossing.forwarding_per_s is not None:
        forward_s = 1.0 / max(crossing.forwarding_per_s - crossing.background.packets_per_s, 1e-9)
    setup_s = forward_s if crossing.setup_per_s is None else 1.0 / crossing.setup_per_s
    forward_s, setup_s = crossing.beside_unanswered(forward_s, setup_s)
    opening = forwarding = 0.0
    for flows_per_s, requests_per_s, one in asked:
        opening += flows_per_s
        forwarding += flows_per_s * one.packets_count
        forwarding += requests_per_s * KEPT_EXCHANGE_PACKETS if one.kept_count else 0.0
        forwarding += requests_per_s * _more_packets(one)
    if crossing.setup_processor == "shared":
        busy_s = opening * max(setup_s - forward_s, 0.0) + forwarding * forward_s
    else:
        busy_s = max(opening * setup_s, forwarding * forward_s)
    return busy_s * crossing.busiest_share_ratio


def _more_packets(one: Stream) -> float:
    """Return how many packets a request of a stream and its answer are more than one each, acknowledged."""
    asked = max(math.ceil(one.request_bytes / _PACKET_BYTES) - 1, 0)
    answered = max(math.ceil(one.answer_bytes / _PACKET_BYTES) - 1, 0)
    return asked + answered * (1.5 if one.answer_bytes > _TRANSFER_BYTES else 2.0)
