"""What is known of a world while an inventory is written as one? Its nouns so far."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tidegate.gate.inventory.seen_thing import INSIDE, OUTSIDE, USERS, Figure, Inventory, Seen, assumed
from tidegate.world.file.quantity import format_quantity
from tidegate.world.file.shape import slot_at

Tree = dict[str, object]
RETRY = "exponential-full-jitter"
_INSTANCES = assumed(1, 1, 20, "how many instances of it run")
TIMEOUT = assumed(1.0, 0.25, 30.0, "read the connect and request time-outs in the client's configuration")


@dataclass
class WorldInMaking:
    """A world while it is written."""

    inventory: Inventory
    names: dict[int, str] = field(default_factory=dict)
    by_name: dict[str, Seen] = field(default_factory=dict)
    called: set[str] = field(default_factory=set)
    services: dict[str, Tree] = field(default_factory=dict)
    clients: dict[str, Tree] = field(default_factory=dict)
    crossings: dict[str, Tree] = field(default_factory=dict)
    grown: dict[int, tuple[Seen, list[str]]] = field(default_factory=dict)
    calls: dict[str, list[str]] = field(default_factory=dict)
    things: list[Seen] = field(default_factory=list)
    unlimited: set[int] = field(default_factory=set)


def own_name(writing: WorldInMaking, wanted: str) -> str:
    """Return a name that nothing else has yet."""
    base = re.sub(r"[^a-z0-9]+", "_", wanted.lower()).strip("_")[:50] or "thing"
    base = base if base[0].isalpha() else f"n_{base}"
    found, number = base, 2
    while found in writing.called:
        found, number = f"{base}_{number}", number + 1
    writing.called.add(found)
    return found


def figure_tree(path: str, one: Figure) -> Tree:
    """Return a number as a world file writes it.

    Parameters
    ----------
    path
        Where it stands, as a path of file keys: it decides the unit.
    one
        The number.
    """
    slot = slot_at(path)
    unit = slot.shape.unit if slot is not None else ""

    def text(value: float) -> str:
        return f"{round(value)}" if unit == "count" else format_quantity(float(f"{value:.4g}"), unit)

    tree: Tree = {
        "value": text(one.value),
        "low": text(min(one.low, one.value)),
        "high": text(max(one.high, one.value)),
        "basis": one.basis,
    }
    return (
        tree
        | ({"source": one.source} if one.source else {})
        | ({"measure": one.measure} if one.measure else {})
    )


def put(tree: Tree, path: str, key: str, value: object) -> None:
    """Put a value at a dotted key of a noun's tree."""
    *above, last = key.split(".")
    here = tree
    for step in above:
        inner = here.setdefault(step, {})
        assert isinstance(inner, dict)
        here = inner
    here[last] = figure_tree(f"{path}.{key}", value) if isinstance(value, Figure) else value


def network_of(one: Seen) -> str:
    """Return the network of a world that a thing stands in."""
    return one.where if one.where in {USERS, OUTSIDE} else INSIDE


def count_of_quantity(quantity: object) -> float:
    """Return a count as a world file writes it; at least one."""
    value = quantity.get("value") if isinstance(quantity, Mapping) else quantity
    return max(float(str(value)), 1.0) if value is not None else 1.0
