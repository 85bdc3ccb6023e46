"""Documents of other tools in which something is not what it should be: of another type, missing, or much."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

Tree = Any
_STRANGE: tuple[Tree, ...] = (
    None, True, False, 0, -1, 1, 3.5, 10**30, -(10**400), 1e999, -1e999, float("nan"), "", " ", "x", "\ud800",
    "a\0b", "\n", "=1+1", "-", ".", "1", "-1", "1e999", "nan", "9" * 400, "x" * 5_000, "<b>" * 50, "::",
    "${x}", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00",
    "2026-02-30T00:00:00Z", [], {}, [[]], [{}], [None], ["x"], [1, 2], {"": ""}, {"x": None},
    {"id": []}, {"value": {}}, {"0": "x"},
)  # fmt: skip


def mutated(tree: Tree, chance: random.Random) -> Tree:
    """Return a copy of a tree with one to three places that are not as they were."""
    found = copy.deepcopy(tree)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        found = _mutated_once(found, chance)
    return found


def _mutated_once(tree: Tree, chance: random.Random) -> Tree:
    places = list(_places(tree))
    if not places:
        return copy.deepcopy(chance.choice(_STRANGE))
    holder, key = chance.choice(places)
    kind = chance.randrange(6)
    if kind == 0 and isinstance(holder, dict):
        del holder[key]
    elif kind == 1 and isinstance(holder, dict):
        holder[chance.choice(("", "x", "\ud800", "0", "id", f"{key} ", key * 2))] = holder.pop(key)
    elif kind == 2:
        other, name = chance.choice(places)
        holder[key] = copy.deepcopy(other[name])
    elif kind == 3:
        holder[key] = [copy.deepcopy(holder[key])] * chance.choice((1, 2, 30))
    else:
        holder[key] = copy.deepcopy(chance.choice(_STRANGE))
    return tree


def _places(tree: Tree) -> Iterator[tuple[Tree, Any]]:
    """Yield every place in a tree: what holds it, and under which key."""
    if isinstance(tree, dict | list):
        for key in tree if isinstance(tree, dict) else range(len(tree)):
            yield tree, key
            yield from _places(tree[key])
