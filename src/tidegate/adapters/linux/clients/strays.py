"""First packets to where nobody is, for real: sent evenly to one device, and never heard of again.

A process for each device that they come to, started by the rig (`python -m
tidegate.adapters.linux.clients.strays`, request on standard input, JSON lines on standard output, the result
last). Which addresses they have stands in `rehearse/stray_plan`. Shortcut: each is sent but once.
"""

from __future__ import annotations

import gc
import socket
import struct
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from tidegate.adapters.linux.part import give_up, request, sleep_until, tell
from tidegate.errors import RigError
from tidegate.rehearse.stray_plan import PLACES_COUNT, place_of

_FIRST_PORT, _PORTS_COUNT = 1024, 64000
_SYN = 0x02
_WINDOW = 64240
_OPTIONS = bytes.fromhex("020405b4" + "0402" + "080a0000000100000000" + "01" + "030307")
"""Linux's own, so that a device takes it for a first packet by its length."""

_STEP = 7919  # a prime: sources and destinations go through all of theirs, each in an order of its own


def first_packet(source: str, source_port: int, to: str, to_port: int) -> bytes:
    """Return a whole SYN, from its IP header on (60 bytes)."""
    addresses = socket.inet_aton(source) + socket.inet_aton(to)
    data_words = (20 + len(_OPTIONS)) // 4
    head = struct.pack("!HHIIBBHHH", source_port, to_port, 1, 0, data_words << 4, _SYN, _WINDOW, 0, 0)
    segment = head + _OPTIONS
    checked = _checksum(addresses + struct.pack("!BBH", 0, socket.IPPROTO_TCP, len(segment)) + segment)
    segment = segment[:16] + struct.pack("!H", checked) + segment[18:]
    length = 20 + len(segment)
    # The kernel fills in the header's own checksum.
    ip_head = struct.pack("!BBHHHBBH", 0x45, 0, length, 0, 0x4000, 64, socket.IPPROTO_TCP, 0)
    return ip_head + addresses + segment


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Strays:
    """Whatever comes to one device over a run."""

    def __init__(self, asked: Mapping[str, Any]) -> None:
        self._plan = asked["plan"]
        self._start_s = float(asked["start_s"])
        self._horizon_s = float(asked["horizon_s"])
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, self._plan["interface"].encode())
        self._sent_count = 0

    def run(self) -> dict[str, object]:
        """Send until the end, and return how many were sent and how late at most."""
        rates = self._plan["rates"]
        late_s = 0.0
        for i, (at_s, per_s, sources_count) in enumerate(rates):
            until_s = rates[i + 1][0] if i + 1 < len(rates) else self._horizon_s
            number = 1
            while per_s > 0.0 and at_s + number / per_s < until_s:
                due_s = self._start_s + at_s + number / per_s
                sleep_until(due_s)
                late_s = max(late_s, time.monotonic() - due_s)
                self._send(sources_count)
                number += 1
        return {"sent_count": self._sent_count, "late_s": late_s}

    def _send(self, sources_count: int | None) -> None:
        n = self._sent_count
        self._sent_count += 1
        source = place_of(self._plan["from_number"], n % (sources_count or PLACES_COUNT))
        to = place_of(self._plan["to_number"], n * _STEP)
        port = _FIRST_PORT + n % _PORTS_COUNT
        packet = first_packet(source, port, to, _FIRST_PORT + n * _STEP % _PORTS_COUNT)
        with suppress(BlockingIOError):
            self._socket.sendto(packet, (to, 0))


def main() -> int:
    """Read one request, say that it can be sent, send, and say the result."""
    asked = request()
    try:
        strays = Strays(asked)
    except OSError as error:
        return give_up(RigError(f"flows that nobody answers cannot be sent: {error.strerror}"))
    gc.freeze()
    tell({"ready": True})
    tell({"result": strays.run()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
