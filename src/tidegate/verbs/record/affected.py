"""Affected: which components an outage touches, as they are written and in the order they are shown in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tidegate.errors import Fault, InputError
from tidegate.track.component import Status
from tidegate.track.outage import Outage
from tidegate.verbs.record.outage import Desk
from tidegate.world.file.nearest_name import nearest


def in_order(desk: Desk, one: Outage) -> Outage:
    """Return an outage with its components and segments in the order of the site, then of the world."""
    nouns = () if desk.world is None else (*desk.world.services, *desk.world.segments)
    shown = dict.fromkeys((*(component.id for component in desk.state.components()), *nouns))
    places = {name: place for place, name in enumerate(shown)}

    def ordered(names: Iterable[str]) -> list[str]:
        return sorted(names, key=lambda name: places.get(name, len(places)))

    return replace(
        one,
        components={name: one.components[name] for name in ordered(one.components)},
        unconfirmed={name: one.unconfirmed[name] for name in ordered(one.unconfirmed)},
        touched={name: one.touched[name] for name in ordered(one.touched)},
        segments=tuple(ordered(one.segments)),
    )


def parse_components(words: Sequence[str]) -> dict[str, str]:
    """Return status by component from ``name=status`` words; ``name`` alone is a major outage.

    Raises
    ------
    InputError
        With every unknown status.
    """
    found, faults = {}, []
    known = [status.value for status in Status]
    for word in words:
        name, _, status = word.partition("=")
        status = status or Status.MAJOR.value
        found[name] = status
        if status not in known:
            near = nearest(status, known)
            faults.append(Fault(what="is no status", value=word, allowed=", ".join(known), nearest=near))
    if faults:
        raise InputError(*faults)
    return found
