"""How is a record of flows read and written, whatever its size? In pieces, and unpacked on the way."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tidegate.errors import Fault, FaultKind, InputError

PIECE_BYTES = 1 << 18
_PACKED = b"\x1f\x8b"
_UNPACKS_AS_GZIP = 31
_TRUSTED_BYTES = 64 << 20
_MOST_RATIO = 200.0
"""Flow records pack to a tenth or a thirtieth; what unpacks to more is no record, and is not read on."""


def read_pieces(name: str) -> Iterator[bytes]:
    """Yield a file's bytes as they are asked for; what gzip has packed is unpacked.

    Parameters
    ----------
    name
        A path, or "-" for standard input.

    Raises
    ------
    InputError
        If it cannot be read, or unpacks to what no record would.
    """
    if name == "-":
        yield from _unpacked(name, sys.stdin.buffer)
        return
    try:
        with Path(name).open("rb") as stream:
            yield from _unpacked(name, stream)
    except OSError as error:
        kind: FaultKind = "absent" if isinstance(error, FileNotFoundError) else "value"
        what = f"cannot be read: {error.strerror}"
        raise InputError(Fault(what=what, kind=kind, value=name, allowed="a file, or '-'")) from None


@contextmanager
def written(name: str) -> Iterator[Callable[[str], object]]:
    """Yield what writes a record in parts; the file has its name once it is whole.

    Parameters
    ----------
    name
        A path, or "-" for standard output. Until it is whole it is called as that with `.part` behind.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    if name == "-":
        yield sys.stdout.write
        sys.stdout.flush()
        return
    part = Path(f"{name}.part")
    try:
        with part.open("w", encoding="utf-8") as stream:
            yield stream.write
        part.replace(name)
    except OSError as error:
        raise InputError(Fault(what=f"cannot be written: {error.strerror}", value=name)) from None
    finally:
        if part.exists() and not part.stat().st_size:
            part.unlink()


def _unpacked(name: str, stream: BinaryIO) -> Iterator[bytes]:
    first = stream.read(PIECE_BYTES)
    if not first.startswith(_PACKED):
        while first:
            yield first
            first = stream.read(PIECE_BYTES)
        return
    try:
        yield from _of_gzip(name, first, stream)
    except zlib.error:
        raise InputError(Fault(what="is damaged: gzip cannot unpack it", value=name)) from None


def _of_gzip(name: str, packed: bytes, stream: BinaryIO) -> Iterator[bytes]:
    """Yield what is packed, of as many members as follow each other."""
    unpacker = zlib.decompressobj(_UNPACKS_AS_GZIP)
    came, given = len(packed), 0
    while packed:
        piece = unpacker.decompress(packed, PIECE_BYTES)
        given += len(piece)
        if given > _TRUSTED_BYTES and given > _MOST_RATIO * came:
            allowed = f"what unpacks to at most {_MOST_RATIO:.0f} times its size"
            raise InputError(Fault(what="unpacks to far more than a record", value=name, allowed=allowed))
        if piece:
            yield piece
        packed = unpacker.unconsumed_tail
        if unpacker.eof:
            packed = unpacker.unused_data.lstrip(b"\0")
            unpacker = zlib.decompressobj(_UNPACKS_AS_GZIP) if packed else unpacker
        if not packed:
            packed = stream.read(PIECE_BYTES)
            came += len(packed)
            if packed and unpacker.eof:
                unpacker = zlib.decompressobj(_UNPACKS_AS_GZIP)
    if not unpacker.eof:
        raise InputError(Fault(what="is damaged: it ends in the middle of what gzip packed", value=name))
