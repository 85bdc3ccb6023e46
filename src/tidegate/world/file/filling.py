"""What fills an instance's memory: where that contradicts itself."""

from __future__ import annotations

from tidegate.world.file.faults import Faults, Path
from tidegate.world.file.quantity import format_quantity
from tidegate.world.file.scaling import judge_backoff
from tidegate.world.instance_memory import Memory
from tidegate.world.world import World


def judge_memory(path: Path, memory: Memory, world: World, faults: Faults) -> None:
    """Judge what an instance may use, and what it uses."""
    if memory.room_bytes <= 0:
        limit, base = (
            format_quantity(value_bytes, "bytes") for value_bytes in (memory.limit_bytes, memory.base_bytes)
        )
        what = "is no more than base, so that an instance with nothing to do is killed"
        faults.add((*path, "limit"), what, value=limit, allowed=f"more than base ({base})")
    key = ".".join(map(str, path))
    later = {f"{key}.per_request", f"{key}.per_connection"}
    fills = memory.per_request_bytes or memory.per_connection_bytes
    if not fills and not any(later & set(trigger.set) for trigger in world.triggers.values()):
        faults.add(path, "is filled by nothing", allowed="per_request, per_connection, or both, above 0B")
    judge_backoff((*path, "restart_backoff"), memory.restart_backoff, faults)
