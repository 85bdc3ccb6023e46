"""Which of the things that several sources show are one? Those that share a name. Their numbers are joined.

Where two sources state a number differently, the range over both is kept, and it is said. What was measured
goes before what is published, and that before what is assumed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tidegate.gate.inventory.seen_thing import Ask, Figure, Inventory, Seen
from tidegate.world.how_many import how_many

_ORDER = ("measured", "published", "assumed")
_SENDS = "from "
_MOST_NOTES = 50


def joined(inventory: Inventory) -> Inventory:
    """Return an inventory in which each thing stands once.

    Parameters
    ----------
    inventory
        What all sources show together.
    """
    groups = _groups(inventory.seen)
    notes: list[str] = []
    merged = [_merged(group, notes) for group in groups]
    if len(notes) > _MOST_NOTES:
        rest = how_many(len(notes) - _MOST_NOTES, "more number differs", "more numbers differ")
        notes = [*notes[:_MOST_NOTES], f"{rest} between sources"]
    return replace(inventory, seen=merged, notes=[*inventory.notes, *notes])


def _groups(seen: Sequence[Seen]) -> list[list[Seen]]:
    """Return the things, those that share a name together, in the order in which they were first seen."""
    parent = list(range(len(seen)))

    def top(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    owner: dict[tuple[bool, str], int] = {}
    for i, one in enumerate(seen):
        is_crossing = one.section == "crossings"
        for name in sorted(one.names):
            if name.startswith(_SENDS):
                continue  # who sends from an address is one of many there
            first = owner.setdefault((is_crossing, name), i)
            low, high = sorted((top(first), top(i)))
            parent[high] = low
    found: dict[int, list[Seen]] = defaultdict(list)
    for i, one in enumerate(seen):
        found[top(i)].append(one)
    return [found[i] for i in sorted(found)]


def _merged(group: Sequence[Seen], notes: list[str]) -> Seen:
    first = group[0]
    if len(group) == 1:
        return first
    placed = max(group, key=lambda one: one.where_rank)
    found = replace(
        first,
        where=placed.where,
        where_rank=placed.where_rank,
        section="services" if any(one.section == "services" for one in group) else first.section,
        names={name for one in group for name in one.names},
        source="; ".join(dict.fromkeys(one.source for one in group)),
        title=next((one.title for one in group if one.title), ""),
        known_as={key: value for one in reversed(group) for key, value in one.known_as.items()},
        figures={},
        words={key: value for one in reversed(group) for key, value in one.words.items()},
        asks=[ask for one in group for ask in one.asks],
        is_asked=any(one.is_asked for one in group),
        grows_to_count=max(one.grows_to_count for one in group),
        scaler_name=next((one.scaler_name for one in group if one.scaler_name), ""),
    )
    for key in dict.fromkeys(key for one in group for key in one.figures):
        told = [one.figures[key] for one in group if key in one.figures]
        found.figures[key] = agreed(told, f"{found.name}: {key}", notes)
    return found


def agreed(told: Sequence[Figure], what: str, notes: list[str]) -> Figure:
    """Return what several sources say of one number; where they differ, the range over all, and a note.

    Parameters
    ----------
    told
        The number as each says it, the first as it counts.
    what
        What it is, for the note.
    notes
        Where the note goes.
    """
    basis = min((one.basis for one in told), key=_ORDER.index)
    known = [one for one in told if one.basis == basis]
    first = known[0]
    if len(known) == 1:
        return first
    low, high = min(one.low for one in known), max(one.high for one in known)
    sources = "; ".join(dict.fromkeys(one.source for one in known if one.source))
    apart = max(one.low for one in known) > min(one.high for one in known)
    if apart and basis != "assumed":
        said = " and ".join(f"{one.value:,.6g} ({one.source})" for one in known)
        notes.append(f"{what} is said to be {said}: both are kept, as a range")
    return replace(first, low=low, high=high, source=sources)


def put_together(asks: Iterable[Ask], target: str, notes: list[str]) -> Ask:
    """Return several ways of asking one thing as one."""
    every = list(asks)
    found = replace(
        every[0], figures={}, words={k: v for one in reversed(every) for k, v in one.words.items()}
    )
    for key in dict.fromkeys(key for one in every for key in one.figures):
        told = [one.figures[key] for one in every if key in one.figures]
        found.figures[key] = agreed(told, f"{target}: {key}", notes)
    return found
