"""The answers of the sleeping server, as they stand on the wire: good ones of any size, and errors."""

from __future__ import annotations

from functools import cache


def _answer(status: bytes, body: bytes, *, keep: bool) -> bytes:
    connection = b"keep-alive" if keep else b"close"
    length = str(len(body)).encode()
    head = (b"HTTP/1.1 " + status, b"Content-Length: " + length, b"Connection: " + connection)
    return b"\r\n".join((*head, b"", body))


@cache
def good(size_bytes: int, keep: bool) -> bytes:
    """Return a good answer of so many bytes; 0, or fewer than there are to say: the smallest."""
    head_bytes = len(_answer(b"200 OK", b"x" * size_bytes, keep=keep)) - size_bytes
    more_bytes = size_bytes - head_bytes
    return _answer(b"200 OK", b"x" * more_bytes if more_bytes > 0 else b"ok", keep=keep)


FULL = _answer(b"503 Service Unavailable", b"full", keep=False)
