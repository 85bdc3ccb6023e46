"""What happens in a world that was listed? What its autoscalers may do, else the growth of the largest."""

from __future__ import annotations

from tidegate.gate.inventory.seen_thing import Seen
from tidegate.gate.inventory.world_in_making import (
    RETRY,
    Tree,
    WorldInMaking,
    count_of_quantity,
    own_name,
)

_AT = "30s"
_MOST_ACTIVITIES = 12
_GROWTH_RATIO = 1.5
_BACK_OFF = "`tidegate probe -- CLIENT` shows whether it backs off when nothing answers"


def activities_of_inventory(writing: WorldInMaking) -> Tree:
    """Return what autoscalers may do, each as one growth to its most; else the growth of the largest."""
    found: Tree = {}
    told = 0
    for one in writing.inventory.seen:
        size = one.figures.get("instances", one.figures.get("population"))
        if not one.grows_to_count or size is None or id(one) not in writing.names:
            continue
        before, after = round(size.value), one.grows_to_count
        if after <= before:
            continue
        told += 1
        if told <= _MOST_ACTIVITIES:
            name = writing.names[id(one)]
            found[own_name(writing, f"grow_{name}")] = _growth(writing, one, before, after) | {
                "known_as": _scaled_as(one)
            }
    if told > _MOST_ACTIVITIES:
        writing.inventory.notes.append(
            f"{told - _MOST_ACTIVITIES} more autoscalers have no activity here: a world is judged by each it "
            "states"
        )
    if not found:
        found |= _any_growth(writing)
    return found


def _scaled_as(one: Seen) -> dict[str, str]:
    """Return by which name a change of size is known: its scaler's, or its own."""
    system = next((each for each in ("kubernetes", "ecs", "terraform") if each in one.known_as), "")
    return {system: one.scaler_name or one.known_as[system]} if system else {}


def _growth(writing: WorldInMaking, one: Seen, before: int, after: int) -> Tree:
    name = writing.names[id(one)]
    tree: Tree = {
        "kind": "scale",
        "title": f"{one.name} grows from {before} to {after}",
        "from": before,
        "to": after,
        "at": _AT,
    }
    if name in writing.services:
        tree["service"] = name
    clients = writing.grown.get(id(one), (one, []))[1]
    return tree | ({"clients_added": clients[0] if len(clients) == 1 else clients} if clients else {})


def _any_growth(writing: WorldInMaking) -> Tree:
    """Return the growth, by half, of whoever keeps most connections."""
    best: tuple[float, Seen | None] = (0.0, None)
    for one in writing.inventory.seen:
        size = one.figures.get("instances", one.figures.get("population"))
        if id(one) not in writing.names or size is None or one.section == "crossings" or size.value < 1:
            continue
        pools = sum(ask.figures["pool.most"].value for ask in one.asks if "pool.most" in ask.figures)
        weight = size.value * (pools + one.figures["pool"].value if "pool" in one.figures else pools)
        best = max(best, (weight, one), key=lambda each: each[0])
    largest = best[1]
    if largest is None:
        return _more_clients(writing)
    size = largest.figures.get("instances", largest.figures.get("population"))
    assert size is not None
    before = round(size.value)
    return {"grow": _growth(writing, largest, before, max(round(_GROWTH_RATIO * before), before + 1))}


def _more_clients(writing: WorldInMaking) -> Tree:
    """Return the growth of the largest population by about half: if nothing grows by itself, demand does."""
    sizes = {name: count_of_quantity(tree.get("population")) for name, tree in writing.clients.items()}
    if not sizes:
        return {}
    name = max(sizes, key=lambda each: sizes[each])
    before = round(sizes[name])
    after = max(round(_GROWTH_RATIO * before), before + 1)
    growth: Tree = {
        "kind": "scale", "title": f"{name} grows from {before:,} to {after:,}", "clients_added": name,
        "from": before, "to": after, "at": _AT,
    }  # fmt: skip
    return {"grow": growth}


def beliefs_of_clients(writing: WorldInMaking) -> Tree:
    """Return what is believed of who asks: that it backs off."""
    counter = {
        f"clients.{name}.retry": "immediate"
        for name, tree in writing.clients.items()
        if tree.get("retry") == RETRY
    }
    if not counter:
        return {}
    return {
        "back_off": {
            "says": "who is not answered backs off before trying again",
            "otherwise": "no back-off",
            "counter": counter,
            "measure": _BACK_OFF,
        }
    }
