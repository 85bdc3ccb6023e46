"""What does a record of `tidegate record` say? Its own text, written and read here.

    # tidegate flows 1 {"began_s": 1795888543.0, …}    the first line: format, version, how it was recorded
    L 0 tcp ESTABLISHED 10.0.1.5 41234 10.1.0.7 5432    a flow in dump 0 of the table
    . 0 1795888543.1                              dump 0 is whole, and when
    N 1795888543.141592653 tcp SYN_SENT 10.0.1.5 41235 10.1.0.7 5432    began; U went on, D ended
    ! 1795888550.0 1795888551.0 42                events lost between two times, as the kernel counted
    = 1795888663.2 5012 0                         the end, events in all, and those whose time is that of
    reading;
                                                  a record without it was cut short

A state that there is none of is a hyphen. Times are seconds since 1970.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from tidegate.discover.conntrack_text import Entry, Happens, Passed
from tidegate.discover.flow_book import FlowBook

VERSION = 1
_FIRST = re.compile(r"# tidegate flows (\d+) (\{.*\})$")
_LETTERS: dict[str, Happens] = {"N": "NEW", "U": "UPDATE", "D": "DESTROY"}
_WRITTEN = {"NEW": "N", "UPDATE": "U", "DESTROY": "D"}
_PORTS = 65_536
_WORDS = 8


def first_line(how: Mapping[str, object]) -> str:
    """Return the first line of a record that was taken so."""
    return f"# tidegate flows {VERSION} {json.dumps(how, sort_keys=True)}\n"


def line(entry: Entry, dump: int = 0) -> str:
    """Return a flow's line: of an event, or of a dump."""
    at = dump if entry.at_s is None else f"{entry.at_s:.9f}"
    letter = _WRITTEN.get(entry.happens, "L")
    return (
        f"{letter} {at} {entry.protocol} {entry.state or '-'} {entry.source} {entry.source_port}"
        f" {entry.target} {entry.target_port}\n"
    )


def dumped_line(dump: int, at_s: float) -> str:
    """Return the line that says that a dump is whole."""
    return f". {dump} {at_s:.3f}\n"


def lost_line(from_s: float, until_s: float, count: int) -> str:
    """Return the line that says that events were lost between two times."""
    return f"! {from_s:.3f} {until_s:.3f} {count}\n"


def last_line(at_s: float, events_count: int, read_time_count: int) -> str:
    """Return the last line: the end, how many events there were, and how many have the time of reading."""
    return f"= {at_s:.3f} {events_count} {read_time_count}\n"


def version(beginning: Iterable[str]) -> int | None:
    """Return of which version a record is; None where it is none."""
    for text in beginning:
        found = _FIRST.match(text.strip())
        return int(found[1]) if found else None
    return None


def take(lines: Iterable[str], book: FlowBook, passed: Passed) -> None:
    """Take a whole record into the book: events as they come, and each dump where it stood between them.

    Parameters
    ----------
    lines
        The record's.
    book
        Takes the flows in.
    passed
        Is told what was not taken in, what was lost, and whether the end is missing.
    """
    told = _Told(book, passed)
    book.take_events(told.events(lines))
    if not told.is_ended:
        passed.cut_short.append("its last line is missing")


class _Told:
    """A record as it is read."""

    def __init__(self, book: FlowBook, passed: Passed) -> None:
        self._book, self._passed = book, passed
        self._listed: dict[str, list[Entry]] = {}
        self._last_s = float("-inf")
        self.is_ended = False

    def events(self, lines: Iterable[str]) -> Iterator[Entry]:
        """Yield the events; dumps go to the book as each is whole, what was lost to what was passed over."""
        for number, text in enumerate(lines, 1):
            words = text.split()
            try:
                happens = _LETTERS.get(words[0])
                if happens is None:
                    self._other(number, text, words)
                    continue
                at_s = float(words[1])
                entry = _entry(words, max(at_s, self._last_s), happens)
                self._passed.backwards_count += at_s < self._last_s
                self._last_s = max(at_s, self._last_s)
                yield entry
            except (IndexError, ValueError):
                self._passed.not_understood(number, text)

    def _other(self, number: int, text: str, words: list[str]) -> None:
        """Take a line that tells of no event."""
        if words[0] == "L":
            self._listed.setdefault(words[1], []).append(_entry(words, None, ""))
        elif words[0] == ".":
            self._book.take_dump(self._listed.pop(words[1], ()), tells_losses=False)
        elif words[0] == "!":
            self._passed.lost_spans_s.append((float(words[1]), float(words[2])))
            self._passed.lost_count += int(words[3])
        elif words[0] == "=":
            self._passed.read_time_count += int(words[3])
            self.is_ended = True
        elif words[0] != "#":
            self._passed.not_understood(number, text)


def _entry(words: list[str], at_s: float | None, happens: Happens) -> Entry:
    source_port, target_port = int(words[5]), int(words[7])
    if len(words) != _WORDS or not (0 <= source_port < _PORTS > target_port >= 0):
        raise ValueError(words)
    if at_s is not None and not 0.0 <= at_s < 1e11:
        raise ValueError(words)
    state = "" if words[3] == "-" else words[3]
    return Entry(at_s, happens, state, words[2], words[4], source_port, words[6], target_port)
