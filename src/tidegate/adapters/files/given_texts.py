"""What was given: a record of flows, of any size, or a text that lists what stands? Told from its beginning.

A record is then read piece by piece and never whole; a listing is read whole, up to a bound.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tidegate.adapters.files.flow_records import read_pieces
from tidegate.errors import Fault, InputError

MOST_LISTED_BYTES = 200 * 1024 * 1024
"""A cluster of some ten thousand pods, with all that it reports of them."""
_LOOKED_AT_BYTES = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Given:
    """One text.

    Parameters
    ----------
    source
        Its name.
    kind
        What its beginning says that it is; empty where it lists nothing.
    pieces
        All of it, unpacked, read as it is asked for.
    """

    source: str
    kind: str
    pieces: Iterator[bytes]

    def whole(self) -> str:
        """Return all of it.

        Raises
        ------
        InputError
            If it is too large, or is no text.
        """
        parts: list[bytes] = []
        length = 0
        for piece in self.pieces:
            length += len(piece)
            if length > MOST_LISTED_BYTES:
                allowed = f"at most {MOST_LISTED_BYTES // 1024**2} MB: the part that is meant is enough"
                raise InputError(Fault(what="is too large", value=self.source, allowed=allowed))
            parts.append(piece)
        try:
            return b"".join(parts).decode("utf-8")
        except UnicodeDecodeError:
            fault = Fault(what="is not UTF-8 text", value=self.source, allowed="UTF-8 text")
            raise InputError(fault) from None


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
    pieces = read_pieces(name)
    first = next(pieces, b"")
    kind = kind_of(first[:_LOOKED_AT_BYTES].decode("utf-8", "replace"), name)
    source = "standard input" if name == "-" else name
    return Given(source=source if kind else name, kind=kind, pieces=itertools.chain([first], pieces))
