"""What helps where instances are killed because they use too much memory? Less that fills it, or more of it.

Sums over the world, nothing is run. As many connections, or waiting requests, are let in as an instance holds
beside all else that it can have; or so much memory that those which are left bear what one of them had.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from tidegate.evaluate.arithmetic.filling import Filling, bearable_connections_count, filling
from tidegate.evaluate.arithmetic.load import streams
from tidegate.evaluate.variants.margin import MARGIN_RATIO
from tidegate.protect.offer import Knob, Offer
from tidegate.world.world import World

_UNEVEN = 4.0  # times the mean, at most: the instance with the fewest connections gets all that come back


def of_memories(after: World) -> Iterator[Offer]:
    """Yield what could help the instances of each service, in the world as it is once all has happened."""
    asked = streams(after)
    for name in after.services:
        found = filling(after, name, asked)
        if found is not None:
            yield from _fewer_connections(name, found)
            yield from _fewer_waiting(name, found)
            yield from _more_memory(name, found)


def _fewer_connections(name: str, found: Filling) -> Iterator[Offer]:
    service = found.service
    most = bearable_connections_count(service, found.memory)
    if most is None or most * found.instances_count < found.connections_count:
        return  # who has no place even while all are there is not helped
    if service.connections_count is None or service.connections_count > most:
        called = f"as many connections as an instance of {service.title or name} bears"
        yield Offer(name=called, changes={f"services.{name}.connections": most}, refuses=1)


def _fewer_waiting(name: str, found: Filling) -> Iterator[Offer]:
    service, memory = found.service, found.memory
    if memory.per_request_bytes == 0:
        return
    connections = found.connections_each(max(found.instances_count - 1, 1))
    left_bytes = memory.room_bytes - memory.per_connection_bytes * connections
    each = math.floor(left_bytes / memory.per_request_bytes) - service.concurrency_count
    queue = each * service.instances_count
    if each >= 0 and (service.queue_count is None or service.queue_count > queue):
        called = f"no longer a queue than an instance of {service.title or name} bears"
        yield Offer(name=called, changes={f"services.{name}.queue": queue}, refuses=1)


def _more_memory(name: str, found: Filling) -> Iterator[Offer]:
    left, room_bytes = max(found.instances_count - 1, 1), max(found.memory.room_bytes, 1)
    times = found.filled_bytes(left) / room_bytes
    if times <= 1.0:
        return
    path = f"services.{name}.memory.limit"
    knob = Knob(
        path=path,
        least=1.0,
        most=_UNEVEN * times / (1.0 - MARGIN_RATIO),
        base=float(found.memory.base_bytes),
        scale=float(room_bytes),
        whole=True,
        rounded=True,
    )
    yield Offer(
        name=f"more memory for each instance of {found.service.title or name}",
        changes={path: knob.value(knob.most)},
        refuses=0,
        asks="limit",
        knob=knob,
        because=f"each of the {left:,} that are left once one is gone {found.says(left)}",
    )
