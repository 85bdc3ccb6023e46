"""Deaths and load: an instance that uses too much memory is killed, and what it had fills the others.

Shortcuts: as in `arithmetic.filling`; one instance dies, and all that it had goes to the others at once.
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.evaluate.arithmetic.feedback.place import Place
from tidegate.evaluate.arithmetic.feedback.retrying import load
from tidegate.evaluate.arithmetic.feedback.rings import Edge, Quantity
from tidegate.evaluate.arithmetic.filling import Filling, filling, size
from tidegate.evaluate.arithmetic.load import streams
from tidegate.world.world import World


def killing(world: World, place: Place) -> Iterator[Edge]:
    """Yield the edges of the loop in which instances of a service that are killed kill the others."""
    service = world.services.get(place.name) if place.kind == "service" else None
    if service is None or service.memory is None:
        return
    found = filling(world, place.name, streams(world))
    if found is None or found.instances_count < 2:
        return
    deaths = Quantity("deaths", place.name)
    yield Edge(
        source=load(place),
        target=deaths,
        mechanism="memory",
        says=f"an instance of {place.name} that uses more than {size(service.memory.limit_bytes)} is killed, "
        "and all that it had is lost",
        parts=(place.part,),
    )
    yield _passed_on(place, found, deaths)


def _passed_on(place: Place, found: Filling, deaths: Quantity) -> Edge:
    left = found.instances_count - 1
    # Who all ask at once because they connect anew are no part of an ordinary day.
    is_usual = not (found.memory.per_request_bytes and found.returning_count)
    wanted, room = left * found.filled_bytes(left), left * max(found.memory.room_bytes, 1)
    return Edge(
        source=deaths,
        target=load(place),
        mechanism="memory",
        says=f"its connections and requests go to the other {left:,}, which then fill {size(wanted)}",
        gain=wanted / room,
        formula=f"{size(wanted)} filled once one of {found.instances_count:,} is gone ÷ "
        f"{size(room)} that the others may fill",
        parts=(place.part,),
        usual_ratio=found.pressure_ratio if is_usual else None,
    )
