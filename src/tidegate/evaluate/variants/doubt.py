"""What of a setting takes effect if a belief about that very number is wrong? A proportion.

A counter-belief that says "twice as many connections as the pool is configured to" or "half of the
ports" stays true when the configuration is changed: so much of the new value takes effect, too. A
setting never silences a doubt about itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.world.file.overlay import overlay
from tidegate.world.file.value import value_at
from tidegate.world.world import World, WorldFile


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def share_of(file: WorldFile, under: Mapping[str, object], path: str) -> float | None:
    """Return as how many times what is believed a number stands in another world.

    None where it is no number, is believed to be zero, or `under` does not state it.
    """
    if path not in under:
        return None
    believed = _number(value_at(file.world, path))
    wrong = _number(value_at(overlay(file, under).world, path))
    return wrong / believed if believed and wrong is not None else None


def in_doubt(
    file: WorldFile, under: Mapping[str, object], changes: Mapping[str, object]
) -> dict[str, object]:
    """Return the overlay of changes in a world where something is otherwise.

    Parameters
    ----------
    file
        The world as believed.
    under
        What is otherwise: a counter-belief, or a number moved.
    changes
        What is set. A number that both state becomes as many times what is set as `under` makes it of
        what is believed; of anything else the changes hold.
    """
    merged: dict[str, object] = {**under, **changes}
    for path in changes:
        share = share_of(file, under, path)
        wanted = _number(value_at(overlay(file, changes).world, path)) if share is not None else None
        if share is not None and wanted is not None:
            merged[path] = wanted * share
    return merged


def doubts_of(world: World) -> dict[str, Mapping[str, object]]:
    """Return what is otherwise where a belief is wrong that was never measured, by title."""
    return {
        belief.otherwise or f"not {name}": belief.counter
        for name, belief in world.beliefs.items()
        if belief.basis != "measured"
    }
