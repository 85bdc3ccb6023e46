"""How much of their memory the instances of a service fill, and whether the others bear it once one is gone.

What stands at one time: the connections that are open, and the requests that are served or wait. Where fewer
instances than there are would be beyond their limit, the loss of so many takes the others along.

Who keeps a connection to an instance that goes asks one of the others as it connects anew, all at once.

Shortcuts: means over instances that are equally full, though a balancer's rule may fill one more than
another; where those that are left cannot do all that is asked of them, as much waits as their queues hold,
or those who ask wait for at a time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tidegate.evaluate.arithmetic.limit import Limit, about
from tidegate.evaluate.arithmetic.load import (
    Stream,
    capacity_per_s,
    kept_connections,
    open_count,
    standing_count,
    streams,
)
from tidegate.simulate.script import Script
from tidegate.world.file.quantity import format_quantity
from tidegate.world.instance_memory import Memory
from tidegate.world.service import Service
from tidegate.world.world import World

_ANY = 1_000_000  # requests in a queue without a stated limit


@dataclass(frozen=True, kw_only=True)
class Filling:
    """What fills the memory of the instances of a service.

    Parameters
    ----------
    service, memory
        The service, and what each of its instances may use.
    instances_count
        How many there are.
    connections_count
        Connections to all of them.
    busy_count
        Requests that all of them serve at a time, if they can.
    able_count
        How many of these one of them can.
    waiting_count
        Requests that wait at most where they cannot; infinite where requests come at a rate.
    returning_count
        Of the connections, those that are kept by whom asks as it connects anew.
    """

    service: Service
    memory: Memory
    instances_count: int
    connections_count: float
    busy_count: float
    able_count: float
    waiting_count: float
    returning_count: float

    def connections_each(self, instances_count: int) -> float:
        """Return the connections of one instance where there are so many."""
        accepted = self.service.accepted_count
        each = self.connections_count / instances_count
        return each if accepted is None else min(each, accepted)

    def requests_each(self, instances_count: int) -> float:
        """Return the requests of one instance where there are so many, those that wait with them."""
        gone_ratio = 1.0 - instances_count / self.instances_count
        if self.busy_count < self.able_count * instances_count:
            return (self.busy_count + self.returning_count * gone_ratio) / instances_count
        queue = _ANY if self.service.queue_count is None else self.service.queue_count
        most = self.service.concurrency_count + math.ceil(queue / max(self.service.instances_count, 1))
        return min(float(most), max(self.busy_count, self.waiting_count) / instances_count)

    def filled_bytes(self, instances_count: int) -> float:
        """Return what requests and connections take of one instance where there are so many."""
        connections, requests = self.connections_each(instances_count), self.requests_each(instances_count)
        return self.memory.used_bytes(connections, requests) - self.memory.base_bytes

    @property
    def pressure_ratio(self) -> float:
        """How much of what an instance may fill is filled."""
        return self.filled_bytes(self.instances_count) / max(self.memory.room_bytes, 1)

    @property
    def borne_count(self) -> int:
        """How many instances may go so that those that are left are within their limit."""
        gone = 0
        while gone + 1 < self.instances_count and self._bears(self.instances_count - gone - 1):
            gone += 1
        return gone

    def _bears(self, instances_count: int) -> bool:
        return self.filled_bytes(instances_count) <= self.memory.room_bytes

    def says(self, instances_count: int) -> str:
        """Return what one instance uses where there are so many, as a sum, and what it may use."""
        memory, parts = self.memory, []
        if memory.base_bytes:
            parts.append(size(memory.base_bytes))
        if memory.per_connection_bytes:
            count = self.connections_each(instances_count)
            parts.append(f"{_many(count)} connections × {size(memory.per_connection_bytes)}")
        if memory.per_request_bytes:
            count = self.requests_each(instances_count)
            parts.append(f"{_many(count)} requests × {size(memory.per_request_bytes)}")
        used = memory.base_bytes + self.filled_bytes(instances_count)
        return f"uses {size(used)} ({' + '.join(parts)}), and may use {size(memory.limit_bytes)}"


def bearable_connections_count(service: Service, memory: Memory) -> int | None:
    """Return the connections that an instance holds beside all requests that it can have; None without a sum.

    None where connections take nothing, or requests alone may take all there is.
    """
    queue = _ANY if service.queue_count is None else service.queue_count
    if memory.per_connection_bytes == 0:
        return None
    # A connection has one request at a time: so many of them bring no more.
    both_bytes = memory.per_connection_bytes + memory.per_request_bytes
    least = memory.room_bytes // both_bytes
    requests = service.concurrency_count + math.ceil(queue / max(service.instances_count, 1))
    left_bytes = memory.room_bytes - memory.per_request_bytes * requests
    most = max(least, left_bytes // memory.per_connection_bytes)
    return most if most > 0 else None


def size(value_bytes: float) -> str:
    """Return an amount of memory with the three figures that matter."""
    return format_quantity(float(f"{value_bytes:.3g}"), "bytes")


def _many(count: float) -> str:
    return f"{count:,.0f}" if count == round(count) else f"about {about(count)}"


def filling(world: World, name: str, asked: Sequence[Stream]) -> Filling | None:
    """Return what fills the memory of a service; None where that says nothing of it."""
    service = world.services[name]
    mine = tuple(one for one in asked if one.service == name)
    instances_count = standing_count(world, name, mine, at_least=False)
    if service.memory is None or instances_count == 0:
        return None
    wanted_per_s = sum(one.requests_per_s for one in mine)
    able_per_s = capacity_per_s(world, name, mine)
    places_count = service.instances_count * service.concurrency_count
    # As much of its places as of what it can do is asked for.
    busy_count = places_count * wanted_per_s / able_per_s if able_per_s > 0.0 else 0.0
    return Filling(
        service=service,
        memory=service.memory,
        instances_count=instances_count,
        connections_count=open_count(mine),
        busy_count=busy_count,
        able_count=float(service.concurrency_count),
        waiting_count=sum(_waiting(world, one) for one in mine),
        returning_count=float(sum(one.kept_count for one in mine if _asks_anew(world, one))),
    )


def _waiting(world: World, stream: Stream) -> float:
    """Return how many requests of a stream can wait at a time."""
    clients = world.clients.get(stream.name)
    if clients is None:
        return float(stream.clients_count)
    if clients.demand.kind == "open" and clients.demand.rate_per_s > 0.0:
        return math.inf
    return float(max(kept_connections(clients), clients.population_count))


def _asks_anew(world: World, stream: Stream) -> bool:
    """Whether who keeps connections asks something as one is made anew."""
    clients = world.clients.get(stream.name)
    return clients is None or clients.demand.kind != "none" or bool(clients.on_connect)


def at_memories(world: World, asked: Sequence[Stream]) -> Iterator[Limit]:
    """Yield the memory of each service's instances, as a stock."""
    for name, service in world.services.items():
        found = filling(world, name, asked)
        if found is None:
            continue
        wanted = found.filled_bytes(found.instances_count)
        yield Limit(
            place_kind="service",
            place=name,
            path=f"services.{name}.memory.limit",
            kind="stock",
            wanted=wanted,
            allowed=max(found.memory.room_bytes, 0),
            least_wanted=wanted,
            says=f"each instance of {service.title or name} {found.says(found.instances_count)}",
            beside=found.memory.base_bytes,
        )


def tips(script: Script) -> tuple[str, ...]:
    """Return, as clauses, whose instances are within their limit, and would not be with fewer of them."""
    world, said = script.phases[-1].world, []
    asked = streams(world)
    for name, service in world.services.items():
        found = filling(world, name, asked)
        if found is None or found.pressure_ratio > 1.0:
            continue
        left = found.instances_count - found.borne_count - 1
        if left == 0:
            continue  # the last of them bears it all
        lost = "one" if found.borne_count == 0 else f"{found.borne_count + 1:,}"
        gone = "is" if found.borne_count == 0 else "are"
        each = "the one that is left" if left == 1 else f"each of the {left:,} that are left"
        said.append(
            f"once {lost} of the {found.instances_count:,} instances of {service.title or name} {gone} gone, "
            f"{each} {found.says(left)}: what it has is then lost as well"
        )
    return tuple(said)
