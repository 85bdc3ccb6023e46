"""What flows do rows tell of? A row is what one direction of one flow did within a window.

VPC flow logs, NetFlow and IPFIX write such rows. A long flow has many; both directions have their own; and a
tuple that is used again within a window shares a row with what came before.

Sources of the rules: a known truth beside them (docs/how-to/discover-a-world.md); Amazon VPC user guide,
flow log records (which flags are kept); RFC 7011 and RFC 5102 (active time-outs cut a flow).
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable
from typing import NamedTuple

from tidegate.discover.asked_end import AskedEnds
from tidegate.discover.conntrack_text import Passed
from tidegate.discover.flow_book import LATE_AFTER_S, FlowBook, Listed, Tally

FIN, SYN, RST, ACK = 1, 2, 4, 16
NO_FLAGS = -1
_LOOK_EVERY_S = 30.0
_LISTED_EVERY_S = 30.0
_MOST_LISTINGS = 40
_KEPT_OPEN_S = 7_200.0
_GAP_S = 3_600.0
_ANSWERED_WITHIN_S = 3.0
"""What comes longer than that after a SYN that nobody answered, or after an end, is of the tuple's next flow.

An exporter may tell a flow's answers minutes before its questions: nfpcapd tells each direction by itself.
"""
_CLIENT_PORTS = 28_232
"""Ports that a Linux client takes by default: 32,768 to 60,999."""


class Row(NamedTuple):
    """What one direction did within a window.

    Parameters
    ----------
    protocol
        "tcp" or "udp".
    source, source_port, target, target_port
        As the packets had them.
    start_s, end_s
        First and last packet, in seconds since 1970.
    flags
        All flags of TCP that were kept, one over the other; `NO_FLAGS` where none are told.
    is_rejected
        Whether it was turned away.
    interface
        An address of the device's own, where that shows behind the packets' own; else empty.
    """

    protocol: str
    source: str
    source_port: int
    target: str
    target_port: int
    start_s: float
    end_s: float
    flags: int = NO_FLAGS
    is_rejected: bool = False
    interface: str = ""


RowFields = tuple[str, str, int, str, int, float, float, int, bool, str]


def row_of(fields: RowFields) -> Row:
    """Return a row of its fields, in a third of the time that its own constructor takes."""
    return tuple.__new__(Row, fields)


class _Flow:
    """What is known of a flow that may go on; ``ahead`` is the direction of its first row."""

    __slots__ = (
        "ahead_flags", "ahead_s", "back_flags", "back_s", "end_s", "follows_one", "is_answered",
        "is_rejected", "start_s",
    )  # fmt: skip

    def __init__(self, row: Row, *, follows_one: bool = False) -> None:
        self.follows_one = follows_one
        self.start_s = self.ahead_s = row[5]
        self.end_s = row[6]
        self.ahead_flags, self.back_flags = row[7], NO_FLAGS
        self.back_s = math.inf
        self.is_answered = False
        self.is_rejected = row[8]

    def add(self, row: Row, *, is_back: bool) -> None:
        """Take in what a further row of it tells; called for every one of millions."""
        start_s, end_s, flags = row[5], row[6], row[7]
        if start_s < self.start_s:  # noqa: PLR1730  twice as fast as a call, as below
            self.start_s = start_s
        if end_s > self.end_s:  # noqa: PLR1730
            self.end_s = end_s
        if is_back:
            self.is_answered = True
            self.back_s = min(self.back_s, start_s)
            if flags >= 0:
                self.back_flags = max(self.back_flags, 0) | flags
        else:
            self.ahead_s = min(self.ahead_s, start_s)
            if flags >= 0:
                self.ahead_flags = max(self.ahead_flags, 0) | flags

    @property
    def is_closed(self) -> bool:
        """Whether one side has said that it is over."""
        return bool((max(self.ahead_flags, 0) | max(self.back_flags, 0)) & (FIN | RST))

    @property
    def has_flags(self) -> bool:
        """Whether any row of it had flags, be they none."""
        return self.ahead_flags != NO_FLAGS or self.back_flags != NO_FLAGS


class RowBook:
    """Joins rows into flows, and books each as it is over.

    Parameters
    ----------
    book
        Takes the flows.
    passed
        Is told what is not taken in.
    join_s, most_join_s
        For how long nothing may be told of a flow that goes on; at most, where rows turn out longer than
        that.
    clock_s
        How far apart two times are at least: no life is known to be shorter.
    is_one_row
        Whether one row tells of both directions (Azure), so that a beginning alone is not yet silence.
    keeps_all_flags
        Whether a row has the flags of all packets (NetFlow) rather than of handshakes and ends alone (VPC):
        then both directions have SYN and ACK, and do not tell who asked.
    is_sampled
        Whether only some packets were looked at: then only first packets are counted.
    """

    def __init__(
        self,
        book: FlowBook,
        passed: Passed,
        *,
        join_s: float,
        most_join_s: float = 0.0,
        clock_s: float = 0.0,
        is_one_row: bool = False,
        keeps_all_flags: bool = False,
        is_sampled: bool = False,
    ) -> None:
        self._book, self._passed = book, passed
        self._join_s, self._most_join_s = join_s, max(join_s, most_join_s)
        self._clock_s = clock_s
        self._is_one_row = is_one_row
        self._first_s = math.inf
        self._cut_s = math.inf
        self._keeps_all_flags = keeps_all_flags
        self._is_sampled = is_sampled
        self._going: dict[tuple[str, int, str, int, str], _Flow] = {}
        self._ends = AskedEnds()
        self._own: set[str] = set()
        self._now_s = -math.inf
        self._look_s = -math.inf
        self._in_window: dict[tuple[str, str, int], int] = {}
        self._is_two_way = False
        self.flows_count = 0

    def take(self, rows: Iterable[Row]) -> None:
        """Take rows in, about in the order of their times."""
        going = self._going
        for row in rows:
            protocol, source, source_port, target, target_port, start_s, end_s, _, _, interface = row
            if interface:
                self._own.add(interface)
            if end_s - start_s > self._join_s:
                self._join_s = max(self._join_s, min(end_s - start_s, self._most_join_s))
            if start_s > self._now_s:
                self._go_on_to(start_s)
            key = ahead = (source, source_port, target, target_port, protocol)
            flow = going.get(key)
            if flow is None:
                key = (target, target_port, source, source_port, protocol)
                flow = going.get(key)
            is_back = key is not ahead
            if flow is not None and not self._begins_anew(flow, row, is_back=is_back):
                flow.add(row, is_back=is_back)
                self._is_two_way |= is_back
                continue
            follows_one = flow is not None and flow.is_closed
            if flow is not None:
                self._end(key, going.pop(key))
            going[ahead] = _Flow(row, follows_one=follows_one)
            self._ends.meet(protocol, source_port, target_port)

    def finish(self, *, has_begun: bool = True) -> None:
        """Book what is left: the record is over.

        Parameters
        ----------
        has_begun
            Whether flags say which row is a flow's first and last. Where they do not, nothing is known of
            flows that began within the first window, nor of those that may go on after the last: both are
            left out, with that time.
        """
        book = self._book
        ends_s = max((flow.end_s for flow in self._going.values()), default=self._now_s)
        if not has_begun:
            self._cut_s = max(ends_s, self._now_s) - self._join_s
        for key, flow in self._going.items():
            if flow.start_s <= self._cut_s:
                self._end(key, flow, is_last=True)
        self._going.clear()
        self._leave_out_own()
        book.last_s = max(book.last_s, self._now_s)
        if not has_begun:
            book.first_s = self._first_s + self._join_s
            book.last_s = max(self._cut_s, book.first_s)
        if math.isfinite(self._book.first_s) and not self._is_sampled:
            self._list_all(self._join_s / 2.0 if has_begun else 0.0)

    def _begins_anew(self, flow: _Flow, row: Row, *, is_back: bool) -> bool:
        """Return whether a row of a tuple tells of another flow than the one before."""
        start_s, flags = row[5], row[7]
        late_s = start_s - flow.end_s
        if flags == NO_FLAGS:
            return not flow.has_flags and late_s > self._join_s
        if late_s > _ANSWERED_WITHIN_S and self._is_of_next(flow, flags, is_back=is_back):
            return True
        if not flags & SYN:
            return False
        mine = flow.back_flags if is_back else flow.ahead_flags
        has_begun = mine != NO_FLAGS and bool(mine & SYN)
        if not flow.is_closed:
            return has_begun and late_s > self._join_s
        return has_begun or late_s > 0.0

    def _is_of_next(self, flow: _Flow, flags: int, *, is_back: bool) -> bool:
        """Return whether what comes long after a flow's last packet tells of the tuple's next flow.

        After SYNs that nobody answered that is any answer, and any packet but one more SYN; after an end, if
        rows have all flags, whatever comes: should it turn out to be a straggler, it is left out.
        """
        if flow.is_closed:
            return self._keeps_all_flags
        is_unanswered = not flow.is_answered and flow.ahead_flags == SYN
        return is_unanswered and (is_back or flags != SYN)

    def _go_on_to(self, now_s: float) -> None:
        """Note how far the record is; now and then, book the flows of which nothing more will come."""
        if now_s - self._now_s > _GAP_S and math.isfinite(self._now_s):
            self._passed.gaps_s.append((self._now_s, now_s))
        self._now_s = now_s
        if now_s < self._look_s:
            return
        self._look_s = now_s + _LOOK_EVERY_S
        self._count_reused()
        over = [key for key, flow in self._going.items() if self._is_over(key, flow, now_s)]
        for key in over:
            self._end(key, self._going.pop(key))

    def _is_over(self, key: tuple[str, int, str, int, str], flow: _Flow, now_s: float) -> bool:
        silent_s = now_s - flow.end_s
        if silent_s <= self._join_s:
            return False
        if not flow.has_flags or flow.is_closed or key[4] != "tcp":
            return True
        return not flow.is_answered or silent_s > _KEPT_OPEN_S

    def _is_turned(self, key: tuple[str, int, str, int, str], flow: _Flow) -> bool:
        """Return whether the first row was of the direction that answers."""
        source, source_port, target, target_port, protocol = key
        ahead, behind = max(flow.ahead_flags, 0), max(flow.back_flags, 0)
        ends = self._ends
        is_answer = -1 if self._keeps_all_flags else SYN | ACK
        if ahead & (SYN | ACK) == SYN or behind & (SYN | ACK) == is_answer:
            ends.learn(protocol, target, target_port)
            return False
        if behind & (SYN | ACK) == SYN or ahead & (SYN | ACK) == is_answer:
            ends.learn(protocol, source, source_port)
            return True
        is_begun = bool((ahead | behind) & SYN)
        if is_begun and math.isfinite(flow.back_s) and flow.back_s != flow.ahead_s:
            return flow.back_s < flow.ahead_s  # who asks sends first
        return ends.is_asked(protocol, (source, source_port), (target, target_port))

    def _end(self, key: tuple[str, int, str, int, str], flow: _Flow, *, is_last: bool = False) -> None:
        source, source_port, target, target_port, protocol = key
        is_turned = self._is_turned(key, flow)
        asking, behind = flow.ahead_flags, flow.back_flags
        if is_turned:
            source, source_port, target, target_port = target, target_port, source, source_port
            asking, behind = behind, asking
        if source in self._own:
            self._passed.twice_count += 1
            return
        if flow.follows_one and flow.has_flags and not self._is_begun(flow):
            return  # what was sent again after the end of the one before
        self._reaches(flow)
        tally = self._book.tally(protocol, source, target, target_port)
        if self._is_sampled:
            self._count_sampled(tally, flow, is_first=bool(max(asking, 0) & SYN))
            return
        self.flows_count += 1
        is_stream = protocol == "tcp"
        is_begun = not is_stream or self._is_begun(flow)
        is_attempt = is_stream and (is_begun or flow.is_rejected)
        failed = self._failed(tally, flow, asking, behind) if is_attempt else None
        if failed is not None:
            failed.append(flow.start_s)
            return
        is_open = is_stream and is_last and self._is_open(flow)
        self._listed(tally, flow, is_open=is_open)
        tally.open_after_count += is_open
        if not is_begun:
            tally.open_before_count += 1
            return
        if is_stream and flow.end_s - flow.start_s > LATE_AFTER_S:
            tally.maybe_late_s.append(flow.start_s)
        ways = source, target, target_port
        self._in_window[ways] = self._in_window.get(ways, 0) + 1
        tally.opened_s.append(flow.start_s)
        tally.life_s.append(math.inf if is_open else max(flow.end_s - flow.start_s, self._clock_s))

    def _reaches(self, flow: _Flow) -> None:
        """Note how far the record reaches."""
        book = self._book
        self._first_s = min(self._first_s, flow.start_s)
        book.first_s = min(book.first_s, flow.start_s)
        book.last_s = max(book.last_s, flow.end_s)

    def _is_begun(self, flow: _Flow) -> bool:
        """Return whether the beginning was seen: as a flag, or as nothing in the window before."""
        if flow.has_flags:
            return bool((max(flow.ahead_flags, 0) | max(flow.back_flags, 0)) & SYN)
        return flow.start_s - self._first_s > self._join_s

    def _is_open(self, flow: _Flow) -> bool:
        """Return whether a flow that is the record's last stands as it ends."""
        return not flow.is_closed if flow.has_flags else flow.end_s > self._cut_s

    def _failed(self, tally: Tally, flow: _Flow, asking: int, behind: int) -> array[float] | None:
        """Return where an attempt belongs that was not answered; None where it was."""
        if flow.is_rejected:
            return tally.silent_s
        if not flow.is_answered:
            if asking == NO_FLAGS:
                return tally.silent_s if self._is_two_way else None
            is_alone = asking & (SYN | ACK) == SYN and (not self._is_one_row or bool(asking & FIN))
            return tally.silent_s if is_alone else None
        is_refused = behind != NO_FLAGS and behind & (RST | SYN) == RST and asking & (SYN | RST) == SYN
        return tally.refused_s if is_refused and asking != NO_FLAGS else None

    def _count_sampled(self, tally: Tally, flow: _Flow, *, is_first: bool) -> None:
        """Book a first packet; what else is seen of a flow says only that its source is there."""
        if is_first:
            self.flows_count += 1
            tally.opened_s.append(flow.start_s)
            tally.life_s.append(0.0)

    def _listed(self, tally: Tally, flow: _Flow, *, is_open: bool) -> None:
        """Note at which moments a flow stood, as a dump of a table would have it."""
        first = int(flow.start_s // _LISTED_EVERY_S) + 1
        last = int(flow.end_s // _LISTED_EVERY_S)
        if last < first and not is_open:
            return
        most = int(self._book.first_s // _LISTED_EVERY_S) + 1 + _MOST_LISTINGS
        moments = list(range(first, (most if is_open else min(last, most)) + 1))
        if moments:
            life_s = math.inf if is_open else flow.end_s - flow.start_s
            tally.listed.append(Listed(in_dumps=moments, life_s=life_s))

    def _list_all(self, margin_s: float) -> None:
        """Give the moments the numbers of dumps, those within the record and clear of its ends alone."""
        book = self._book
        first = math.ceil((book.first_s + margin_s) / _LISTED_EVERY_S)
        last = int((book.last_s - margin_s) // _LISTED_EVERY_S)
        moments = range(first, min(last, first + _MOST_LISTINGS - 2) + 1)
        before = len(book.entries_by_dump)
        counts = [0] * len(moments)
        for tally in book.tallies.values():
            for one in tally.listed:
                if one.in_dumps[0] < before:
                    continue  # of a real dump
                one.in_dumps = [before + at - first for at in one.in_dumps if at in moments]
                for at in one.in_dumps:
                    counts[at - before] += 1
            tally.listed = [one for one in tally.listed if one.in_dumps]
        book.add_dumps(counts)

    def _count_reused(self) -> None:
        """Add what two flows of one tuple within a window hide, as birthdays have it."""
        for count in self._in_window.values():
            if count > 1:
                share = max(self._join_s / _LOOK_EVERY_S, 1.0)
                self._passed.reused_count += share * count * (count - 1) / 2.0 / _CLIENT_PORTS
        self._in_window.clear()

    def _leave_out_own(self) -> None:
        """Leave out what the device itself asked on its far side: flows that were told of on its near one."""
        for key in [key for key in self._book.tallies if key[1] in self._own]:
            self._passed.twice_count += len(self._book.tallies.pop(key).opened_s)
