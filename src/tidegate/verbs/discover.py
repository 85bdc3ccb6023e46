"""Discover: what world does a record of flows show? Lines in, a world file's text out."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from tidegate.discover.conntrack_text import Passed, entries, is_events
from tidegate.discover.discovered import Discovered, Recorded
from tidegate.discover.flow_book import FlowBook
from tidegate.discover.occupancy import occupancy
from tidegate.discover.population import asked_places
from tidegate.discover.rerun import doubts, replay
from tidegate.discover.tree_number import Described
from tidegate.discover.unseen import disagreements, unseen, warnings
from tidegate.discover.world_tree import world_tree
from tidegate.errors import Fault, InputError
from tidegate.world.file.read import read_world
from tidegate.world.file.write import write_world

_LOOKED_AT = 200
"""So many lines are looked at to tell what a record is."""


def discover(
    records: Sequence[Recorded], *, name: str, device: str, day: str, is_pseudonymous: bool
) -> Discovered:
    """Return the world that records of one NAT show.

    Parameters
    ----------
    records
        Events, at most one of them, and any number of dumps of the table.
    name
        Of the world.
    device
        Of the catalogue: what the record was taken at.
    day
        When it was taken, as it is to stand beside each number.
    is_pseudonymous
        Whether addresses are left out of the world.

    Raises
    ------
    InputError
        If a text is no record, or they have nothing that answered.
    """
    book, passed = FlowBook(), Passed()
    _take(records, book, passed)
    book.finish()
    places = asked_places(book)
    if not any(one.populations for one in places):
        allowed = "what `conntrack -E -o timestamp` or `conntrack -L` printed at a NAT"
        raise InputError(
            Fault(what="has no flow that was answered", value=records[0].source, allowed=allowed)
        )
    kinds = [f"conntrack -E, {book.length_s:.0f} s"] if book.length_s else []
    times_count = len(book.entries_by_dump)
    kinds += ["conntrack -L" + f" {times_count} times" * (times_count > 1)] if times_count else []
    described = Described(
        name=name,
        source=f"{' and '.join(kinds)}, {day}",
        is_pseudonymous=is_pseudonymous,
        device=device,
    )
    tree = world_tree(book, places, described)
    replayed = replay(tree, book, places)
    if not all(one.quiet_holds and one.failing_holds for one in replayed):
        places = doubts(places, replayed)
        tree = world_tree(book, places, described)
    text = write_world(tree)
    read_world(text, "the discovered world")  # what is written can be read
    table = occupancy(book, places)
    return Discovered(
        text=text,
        places=places,
        length_s=book.length_s,
        warnings=(*warnings(book, passed), *disagreements(table, replayed)),
        unseen=tuple(unseen(book, places)),
        occupancy=table,
        replayed=replayed,
    )


def _take(records: Sequence[Recorded], book: FlowBook, passed: Passed) -> None:
    faults: list[Fault] = []
    events_of = ""
    events: Iterable[str] = ()
    for record in records:
        lines = iter(record.lines)
        beginning = list(itertools.islice(lines, _LOOKED_AT))
        kind = is_events(beginning)
        every = itertools.chain(beginning, lines)
        if kind is None:
            allowed = "what `conntrack -E -o timestamp` or `conntrack -L` prints"
            faults.append(Fault(what="is no record of flows", value=record.source, allowed=allowed))
        elif kind and events_of:
            allowed = f"one record of events: {events_of} is one already"
            faults.append(Fault(what="is a second record of events", value=record.source, allowed=allowed))
        elif kind:
            events_of, events = record.source, every
        else:
            book.take_dump(entries(every, passed))
    if faults:
        raise InputError(*faults)
    book.take_events(entries(events, passed))  # what a dump lists is told from what just came and went
    if events_of and not book.length_s and passed.untimed_count:
        allowed = "`conntrack -E -o timestamp`"
        raise InputError(Fault(what="has events without times", value=events_of, allowed=allowed))
