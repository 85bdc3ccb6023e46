"""What was given: a record of flows, of any size, or a text that lists what stands? Told from its beginning.

A record is then read line by line and never whole; a listing is read whole, up to a bound.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tidegate.adapters.files.flow_records import read_lines
from tidegate.errors import Fault, InputError

MOST_LISTED_CHARACTERS = 200 * 1024 * 1024
"""A cluster of some ten thousand pods, with all that it reports of them."""
_LOOKED_AT_CHARACTERS = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Given:
    """One text.

    Parameters
    ----------
    source
        Its name.
    kind
        What its beginning says that it is; empty where it lists nothing.
    lines
        All of it, read as it is asked for.
    """

    source: str
    kind: str
    lines: Iterator[str]

    def whole(self) -> str:
        """Return all of it.

        Raises
        ------
        InputError
            If it is too large, or is no text.
        """
        parts: list[str] = []
        length = 0
        for line in self.lines:
            length += len(line)
            if length > MOST_LISTED_CHARACTERS:
                allowed = f"at most {MOST_LISTED_CHARACTERS // 1024**2} MB: the part that is meant is enough"
                raise InputError(Fault(what="is too large", value=self.source, allowed=allowed))
            parts.append(line)
        text = "".join(parts)
        if "\ufffd" in text:
            raise InputError(Fault(what="is not UTF-8 text", value=self.source, allowed="UTF-8 text"))
        return text


def given_text(name: str, kind_of: Callable[[str, str], str]) -> Given:
    """Return what a name leads to, with what its beginning says that it is.

    Parameters
    ----------
    name
        A path, or "-" for standard input.
    kind_of
        Tells it from the beginning and the name.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    lines = iter(read_lines(name))
    beginning: list[str] = []
    length = 0
    for line in lines:
        beginning.append(line)
        length += len(line)
        if length >= _LOOKED_AT_CHARACTERS:
            break
    kind = kind_of("".join(beginning), name)
    source = "standard input" if name == "-" else name
    return Given(source=source if kind else name, kind=kind, lines=itertools.chain(beginning, lines))
