"""What do the probers say about instances? Heard over a socket of the file system, and done."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from tidegate.adapters.linux.event_loop import EventLoop


def control_path(namespace: str) -> Path:
    """Return the socket over which the server of a network is told what becomes of its instances."""
    return Path("/run") / f"control-{namespace}"


class Acted(Protocol):
    """A service whose instances are checked."""

    def act(self, what: str, instance: int) -> None:
        """Do to an instance what its health checks say."""


class Control:
    """Whatever the probers say about instances."""

    def __init__(self, namespace: str, doors: Mapping[str, Acted], loop: EventLoop) -> None:
        self.round_number = 0
        self._doors = doors
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(str(control_path(namespace)))
        loop.listen(self._socket.fileno(), self)

    def ready(self, mask: int) -> None:
        """Do all that has been said."""
        del mask
        with suppress(BlockingIOError):
            while True:
                said = json.loads(self._socket.recv(4096))
                self._doors[said["service"]].act(said["act"], said["instance"])

    def close(self) -> None:
        """Hear no more."""
        self._socket.close()
