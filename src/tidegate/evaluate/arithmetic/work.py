"""How long does one thing take? A way there and back, an answer with its calls, what a connection carries."""

from __future__ import annotations

from tidegate.world.graph import route
from tidegate.world.opening import Opening, given_up_after_s
from tidegate.world.service import Call, Service
from tidegate.world.world import World


def round_trip_s(world: World, way: tuple[str, ...]) -> float:
    """Return the time there and back over some crossings without any queue."""
    return sum(world.crossings[name].round_trip_s for name in way)


def way_of(world: World, start: str, service: str) -> tuple[str, ...]:
    """Return the crossings from a network to a service."""
    return route(world, start, world.services[service].network) or ()


def missed_ratio(call: Call) -> float:
    """Return the share of its requests for which a service makes a call: those that no warm cache answers."""
    return 1.0 if call.cache is None else 1.0 - call.cache.hit_ratio


def answer_s(world: World, name: str) -> float:
    """Return how long a service is busy with one request, all that it calls included; without set-up."""
    service = world.services[name]
    return service.service_time_s + calls_s(world, service)


def crowded_ratio(service: Service) -> float:
    """Return how many times as long as alone work takes where all places of an instance are busy."""
    law = service.contention
    return 1.0 if law is None else law.stretch_ratio(service.concurrency_count)


def calls_s(world: World, service: Service) -> float:
    """Return how long a request of a service waits for its calls, one after the other."""
    return sum(missed_ratio(call) * call_s(world, service, call) for call in service.calls)


def call_s(world: World, service: Service, call: Call) -> float:
    """Return how long one call takes that no cache answers, at most until it is given up."""
    trips, opening_s, timeout_s = 1, 0.0, call.timeout_s
    if call.connection != "keep_alive":
        trips = 2 + opening_trips_count(call.on_connect)
        opening_s = opening_work_s(world, call.service, call.on_connect)
        timeout_s += given_up_after_s(call.on_connect, call.timeout_s)
    there_s = trips * round_trip_s(world, way_of(world, service.network, call.service))
    return min(there_s + opening_s + answer_s(world, call.service), timeout_s)


def opening_work_s(world: World, name: str, openings: tuple[Opening, ...]) -> float:
    """Return the mean work of what a new connection to a service carries first, its calls included."""
    own_s = world.services[name].service_time_s
    each_s = answer_s(world, name)
    return sum(
        one.requests_count * (each_s if one.service_time_s is None else one.service_time_s + each_s - own_s)
        for one in openings
    )


def opening_trips_count(openings: tuple[Opening, ...]) -> int:
    """Return how many times there and back what a new connection carries first takes."""
    return sum(one.requests_count for one in openings)


def setup_work_s(service: Service) -> float:
    """Return the mean work of one new connection."""
    resumed = service.resumption_ratio
    return resumed * service.resumed_setup_time_s + (1.0 - resumed) * service.setup_time_s


def handshake_bytes(service: Service) -> float:
    """Return what a service sends in the mean of a new connection's TLS handshake."""
    resumed = service.resumption_ratio
    return resumed * service.resumed_handshake_size_bytes + (1.0 - resumed) * service.handshake_size_bytes


def places_count(service: Service, *, most: bool = False) -> int:
    """Return how many requests a service serves at once; `most`: as far as its autoscaler goes."""
    instances = service.instances_count
    limit = service.peers_per_thread_count
    if limit is not None and instances - 1 > limit:
        return 0
    if most and service.autoscaler is not None:
        instances = max(instances, service.autoscaler.most_count)
        instances = instances if limit is None else min(instances, limit + 1)
    return instances * service.concurrency_count
