"""The probe's endpoint: a server that plays one situation on real sockets.

What it says in each protocol stands in `protocols`. An endpoint that is silent needs no server:
its address belongs to nobody. One that refuses has an address and no server.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tidegate.adapters.linux.probing.protocols import SPOKEN, Answer
from tidegate.adapters.linux.sandbox.namespace import Namespace

_BYTE_EVERY_S = 1.0
_REQUEST_WITHIN_S = 0.2
_RESET = struct.pack("ii", 1, 0)
_LONGEST_REQUEST_BYTES = 1 << 20


@dataclass(kw_only=True)
class Endpoint:
    """A server in one namespace, from `open` to `close`.

    Parameters
    ----------
    place
        Where it stands.
    port
        Where it listens.
    protocol, situation
        What it speaks and what it plays.
    on_request
        Called when a request has come whole, before it is answered; if it says so, the connection is
        reset instead.
    """

    place: Namespace
    port: int
    protocol: str
    situation: str
    on_request: Callable[[], bool] = lambda: False
    _listeners: list[socket.socket] = field(default_factory=list)
    _connections: set[socket.socket] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self, address: str) -> None:
        """Listen on an address."""
        with self.place.entered():
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, self.port))
        listener.listen(1024)
        self._listeners.append(listener)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def close(self) -> None:
        """Stop listening, so that connecting is refused, and reset every connection."""
        for listener in self._listeners:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
            listener.close()
        self._listeners.clear()
        with self._lock:
            for connection in self._connections:
                _reset(connection)
            self._connections.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._play(connection)
        except OSError:
            pass  # the client, or the end of the situation, closed it
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()

    def _play(self, connection: socket.socket) -> None:
        if self.situation == "hanging":
            while connection.recv(65536):
                pass
        elif self.situation == "resetting":
            connection.settimeout(_REQUEST_WITHIN_S)
            with contextlib.suppress(TimeoutError):
                connection.recv(65536)
            _reset(connection)
        else:
            self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        speak = SPOKEN[self.protocol]
        fails = self.situation.startswith("erring")
        data = b""
        while len(data) < _LONGEST_REQUEST_BYTES:
            answer = speak(data, fails, self.situation == "erring_retry_after") if data else None
            if answer is None or answer.rest == data:
                if answer is not None:
                    connection.sendall(answer.data)
                more = connection.recv(65536)
                if not more:
                    return
                data += more
                continue
            data = answer.rest
            if answer.is_request and self.on_request():
                _reset(connection)
                return
            self._send(connection, answer)
            if answer.closes:
                return

    def _send(self, connection: socket.socket, answer: Answer) -> None:
        if self.situation != "slow":
            connection.sendall(answer.data)
            return
        # A status line that never gets to its end, so that no part of the answer is of use.
        connection.sendall(answer.data[:9])
        while True:
            time.sleep(_BYTE_EVERY_S)
            connection.sendall(b"2")


def _reset(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        connection.shutdown(socket.SHUT_RD)
    connection.close()
