"""How are entries written down to be carried to another site? A line each: bytes as kept, and signature."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from tidegate.journal.entry import Sealed

LONGEST_ENTRY_BYTES = 512 * 1024
"""Longer than any entry of a known kind can be."""


class NotCarriedError(ValueError):
    """A line is none that `lines` writes."""


def lines(entries: Iterable[Sealed]) -> bytes:
    """Return entries as lines of JSON."""
    return b"".join(
        json.dumps({"body": one.body.decode(), "signature": one.signature.hex()}).encode() + b"\n"
        for one in entries
    )


def read_lines(text: bytes) -> Iterator[Sealed]:
    """Yield the entries of such lines; whether they are what a site signed is another question.

    Raises
    ------
    NotCarriedError
        At the first line that is none.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if line:
            yield read_line(line, number)


def read_line(line: bytes, number: int) -> Sealed:
    """Return the entry of one line.

    Raises
    ------
    NotCarriedError
        If it is none.
    """
    try:
        found = json.loads(line)
        body, signature = found["body"].encode(), bytes.fromhex(found["signature"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise NotCarriedError(f"line {number} is no entry") from None
    if len(body) > LONGEST_ENTRY_BYTES or len(signature) != 64:
        raise NotCarriedError(f"line {number} is longer than any entry")
    return Sealed(body=body, signature=signature)
