"""What became of each flow? A record's entries are folded into flows, and a flow that has ended into tallies.

Memory holds the flows that are open, and two numbers for each that has ended.

Sources of the rules: conntrack-tools 1.4.7 on Linux 6.18, run beside a known truth
(docs/how-to/discover-a-world.md).
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

from tidegate.discover.conntrack_text import Entry

CLOSING = frozenset({"FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE"})
SILENT_AFTER_S = 1.0
"""An attempt that waits for so long as the record ends was not answered; a later one is not judged."""


@dataclass(frozen=True, order=True)
class Place:
    """What is asked: an address, a port and a protocol."""

    address: str
    port: int
    protocol: str


@dataclass(slots=True)
class Open:
    """A flow that has not ended.

    Parameters
    ----------
    opened_s
        When it began; None where that was before the record.
    is_answered
        Whether anything came back.
    closing_s, held_from_s
        When the first side closed it, and since when its entry is only held down; None until then.
    seen_s
        When it was heard of last.
    """

    opened_s: float | None
    is_answered: bool
    seen_s: float
    closing_s: float | None = None
    held_from_s: float | None = None


@dataclass
class Tally:
    """The flows of one source to one place.

    Parameters
    ----------
    opened_s, life_s
        Of each flow that was answered and whose beginning was seen: when, and how long it lived; infinite
        where it was still open as the record ended.
    open_before_count, open_after_count
        Connections that were open before the record began, as far as they showed, and as it ended.
    most_open_count
        The most that were open at a time.
    listed_counts
        Established connections in each dump of the table.
    listed_life_s
        How long those lived of them whose beginning was seen; of those that ended and whose beginning was
        not, for how long they were seen.
    """

    opened_s: array[float] = field(default_factory=lambda: array("d"))
    life_s: array[float] = field(default_factory=lambda: array("d"))
    open_before_count: int = 0
    open_after_count: int = 0
    most_open_count: int = 0
    open_count: int = 0
    listed_counts: dict[int, int] = field(default_factory=dict)
    listed_life_s: array[float] = field(default_factory=lambda: array("d"))


@dataclass
class FlowBook:
    """All flows of a record.

    Parameters
    ----------
    tallies
        By place and source.
    unanswered_s, refused_s
        When attempts began that met silence, or a refusal, by place.
    held_s
        For how long entries were kept after the second side had closed.
    first_s, last_s
        The first and the last moment of the record.
    unfinished_count
        Ends of flows whose beginning was before the record.
    entries_by_dump
        How many entries each dump of the table has.
    """

    tallies: dict[tuple[Place, str], Tally] = field(default_factory=dict)
    unanswered_s: dict[Place, array[float]] = field(default_factory=dict)
    refused_s: dict[Place, array[float]] = field(default_factory=dict)
    held_s: array[float] = field(default_factory=lambda: array("d"))
    first_s: float = math.inf
    last_s: float = -math.inf
    unfinished_count: int = 0
    entries_by_dump: list[int] = field(default_factory=list)
    _open: dict[tuple[object, ...], Open] = field(default_factory=dict)
    _listed: set[tuple[object, ...]] = field(default_factory=set)
    _tally_of: dict[tuple[str, str, int, str], Tally] = field(default_factory=dict)

    @property
    def length_s(self) -> float:
        """How long the record is; zero without events."""
        return max(self.last_s - self.first_s, 0.0)

    def take_events(self, entries: Iterable[Entry]) -> None:
        """Fold the events of a record, in their order; all dumps were taken in before."""
        for entry in entries:
            at_s, happens = entry[0], entry[1]
            assert at_s is not None
            if at_s > self.last_s:  # noqa: PLR1730  twice as fast as a call, for every one of millions
                self.last_s = at_s
            if at_s < self.first_s:  # noqa: PLR1730
                self.first_s = at_s
            if happens == "UPDATE":
                self._go_on(entry, at_s)
            elif happens == "NEW":
                self._begin(entry, at_s)
            else:
                self._end(entry, at_s)

    def take_dump(self, entries: Iterable[Entry]) -> None:
        """Take in a dump of the table: what is established in it is kept by its source."""
        number = len(self.entries_by_dump)
        count = 0
        for entry in entries:
            count += 1
            if entry.state == "ESTABLISHED":
                listed = self._tally(entry).listed_counts
                listed[number] = listed.get(number, 0) + 1
                self._listed.add(entry.key)
        self.entries_by_dump.append(count)

    def finish(self) -> None:
        """Take what is still open as the record ends for what it is; nothing is taken in after that."""
        for key, flow in self._open.items():
            place, source = _place_of(key)
            if not flow.is_answered:
                if flow.opened_s is not None and self.last_s - flow.opened_s > SILENT_AFTER_S:
                    self.unanswered_s.setdefault(place, array("d")).append(flow.opened_s)
                continue
            tally = self.tallies.setdefault((place, source), Tally())
            if flow.closing_s is None:
                tally.open_after_count += 1
            self._close(tally, key, flow, flow.closing_s)
        self._open.clear()

    def _begin(self, entry: Entry, at_s: float) -> None:
        self._open[entry.key] = Open(opened_s=at_s, is_answered=False, seen_s=at_s)

    def _go_on(self, entry: Entry, at_s: float) -> None:
        key = entry.key
        flow = self._open.get(key)
        if flow is None:  # it was open before anybody listened
            flow = self._open[key] = Open(opened_s=None, is_answered=True, seen_s=at_s)
            tally = self._tally(entry)
            tally.open_before_count += 1
            _one_more(tally)
        elif not flow.is_answered:
            flow.is_answered = True
            _one_more(self._tally(entry))
        flow.seen_s = at_s
        if entry.state in CLOSING and flow.closing_s is None:
            flow.closing_s = at_s
            self._tally(entry).open_count -= 1
        if entry.state == "TIME_WAIT":
            flow.held_from_s = at_s

    def _end(self, entry: Entry, at_s: float) -> None:
        flow = self._open.pop(entry.key, None)
        if flow is None:
            self.unfinished_count += 1
            return
        if not flow.is_answered:
            assert flow.opened_s is not None
            place, _ = _place_of(entry.key)
            met = self.refused_s if entry.state == "CLOSE" else self.unanswered_s
            met.setdefault(place, array("d")).append(flow.opened_s)
            return
        if flow.held_from_s is not None:
            self.held_s.append(at_s - flow.held_from_s)
        tally = self._tally(entry)
        if flow.closing_s is None:
            tally.open_count -= 1
        is_datagram = entry.protocol != "tcp"
        ended_s = flow.closing_s if flow.closing_s is not None else flow.seen_s if is_datagram else at_s
        self._close(tally, entry.key, flow, ended_s)

    def _close(self, tally: Tally, key: tuple[object, ...], flow: Open, ended_s: float | None) -> None:
        if key in self._listed:
            until_s = self.last_s if ended_s is None else ended_s
            if flow.opened_s is not None or ended_s is not None:
                tally.listed_life_s.append(
                    until_s - (self.first_s if flow.opened_s is None else flow.opened_s)
                )
        if flow.opened_s is None:
            return
        tally.opened_s.append(flow.opened_s)
        tally.life_s.append(math.inf if ended_s is None else ended_s - flow.opened_s)

    def _tally(self, entry: Entry) -> Tally:
        _, _, _, protocol, source, _, target, port = entry
        return self.tally(protocol, source, target, port)

    def tally(self, protocol: str, source: str, target: str, port: int) -> Tally:
        """Return the flows of one source to one place: looked up millions of times."""
        found = self._tally_of.get((source, target, port, protocol))
        if found is None:
            found = self.tallies.setdefault((Place(target, port, protocol), source), Tally())
            self._tally_of[source, target, port, protocol] = found
        return found


def _one_more(tally: Tally) -> None:
    tally.open_count += 1
    tally.most_open_count = max(tally.most_open_count, tally.open_count)


def _place_of(key: tuple[object, ...]) -> tuple[Place, str]:
    protocol, source, _, target, target_port = key
    assert isinstance(target_port, int)
    return Place(str(target), target_port, str(protocol)), str(source)
