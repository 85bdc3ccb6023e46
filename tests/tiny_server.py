"""A small HTTP server on the loopback whose behaviour a test chooses: answering, slow, silent, resetting.

One thread, one selector. It notes when each connection came and when each request came.
"""

from __future__ import annotations

import heapq
import selectors
import socket
import struct
import threading
import time
from types import TracebackType
from typing import Self

_RESET = struct.pack("ii", 1, 0)


class TinyServer:
    """A server on 127.0.0.1; use it as a context manager.

    Parameters
    ----------
    delay_s
        From request to answer.
    answers
        "well" (200), "error" (503), "silent" (none), "reset" (RST instead of an answer).
    """

    def __init__(self, *, delay_s: float = 0.0, answers: str = "well") -> None:
        self.delay_s = delay_s
        self.answers = answers
        self.closes = False
        self.accepted_s: list[float] = []
        self.asked_s: list[float] = []
        self.sources: list[str] = []
        self.open_count = 0
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self._listening.setblocking(False)
        self._ends = False
        self._due: list[tuple[float, int, socket.socket, bool]] = []
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listening, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def endpoint(self) -> tuple[str, int]:
        return self._listening.getsockname()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends = True
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()

    def _run(self) -> None:
        while not self._ends:
            wait_s = min(self._due[0][0] - time.monotonic(), 0.02) if self._due else 0.02
            for key, _ in self._selector.select(max(wait_s, 0.0)):
                if key.fileobj is self._listening:
                    self._accept()
                else:
                    self._hear(key.fileobj)
            while self._due and self._due[0][0] <= time.monotonic():
                _, _, connection, closes = heapq.heappop(self._due)
                self._answer(connection, closes)

    def _accept(self) -> None:
        while True:
            try:
                connection, source = self._listening.accept()
            except BlockingIOError:
                return
            connection.setblocking(False)
            self.accepted_s.append(time.monotonic())
            self.sources.append(source[0])
            self.open_count += 1
            self._selector.register(connection, selectors.EVENT_READ)

    def _close(self, connection: socket.socket) -> None:
        if connection.fileno() >= 0:
            self._selector.unregister(connection)
            connection.close()
            self.open_count -= 1

    def _hear(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(65536)
        except OSError:
            data = b""
        if not data:
            self._close(connection)
            return
        for question in data.split(b"\r\n\r\n")[:-1]:
            self.asked_s.append(time.monotonic())
            if self.answers == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                self._close(connection)
                return
            if self.answers != "silent":
                due = (
                    time.monotonic() + self.delay_s,
                    len(self.asked_s),
                    connection,
                    self.closes or b"close" in question,
                )
                heapq.heappush(self._due, due)

    def _answer(self, connection: socket.socket, closes: bool) -> None:
        if connection.fileno() < 0:
            return
        status = b"200 OK" if self.answers == "well" else b"503 Service Unavailable"
        try:
            connection.send(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\nok")
        except OSError:
            closes = True
        if closes:
            self._close(connection)
