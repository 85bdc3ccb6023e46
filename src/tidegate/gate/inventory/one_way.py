"""Which device do several that join the same networks come to? Equal ones share the flows.

Whoever passes between two networks of a world passes one crossing. So gateways of one kind, as of several
zones, are devices of one crossing; how unequally they are used is assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tidegate.gate.inventory.joined import agreed
from tidegate.gate.inventory.seen_thing import Seen, assumed

_SKEW = assumed(
    0.0, 0.0, 1.0, "new flows a second of each gateway: how much more the busiest gets than its share"
)
_RECORDED = 2
_LINUX = "linux"
_SINGLE = frozenset({"cloudwatch", "prometheus"})
"""Systems whose name is of one device alone, whose series are read."""


def one_device(found: Sequence[Seen], notes: list[str]) -> Seen:
    """Return what stands for several crossings between the same networks.

    Parameters
    ----------
    found
        Them, at least one.
    notes
        Where it is said what was taken for one, or left out.
    """
    recorded = [one for one in found if one.where_rank == _RECORDED]
    described = [one for one in found if one.where_rank != _RECORDED]
    if not described:
        return _alike(recorded, notes)
    device = _alike(described, notes)
    return _with_record(device, recorded[0], notes) if recorded else device


def _alike(found: Sequence[Seen], notes: list[str]) -> Seen:
    first = found[0]
    same = [one for one in found if one.words.get("device") == first.words.get("device")]
    notes.extend(
        f"{other.name} ({other.words.get('device')}) joins the same networks as {first.name}: a world "
        "has one way, and it is left out"
        for other in found
        if other not in same
    )
    if len(same) == 1:
        return first
    figures = {
        key: agreed([one.figures[key] for one in same if key in one.figures], f"{first.name}: {key}", notes)
        for key in dict.fromkeys(key for one in same for key in one.figures)
    }
    others = ", ".join(one.name if one.name != first.name else one.source for one in same[1:4])
    notes.append(
        f"{first.name} and {others} join the same networks: they are {len(same)} devices of one crossing"
    )
    known = {}
    for key in first.known_as:
        names = list(dict.fromkeys(one.known_as[key] for one in same if key in one.known_as))
        if len(names) == 1 or key not in _SINGLE:
            known[key] = ", ".join(names)
    words = first.words | {"devices": len(same)}
    return replace(first, words=words, figures={**figures, "skew": _SKEW}, known_as=known)


def _with_record(device: Seen, recorded: Seen, notes: list[str]) -> Seen:
    """Return a device with what records of flows measured at it; its kind says the rest."""
    is_linux = _LINUX in str(device.words.get("device"))
    measured = {
        key: one
        for key, one in recorded.figures.items()
        if one.basis == "measured" and (is_linux or not key.startswith("table."))
    }
    background = {key: value for key, value in recorded.words.items() if key.startswith("background")}
    notes.append(
        f"flows were recorded at what is taken to be {device.name}, the only device there between these "
        "networks"
    )
    return replace(device, figures={**device.figures, **measured}, words={**device.words, **background})
