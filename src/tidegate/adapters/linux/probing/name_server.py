"""The probe's name server: answers one name with a list of addresses that can be changed.

UDP alone, and no IPv6 addresses: a question for those is answered with "there are none".
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from dataclasses import dataclass, field

from tidegate.adapters.linux.sandbox.namespace import Namespace
from tidegate.probe.situation import SERVICE_NAME, TTL_S

_KINDS = {1: "A", 28: "AAAA", 33: "SRV", 65: "HTTPS"}
_ADDRESS, _INTERNET = 1, 1
_ANSWERS, _NO_SUCH_NAME = 0x8580, 0x8583


@dataclass(kw_only=True)
class NameServer:
    """A name server in one namespace.

    Parameters
    ----------
    place, address
        Where it stands and listens.
    addresses
        What the name stands for; may be replaced at any time.
    asked
        Every question: when (monotonic clock), record type, and the addresses answered.
    """

    place: Namespace
    address: str
    addresses: tuple[str, ...] = ()
    asked: list[tuple[float, str, tuple[str, ...]]] = field(default_factory=list)

    def open(self) -> None:
        """Answer from now on, until the sandbox ends."""
        with self.place.entered():
            server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind((self.address, 53))
        threading.Thread(target=self._answer_all, args=(server,), daemon=True).start()

    def _answer_all(self, server: socket.socket) -> None:
        while True:
            question, client = server.recvfrom(4096)
            with contextlib.suppress(struct.error, IndexError, UnicodeDecodeError, OSError):
                server.sendto(self._answer(question), client)

    def _answer(self, message: bytes) -> bytes:
        at_s = time.monotonic()
        labels, end = [], 12
        while message[end]:
            labels.append(message[end + 1 : end + 1 + message[end]].decode("ascii"))
            end += 1 + message[end]
        (kind,) = struct.unpack_from("!H", message, end + 1)
        question = message[12 : end + 5]
        known = ".".join(labels).lower() == SERVICE_NAME
        addresses = self.addresses if known and kind == _ADDRESS else ()
        if known:
            self.asked.append((at_s, _KINDS.get(kind, str(kind)), addresses))
        flags = _ANSWERS if known else _NO_SUCH_NAME
        head = message[:2] + struct.pack("!HHHHH", flags, 1, len(addresses), 0, 0)
        return head + question + b"".join(_record(address) for address in addresses)


def _record(address: str) -> bytes:
    named_above = b"\xc0\x0c"
    return named_above + struct.pack("!HHIH", _ADDRESS, _INTERNET, TTL_S, 4) + socket.inet_aton(address)
