"""How is a text cut into lines? It comes in pieces, and may be no text at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

MOST_LINE_BYTES = 8_192
"""A longer line comes in parts, which no reader takes for an entry."""


def blocks(pieces: Iterable[bytes]) -> Iterator[str]:
    """Yield a text in blocks of whole lines; bytes that are no UTF-8 are replaced.

    Parameters
    ----------
    pieces
        The text, cut anywhere.
    """
    rest = b""
    for piece in pieces:
        data = rest + piece
        cut = data.rfind(b"\n") + 1
        if not cut and len(data) <= MOST_LINE_BYTES:
            rest = data
            continue
        whole, rest = (data[:cut], data[cut:]) if cut else (data, b"")
        if len(rest) > MOST_LINE_BYTES:
            whole, rest = data, b""
        yield whole.decode("utf-8", "replace")
    if rest:
        yield rest.decode("utf-8", "replace")


def lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Yield a text line by line, without their ends; a line of more than a piece comes in parts."""
    for block in blocks(pieces):
        yield from block.split("\n") if not block.endswith("\n") else block[:-1].split("\n")
