"""What the probe's endpoint says in each protocol: as little as a stock client needs.

Requests are told apart and answered with "done" or with an error; nothing is looked at but what that
takes. Sockets must not live here: bytes come in and bytes go out.

Shortcut: no TLS, and HTTP/1.1 alone. A client that insists on either never gets an answer.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

from tidegate.probe.situation import RETRY_AFTER_S

_LENGTH = re.compile(rb"(?im)^content-length:\s*(\d+)")
_CHUNKED = re.compile(rb"(?im)^transfer-encoding:.*chunked")
_EXPECTS = re.compile(rb"(?im)^expect:\s*100-continue")
_CLOSES = re.compile(rb"(?im)^connection:\s*close")
_SETTINGS = (
    (b"server_version", b"15.0"),
    (b"client_encoding", b"UTF8"),
    (b"integer_datetimes", b"on"),
    (b"standard_conforming_strings", b"on"),
    (b"TimeZone", b"UTC"),
    (b"DateStyle", b"ISO"),
)
_STARTUP_CODES = {80877103: b"N", 80877104: b"N"}  # TLS and GSS encryption, both declined


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What to send for what has come so far.

    Parameters
    ----------
    data
        Bytes to send.
    rest
        Bytes that belong to the next request.
    is_request
        Whether a request of the client's own was answered, rather than a greeting.
    closes
        Whether the connection ends with it.
    """

    data: bytes
    rest: bytes
    is_request: bool = True
    closes: bool = False


Protocol = Callable[[bytes, bool, bool], Answer | None]
"""From the bytes so far, whether to answer with an error, and whether to name a time to come again."""


def http(data: bytes, fails: bool, come_again: bool) -> Answer | None:
    """Answer one HTTP/1.1 request; None while it is not whole."""
    head, found, rest = data.partition(b"\r\n\r\n")
    if not found:
        return None
    if _CHUNKED.search(head):
        body, ended, rest = rest.partition(b"0\r\n\r\n")
        whole = bool(ended)
    else:
        length = _LENGTH.search(head)
        wanted = int(length[1]) if length else 0
        body, rest = rest[:wanted], rest[wanted:]
        whole = len(body) == wanted
    if not whole:
        # Told once, as long as nothing of the body is there.
        go_on = bool(_EXPECTS.search(head)) and not body
        told = Answer(data=b"HTTP/1.1 100 Continue\r\n\r\n", rest=data, is_request=False)
        return told if go_on else None
    lines = ["HTTP/1.1 503 Service Unavailable" if fails else "HTTP/1.1 200 OK"]
    lines += [f"Retry-After: {RETRY_AFTER_S}"] if come_again else []
    lines += ["Content-Type: application/json", "Content-Length: 2", "", "{}"]
    said = "\r\n".join(lines).encode()
    return Answer(data=said, rest=rest, closes=bool(_CLOSES.search(head)))


def tcp(data: bytes, fails: bool, come_again: bool) -> Answer | None:  # noqa: ARG001
    """Answer any bytes with as many."""
    return Answer(data=data, rest=b"") if data else None


def redis(data: bytes, fails: bool, come_again: bool) -> Answer | None:  # noqa: ARG001
    """Answer one Redis command; None while it is not whole."""
    words, rest = _redis_command(data)
    if words is None:
        return None
    command = words[0].upper() if words else b""
    if fails:
        return Answer(data=b"-LOADING Redis is loading the dataset in memory\r\n", rest=rest)
    if command == b"HELLO":
        said = b"%1\r\n$5\r\nproto\r\n:3\r\n" if words[1:2] == [b"3"] else b"*2\r\n$5\r\nproto\r\n:2\r\n"
    elif command == b"PING":
        said = b"+PONG\r\n"
    elif command == b"GET":
        said = b"$2\r\nok\r\n"
    else:
        said = b"+OK\r\n"
    return Answer(data=said, rest=rest, is_request=command not in {b"HELLO", b"CLIENT", b"AUTH", b"SELECT"})


def _redis_command(data: bytes) -> tuple[list[bytes] | None, bytes]:
    line, found, rest = data.partition(b"\r\n")
    if not found:
        return None, data
    if not line.startswith(b"*"):
        return line.split(), rest
    words = []
    for _ in range(int(line[1:])):
        length, found, rest = rest.partition(b"\r\n")
        if not found or not length.startswith(b"$") or len(rest) < int(length[1:]) + 2:
            return None, data
        words.append(rest[: int(length[1:])])
        rest = rest[int(length[1:]) + 2 :]
    return words, rest


def postgres(data: bytes, fails: bool, come_again: bool) -> Answer | None:  # noqa: ARG001
    """Answer one PostgreSQL message; None while it is not whole."""
    if len(data) < 5:
        return None
    if data[:1] == b"\0":  # a start-up packet has no letter, and is far shorter than 16 MB
        return _startup(data, fails)
    (size,) = struct.unpack("!I", data[1:5])
    if len(data) < size + 1:
        return None
    said, is_request = _simple_answer(data[:1])
    return Answer(data=said, rest=data[size + 1 :], is_request=is_request, closes=data[:1] == b"X")


def _startup(data: bytes, fails: bool) -> Answer | None:
    size, code = struct.unpack("!II", data[:8].ljust(8, b"\0"))
    if len(data) < size:
        return None
    if code in _STARTUP_CODES:
        return Answer(data=_STARTUP_CODES[code], rest=data[size:], is_request=False)
    if fails:
        fields = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"
        return Answer(data=_message(b"E", fields), rest=data[size:], closes=True)
    said = _message(b"R", b"\0\0\0\0")
    said += b"".join(_message(b"S", name + b"\0" + value + b"\0") for name, value in _SETTINGS)
    said += _message(b"K", struct.pack("!II", 1, 1)) + _message(b"Z", b"I")
    return Answer(data=said, rest=data[size:], is_request=False)


def _simple_answer(letter: bytes) -> tuple[bytes, bool]:
    """Return what a message is answered with: one row that says 1, whatever was asked."""
    column = b"\0\x01?column?\0" + struct.pack("!IHIhih", 0, 0, 23, 4, -1, 0)
    row = _message(b"D", b"\0\x01\0\0\0\x011")
    done = _message(b"C", b"SELECT 1\0")
    answers = {
        b"Q": _message(b"T", column) + row + done + _message(b"Z", b"I"),
        b"P": _message(b"1", b""),
        b"B": _message(b"2", b""),
        b"D": _message(b"T", column),
        b"E": row + done,
        b"C": _message(b"3", b""),
        b"S": _message(b"Z", b"I"),
    }
    return answers.get(letter, b""), letter in {b"Q", b"S"}


def _message(letter: bytes, body: bytes) -> bytes:
    return letter + struct.pack("!I", len(body) + 4) + body


SPOKEN: dict[str, Protocol] = {"http": http, "tcp": tcp, "redis": redis, "postgres": postgres}
"""By the name on the command line."""
