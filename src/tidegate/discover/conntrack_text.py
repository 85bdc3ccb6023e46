"""What does a line of `conntrack` say? Events (`-E -o timestamp`) and dumps of the table (`-L`).

A line that is neither is counted, never guessed at. Flows without ports (ICMP, GRE) are counted apart.

Source: conntrack-tools 1.4.7, src/conntrack.c and libnetfilter_conntrack's snprintf_default.c; its real
output.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, cast

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


@dataclass(frozen=True, slots=True)
class Entry:
    """One line.

    Parameters
    ----------
    at_s
        When, in seconds since 1970; None in a dump, or where the record has no times.
    happens
        "NEW", "UPDATE" or "DESTROY"; empty in a dump.
    protocol, state
        Such as "tcp" and "ESTABLISHED"; a protocol without states has an empty one.
    source, source_port, target, target_port
        Of the original direction: who began it, and what was asked.
    """

    at_s: float | None
    happens: Happens
    protocol: str
    state: str
    source: str
    source_port: int
    target: str
    target_port: int

    @property
    def key(self) -> tuple[object, ...]:
        """What tells one flow from another."""
        return self.protocol, self.source, self.source_port, self.target, self.target_port


@dataclass
class Passed:
    """What was not taken in of a text.

    Parameters
    ----------
    not_understood_count, examples
        Lines that are no entries, and the first of them with their numbers.
    portless_count
        Entries of protocols without ports.
    untimed_count
        Events without a time.
    lost_count
        Warnings of the recorder that it lost events.
    backwards_count
        Events before the one that stands before them.
    """

    not_understood_count: int = 0
    examples: list[tuple[int, str]] = field(default_factory=list)
    portless_count: int = 0
    untimed_count: int = 0
    lost_count: int = 0
    backwards_count: int = 0


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
    for number, line in enumerate(lines, 1):
        found = _LINE.match(line)
        if found is None:
            _pass_over(number, line, passed)
            continue
        if found["portless"] is not None:
            passed.portless_count += 1
            continue
        at_s = None if found["at"] is None else float(found["at"])
        if found["happens"] and at_s is None:
            passed.untimed_count += 1
            continue
        if at_s is not None:
            passed.backwards_count += at_s < last_s
            last_s = max(last_s, at_s)
        yield Entry(
            last_s if found["happens"] else None,
            cast("Happens", found["happens"] or ""),
            found["protocol"],
            found["state"] or "",
            found["source"],
            int(found["source_port"]),
            found["target"],
            int(found["target_port"]),
        )


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
        passed.not_understood_count += 1
        if len(passed.examples) < _MOST_EXAMPLES:
            passed.examples.append((number, line.strip()[:80]))
