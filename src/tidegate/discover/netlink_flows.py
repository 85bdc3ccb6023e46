"""What does the kernel say of its flows over netlink? Messages of ctnetlink, as events or as a dump.

Source: Linux 6.18, include/uapi/linux/netfilter/nfnetlink_conntrack.h and nf_conntrack_tcp.h.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from ipaddress import IPv6Address
from typing import NamedTuple

from tidegate.discover.conntrack_text import Entry, Happens

SUBSYSTEM = 1
DONE, ERROR = 3, 2
NEW_MESSAGE, GET_MESSAGE, DELETE_MESSAGE = SUBSYSTEM << 8, SUBSYSTEM << 8 | 1, SUBSYSTEM << 8 | 2
_CREATED = 0x400
_HEADER = struct.Struct("=IHHII")
_FAMILY_BYTES = 4
_ATTRIBUTE = struct.Struct("=HH")
_ORIGINAL, _PROTOCOL_INFO, _EVENT_TIME = 1, 4, 27
_ADDRESSES, _PORTS = 1, 2
_KIND = 0x3FFF
_STATES = (
    "NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE",
    "SYN_SENT2",
)  # fmt: skip
_PROTOCOLS = {6: "tcp", 17: "udp", 132: "sctp", 33: "dccp", 136: "udplite"}


class Message(NamedTuple):
    """One message.

    Parameters
    ----------
    kind
        `NEW_MESSAGE`, `DELETE_MESSAGE`, `DONE` or `ERROR`.
    error_code
        Of an error, as in errno; else 0.
    entry
        The flow it tells of; None where it tells of none with ports.
    is_kernel_time
        Whether the time is the kernel's own.
    """

    kind: int
    error_code: int
    entry: Entry | None
    is_kernel_time: bool


def messages(data: bytes, read_s: float, *, is_dump: bool = False) -> Iterator[Message]:
    """Yield the messages of what one read of the socket gave.

    Parameters
    ----------
    data
        The bytes.
    read_s
        When they were read: the time of an event of a kernel that tells none.
    is_dump
        Whether they are a dump, which has no times.
    """
    at = 0
    while at + _HEADER.size <= len(data):
        length, kind, flags, _, _ = _HEADER.unpack_from(data, at)
        end = at + length
        if length < _HEADER.size or end > len(data):
            return
        if kind in {NEW_MESSAGE, DELETE_MESSAGE}:
            happens: Happens = (
                "DESTROY" if kind == DELETE_MESSAGE else "NEW" if flags & _CREATED else "UPDATE"
            )
            yield _flow(
                data, at + _HEADER.size + _FAMILY_BYTES, end, kind, "" if is_dump else happens, read_s
            )
        elif kind == ERROR:
            code = -struct.unpack_from("=i", data, at + _HEADER.size)[0] if length >= _HEADER.size + 4 else 0
            yield Message(kind, code, None, is_kernel_time=False)
        elif kind == DONE:
            yield Message(kind, 0, None, is_kernel_time=False)
        at += (length + 3) & ~3


def dump_request(sequence: int) -> bytes:
    """Return the request for all flows of the table."""
    request, dump = 1, 0x300
    return _HEADER.pack(_HEADER.size + _FAMILY_BYTES, GET_MESSAGE, request | dump, sequence, 0) + bytes(4)


def _attributes(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield kind, beginning and end of each attribute."""
    while at + 4 <= end:
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if length < 4 or at + length > end:
            return
        yield kind & _KIND, at + 4, at + length
        at += (length + 3) & ~3


def _flow(data: bytes, at: int, end: int, kind: int, happens: Happens, read_s: float) -> Message:
    ways: tuple[str, str, int, str, int] | None = None
    state, at_s, is_kernel_time = "", read_s, False
    for number, first, last in _attributes(data, at, end):
        if number == _ORIGINAL:
            ways = _tuple(data, first, last)
        elif number == _PROTOCOL_INFO:
            state = _state(data, first, last)
        elif number == _EVENT_TIME and last - first == 8:
            at_s, is_kernel_time = struct.unpack_from(">Q", data, first)[0] * 1e-9, True
    if ways is None:
        return Message(kind, 0, None, is_kernel_time)
    protocol, source, source_port, target, target_port = ways
    entry = Entry(
        at_s if happens else None, happens, state, protocol, source, source_port, target, target_port
    )
    return Message(kind, 0, entry, is_kernel_time)


def _tuple(data: bytes, at: int, end: int) -> tuple[str, str, int, str, int] | None:
    source = target = protocol = ""
    source_port = target_port = -1
    for number, first, last in _attributes(data, at, end):
        for kind, begin, until in _attributes(data, first, last):
            value = data[begin:until]
            if number == _ADDRESSES and kind in {1, 3}:
                source = _address(value)
            elif number == _ADDRESSES and kind in {2, 4}:
                target = _address(value)
            elif number == _PORTS and kind == 1:
                protocol = _PROTOCOLS.get(value[0], "")
            elif number == _PORTS and kind == 2:
                source_port = int.from_bytes(value, "big")
            elif number == _PORTS and kind == 3:
                target_port = int.from_bytes(value, "big")
    if not (source and target and protocol) or min(source_port, target_port) < 0:
        return None
    return protocol, source, source_port, target, target_port


def _state(data: bytes, at: int, end: int) -> str:
    for number, first, last in _attributes(data, at, end):
        if number == 1:  # TCP
            for kind, begin, _ in _attributes(data, first, last):
                if kind == 1 and data[begin] < len(_STATES):
                    return _STATES[data[begin]]
    return ""


def _address(value: bytes) -> str:
    if len(value) == 4:
        return "{}.{}.{}.{}".format(*value)
    return str(IPv6Address(value))
