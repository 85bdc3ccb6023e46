"""How long can a place make others wait? What it does a second, and who is served in time when it is full.

A place is a service, a crossing, its link, or the pool of connections of those who ask at a rate. Its wait is
that of whoever finds its queue full.

Shortcuts: all that waits costs the same; devices of a crossing are as busy as the busiest, and a crossing
that grows by itself has not grown yet.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tidegate.evaluate.arithmetic.bandwidth import FULL_PACKET_BYTES
from tidegate.evaluate.arithmetic.load import kept_connections
from tidegate.evaluate.arithmetic.work import answer_s, calls_s, crowded_ratio, places_count, setup_work_s
from tidegate.world.crossing import EXCHANGE_PACKETS, KEPT_EXCHANGE_PACKETS, Crossing
from tidegate.world.pooling import pool_of
from tidegate.world.service import Call, Service
from tidegate.world.world import World

NO_LIMIT_COUNT = 1_000_000
_OPENING_PASSES, _KEPT_PASSES = 4, 2  # of one queue, until the answer is there
_FIRST_RESEND_S = 1.0
_TRANSFER_BYTES = 65536  # what is larger shares a link with others, and no queue bounds how long it takes
_LOST_RATIO = 0.3  # of the packets of an exchange: one that fails for losses ends with its first few
_DATA_TRIES_MORE = 2  # a request is sent again sooner than a SYN

InTime = Callable[[float], float]
"""Given how many times what it can do is asked of a place, which share of the attempts succeeds in time."""


@dataclass(frozen=True, kw_only=True)
class Waste:
    """What becomes of attempts at a place that is asked for more than it does.

    Parameters
    ----------
    in_time
        Which share of them succeeds.
    failed_ratio
        The work of one that fails, over that of one that succeeds.
    """

    in_time: InTime
    failed_ratio: float = 1.0


@dataclass(frozen=True, order=True)
class Place:
    """A service, a crossing, its link, or the pool of connections of a population.

    Parameters
    ----------
    kind
        "service", "crossing" (what its devices do), "link" (what its bandwidth carries), "pool", or "limit"
        (what a call lets through by itself).
    name
        The service, the crossing (twice), or whose pool it is: a population, or "api/call/0".
    """

    kind: str
    name: str

    @property
    def title(self) -> str:
        """How it is called: by its name, and a pool by its population."""
        if self.kind == "pool" and "/" in self.name:
            return f"the pool of {self.name.split('/', 1)[0]}'s calls"
        if self.kind == "limit":
            return f"the limit of {self.name.split('/', 1)[0]}'s calls"
        return f"the {self.kind} of {self.name}" if self.kind in {"pool", "link"} else self.name

    @property
    def is_passed(self) -> bool:
        """Whether it is on the way to a service."""
        return self.kind in {"crossing", "link"}

    @property
    def part(self) -> tuple[str, str]:
        """The part of the world file that it is."""
        if self.kind == "limit" or (self.kind == "pool" and "/" in self.name):
            return "services", self.name.split("/", 1)[0]
        return _SECTIONS[self.kind], self.name


_SECTIONS = {"service": "services", "crossing": "crossings", "link": "crossings", "pool": "clients"}


def places(world: World) -> tuple[Place, ...]:
    """Return all places of a world that can be asked for more than they do."""
    found = [Place("service", name) for name, one in world.services.items() if places_count(one)]
    limited = [name for name, one in world.crossings.items() if one.flow_capacity_per_s is not None]
    # Whose demand does not wait for its connections: closed clients ask one thing at a time on each.
    pooled = [
        name
        for name, one in world.clients.items()
        if one.demand.kind == "open" and one.demand.rate_per_s > 0.0 and kept_connections(one)
    ]
    return (
        *found,
        *(Place("crossing", name) for name in limited),
        *(
            Place("link", name)
            for name, one in world.crossings.items()
            if one.bandwidth_bit_per_s is not None
        ),
        *(Place("pool", name) for name in pooled),
        *(Place("pool", name) for name in _call_pools(world)),
    )


def longest_wait_s(world: World, place: Place, *, opens: bool, weight_bytes: float = 0.0) -> float:
    """Return how long a place makes wait whoever finds its queue full.

    Parameters
    ----------
    world, place
        Where.
    opens
        Whether a connection is opened for it, which passes a crossing's queue more often.
    weight_bytes
        What it brings over a link: transfers share a link, and none waits in a queue for it.
    """
    if place.kind == "pool" and "/" in place.name:
        return _call_pool_wait_s(world, place.name)
    if place.kind == "pool" or (place.kind == "link" and weight_bytes > _TRANSFER_BYTES):
        return math.inf
    if place.kind == "link":
        waiting_bits = 8.0 * FULL_PACKET_BYTES * world.crossings[place.name].queue_packets_count
        return waiting_bits * world.crossings[place.name].devices_count / link_bit_per_s(world, place.name)
    if place.kind == "crossing":
        return _crossing_wait_s(world.crossings[place.name], opens=opens, coarse=world.detail == "coarse")
    service = world.services[place.name]
    own_s = service.service_time_s + (setup_work_s(service) if opens else 0.0)
    busy_s = own_s * crowded_ratio(service) + calls_s(world, service)
    return busy_s + waiting_count(service) * busy_s / places_count(service)


def _call_pools(world: World) -> Iterator[str]:
    """Yield the pools whose wait is counted by the time-out of the call: who waited long has no time left."""
    for name, service in world.services.items():
        for i, call in enumerate(service.calls):
            pool = pool_of(world, name, call)
            if pool is not None and pool.wait_s is None and service.instances_count:
                yield f"{name}/call/{i}"


def _call_of(world: World, name: str) -> tuple[Service, Call, int]:
    """Return who calls, its call, and how many connections each instance has for it."""
    caller, _, number = name.split("/")
    service = world.services[caller]
    call = service.calls[int(number)]
    return service, call, service.pool_count(pool_of(world, caller, call))


def _connections_count(world: World, name: str) -> int:
    """Return how many connections there are in a pool, of all instances or clients together."""
    if "/" not in name:
        return kept_connections(world.clients[name])
    service, _, each_count = _call_of(world, name)
    return places_count(service, most=True) // service.concurrency_count * each_count


def _call_pool_wait_s(world: World, name: str) -> float:
    """Return how long the last waits where all places of an instance want a connection."""
    service, call, each_count = _call_of(world, name)
    return service.concurrency_count / each_count * answer_s(world, call.service)


def link_bit_per_s(world: World, name: str) -> float:
    """Return what the link of a crossing carries beside its background, all devices together."""
    crossing = world.crossings[name]
    assert crossing.bandwidth_bit_per_s is not None
    background = 8.0 * FULL_PACKET_BYTES * crossing.background.packets_per_s
    return crossing.devices_count * max(crossing.bandwidth_bit_per_s - background, 1.0)


def waiting_count(service: Service) -> int:
    """Return how many requests can wait at a service: in its queue, and on connections not accepted yet."""
    count = NO_LIMIT_COUNT if service.queue_count is None else service.queue_count
    if service.accepted_count is None:
        return count
    accepted = service.instances_count * service.accepted_count
    backlog = service.instances_count * service.waiting_count
    count = min(count, max(accepted - places_count(service), 0))
    return count + (0 if service.refuses_more else backlog)


def _crossing_wait_s(crossing: Crossing, *, opens: bool, coarse: bool) -> float:
    passes = 1 if coarse else _OPENING_PASSES if opens else _KEPT_PASSES
    return passes * crossing.queue_packets_count * exchange_s(crossing, opens=True) / EXCHANGE_PACKETS


def exchange_s(crossing: Crossing, *, opens: bool) -> float:
    """Return the work of one exchange for one device, on a connection of its own or a kept one."""
    capacity_per_s = crossing.flow_capacity_per_s
    if capacity_per_s is None:
        return 0.0
    if opens:
        return crossing.devices_count / capacity_per_s
    if crossing.forwarding_per_s is None:
        return 0.0
    return KEPT_EXCHANGE_PACKETS / max(crossing.forwarding_per_s - crossing.background.packets_per_s, 1e-9)


def capacity_work(world: World, place: Place) -> float:
    """Return the seconds of work (of a link: bits) that a place does in a second, its scaler at its most."""
    if place.kind == "service":
        return float(places_count(world.services[place.name], most=True))
    if place.kind == "pool":
        return float(_connections_count(world, place.name))
    if place.kind == "link":
        crossing = world.crossings[place.name]
        return link_bit_per_s(world, place.name) / crossing.devices_count / crossing.busiest_share_ratio
    return 1.0 / world.crossings[place.name].busiest_share_ratio


def wastes(world: World, place: Place, *, timeout_s: float, wait_s: float) -> Waste | None:
    """Return what becomes of attempts at a place that is asked for too much; None where none is wasted.

    Parameters
    ----------
    world, place
        Where.
    timeout_s
        After how long an attempt is given up.
    wait_s
        How long it can have to wait.
    """
    late = wait_s >= _LATE_SHARE * timeout_s
    if place.kind == "pool":  # who gives up while waiting for a connection leaves
        return Waste(in_time=_just_in_time(_connections_count(world, place.name))) if late else None
    if place.is_passed:
        if late:
            return Waste(in_time=_nobody)
        lossy = (
            place.kind == "crossing"
            and world.detail == "packet"
            and world.crossings[place.name].queue_when_full == "silent"
        )
        return Waste(in_time=_despite_losses(timeout_s), failed_ratio=_LOST_RATIO) if lossy else None
    service = world.services[place.name]
    if not late or service.queue_order == "lifo":
        return None
    if service.abandoned_work == "served":
        return Waste(in_time=_nobody)
    return Waste(in_time=_just_in_time(places_count(service)))


_LATE_SHARE = 0.9  # of a time-out: what can make that much wait makes some of them late


def _nobody(asked_times: float) -> float:
    """Return who is served in time behind a queue that is longer than the time-out: nobody."""
    return 0.0 if asked_times > 1.0 else 1.0


def _just_in_time(places: int) -> InTime:
    """Return who is, where those who have gone leave the queue: the others have waited nearly too long.

    The wait of those served lies below the time-out by an exponential span, which the service has to fit in
    (M/M/n with patience, heavily loaded).
    """
    return lambda times: min(1.0, 1.0 / (times * (1.0 + places * max(times - 1.0, 0.0))))


def _despite_losses(timeout_s: float) -> InTime:
    """Return who is, where packets are lost at a full queue and sent again by the kernel."""
    tries = int(math.log2(timeout_s / _FIRST_RESEND_S + 1.0)) + 1

    def in_time(times: float) -> float:
        both_ways = min(1.0, 1.0 / times) ** 2
        opened = 1.0 - (1.0 - both_ways) ** tries
        return opened * (1.0 - (1.0 - both_ways) ** (tries + _DATA_TRIES_MORE))

    return in_time


def feeding_ratio(all_fail_ratio: float, tries_count: float, waste: Waste) -> float:
    """Return how much is asked at most of a full place, over what would keep it as full.

    Parameters
    ----------
    all_fail_ratio
        What is asked where every attempt fails, over what the place does.
    tries_count
        Attempts of a request that is never answered.
    waste
        What becomes of them.
    """
    if all_fail_ratio <= 1.0 or waste.in_time is _nobody:
        return all_fail_ratio
    best, step = 0.0, (all_fail_ratio / 1.01) ** (1.0 / 40)
    for i in range(41):
        times = 1.01 * step**i
        missed = 1.0 - waste.in_time(times)
        work = 1.0 - missed + missed * waste.failed_ratio
        made = tries_count if missed >= 1.0 else (1.0 - missed**tries_count) / (1.0 - missed)
        best = max(best, all_fail_ratio * made / tries_count * work / times)
    return best
