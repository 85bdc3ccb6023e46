"""What became of each flow? A record's entries are folded into flows, and a flow that has ended into tallies.

Memory holds the flows that are open, and two numbers for each that has ended.

Sources of the rules: conntrack-tools 1.4.7 on Linux 6.18, run beside a known truth
(docs/how-to/discover-a-world.md).
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from tidegate.discover.conntrack_text import Entry

CLOSING = frozenset({"FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE"})
SILENT_AFTER_S = 1.0
"""An attempt that waits for so long as the record ends was not answered; a later one is not judged."""
LATE_AFTER_S = 0.6
"""What is answered later was asked for again: a system sends its first SYN again after a second."""
_HELD_STATES = frozenset({"TIME_WAIT", "LAST_ACK", "FIN_WAIT", "CLOSE_WAIT"})
_LEAST_HELD_COUNT = 10
_STALL_S, _STALL_TIMES = 0.05, 15.0
"""Without an event for so long, in which so many are usual: they were not read, and stand too late."""
_CATCHES_UP_S = 0.03
_MOST_STALLED_RATIO = 0.05
_MOST_LATE_S = 5.0
_LEAST_CLOSED_COUNT, _MOST_CLOSED_COUNT = 200, 20_000
_LEAST_DUE_COUNT, _LEAST_DUE_RATIO = 100, 0.02
_SAME_LOST_RATIO = 0.02
_MOST_LOST_RATIO = 0.2
"""Where a dump knows fewer it was not taken while the events were, or these were sampled."""


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
class Listed:
    """A connection that dumps of the table have.

    Parameters
    ----------
    in_dumps
        Which.
    life_s
        How long it was seen to live; infinite where neither its beginning nor its end was seen.
    """

    in_dumps: list[int]
    life_s: float = math.inf


@dataclass
class Tally:
    """The flows of one source to one place.

    Parameters
    ----------
    opened_s, life_s
        Of each flow that was answered and whose beginning was seen: when, and how long it lived; infinite
        where it was still open as the record ended.
    refused_s, silent_s
        When its attempts began that were refused, and that were never answered.
    late_s, late_by_s
        Of those that were answered only after `LATE_AFTER_S`: when they began, and after how long.
    maybe_late_s
        Of those that lived for longer than that, where a record does not say when they were answered.
    ended_before_s
        When connections ended whose beginning was not seen.
    open_before_count, open_after_count
        Connections that were open before the record began, as far as they showed, and as it ended.
    most_open_count
        The most that were open at a time.
    listed
        What dumps of the table have of it.
    """

    opened_s: array[float] = field(default_factory=lambda: array("d"))
    life_s: array[float] = field(default_factory=lambda: array("d"))
    refused_s: array[float] = field(default_factory=lambda: array("d"))
    silent_s: array[float] = field(default_factory=lambda: array("d"))
    late_s: array[float] = field(default_factory=lambda: array("d"))
    late_by_s: array[float] = field(default_factory=lambda: array("d"))
    maybe_late_s: array[float] = field(default_factory=lambda: array("d"))
    ended_before_s: array[float] = field(default_factory=lambda: array("d"))
    open_before_count: int = 0
    open_after_count: int = 0
    most_open_count: int = 0
    open_count: int = 0
    listed: list[Listed] = field(default_factory=list)


@dataclass
class FlowBook:
    """All flows of a record.

    Parameters
    ----------
    tallies
        By place and source.
    held_s
        For how long entries were kept after the second side had closed.
    lost_s
        When an event was missing: one came that cannot be without another before it.
    first_s, last_s
        The first and the last moment of the record.
    unfinished_count
        Ends of flows whose beginning was before the record.
    is_of_table
        Whether it tells of a table's entries, until each goes, rather than of packets.
    has_before
        Whether connections show that were open before it began.
    entries_by_dump, established_by_dump, datagrams_by_dump
        How many entries each dump of the table has, how many of them are established connections, and how
        many are no connections.
    """

    tallies: dict[tuple[Place, str], Tally] = field(default_factory=dict)
    held_s: array[float] = field(default_factory=lambda: array("d"))
    lost_s: array[float] = field(default_factory=lambda: array("d"))
    first_s: float = math.inf
    last_s: float = -math.inf
    unfinished_count: int = 0
    entries_by_dump: list[int] = field(default_factory=list)
    established_by_dump: list[int] = field(default_factory=list)
    datagrams_by_dump: list[int] = field(default_factory=list)
    is_of_table: bool = True
    has_before: bool = False
    _stalls_end_s: array[float] = field(default_factory=lambda: array("d"))
    _stall_lengths_s: array[float] = field(default_factory=lambda: array("d"))
    _closed_in_dumps: dict[tuple[object, ...], list[int]] = field(default_factory=dict)
    _begun_by_dump: list[int] = field(default_factory=list)
    _closed_by_dump: list[int] = field(default_factory=list)
    _open: dict[tuple[object, ...], Open] = field(default_factory=dict)
    _listed: dict[tuple[object, ...], Listed] = field(default_factory=dict)
    _unclosed: list[tuple[Tally, tuple[object, ...], tuple[float, float], float]] = field(
        default_factory=list
    )
    _tally_of: dict[tuple[str, str, int, str], Tally] = field(default_factory=dict)

    @property
    def length_s(self) -> float:
        """How long the record is; zero without events."""
        return max(self.last_s - self.first_s, 0.0)

    @property
    def flows_count(self) -> int:
        """How many attempts began, whatever became of them."""
        return sum(
            len(one.opened_s) + len(one.refused_s) + len(one.silent_s) for one in self.tallies.values()
        )

    @property
    def lost_ratio(self) -> float:
        """The share of beginnings that the events lack, as closed flows that dumps list tell; 0 where untold.

        What a dump lists as closed began within the record, unless the dump was taken as it began: so the
        dump of which most are known tells.
        """
        ratio = self._missing_ratio
        return ratio if ratio < _MOST_LOST_RATIO else 0.0

    @property
    def is_sampled(self) -> bool:
        """Whether far fewer began than dumps list as closed."""
        return self.length_s > 0.0 and self._missing_ratio >= _MOST_LOST_RATIO

    @property
    def sampled_ratio(self) -> float:
        """The share of flows that a sampled record has."""
        return 1.0 - self._missing_ratio if self.is_sampled else 1.0

    @property
    def hides_old(self) -> bool:
        """Whether hardly a flow from before the record ended in it, although there must have been some."""
        if not self.is_of_table or self.has_before:
            return False
        hold_s = median(self.held_s) if len(self.held_s) >= _LEAST_HELD_COUNT else self.length_s
        due = self.flows_count / max(self.length_s, 1.0) * min(hold_s, self.length_s)
        return due >= _LEAST_DUE_COUNT and self.unfinished_count < _LEAST_DUE_RATIO * due

    @property
    def _missing_ratio(self) -> float:
        told = [
            1.0 - begun / closed
            for begun, closed in zip(self._begun_by_dump, self._closed_by_dump, strict=True)
            if closed >= _LEAST_CLOSED_COUNT
        ]
        alike = [one for one in told if one <= min(told) + _SAME_LOST_RATIO]
        return sum(alike) / len(alike) if alike else 0.0

    @property
    def stalled_s(self) -> float:
        """For how long in all the recorder did not read: what it read then stands too late."""
        return sum(self._stall_lengths_s)

    @property
    def is_stalled(self) -> bool:
        """Whether the recorder so often did not read that times in the record are not to be trusted."""
        return self.stalled_s > _MOST_STALLED_RATIO * self.length_s

    def is_read_late(self, at_s: float) -> bool:
        """Return whether an event was read just after the recorder had not read for a while."""
        number = bisect_right(self._stalls_end_s, at_s)
        return number > 0 and at_s - self._stalls_end_s[number - 1] < _CATCHES_UP_S

    def take_events(self, entries: Iterable[Entry]) -> None:
        """Fold the events of a record, in their order; all dumps were taken in before."""
        for count, entry in enumerate(entries):
            at_s, happens = entry[0], entry[1]
            assert at_s is not None
            if at_s > self.last_s:
                if at_s - self.last_s > _STALL_S and count > _STALL_TIMES * self.length_s / _STALL_S:
                    self._stalls_end_s.append(at_s)
                    self._stall_lengths_s.append(at_s - self.last_s)
                self.last_s = at_s
            if at_s < self.first_s:  # noqa: PLR1730  twice as fast as a call, for every one of millions
                self.first_s = at_s
            if happens == "UPDATE":
                self._go_on(entry, at_s)
            elif happens == "NEW":
                self._begin(entry, at_s)
            else:
                self._end(entry, at_s)

    def take_dump(self, entries: Iterable[Entry], *, tells_losses: bool = True) -> None:
        """Take in a dump of the table: what is established in it is kept by its source.

        Parameters
        ----------
        entries
            Its flows.
        tells_losses
            Whether what it lists as closed is held against the events, which all come after this; a recorder
            that counts its losses needs none of it, and dumps between the events.
        """
        number = len(self.entries_by_dump)
        count = established = datagrams = closed = 0
        for entry in entries:
            count += 1
            datagrams += entry.protocol != "tcp"
            if entry.state == "ESTABLISHED":
                established += 1
                listed = self._listed.get(entry.key)
                if listed is None:
                    listed = self._listed[entry.key] = Listed(in_dumps=[])
                    self._tally(entry).listed.append(listed)
                listed.in_dumps.append(number)
            elif tells_losses and entry.state == "TIME_WAIT" and closed < _MOST_CLOSED_COUNT:
                closed += 1
                self._closed_in_dumps.setdefault(entry.key, []).append(number)
        self.entries_by_dump.append(count)
        self._closed_by_dump.append(closed)
        self._begun_by_dump.append(0)
        self.established_by_dump.append(established)
        self.datagrams_by_dump.append(datagrams)

    def add_dumps(self, established: Sequence[int]) -> None:
        """Add dumps that hold connections alone, each with so many."""
        for count in established:
            self.entries_by_dump.append(count)
            self.established_by_dump.append(count)
            self.datagrams_by_dump.append(0)
            self._closed_by_dump.append(0)
            self._begun_by_dump.append(0)

    def finish(self) -> None:
        """Take what is still open as the record ends for what it is; nothing is taken in after that."""
        hold_s = median(self.held_s) if len(self.held_s) >= _LEAST_HELD_COUNT else 0.0
        for tally, key, (opened_s, seen_s), destroyed_s in self._unclosed:
            # an entry goes late: who may have closed at once after it was heard of last has done so
            closed_s = max(destroyed_s - hold_s, seen_s)
            self._book(tally, key, opened_s, seen_s if closed_s - seen_s < _MOST_LATE_S else closed_s)
        self._unclosed.clear()
        for key, flow in self._open.items():
            place, source = place_of(key)
            tally = self.tallies.setdefault((place, source), Tally())
            if flow.is_answered:
                tally.open_after_count += flow.closing_s is None
                self._book(tally, key, flow.opened_s, flow.closing_s)
            elif flow.opened_s is not None and self.last_s - flow.opened_s > SILENT_AFTER_S:
                tally.silent_s.append(flow.opened_s)
        self._open.clear()

    def _begin(self, entry: Entry, at_s: float) -> None:
        for number in self._closed_in_dumps.pop(entry.key, ()):
            self._begun_by_dump[number] += 1
        self._open[entry.key] = Open(opened_s=at_s, is_answered=False, seen_s=at_s)

    def _go_on(self, entry: Entry, at_s: float) -> None:
        key = entry.key
        flow = self._open.get(key)
        if flow is None:
            flow = self._open[key] = self._unbegun(entry, at_s)
        elif not flow.is_answered:
            flow.is_answered = True
            assert flow.opened_s is not None
            tally = self._tally(entry)
            _one_more(tally)
            if at_s - flow.opened_s > LATE_AFTER_S:
                tally.late_s.append(flow.opened_s)
                tally.late_by_s.append(at_s - flow.opened_s)
        flow.seen_s = at_s
        if entry.state in CLOSING and flow.closing_s is None:
            flow.closing_s = at_s
            self._tally(entry).open_count -= 1
        if entry.state == "TIME_WAIT":
            flow.held_from_s = at_s

    def _unbegun(self, entry: Entry, at_s: float) -> Open:
        """Return a flow that was open before anybody listened; or whose beginning was lost, as a SYN says."""
        tally = self._tally(entry)
        _one_more(tally)
        if entry.state == "SYN_RECV":
            self.lost_s.append(at_s)
            return Open(opened_s=at_s, is_answered=True, seen_s=at_s)
        tally.open_before_count += 1
        return Open(opened_s=None, is_answered=True, seen_s=at_s)

    def _end(self, entry: Entry, at_s: float) -> None:
        flow = self._open.pop(entry.key, None)
        if flow is None:
            self.unfinished_count += 1
            return
        tally = self._tally(entry)
        if not flow.is_answered and entry.state not in _HELD_STATES:
            assert flow.opened_s is not None
            (tally.refused_s if entry.state == "CLOSE" else tally.silent_s).append(flow.opened_s)
            return
        if flow.held_from_s is not None:
            self.held_s.append(at_s - flow.held_from_s)
        if flow.is_answered and flow.closing_s is None:
            tally.open_count -= 1
        is_datagram = entry.protocol != "tcp"
        held = entry.state in _HELD_STATES or not (entry.state or is_datagram)  # older ones name no state
        if held and flow.closing_s is None:  # that it closed was lost
            self.lost_s.append(flow.seen_s)
            if flow.opened_s is not None:
                self._unclosed.append((tally, entry.key, (flow.opened_s, flow.seen_s), at_s))
            return
        ended_s = flow.closing_s if flow.closing_s is not None else flow.seen_s if is_datagram else at_s
        self._book(tally, entry.key, flow.opened_s, ended_s)

    def _book(
        self, tally: Tally, key: tuple[object, ...], opened_s: float | None, ended_s: float | None
    ) -> None:
        listed = self._listed.get(key)
        if listed is not None and not (opened_s is None and ended_s is None):
            until_s = self.last_s if ended_s is None else ended_s
            listed.life_s = until_s - (self.first_s if opened_s is None else opened_s)
        if opened_s is None:
            if ended_s is not None:
                tally.ended_before_s.append(ended_s)
            return
        tally.opened_s.append(opened_s)
        tally.life_s.append(math.inf if ended_s is None else ended_s - opened_s)

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


def place_of(key: tuple[object, ...]) -> tuple[Place, str]:
    """Return what a flow asks, and who asks."""
    protocol, source, _, target, target_port = key
    assert isinstance(target_port, int)
    return Place(str(target), target_port, str(protocol)), str(source)
