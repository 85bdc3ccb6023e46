"""A crowd that opens connections and leaves it at that: silent, half a header, half a body, never reading."""

from __future__ import annotations

import random
import resource
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

LONG = b"x" * 400
SAYINGS = (
    b"",
    b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ",
    b"POST /api/v1/cases HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\n{",
    b"POST /console/login HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\nname=",
    b"GET / HTTP/1.1\r\nhost: x\r\n\r\n",
)


class Crowd:
    """Connections that do nothing; one that is dropped comes again after some seconds.

    Parameters
    ----------
    port
        Where the server listens, on the loopback address.
    count
        How many.
    source
        The address they come from.
    """

    def __init__(self, port: int, count: int, source: str = "127.0.0.1") -> None:
        self.again_count = 0
        self._port, self._count, self._source = port, count, source
        self._selector = selectors.DefaultSelector()
        self._is_over = threading.Event()
        self._full = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Come, and return when everybody has."""
        self._thread.start()
        assert self._full.wait(120)

    def stop(self) -> None:
        """Go."""
        self._is_over.set()
        self._thread.join(60)
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()

    def _run(self) -> None:
        due_s = [0.0] * self._count  # when each comes (again), the next one last
        came_count = 0
        while not self._is_over.is_set():
            for _ in range(min(100, len(due_s))):
                if due_s[-1] > time.monotonic():
                    break
                due_s.pop()
                self._come(came_count)
                came_count += 1
            if came_count >= self._count:
                self._full.set()
                self.again_count = came_count - self._count
            gone_count = sum(self._is_gone(key.fileobj) for key, _ in self._selector.select(0.05))
            due_s += [time.monotonic() + random.uniform(5.0, 15.0) for _ in range(gone_count)]  # noqa: S311
            due_s.sort(reverse=True)

    def _come(self, number: int) -> None:
        one = socket.socket()
        one.bind((self._source, 0))
        with suppress(OSError):
            one.settimeout(5.0)
            one.connect(("127.0.0.1", self._port))
            one.sendall(SAYINGS[number % len(SAYINGS)])
            one.setblocking(False)
        self._selector.register(one, selectors.EVENT_READ)

    def _is_gone(self, one: socket.socket) -> bool:
        with suppress(OSError):
            if one.recv(65536):
                return False
        self._selector.unregister(one)
        one.close()
        return True


@contextmanager
def files_for(count: int) -> Iterator[None]:
    """Let this process open that many files meanwhile."""
    soft_count, hard_count = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft_count, count), hard_count))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft_count, hard_count))


@contextmanager
def crowd(port: int, count: int) -> Iterator[Crowd]:
    """A crowd that is there."""
    with files_for(count + 500):
        found = Crowd(port, count)
        try:
            found.start()
            yield found
        finally:
            found.stop()
