"""How is a record of flows read, whatever its size? Line by line, and never whole."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from tidegate.errors import Fault, FaultKind, InputError

MOST_LINE_CHARACTERS = 4_096


def read_lines(name: str) -> Iterator[str]:
    """Yield the lines of a file as they are asked for.

    Parameters
    ----------
    name
        A path, or "-" for standard input. Bytes that are no UTF-8 are replaced; a line that is longer than
        `MOST_LINE_CHARACTERS` comes in parts.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    if name == "-":
        given = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace")
        yield from iter(lambda: given.readline(MOST_LINE_CHARACTERS), "")
        return
    try:
        with Path(name).open(encoding="utf-8", errors="replace") as stream:
            yield from iter(lambda: stream.readline(MOST_LINE_CHARACTERS), "")
    except OSError as error:
        kind: FaultKind = "absent" if isinstance(error, FileNotFoundError) else "value"
        what = f"cannot be read: {error.strerror}"
        raise InputError(Fault(what=what, kind=kind, value=name, allowed="a file, or '-'")) from None
