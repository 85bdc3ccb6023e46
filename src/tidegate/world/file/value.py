"""What stands at a path of file keys in a world that has been read? Values only, in the core's units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.world.file.shape import slots
from tidegate.world.retry import RetryLayer, RetryPolicy
from tidegate.world.world import World


def value_at(world: World, path: str) -> Any:
    """Return what stands at a dotted path of file keys; None where nothing does.

    The layers of a retry policy are found with and without the step ``layers``.
    """
    here: Any = world
    for step in path.split("."):
        here = _below(here, step)
        if here is None:
            return None
    return here


def _below(found: Any, step: str) -> Any:
    if isinstance(found, Mapping):
        return found.get(step)
    if isinstance(found, RetryPolicy) and step.isdecimal():
        found = found.layers
    if isinstance(found, tuple):
        return found[int(step)] if step.isdecimal() and int(step) < len(found) else None
    if isinstance(found, RetryLayer) and step == "attempts":
        return None if found.retries_count is None else found.retries_count + 1
    if not hasattr(found, "__dataclass_fields__"):
        return None
    record: Any = type(found)
    slot = slots(record).get(step)
    return None if slot is None else getattr(found, slot.name)
