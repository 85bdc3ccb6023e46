"""How is what has left the record handed to another site? A line for each gap, and for each who states it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from tidegate.journal.carried_lines import NotCarriedError, lines, read_line
from tidegate.journal.compaction import Gap, Left
from tidegate.journal.entry import Sealed
from tidegate.journal.received import stated_end

_GAP = b'{"gap"'


def left_lines(left: Left) -> Iterator[bytes]:
    """Yield the lines of what has left: first who states it, then each gap."""
    for proof in left.proofs:
        yield lines([proof])
    for gap in left.gaps:
        yield json.dumps({"gap": list(gap)}).encode() + b"\n"


def is_gap_line(line: bytes) -> bool:
    """Whether a line is that of a gap."""
    return line.startswith(_GAP)


def read_left(found: Iterable[bytes]) -> Left:
    """Return what such lines say; whether it is so is another question.

    Raises
    ------
    NotCarriedError
        At the first line that is none.
    """
    proofs, gaps = list[Sealed](), list[Gap]()
    for number, line in enumerate(found, 1):
        if is_gap_line(line):
            gaps.append(_gap(line, number))
        else:
            proofs.append(read_line(line, number))
    return Left(gaps=tuple(gaps), proofs=tuple(proofs))


def _gap(line: bytes, number: int) -> Gap:
    try:
        label, first, last, digest = json.loads(line)["gap"]
        end = stated_end(label, last, digest)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NotCarriedError(f"line {number} is no gap") from None
    if type(first) is not int or not 1 < first <= end.number:
        raise NotCarriedError(f"line {number} is no gap")
    return Gap(end.label, first, end.number, end.hash)
