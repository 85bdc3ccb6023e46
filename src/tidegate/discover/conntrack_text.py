"""What does a line of `conntrack` say? Events (`-E -o timestamp`) and dumps of the table (`-L`).

A line that is neither is counted, never guessed at. Flows without ports (ICMP, GRE) are counted apart.

Source: conntrack-tools 1.4.7, src/conntrack.c and libnetfilter_conntrack's snprintf_default.c; its real
output.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, cast

Happens = Literal["NEW", "UPDATE", "DESTROY", ""]

_LINE = re.compile(
    r"^\s*(?:\[(?P<at>\d+(?:\.\d+)?)\s*\]\s*)?(?:\[(?P<happens>NEW|UPDATE|DESTROY)\]\s+)?(?:ipv[46]\s+\d+\s+)?"
    r"(?P<protocol>[a-z][a-z0-9]*)\s+\d+\s+(?:\d+\s+)?(?:(?P<state>[A-Z][A-Z_0-9]*)\s+)?"
    r"src=(?P<source>\S+) dst=(?P<target>\S+) "
    r"(?:sport=(?P<source_port>\d{1,5}) dport=(?P<target_port>\d{1,5})|(?P<portless>\S))"
)
_PASSED_OVER = re.compile(r"^\s*(?:$|#|conntrack v\d|NOTE:)")
_LOST = re.compile(r"ENOBUFS|WARNING: We have hit", re.IGNORECASE)
_MOST_EXAMPLES = 5


EntryFields = tuple[float | None, Happens, str, str, str, int, str, int]


class Entry(NamedTuple):
    """One line.

    Parameters
    ----------
    at_s
        When, in seconds since 1970; None in a dump, or where the record has no times.
    happens
        "NEW", "UPDATE" or "DESTROY"; empty in a dump.
    state, protocol
        Such as "ESTABLISHED" and "tcp"; a protocol without states has an empty one.
    source, source_port, target, target_port
        Of the original direction: who began it, and what was asked.
    """

    at_s: float | None
    happens: Happens
    state: str
    protocol: str
    source: str
    source_port: int
    target: str
    target_port: int

    @property
    def key(self) -> tuple[object, ...]:
        """What tells one flow from another: protocol, source and its port, target and its port."""
        return self[3:]


def entry_of(fields: EntryFields) -> Entry:
    """Return an entry of its fields, in a third of the time that its own constructor takes."""
    return tuple.__new__(Entry, fields)


@dataclass
class Passed:
    """What was not taken in of a record.

    Parameters
    ----------
    not_understood_count, examples
        Lines that are no entries, and the first of them with their numbers.
    portless_count
        Entries of protocols without ports.
    untimed_count
        Events without a time.
    lost_count
        Warnings of the recorder that it lost events, or what it counted as lost.
    lost_spans_s
        From when to when events were lost, where the record tells.
    backwards_count
        Events before the one that stands before them.
    cut_short
        What ends in the middle, a clause each.
    twice_count
        Entries of flows that are told of a second time: by the other end, or behind a translation.
    skipped_count
        Rows that say that rows are missing.
    retried_count
        First packets that were sent again.
    reused_count
        By how much rates of busy addresses are too low, in flows: a tuple that is used twice within one row.
    sampled_count
        Rows that say of themselves that packets were sampled.
    read_time_count
        Events whose time is that of their reading rather than the kernel's.
    gaps_s
        From when to when nothing is told of any flow, for an hour or more.
    """

    not_understood_count: int = 0
    examples: list[tuple[int, str]] = field(default_factory=list)
    portless_count: int = 0
    untimed_count: int = 0
    lost_count: int = 0
    lost_spans_s: list[tuple[float, float]] = field(default_factory=list)
    backwards_count: int = 0
    cut_short: list[str] = field(default_factory=list)
    twice_count: int = 0
    skipped_count: int = 0
    retried_count: int = 0
    reused_count: float = 0.0
    sampled_count: int = 0
    read_time_count: int = 0
    gaps_s: list[tuple[float, float]] = field(default_factory=list)

    def not_understood(self, number: int, text: str) -> None:
        """Count a line that is no entry."""
        self.not_understood_count += 1
        if len(self.examples) < _MOST_EXAMPLES:
            self.examples.append((number, text.strip()[:80]))


def entries(lines: Iterable[str], passed: Passed) -> Iterator[Entry]:
    """Yield the entries of a text, line by line; what is none is counted.

    Parameters
    ----------
    lines
        The text.
    passed
        Is told what was not taken in.
    """
    last_s = float("-inf")
    match = _LINE.match
    for number, line in enumerate(lines, 1):
        found = match(line)
        if found is None:
            _pass_over(number, line, passed)
            continue
        at, happens, protocol, state, source, target, source_port, target_port, portless = found.groups()
        if portless is not None:
            passed.portless_count += 1
            continue
        if happens and at is None:
            passed.untimed_count += 1
            continue
        if at is not None:
            at_s = float(at)
            if at_s < last_s:
                passed.backwards_count += 1
            else:
                last_s = at_s
        yield entry_of((
            last_s if happens else None, cast("Happens", happens or ""), state or "", protocol,
            source, int(source_port), target, int(target_port),
        ))  # fmt: skip


def is_events(beginning: Iterable[str]) -> bool | None:
    """Return whether lines are events (True) or a dump (False); None where they are neither."""
    for line in beginning:
        found = _LINE.match(line)
        if found is not None:
            return bool(found["happens"])
    return None


def _pass_over(number: int, line: str, passed: Passed) -> None:
    if _LOST.search(line):
        passed.lost_count += 1
    elif not _PASSED_OVER.match(line):
        passed.not_understood(number, line)
