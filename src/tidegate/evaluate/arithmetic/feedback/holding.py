"""Dead flows and new connections: attempts that came to nothing keep their entries and ports for a while.

A table or a block of ports that is full of them turns new connections away, whose clients try again. It stays
full for as long as attempts fail, and for the hold after it.

Shortcuts: every attempt that fails has had an entry, which who was turned away has not: the gain is the most;
and it was answered in the end, late or by a reset: what flows hold that nobody answers
(`ports.unanswered_hold`) is for the runs, and for `countable`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tidegate.evaluate.arithmetic.feedback.burden import passes
from tidegate.evaluate.arithmetic.feedback.naming import rate, span
from tidegate.evaluate.arithmetic.feedback.place import Place
from tidegate.evaluate.arithmetic.feedback.pressed import Pressed
from tidegate.evaluate.arithmetic.feedback.rings import Edge, Quantity
from tidegate.world.crossing import PortBlock, Ports
from tidegate.world.world import World


def holding(world: World, middle: Quantity, pressed: Iterable[Pressed]) -> Iterator[Edge]:
    """Yield the edges between attempts that fail and the tables and ports that they fill.

    Parameters
    ----------
    world
        The numbers.
    middle
        The attempts.
    pressed
        Who makes them.
    """
    failing = [one for one in pressed if one.is_late and one.opens]
    for name, crossing in world.crossings.items():
        mine = [one for one in failing if passes(Place("crossing", name), one.stream)]
        per_s = sum(one.per_s for one in mine) * crossing.busiest_share_ratio
        if crossing.table is not None and crossing.table.when_full != "evict":
            entries = float(max(crossing.table.entries_count - crossing.background.flows_count, 1))
            yield from _full(middle, name, "table", per_s, crossing.table.closed_hold_s, entries)
        if crossing.ports is None:
            continue
        if crossing.ports.block is not None:
            yield from _blocks(world, middle, name, crossing.ports, crossing.ports.block, mine)
            continue
        most = 0.0, 0.0
        for service in {one.stream.service for one in mine}:
            to_it = sum(one.per_s for one in mine if one.stream.service == service)
            usable = crossing.ports.per_destination_count * crossing.ports.usable_ratio
            free = max(usable * world.services[service].addresses_count, 1.0)
            most = max(most, (to_it * crossing.busiest_share_ratio / free, free))
        if most[0] > 0.0:
            yield from _full(middle, name, "ports", most[0] * most[1], crossing.ports.hold_s, most[1])


def _blocks(
    world: World, middle: Quantity, name: str, ports: Ports, block: PortBlock, mine: Iterable[Pressed]
) -> Iterator[Edge]:
    """Yield the edges of the fullest block that a source has, as far as it grows."""
    share = world.crossings[name].busiest_share_ratio
    devices_count = world.crossings[name].devices_count
    each = float(max(block.least_count, block.most_count or 0) * devices_count)
    fullest = max(
        (
            one.per_s * share / max(one.stream.sources_count, 1)
            / world.services[one.stream.service].addresses_count
            for one in mine
        ),
        default=0.0,
    )  # fmt: skip
    yield from _full(middle, name, "ports", fullest, ports.hold_s, each)


def _full(middle: Quantity, name: str, what: str, per_s: float, hold_s: float, free: float) -> Iterator[Edge]:
    entries = Quantity("entries", f"{what} {name}")
    if per_s <= 0.0:
        return
    of = "entries of a device's table" if what == "table" else "ports of a device"
    yield Edge(
        source=middle,
        target=entries,
        mechanism="dead flows",
        says=f"{rate(per_s)} attempts each hold one of {free:,.0f} {of} of {name} for {span(hold_s)}, also "
        "when nobody waits for them any more",
        gain=per_s * hold_s / free,
        formula=f"{rate(per_s)} attempts × {span(hold_s)} held ÷ {free:,.0f}",
        parts=(("crossings", name),),
    )
    yield Edge(
        source=entries,
        target=middle,
        mechanism="dead flows",
        says="a new connection that finds none is turned away, and its client tries again",
        parts=(("crossings", name),),
    )
