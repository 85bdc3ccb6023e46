"""What had an editor seen? And which edits are of people who did not know of each other's.

An edit that is said where a record is kept by several sites carries what was known of its outage: the last
number of each chain in that outage's story. Two edits of one field, from different sites, of which the later
one had not seen the earlier, stand side by side until somebody edits that field again who has seen both. The
record is what the order of all sites makes of it meanwhile: the later one; nothing that was said is lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tidegate.journal.chain_name import site_of
from tidegate.journal.entry import Draft, Entry

CARRY = frozenset({
    "outage.moved", "outage.changed", "outage.corrected", "outage.held", "outage.asked", "update.drafted",
    "update.published",
})  # fmt: skip
"""The kinds of entry that carry what had been seen."""
_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)
_FIELDS = ("title", "since_s", "cause", "certainty", "segments", "advice")
_BY_NAME = ("components", "sees", "keeps", "does")
_ALONE: Mapping[str, tuple[str, str]] = {
    "outage.moved": ("state", "event"),
    "outage.held": ("holder", "who"),
    "outage.asked": ("asked", "who"),
}


SETTLED_BY_WORD = frozenset({*_FIELDS, *_BY_NAME, "holder"})
"""The fields of which one of the values can simply be said again; a state moves, and words are published."""


def seen_of(story: Iterable[Entry]) -> dict[str, str]:
    """Return what is known of an outage: the last number in its story, by chain."""
    found: dict[str, int] = {}
    for entry in story:
        found[entry.site] = max(found.get(entry.site, 0), entry.number)
    return {chain: str(number) for chain, number in sorted(found.items())}


def read_of(text: str) -> dict[str, int]:
    """Return what a page carried of what stood on it; nothing was read where that is no such text."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    pairs = found.items() if isinstance(found, dict) else ()
    return {chain: int(number) for chain, number in pairs if _NUMBER.fullmatch(str(number))}


def with_seen(draft: Draft, story: Sequence[Entry], read: Mapping[str, int] | None = None) -> Draft:
    """Return an edit that carries what was known of its outage.

    Parameters
    ----------
    draft
        The edit.
    story
        All that is known at this site.
    read
        How much of that its editor had read, by chain, where that is known.
    """
    if draft.kind not in CARRY or not story:
        return draft
    seen = seen_of(story)
    if read is not None:
        seen = {chain: str(min(int(number), read[chain])) for chain, number in seen.items() if chain in read}
    payload = {**draft.payload, "seen": seen}
    return Draft(kind=draft.kind, subject=draft.subject, payload=payload, by=draft.by, at_s=draft.at_s)


def has_seen(later: Entry, earlier: Entry) -> bool:
    """Whether whoever said one thing knew of another; of what carries nothing it is taken to be so."""
    if later.site == earlier.site:
        return later.number > earlier.number
    seen = later.payload.get("seen")
    if not isinstance(seen, Mapping):
        return later.order > earlier.order
    number = str(seen.get(earlier.site, ""))
    return number.isdecimal() and int(number) >= earlier.number


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One value that was said of a field.

    Parameters
    ----------
    value
        The value, as it is on record.
    by, site, said_s
        Who said it, where, and when; seconds since 1970.
    """

    value: object
    by: str
    site: str
    said_s: float


@dataclass(frozen=True, kw_only=True)
class SideBySide:
    """A field that was edited at several sites, none of which had seen the others' edits.

    Parameters
    ----------
    field
        The field: a name of the journal's, ``components.NAME`` for one of several, "state", "holder",
        "asked", or "words" for what was published.
    edits
        What was said, in the order of all sites: the last one holds.
    """

    field: str
    edits: tuple[Edit, ...]


def side_by_side(story: Sequence[Entry]) -> tuple[SideBySide, ...]:
    """Return the fields of an outage that stand side by side, by name.

    Parameters
    ----------
    story
        All entries on it, in the order of all sites.
    """
    standing: dict[str, list[tuple[Entry, object]]] = {}
    for entry in story:
        for field, value in _edits(entry):
            left = [kept for kept in standing.get(field, ()) if not has_seen(entry, kept[0])]
            standing[field] = [*left, (entry, value)]
        states = standing.get("state", [])
        if entry.kind == "update.published" and all(has_seen(entry, kept[0]) for kept in states):
            standing["state"] = states[-1:]  # public words say in which state it is
    return tuple(
        SideBySide(field=field, edits=tuple(_edit(entry, value) for entry, value in edits))
        for field, edits in sorted(standing.items())
        if _differ(edits)
    )


def _differ(edits: Sequence[tuple[Entry, object]]) -> bool:
    sites = {site_of(entry.site) for entry, _ in edits}
    return len(sites) > 1 and any(value != edits[0][1] for _, value in edits)


def _edit(entry: Entry, value: object) -> Edit:
    return Edit(value=value, by=entry.by, site=site_of(entry.site), said_s=entry.said_s)


def _edits(entry: Entry) -> Iterator[tuple[str, object]]:
    """Yield the fields that an entry says something of: nothing of what a rule or an alert says."""
    payload = entry.payload
    if payload.get("rule", False) or payload.get("unconfirmed", False):
        return
    if entry.kind in _ALONE:
        field, name = _ALONE[entry.kind]
        yield field, payload[name]
    elif entry.kind in {"outage.opened", "outage.changed", "outage.corrected"}:
        yield from ((name, payload[name]) for name in _FIELDS if name in payload)
        for name in _BY_NAME:
            yield from ((f"{name}.{key}", value) for key, value in payload.get(name, {}).items())
    elif entry.kind == "update.published":
        segment = payload.get("segment", "")
        yield (f"words.{segment}" if segment else "words"), payload["texts"]
