"""Which outages, opened at different sites, are one? A rule that every site keeps, without an election.

Two sites that see the same thing break open an outage each, above all where they do not hear each other. They
become one by what they have in common; the one that was opened first, in the order of all sites, takes in the
others. What bursts of cases opened has nothing in common but its time, which is enough until somebody says
more of one. An operator who parts them is right for ever. What a rule did, and what people said meanwhile at
another site, may leave nothing open of what still lasts: that is undone, or a page would be green by rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tidegate.journal.chain_name import site_of
from tidegate.journal.entry import Entry
from tidegate.track.correlate import WINDOW_S
from tidegate.track.lifecycle import OutageEvent
from tidegate.track.outage import Outage
from tidegate.track.seen_edits import has_seen

SAME = (
    "opened at two sites, and taken for one: same cause, alerts, components or burst of cases, "
    "begun within 15 minutes"
)
"""Why the rule merges; part of the record."""
_PEOPLE = ("operator", "api")
Stories = Callable[[str], Sequence[Entry]]
"""Gives all entries on an outage, in the order of all sites."""


@dataclass(frozen=True, kw_only=True)
class Twin:
    """An outage that is the same as one that was opened earlier, at another site.

    Parameters
    ----------
    one
        The outage.
    into
        The earlier one.
    """

    one: Outage
    into: Outage


@dataclass(frozen=True, kw_only=True)
class _Opened:
    outage: Outage
    entry: Entry

    @property
    def site(self) -> str:
        return site_of(self.entry.site)


def twins(outages: Iterable[Outage], story: Stories) -> tuple[Twin, ...]:
    """Return the open outages that are to become part of others, in the order in which they were opened.

    From the same entries all sites get the same, in whatever order they came. Each is held against those
    before it that stay: what one site opened as two things stays two.
    """
    said = [(one, _may_be(one, story)) for one in outages]
    opened = [_Opened(outage=one, entry=entry) for one, entry in said if entry is not None]
    found: list[Twin] = []
    staying: list[_Opened] = []
    for new in sorted(opened, key=lambda one: one.entry.order):
        into = next((known for known in staying if _is_same(known, new)), None)
        if into is None:
            staying.append(new)
        else:
            found.append(Twin(one=new.outage, into=into.outage))
    return tuple(found)


def _may_be(one: Outage, story: Stories) -> Entry | None:
    """Return the entry that opened an outage to which the rule may apply."""
    if not one.is_open or one.is_exercise or one.source == "record":
        return None
    entries = story(one.id)
    if any(_is(entry, OutageEvent.SPLIT) and not entry.payload.get("rule", False) for entry in entries):
        return None
    return next((entry for entry in entries if entry.kind == "outage.opened"), None)


def _is_same(known: _Opened, new: _Opened) -> bool:
    one, other = known.outage, new.outage
    if known.site == new.site or abs(one.since_s - other.since_s) > WINDOW_S:
        return False
    if _fingerprints(one) & _fingerprints(other):
        return True
    if one.cause and other.cause and (one.cause == other.cause or _are_peoples(one, other)):
        return one.cause == other.cause
    return bool(_hit(one) & _hit(other)) or _are_one_burst(one, other)


def _are_one_burst(one: Outage, other: Outage) -> bool:
    """Whether both say that cases come, and nothing else; who gave one another title meant something."""
    return one.title == other.title and all(
        each.source == "cases" and not (each.cause or each.alerts or each.segments or _hit(each))
        for each in (one, other)
    )


def _are_peoples(one: Outage, other: Outage) -> bool:
    """Whether people opened both: who names two causes means two things."""
    return one.source in _PEOPLE and other.source in _PEOPLE


def _fingerprints(one: Outage) -> set[str]:
    return {key.partition("@")[0] for key in one.alerts}


def _hit(one: Outage) -> set[str]:
    return {*one.components, *one.unconfirmed}


def stranded(outages: Sequence[Outage], story: Stories) -> tuple[Outage, ...]:
    """Return the outages that a rule, or two sites at once, put into something that does not stand for them.

    Outages that were merged into each other: nothing of them would be open. And those that a rule merged into
    one that somebody ended at another site, who had not seen that it had become more.
    """
    by_id = {one.id: one for one in outages}
    found: dict[str, Outage] = {}
    for one in outages:
        if one.into and (ring := _ring(one, by_id)):
            freed = min(ring, key=lambda each: (not _is_by_rule(each, story), *_opening(each, story)))
            found[freed.id] = freed
        elif one.into in by_id and _is_ended_unaware(one, by_id[one.into], story):
            found[one.id] = one
    return tuple(found[name] for name in sorted(found))


def _ring(one: Outage, by_id: dict[str, Outage]) -> list[Outage]:
    """Return the outages through which one is merged into itself; empty where it is not."""
    found = [one]
    while (into := by_id.get(found[-1].into)) is not None and into.id != one.id:
        if into in found or not into.into:
            return []
        found.append(into)
    return found if into is not None else []


def _opening(one: Outage, story: Stories) -> tuple[object, ...]:
    return next(entry.order for entry in story(one.id) if entry.kind == "outage.opened")


def _is_by_rule(one: Outage, story: Stories) -> bool:
    """Whether a rule, and nobody, put an outage where it is."""
    merges = [entry for entry in story(one.id) if _is(entry, OutageEvent.MERGE) and _into(entry) == one.into]
    return bool(merges) and all(entry.payload.get("rule", False) for entry in merges)


def _is_ended_unaware(one: Outage, into: Outage, story: Stories) -> bool:
    """Whether whoever ended an outage did not know that another had become part of it by a rule."""
    if into.is_open or into.into or not _is_by_rule(one, story):
        return False
    ends = [entry for entry in story(into.id) if entry.kind == "outage.moved" and _ends(entry)]
    taken = [
        entry
        for entry in story(into.id)
        if entry.kind == "outage.changed" and one.id in entry.payload.get("takes_in", ())
    ]
    return bool(ends) and bool(taken) and not any(has_seen(ends[-1], entry) for entry in taken)


def _ends(entry: Entry) -> bool:
    return entry.payload["event"] in {OutageEvent.RESOLVE.value, OutageEvent.RETRACT.value}


def _into(entry: Entry) -> str:
    return str(entry.payload.get("into", ""))


def _is(entry: Entry, event: OutageEvent) -> bool:
    return entry.kind == "outage.moved" and entry.payload["event"] == event.value
