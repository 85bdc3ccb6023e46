"""Whether what has been received is a whole answer, and a good one.

The little of HTTP/1.1 that a client of a rehearsal needs, for our own server, HAProxy, nginx and Envoy
alike. Sockets must not live here. Shortcut: an answer without a length is whole with its head (our
clients read no body), and its connection is not used again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nconnection:[ \t]*close", re.IGNORECASE)
_LONGEST_HEAD = 65536


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said.

    Parameters
    ----------
    length_count
        Bytes it takes.
    good
        Whether its status is a success (2xx).
    keeps
        Whether the connection may be used again.
    """

    length_count: int
    good: bool
    keeps: bool


def read_answer(received: bytes) -> Answer | None:
    """Return the first answer in `received`; None where more must come."""
    end = received.find(_HEAD_END)
    if end < 0:
        if len(received) > _LONGEST_HEAD or not b"HTTP/1.".startswith(received[:7]):
            return Answer(len(received), good=False, keeps=False)
        return None
    head = received[: end + 2]
    good = head.startswith(b"HTTP/1.") and head[9:10] == b"2"
    length = _LENGTH.search(head)
    whole_count = end + len(_HEAD_END) + (int(length[1]) if length else 0)
    if whole_count > len(received):
        return None
    keeps = length is not None and _CLOSES.search(head) is None
    return Answer(whole_count, good=good, keeps=keeps)


def write_question(
    service: str,
    *,
    keep: bool,
    apart: bool = False,
    first: tuple[float | None, bool] | None = None,
    sizes_bytes: tuple[int, int] = (0, 0),
) -> bytes:
    """Return the request for `service`; more than 80 bytes with its TCP and IP headers.

    Parameters
    ----------
    service
        Whom it asks.
    keep
        Whether the connection is used again.
    apart
        Whether it is answered at once and takes no place, like a health check.
    first
        Where it is what a new connection carries first: the mean time to serve it, if it has one of its own,
        and whether nothing more comes before what was wanted.
    sizes_bytes
        How large it is, and how large an answer it wants; each at least what there is to say.
    """
    connection = "keep-alive" if keep else "close"
    check = "X-Check: 0 apart eject\r\n" if apart else ""
    opening = ""
    if first is not None:
        mean_s, is_last = first
        opening = f"X-First: {'-' if mean_s is None else f'{mean_s:.9f}'} {int(is_last)}\r\n"
    wanted = f"X-Size: {sizes_bytes[1]}\r\n" if sizes_bytes[1] else ""
    head = f"GET /{service} HTTP/1.1\r\nHost: x\r\nConnection: {connection}\r\n{check}{opening}{wanted}"
    missing_count = sizes_bytes[0] - len(head) - len("X-Pad: \r\n\r\n")
    padding = f"X-Pad: {'x' * missing_count}\r\n" if missing_count > 0 else ""
    return f"{head}{padding}\r\n".encode()
