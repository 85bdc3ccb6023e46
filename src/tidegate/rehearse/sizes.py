"""How many bytes have requests and answers on the rig, and which links can it not have? Rows and reasons.

A request is padded to its size, and says how large an answer it wants; both with all that HTTP writes around
them, so that nothing is smaller than `LEAST_BYTES`. How a link of a device is built stands in `device_plan`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tidegate.simulate.rows import Row, rows_of
from tidegate.world.service import Service, sizes_bytes
from tidegate.world.world import World

LEAST_BYTES = 160
"""What a request or an answer of the rig has at most, where nothing is said of its size."""

MOST_BYTES = 65536
"""Larger answers are transfers, whose packets the engine does not follow."""

LEAST_LINK_BIT_PER_S = 200_000.0


def sized(row: Row, world: World) -> Row:
    """Return a population whose own sizes say what its requests and answers weigh."""
    request_bytes, answer_bytes = sizes_bytes(row.clients, world.services[row.clients.service])
    clients = replace(row.clients, request_size_bytes=request_bytes, answer_size_bytes=answer_bytes)
    return replace(row, clients=clients)


def weighs(world: World) -> bool:
    """Whether a request or an answer takes more than one packet, so that packets must stay what they are."""
    return any(max(sizes_bytes(row.clients, _service(row, world))) > LEAST_BYTES for row in _asking(world))


def why_no_link(world: World, name: str) -> Iterator[str]:
    """Yield why the link of a crossing cannot be rehearsed."""
    crossing = world.crossings[name]
    if crossing.bandwidth_bit_per_s is None:
        return
    if crossing.bandwidth_bit_per_s < LEAST_LINK_BIT_PER_S:
        yield f"a link of less than {LEAST_LINK_BIT_PER_S / 1e3:g} kbit/s"
    for row in _asking(world):
        if name not in row.route:
            continue
        service = _service(row, world)
        if sizes_bytes(row.clients, service)[1] > MOST_BYTES:
            yield (
                f"a link that carries answers above {MOST_BYTES // 1024} KiB to {row.name}: the engine "
                "does not follow their packets"
            )
        if service.handshake_size_bytes > 0:
            yield f"a link that carries certificates of {row.clients.service}: the rig's servers have none"


def _asking(world: World) -> Iterator[Row]:
    return (row for row in rows_of(world).values() if row.kind not in {"probe", "lookup"})


def _service(row: Row, world: World) -> Service:
    return world.services[row.clients.service]
