"""Questions for names, over UDP: each datagram is one request of the service that is asked.

The answer says that there is such a name, or that the service cannot say (SERVFAIL); what the name stands for
is known from the rig's plan. How long an answer takes must not live here (`serving`).
"""

from __future__ import annotations

import socket
from contextlib import suppress

from tidegate.adapters.linux.event_loop import EventLoop
from tidegate.adapters.linux.services.asker import LogsIn
from tidegate.adapters.linux.services.serving import IDLE, Serving
from tidegate.adapters.linux.services.warming import Place

_LONGEST_BYTES = 4096
_HEADER_BYTES = 12
_KNOWN, _FAILED = b"\x81\x80", b"\x81\x82"


class Questions:
    """The socket of one service at which names are asked.

    Parameters
    ----------
    address, port
        Where it listens.
    serving, loop
        Who answers, and when something has come.
    """

    def __init__(self, address: str, port: int, *, serving: Serving, loop: EventLoop) -> None:
        self.round_number = 0
        self._serving = serving
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind((address, port))
        loop.listen(self._socket.fileno(), self)

    def ready(self, mask: int) -> None:
        """Take every question that has come."""
        del mask
        with suppress(BlockingIOError):
            while True:
                message, client = self._socket.recvfrom(_LONGEST_BYTES)
                if len(message) >= _HEADER_BYTES:
                    self._serving.arrive(_Question(self._socket, message, client))

    def close(self) -> None:
        """Hear no more."""
        self._socket.close()


class _Question:
    """One question; nobody knows whether its client still waits."""

    __slots__ = (
        "_client", "_message", "_socket", "gone", "is_logging_in", "logs_in", "mean_s", "new", "place",
        "refused", "state",
    )  # fmt: skip

    def __init__(self, ours: socket.socket, message: bytes, client: tuple[str, int]) -> None:
        self._socket = ours
        self._message = message
        self._client = client
        self.refused = self.gone = self.new = self.is_logging_in = False
        self.logs_in = LogsIn.LATER
        self.mean_s: float | None = None
        self.place: Place | None = None
        self.state = IDLE

    def answer(self, *, well: bool) -> None:
        """Say that there is such a name, or that the service cannot say."""
        head = self._message[:2] + (_KNOWN if well else _FAILED)
        with suppress(OSError):
            self._socket.sendto(head + self._message[4:], self._client)

    def close(self) -> None:
        """Nothing has to be closed."""

    def go_on(self) -> None:
        """Nothing comes next."""
