"""The probe's observer: every packet of the client, and when it gives a connection up.

Packets come with the kernel's own time stamps from a packet socket on the client's interface. A
connection request that was never answered is given up without a packet: the kernel tells whoever listens
when a socket is destroyed.
"""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from dataclasses import dataclass, field

from tidegate.adapters.linux.sandbox.namespace import Namespace
from tidegate.adapters.linux.sandbox.privileges import be_served_first

_EVERY_PROTOCOL = 3  # ETH_P_ALL: the only one that shows outgoing packets, too
_TIMESTAMP = 35  # SO_TIMESTAMPNS
_LOOK_UP_S = 0.2
_DESTROYED = 1  # the group of SKNLGRP_INET_TCP_DESTROY
_PORTS_AT = 20  # after the message's head, family, state, timer and retransmissions
_SOCKETS = 4  # NETLINK_SOCK_DIAG
_MOST_PACKETS = 3_000
_FLAGS = ((0x02, "S"), (0x10, "A"), (0x01, "F"), (0x04, "R"))
_IPV4, _TCP = 0x0800, 6

Row = tuple[float, bool, int, str, str, int]


@dataclass(kw_only=True)
class Observer:
    """Watches one client from `open` to `close`.

    Parameters
    ----------
    place, interface
        The client's namespace and its way out.
    port
        The service's port; nothing else is kept.
    packets
        What was seen: time (monotonic clock), whether outgoing, the client's port, the service's
        address, flags, payload bytes.
    abandoned
        When the client's socket was destroyed, by its port: for a connection request that was never
        answered this is when it was given up.
    is_full
        Whether more packets came than are kept.
    """

    place: Namespace
    interface: str
    port: int
    packets: list[Row] = field(default_factory=list)
    abandoned: dict[int, float] = field(default_factory=dict)
    is_full: bool = False
    _ending: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def open(self) -> None:
        """Begin to watch."""
        with self.place.entered():
            tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_EVERY_PROTOCOL))
            ends = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCKETS)
        ends.bind((0, _DESTROYED))
        ends.setblocking(False)
        tap.bind((self.interface, _EVERY_PROTOCOL))
        tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        tap.setsockopt(socket.SOL_SOCKET, _TIMESTAMP, 1)
        tap.setblocking(False)
        self._thread = threading.Thread(target=self._watch, args=(tap, ends), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop watching."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self, tap: socket.socket, ends: socket.socket) -> None:
        be_served_first(threading.get_native_id())
        offset_s = time.time() - time.monotonic()
        with tap, ends:
            while not self._ending.is_set():
                select.select([tap, ends], [], [], _LOOK_UP_S)
                self._take_ends(ends)
                self._take(tap, offset_s)

    def _take_ends(self, ends: socket.socket) -> None:
        while True:
            try:
                message = ends.recv(4096)
            except BlockingIOError:
                return
            ours, service = struct.unpack_from("!HH", message, _PORTS_AT)
            if service == self.port:
                self.abandoned[ours] = time.monotonic()

    def _take(self, tap: socket.socket, offset_s: float) -> None:
        while True:
            try:
                data, notes, _, sender = tap.recvmsg(256, 64)
            except BlockingIOError:
                return
            row = self._row(data, sender) if sender[1] == _IPV4 else None
            if row is None:
                continue
            if len(self.packets) >= _MOST_PACKETS:
                self.is_full = True
                return
            seconds, nanoseconds = struct.unpack("qq", notes[0][2])
            self.packets.append((seconds + nanoseconds / 1e9 - offset_s, *row))

    def _row(self, data: bytes, sender: tuple[object, ...]) -> tuple[bool, int, str, str, int] | None:
        head = (data[0] & 15) * 4
        if data[9] != _TCP or len(data) < head + 20:
            return None
        (length,) = struct.unpack_from("!H", data, 2)
        source, target = struct.unpack_from("!HH", data, head)
        outgoing = sender[2] == socket.PACKET_OUTGOING
        if (target if outgoing else source) != self.port:
            return None
        address = socket.inet_ntoa(data[16:20] if outgoing else data[12:16])
        flags = "".join(letter for bit, letter in _FLAGS if data[head + 13] & bit)
        payload_bytes = length - head - (data[head + 12] >> 4) * 4
        return outgoing, source if outgoing else target, address, flags, payload_bytes
