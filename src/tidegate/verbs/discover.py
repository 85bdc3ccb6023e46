"""Discover: what world does a record of flows show? Lines in, a world file's text out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tidegate.discover.conntrack_text import Passed
from tidegate.discover.daily_course import at_busiest, courses_told, daily_courses, keys_by_group
from tidegate.discover.discovered import Discovered, Recorded
from tidegate.discover.flow_book import FlowBook
from tidegate.discover.flow_kind import ALLOWED, NEEDS_LONGER
from tidegate.discover.occupancy import occupancy
from tidegate.discover.population import asked_places
from tidegate.discover.rerun import doubts, replay
from tidegate.discover.shows import Shows, as_shown, shortcomings
from tidegate.discover.taken import take
from tidegate.discover.tree_number import Described
from tidegate.discover.unseen import disagreements, unseen, warnings
from tidegate.discover.world_tree import grouped, world_tree
from tidegate.errors import Fault, InputError
from tidegate.world.file.read import read_world
from tidegate.world.file.write import write_world

DAY_S = 86_400.0
MOST_LENGTH_S = 40.0 * DAY_S
"""Each second of a record is looked at by itself."""


@dataclass(frozen=True, kw_only=True)
class Flows:
    """What records of flows show, before it is written.

    Parameters
    ----------
    tree
        The world as file keys.
    found
        What there is to say of them; its text is empty.
    """

    tree: dict[str, object]
    found: Discovered


def discover(
    records: Sequence[Recorded],
    *,
    name: str,
    device: str,
    day: str,
    is_pseudonymous: bool,
    sampled_one_in: float = 1.0,
) -> Discovered:
    """Return the world that records of one NAT show, written; as `flows_of`.

    Raises
    ------
    InputError
        If a text is no record, or they have nothing that answered.
    """
    flows = flows_of(
        records,
        name=name,
        device=device,
        day=day,
        is_pseudonymous=is_pseudonymous,
        sampled_one_in=sampled_one_in,
    )
    text = write_world(flows.tree)
    read_world(text, "the discovered world")  # what is written can be read
    return replace(flows.found, text=text)


def flows_of(
    records: Sequence[Recorded],
    *,
    name: str,
    device: str,
    day: str,
    is_pseudonymous: bool,
    sampled_one_in: float = 1.0,
) -> Flows:
    """Return what records of one NAT show.

    Parameters
    ----------
    records
        What happened there, in any number of files of one kind, and any number of dumps.
    name
        Of the world.
    device
        Of the catalogue: what the record was taken at.
    day
        When it was taken, as it is to stand beside each number.
    is_pseudonymous
        Whether addresses are left out of the world.
    sampled_one_in
        Of so many packets one was looked at, where the record was made of a sample.

    Raises
    ------
    InputError
        If a text is no record, or they have nothing that answered.
    """
    book, passed = FlowBook(), Passed()
    taken = take(records, book, passed, sampled_one_in=sampled_one_in)
    book.finish()
    if passed.untimed_count and not book.length_s and taken.shows is not None:
        allowed = "`conntrack -E -o timestamp`"
        raise InputError(Fault(what="has events without times", value=records[0].source, allowed=allowed))
    if not book.length_s <= MOST_LENGTH_S:
        what = f"tells of {book.length_s / DAY_S:,.0f} days: a time in it is wrong, or it is many records"
        allowed = f"at most {MOST_LENGTH_S / DAY_S:.0f} days"
        raise InputError(Fault(what=what, value=records[0].source, allowed=allowed))
    places = asked_places(book)
    if taken.shows is not None:
        places = tuple(as_shown(one, taken.shows) for one in places)
    if not any(one.populations for one in places):
        allowed = ALLOWED if taken.shows is None or taken.shows.has_begun else NEEDS_LONGER
        raise InputError(
            Fault(what="has no flow that was answered", value=records[0].source, allowed=allowed)
        )
    kinds = [f"{taken.shows.title}, {book.length_s:.0f} s"] if taken.shows else []
    for title in dict.fromkeys(taken.dump_titles):
        count = taken.dump_titles.count(title)
        kinds.append(title + f" {count} times" * (count > 1))
    described = Described(
        name=name,
        source=f"{' and '.join(kinds)}, {day}",
        is_pseudonymous=is_pseudonymous,
        device=device,
    )
    tree = world_tree(book, places, described)
    replayed = replay(tree, book, places)
    courses = daily_courses(book, places)
    keys = keys_by_group(grouped(places))
    # A mean of night and day is not what any five seconds ask: that much is known, and is in the range.
    replayed = tuple(
        replace(one, quiet_outside=0) if keys.get(one.group) in courses else one for one in replayed
    )
    if not all(one.quiet_holds and one.failing_holds for one in replayed):
        places = doubts(places, replayed)
        tree = world_tree(book, places, described)
    table = occupancy(book, places)
    if courses:
        places = at_busiest(places, courses)
        tree = world_tree(book, places, described)
    found = Discovered(
        text="",
        places=places,
        length_s=book.length_s,
        warnings=(
            *warnings(book, passed),
            *shortcomings(taken.shows or Shows(title="dump", clock_s=0.0), passed, book.flows_count),
            *courses_told(places, courses, {key: name for name, key in keys.items()}),
            *disagreements(table, replayed),
        ),
        unseen=tuple(unseen(book, places)),
        occupancy=table,
        replayed=replayed,
    )
    return Flows(tree=tree, found=found)
