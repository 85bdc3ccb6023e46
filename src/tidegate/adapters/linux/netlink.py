"""Asking the kernel about queues and counters, and giving it a size table, in its own binary words.

Raw sockets instead of a library: a sample is taken ten times a second beside a measurement, and must
cost next to nothing. Building networks must not live here; `ip`, `tc` and `nft` do that.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from tidegate.errors import RigError

_NETFILTER = 12
_HEADER = struct.Struct("=IHHII")
_TCMSG = struct.Struct("=BxxxiIII")
_STAB_BASE = struct.Struct("=BBhiIIII")
_ERROR, _REQUEST, _ACK, _ECHO = 2, 1, 4, 8
_NEW_QDISC, _GET_QDISC = 36, 38
_ROOT = 0xFFFFFFFF
_ROOT_HANDLE = 0x10000
_KIND, _STATS2, _STAB = 1, 7, 8
_STATS_BASIC, _STATS_QUEUE = 1, 3
_GET_OBJECT = (10 << 8) | 19  # NFNL_SUBSYS_NFTABLES, NFT_MSG_GETOBJ
_OBJECT_TABLE, _OBJECT_NAME, _OBJECT_TYPE, _OBJECT_DATA = 1, 2, 3, 4
_COUNTER, _COUNTER_PACKETS = 1, 2
_NESTED = 0x7FFF
_MOST_BILLED = 0xFFFF


@dataclass(frozen=True, slots=True)
class QueueState:
    """What a queue has done since it was made."""

    sent_count: int
    dropped_count: int
    waiting_count: int

    @property
    def offered_count(self) -> int:
        """Return all packets that ever came to it."""
        return self.sent_count + self.dropped_count + self.waiting_count


class RouteSocket:
    """Questions about interfaces and queues of the namespace in which it was opened."""

    def __init__(self) -> None:
        self._socket = _opened(socket.NETLINK_ROUTE)

    def root_queue(self, index: int, *, handle: int = _ROOT_HANDLE) -> QueueState:
        """Return the state of the root queue (handle 1:, or another) of interface number `index`."""
        message = _TCMSG.pack(0, index, handle, 0, 0)
        answer = _asked(self._socket, _GET_QDISC, _REQUEST | _ECHO, message)
        stats = dict(_attributes(dict(_attributes(answer[_TCMSG.size :]))[_STATS2]))
        sent = struct.unpack_from("=I", stats[_STATS_BASIC], 8)[0]
        waiting, _, dropped = struct.unpack_from("=III", stats[_STATS_QUEUE])
        return QueueState(sent, dropped, waiting)

    def set_size_table(self, index: int, *, cell_bytes: int, billed_bytes: tuple[int, ...]) -> None:
        """Give the root queue (a `tbf`, handle 1:) of interface number `index` a size table."""
        size_log = 0
        while max(billed_bytes) >> size_log > _MOST_BILLED:
            size_log += 1
        data = struct.pack(f"={len(billed_bytes)}H", *(billed >> size_log for billed in billed_bytes))
        cell_log = cell_bytes.bit_length() - 1
        base = _STAB_BASE.pack(cell_log, size_log, 0, 0, 1, 0, 2048, len(billed_bytes))
        table = _attribute(1, base) + _attribute(2, data)
        message = _TCMSG.pack(0, index, _ROOT_HANDLE, _ROOT, 0)
        message += _attribute(_KIND, b"tbf\0") + _attribute(_STAB, table)
        _asked(self._socket, _NEW_QDISC, _REQUEST | _ACK, message)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


class FilterSocket:
    """Questions about nftables' counters in the namespace in which it was opened."""

    def __init__(self) -> None:
        self._socket = _opened(_NETFILTER)

    def counted_packets(self, table: str, counter: str) -> int:
        """Return the packets that a named counter of a table of family ip has seen."""
        message = struct.pack("=BBH", socket.AF_INET, 0, 0)
        message += _attribute(_OBJECT_TABLE, table.encode() + b"\0")
        message += _attribute(_OBJECT_NAME, counter.encode() + b"\0")
        message += _attribute(_OBJECT_TYPE, struct.pack(">I", _COUNTER))
        answer = _asked(self._socket, _GET_OBJECT, _REQUEST, message)
        data = dict(_attributes(dict(_attributes(answer[4:]))[_OBJECT_DATA]))
        packets: int = struct.unpack(">Q", data[_COUNTER_PACKETS])[0]
        return packets

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def _opened(protocol: int) -> socket.socket:
    opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
    opened.bind((0, 0))
    opened.settimeout(1.0)
    return opened


def _asked(asked: socket.socket, kind: int, flags: int, message: bytes) -> bytes:
    """Send one request and return the body of its answer (of an acknowledgement: empty)."""
    asked.send(_HEADER.pack(_HEADER.size + len(message), kind, flags, 1, 0) + message)
    try:
        answer = asked.recv(65536)
    except TimeoutError:
        raise RigError("the kernel did not answer over netlink") from None
    length, answered, _, _, _ = _HEADER.unpack_from(answer)
    body = answer[_HEADER.size : length]
    if answered == _ERROR:
        code = -struct.unpack_from("=i", body)[0]
        if code:
            raise RigError(f"the kernel refused a question over netlink: {os.strerror(code)}")
        return b""
    return body


def _attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        yield kind & _NESTED, data[at + 4 : at + length]
        at += (length + 3) & ~3
