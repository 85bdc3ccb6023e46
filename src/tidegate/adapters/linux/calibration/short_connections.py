"""How are short connections made, and answered, by one thread? The load of a calibration.

Client and answering server are one thread on purpose: what they cost is the same with and without a
proxy between them, and cancels.
"""

from __future__ import annotations

import select
import socket
import ssl
from dataclasses import dataclass, field

from tidegate.adapters.linux.sandbox.namespace import Namespace
from tidegate.errors import RigError

REQUEST = b"GET /calibrate HTTP/1.1\r\nHost: calibrate\r\nConnection: close\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"
BATCH_COUNT = 64
_AT_ONCE_COUNT = 16
_PATIENCE_S = 5.0


@dataclass(kw_only=True)
class Load:
    """Short connections to a port, and the server that answers them.

    Parameters
    ----------
    listener
        Where the answering server listens.
    """

    listener: socket.socket
    # Named when it is made: another system, which this module is imported on, has none.
    _poll: select.epoll = field(default_factory=lambda: select.epoll())  # noqa: PLW0108
    _clients: dict[int, socket.socket] = field(default_factory=dict)
    _served: dict[int, socket.socket] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the listener part of the loop."""
        self.listener.setblocking(False)
        self._poll.register(self.listener, select.EPOLLIN)

    @property
    def port(self) -> int:
        """Where to connect without a proxy."""
        number: int = self.listener.getsockname()[1]
        return number

    def batch(self, port: int) -> None:
        """Make `BATCH_COUNT` connections, some at a time, each with one request and its answer.

        Raises
        ------
        RigError
            If no answer comes.
        """
        to_begin = BATCH_COUNT
        while to_begin or self._clients:
            while to_begin and len(self._clients) < _AT_ONCE_COUNT:
                self._begin(port)
                to_begin -= 1
            events = self._poll.poll(_PATIENCE_S)
            if not events:
                raise RigError(f"no answer came for {_PATIENCE_S:g} s")
            for descriptor, _ in events:
                self._serve(descriptor)

    def _begin(self, port: int) -> None:
        client = socket.socket()
        client.connect(("127.0.0.1", port))  # waits for no one: the kernel alone completes it
        client.send(REQUEST)
        self._clients[client.fileno()] = client
        self._poll.register(client, select.EPOLLIN)

    def _serve(self, descriptor: int) -> None:
        if descriptor in self._clients:
            if not self._clients[descriptor].recv(4096):
                self._clients.pop(descriptor).close()
        elif descriptor in self._served:
            served = self._served.pop(descriptor)
            if served.recv(4096):
                served.send(ANSWER)
            served.close()
        else:
            served, _ = self.listener.accept()
            self._served[served.fileno()] = served
            self._poll.register(served, select.EPOLLIN)


def listen(place: Namespace) -> socket.socket:
    """Open the answering server's listener in a namespace."""
    with place.entered():
        return socket.create_server(("127.0.0.1", 0), backlog=1024)


def exchange(port: int) -> None:
    """Make one plain connection with one request and its answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_S) as client:
        _ask(client)


def exchange_tls(port: int, context: ssl.SSLContext, session: ssl.SSLSession | None) -> ssl.SSLSession | None:
    """Make one TLS connection with one request and its answer; returns a session that can be resumed.

    Raises
    ------
    RigError
        A session was given, but the server did not resume it.
    """
    with (
        socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_S) as plain,
        context.wrap_socket(plain, server_hostname="calibrate", session=session) as client,
    ):
        _ask(client)
        if session is not None and not client.session_reused:
            raise RigError("the server does not resume TLS sessions")
        return client.session


def _ask(client: socket.socket) -> None:
    client.sendall(REQUEST)
    while client.recv(4096):
        pass
