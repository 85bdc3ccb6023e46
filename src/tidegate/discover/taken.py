"""How are several records taken in? Dumps first, then what happened, file after file in order."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tidegate.discover import flow_journal
from tidegate.discover.capture import packets
from tidegate.discover.captured_flows import CaptureReader
from tidegate.discover.conntrack_text import Entry, Passed, entries
from tidegate.discover.discovered import Recorded
from tidegate.discover.flow_book import FlowBook
from tidegate.discover.flow_json import azure_rows, google_rows, nfdump_rows
from tidegate.discover.flow_kind import Kind, kind_of, why_none
from tidegate.discover.flow_rows import Row, RowBook
from tidegate.discover.flow_table import rows
from tidegate.discover.messages_in_json import messages
from tidegate.discover.shows import Shows
from tidegate.discover.socket_text import sockets
from tidegate.discover.text_lines import blocks, lines
from tidegate.errors import Fault, InputError
from tidegate.observe.decimal_comma import ALLOWED as COMMAS_ALLOWED

_JOIN_S = 60.0
_GOOGLE_JOIN_S = 15.0
_MOST_WINDOW_S = 900.0
_OVERLAP_S = 1.0
_PEEKED_ROWS = 1_000
_One = TypeVar("_One")


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What was taken in.

    Parameters
    ----------
    shows
        What all of it shows; None where nothing but dumps was given.
    dump_titles
        What each dump is called.
    """

    shows: Shows | None
    dump_titles: tuple[str, ...]


@dataclass(frozen=True)
class _Opened:
    source: str
    kind: Kind
    pieces: Iterable[bytes]


def take(records: Sequence[Recorded], book: FlowBook, passed: Passed, *, sampled_one_in: float) -> Taken:
    """Take all records into the book, and say what they show.

    Parameters
    ----------
    records
        Of one device: what happened there, in any number of files of one kind, and any number of dumps.
    book, passed
        Take flows, and what is no flow.
    sampled_one_in
        Of so many packets one was looked at.

    Raises
    ------
    InputError
        If one is no record, or they are of several kinds or of the same time.
    """
    opened = _opened(records)
    dumps = [one for one in opened if one.kind.is_dump]
    titles = _take_dumps(dumps, book, passed)
    happened = [one for one in opened if not one.kind.is_dump]
    if not happened:
        return Taken(shows=None, dump_titles=titles)
    kind = happened[0].kind
    shows = (
        kind.shows
        if sampled_one_in == 1.0
        else dataclasses.replace(kind.shows, sampled_one_in=sampled_one_in)
    )
    book.is_of_table, book.has_before = shows.has_hold, shows.has_before
    if kind.name == "journal":
        for one in happened:
            flow_journal.take(lines(one.pieces), book, passed)
    elif kind.name in {"events", "capture"}:
        _take_events(happened, book, passed)
    else:
        _take_rows(happened, book, passed, shows)
        if passed.sampled_count and sampled_one_in == 1.0:
            shows = dataclasses.replace(shows, sampled_one_in=float("nan"))
    return Taken(shows=shows, dump_titles=titles)


def _opened(records: Sequence[Recorded]) -> list[_Opened]:
    found: list[_Opened] = []
    faults: list[Fault] = []
    first: _Opened | None = None
    begun: dict[bytes, str] = {}
    for record in records:
        stream = iter(record.pieces)
        beginning = next(stream, b"")
        if beginning in begun:
            allowed = f"each record once: {begun[beginning]} begins with the same"
            faults.append(Fault(what="was given already", value=record.source, allowed=allowed))
        begun.setdefault(beginning, record.source)
        kind = kind_of(beginning)
        if kind is None:
            what, allowed = why_none(beginning)
            faults.append(Fault(what=what, value=record.source, allowed=allowed))
            continue
        if kind.version > flow_journal.VERSION:
            allowed = f"version {flow_journal.VERSION}: this Tidegate is older than its recorder"
            faults.append(Fault(what=f"is of version {kind.version}", value=record.source, allowed=allowed))
        if kind.table is not None and kind.table.comma == "unclear":
            what = "has commas in its times that may part thousands or decimals"
            faults.append(Fault(what=what, value=record.source, allowed=COMMAS_ALLOWED))
        one = _Opened(record.source, kind, itertools.chain([beginning], stream))
        found.append(one)
        if kind.is_dump:
            continue
        if first is not None and first.kind.shows.title != kind.shows.title:
            what = f"is a {kind.shows.title} beside a {first.kind.shows.title}"
            allowed = f"one kind of record of one device: {first.source} is one already"
            faults.append(Fault(what=what, value=record.source, allowed=allowed))
        first = first or one
    if faults:
        raise InputError(*faults)
    return found


def _take_dumps(dumps: Sequence[_Opened], book: FlowBook, passed: Passed) -> tuple[str, ...]:
    """Take dumps in; sockets of several hosts are one dump together, those of one host are several."""
    of_hosts: list[tuple[set[str], list[Entry]]] = []
    for one in dumps:
        if one.kind.name == "dump":
            book.take_dump(entries(lines(one.pieces), passed))
            continue
        own, found = sockets(lines(one.pieces), passed)
        beside = next(((hosts, gathered) for hosts, gathered in of_hosts if not hosts & own), None)
        if beside is None:
            of_hosts.append((set(own), found))
        else:
            beside[0].update(own)
            beside[1].extend(found)
    for _, gathered in of_hosts:
        book.take_dump(gathered)
    return tuple(one.kind.shows.title for one in dumps)


def _take_events(happened: Sequence[_Opened], book: FlowBook, passed: Passed) -> None:
    """Take events, or packets, of files that follow each other in time."""
    if happened[0].kind.name == "events":
        told = [(one.source, entries(lines(one.pieces), passed)) for one in happened]
        book.take_events(_in_turn(told, lambda entry: entry.at_s or 0.0))
        return
    captured = [(one.source, packets(one.pieces, passed)) for one in happened]
    reader = CaptureReader(passed)
    book.take_events(reader.entries(_in_turn(captured, lambda packet: packet[0])))
    standing = reader.standing()
    if standing is not None:
        book.take_dump(standing)


def _in_turn(files: Sequence[tuple[str, Iterator[_One]]], at_s: Callable[[_One], float]) -> Iterator[_One]:
    """Yield what files hold that follow each other in time, in whatever order they were given."""
    begun = []
    for source, found in files:
        first = next(found, None)
        if first is not None:
            begun.append((at_s(first), source, itertools.chain([first], found)))
    begun.sort(key=lambda one: one[:2])
    last_s, before = float("-inf"), ""
    for first_s, source, every in begun:
        if first_s < last_s - _OVERLAP_S:
            allowed = (
                f"records of one device that follow each other: {before} ends {last_s - first_s:.0f} s later"
            )
            raise InputError(Fault(what="begins before another record ends", value=source, allowed=allowed))
        if len(begun) == 1:
            yield from every
            return
        for one in every:
            last_s = at_s(one)
            yield one
        before = source


def _take_rows(happened: Sequence[_Opened], book: FlowBook, passed: Passed, shows: Shows) -> None:
    name, table = happened[0].kind.name, happened[0].kind.table
    is_vpc = table is not None and table.maker == "vpc"
    joined = RowBook(
        book,
        passed,
        join_s=_GOOGLE_JOIN_S if name == "google" else _JOIN_S,
        clock_s=shows.clock_s if shows.clock_s >= 1.0 else 0.0,
        most_join_s=_MOST_WINDOW_S if is_vpc or name in {"azure", "google"} else _JOIN_S,
        is_one_row=name == "azure",
        keeps_all_flags=not is_vpc and name != "azure",
        is_sampled=shows.is_sampled,
    )
    begun = []
    for one in happened:
        found = _rows(one, passed)
        first = list(itertools.islice(found, _PEEKED_ROWS))
        if first:
            begun.append((min(row.start_s for row in first), one.source, itertools.chain(first, found)))
    for _, _, found in sorted(begun, key=lambda one: one[:2]):
        joined.take(found)
    joined.finish(has_begun=shows.has_begun)


def _rows(one: _Opened, passed: Passed) -> Iterator[Row]:
    if one.kind.table is not None:
        if not one.kind.is_in_json:
            return rows(lines(one.pieces), one.kind.table, passed)
        found = rows(messages(blocks(one.pieces), passed), one.kind.table, passed)
        return iter(sorted(found, key=lambda row: row.start_s)) if one.kind.is_latest_first else found
    readers: dict[str, Callable[[Iterable[str], Passed], Iterator[Row]]] = {
        "nfdump": nfdump_rows, "google": google_rows, "azure": azure_rows,
    }  # fmt: skip
    return readers[one.kind.name](blocks(one.pieces), passed)
