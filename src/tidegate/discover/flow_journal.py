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
    """Return the last line: the end, how many events there were, and of how many the time is that of reading."""
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
    listed: dict[str, list[Entry]] = {}
    is_ended = False

    def events() -> Iterator[Entry]:
        nonlocal is_ended
        last_s = float("-inf")
        for number, text in enumerate(lines, 1):
            words = text.split()
            try:
                if words[0] in _LETTERS:
                    entry = _entry(words, float(words[1]), _LETTERS[words[0]])
                    assert entry.at_s is not None
                    if entry.at_s < last_s:
                        passed.backwards_count += 1
                        entry = entry._replace(at_s=last_s)
                    last_s = entry.at_s or last_s
                    yield entry
                elif words[0] == "L":
                    listed.setdefault(words[1], []).append(_entry(words, None, ""))
                elif words[0] == ".":
                    book.take_dump(listed.pop(words[1], ()))
                elif words[0] == "!":
                    passed.lost_count += int(words[3])
                    passed.lost_spans_s.append((float(words[1]), float(words[2])))
                elif words[0] == "=":
                    passed.read_time_count += int(words[3])
                    is_ended = True
                elif words[0] != "#":
                    passed.not_understood(number, text)
            except (IndexError, ValueError):
                passed.not_understood(number, text)

    book.take_events(events())
    if not is_ended:
        passed.cut_short.append("its last line is missing")


def _entry(words: list[str], at_s: float | None, happens: Happens) -> Entry:
    source_port, target_port = int(words[5]), int(words[7])
    if len(words) != _WORDS or not (0 <= source_port < _PORTS > target_port >= 0):
        raise ValueError(words)
    if at_s is not None and not 0.0 <= at_s < 1e11:
        raise ValueError(words)
    state = "" if words[3] == "-" else words[3]
    return Entry(at_s, happens, state, words[2], words[4], source_port, words[6], target_port)
