"""What is read of a world's nouns to fit its numbers? Counters and gauges, by the noun that has them.

A reading is named as it is watched: ``crossings.nat.flows_held``. A number of the world file may be read
itself, by its path: ``crossings.nat.table.entries``. A counter only grows; a gauge is as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.errors import Fault, InputError
from tidegate.world.file.nearest_name import nearest
from tidegate.world.file.value import value_at
from tidegate.world.world import World

GAUGE, COUNTER = "gauge", "counter"
KINDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "crossings": {
        "flows_held": (GAUGE, "flows in its table, of all devices"),
        "ports_used": (GAUGE, "source ports that are taken for one address of a destination, of all devices"),
        "new_flows": (COUNTER, "new flows that were let in"),
        "refused": (COUNTER, "new flows that were turned away"),
        "packets": (COUNTER, "packets that came"),
        "bits": (COUNTER, "bits that came"),
        "packets_dropped": (COUNTER, "packets that found the queue full"),
    },
    "clients": {
        "requests": (COUNTER, "requests begun, retries not counted"),
        "attempts": (COUNTER, "attempts begun, first ones and retries"),
        "served": (COUNTER, "requests that were answered"),
        "failed": (COUNTER, "requests that were given up"),
        "waiting": (GAUGE, "requests begun, and neither answered nor given up"),
        "open_connections": (GAUGE, "connections that they keep open, of all of them together"),
    },
    "services": {
        "requests": (COUNTER, "requests that were answered"),
        "busy": (GAUGE, "requests that it works on"),
        "waiting": (GAUGE, "requests that wait for a worker"),
        "open_connections": (GAUGE, "connections that stand"),
        "new_flows": (COUNTER, "connections that were opened"),
        "refused": (COUNTER, "connections or requests that were turned away"),
    },
}
"""By the section of the world and the last word of the reading's name: its form, and what it is."""


def form_of(name: str) -> str:
    """Return whether a reading is a gauge or a counter; a number of the file is a gauge."""
    section, _, what = name.split(".", 2)
    return KINDS.get(section, {}).get(what, (GAUGE, ""))[0]


def is_number_of_the_file(name: str) -> bool:
    """Whether a reading is a number of the world file itself, by its path."""
    section, _, what = name.split(".", 2)
    return what not in KINDS.get(section, {})


def check_readings(readings: Mapping[str, tuple[str, str]], world: World) -> None:
    """Refuse readings that a world has nothing for, and counters that are read as gauges.

    Parameters
    ----------
    readings
        As `answering.Answers` has them.
    world
        The world.

    Raises
    ------
    InputError
        With every fault.
    """
    known = {
        f"{section}.{noun}.{what}"
        for section, kinds in KINDS.items()
        for noun in getattr(world, section)
        for what in kinds
    }
    faults = [fault for name, (form, _) in readings.items() if (fault := _fault(name, form, world, known))]
    if faults:
        raise InputError(*faults)


def _fault(name: str, form: str, world: World, known: set[str]) -> Fault | None:
    path = f"worlds.{world.name}.readings.{name}"
    if name in known:
        if form_of(name) == form:
            return None
        allowed = "`count: …` (it only grows)" if form_of(name) == COUNTER else "the expression, as it is"
        return Fault(what=f"is read as a {form}", path=path, allowed=allowed)
    value = value_at(world, name) if name.count(".") > 1 else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return None if form == GAUGE else Fault(what="is read as a counter", path=path, allowed="a gauge")
    allowed = "SECTION.NAME.READING, as `crossings.nat.flows_held`, or a number that the world states"
    return Fault(what="is no reading of this world", path=path, nearest=nearest(name, known), allowed=allowed)
