"""What of sizes contradicts itself? They act only on a link, and only packet by packet."""

from __future__ import annotations

from collections.abc import Callable

from tidegate.world.file.faults import Faults, Path
from tidegate.world.file.quantity import format_quantity
from tidegate.world.service import Service
from tidegate.world.world import World

_OWN = (("handshake_size",), ("resumed_handshake_size",), ("request_size",), ("answer_size",))
_NO_LINK = "acts only where a crossing has a bandwidth"
Idle = Callable[..., None]


def judge_sizes(path: Path, service: Service, world: World, faults: Faults, idle: Idle) -> None:
    """Judge what a service's requests, answers and handshakes weigh, and those of its calls."""
    keys: list[Path] = [*_OWN]
    keys += [("boot", "calls", index, "answer_size") for index in range(len(service.boot.calls))]
    for index in range(len(service.calls)):
        keys += [("calls", index, key) for key in ("request_size", "answer_size")]
    for key in keys:
        idle((*path, *key), _NO_LINK, unless=_has_link(world))
    if service.resumed_handshake_size_bytes > service.handshake_size_bytes:
        full = format_quantity(service.handshake_size_bytes, "bytes")
        what = "is more than a full handshake has"
        faults.add((*path, "resumed_handshake_size"), what, allowed=f"at most handshake_size ({full})")


def judge_sizes_of_clients(path: Path, world: World, idle: Idle) -> None:
    """Judge what the requests of clients and their answers weigh."""
    for key in ("request_size", "answer_size"):
        idle((*path, key), _NO_LINK, unless=_has_link(world))


def _has_link(world: World) -> bool:
    return any(crossing.bandwidth_bit_per_s is not None for crossing in world.crossings.values())
