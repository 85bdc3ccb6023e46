"""One TCP connection of a client: opened, used for a request or several, closed or broken.

It owns the socket and turns what the kernel says into three pieces of news for its owner: established,
answered, broken. What the news means for a request must not live here. Shortcut: IPv4 alone.
"""

from __future__ import annotations

import enum
import errno
import select
import socket
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from tidegate.adapters.linux.whole_answer import read_answer
from tidegate.errors import RigError

if TYPE_CHECKING:
    from tidegate.adapters.linux.clients.next_instance import Instances
    from tidegate.adapters.linux.event_loop import EventLoop

# The port is chosen when the connection is begun, so that it need only differ for each destination
# (ip(7); the socket module has the name from Python 3.12).
_IP_BIND_ADDRESS_NO_PORT = 24
_STREAM = socket.SOCK_STREAM | socket.SOCK_NONBLOCK
_RECEIVED_BYTES = 65536
_FAILED = select.EPOLLERR | select.EPOLLHUP
_ENDED = select.EPOLLRDHUP | _FAILED
_READABLE = select.EPOLLIN | _ENDED
_LINGER_S = 1.0  # a service that does not close its side in this time is not waited for
_NO_MORE_SOCKETS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_NO_MORE_PORTS = {errno.EADDRNOTAVAIL, errno.EADDRINUSE, errno.EAGAIN}


class Stage(enum.Enum):
    """How far a connection has come."""

    CONNECTING = enum.auto()
    OPEN = enum.auto()
    ENDING = enum.auto()
    CLOSED = enum.auto()


class Sourced(Protocol):
    """Whoever connects from an address; None leaves the choice to the kernel."""

    source: str | None


ClientT = TypeVar("ClientT", bound=Sourced)
RequestT = TypeVar("RequestT")


class Owner(Protocol[ClientT, RequestT]):
    """Whoever must know what becomes of a connection."""

    def established(self, connection: Connection[ClientT, RequestT]) -> None:
        """Take notice that the handshake is done."""

    def answered(self, connection: Connection[ClientT, RequestT], *, good: bool, keeps: bool) -> None:
        """Take the answer to the connection's request; `keeps`: it may be used again."""

    def broken(self, connection: Connection[ClientT, RequestT], number: int = 0) -> None:
        """Take notice that it was refused, reset or closed from the other side."""


class Connection(Generic[ClientT, RequestT]):
    """A connection, open from the start.

    Parameters
    ----------
    owner
        Hears what becomes of it.
    client, request
        Whose it is, and what it carries; no request for a connection that only stands ready.

    Attributes
    ----------
    began_s
        When its first SYN left.
    stale_count
        Answers still to come to which nobody listens any more.
    plans_count, is_aged, grace_s
        Of `ages`: how often its end was planned; whether the request that it carries is its last; how long
        that may still take.
    firsts_count
        Requests that it still has to carry before the one that it was made for.
    """

    __slots__ = (
        "_descriptor",
        "_instance",
        "_instances",
        "_loop",
        "_owner",
        "_peer_ended",
        "_received",
        "_socket",
        "began_s",
        "client",
        "firsts_count",
        "grace_s",
        "is_aged",
        "plans_count",
        "request",
        "round_number",
        "stage",
        "stale_count",
    )

    def __init__(
        self,
        owner: Owner[ClientT, RequestT],
        loop: EventLoop,
        instances: Instances,
        *,
        client: ClientT,
        request: RequestT | None,
    ) -> None:
        self._owner = owner
        self._loop = loop
        self._instances = instances
        self._received = b""
        self._peer_ended = False
        self.client = client
        self.request = request
        self.round_number = 0
        self.stale_count = 0
        self.firsts_count = 0
        self.plans_count = 0
        self.is_aged = False
        self.grace_s: float | None = None
        self.stage = Stage.CONNECTING
        self.began_s = loop.now_s
        self._socket = _new_socket(client.source)
        self._descriptor = self._socket.fileno()
        self._instance = instances.take()
        self._connect(instances.endpoints[self._instance])

    def _connect(self, endpoint: tuple[str, int]) -> None:
        error = self._socket.connect_ex(endpoint)
        if error in {0, errno.EINPROGRESS}:
            self._loop.listen(self._descriptor, self)
        elif error in _NO_MORE_PORTS:
            raise RigError(
                f"no local port is left for connections to {endpoint[0]}:{endpoint[1]}; "
                "more source addresses are needed"
            )
        else:
            # Refused at once; told later, so that no attempt ends before it has begun.
            self._socket.close()
            self._descriptor = -1
            self._loop.at(self._loop.now_s, self._owner.broken, self)

    def send(self, question: bytes) -> None:
        """Send a request; one that the kernel does not take shows as a broken connection."""
        try:
            self._socket.send(question)
        except OSError:
            self._loop.at(self._loop.now_s, self._owner.broken, self)

    def send_at_once(self) -> None:
        """Let no request wait for the acknowledgement of an earlier one (TCP_NODELAY)."""
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        """Close as an ordinary client does: FIN if established, nothing while connecting."""
        if self.stage is not Stage.CLOSED:
            self.stage = Stage.CLOSED
            self._loop.forget(self._descriptor)
            self._socket.close()
            self._instances.give_back(self._instance)
            self.request = None

    def finish(self) -> None:
        """Close as soon as the service has: its FIN and ours then need two acknowledgements, not three.

        What most clients do that read to the end; a client that closes first lets the two FINs cross.
        """
        if self._peer_ended:
            self.close()
        elif self.stage is Stage.OPEN:
            self.stage = Stage.ENDING
            self.request = None
            self._loop.at(self._loop.now_s + _LINGER_S, _close, self)

    def ready(self, mask: int) -> None:
        """Take notice of what the kernel says about the socket."""
        if self.stage is Stage.CONNECTING:
            if mask & _FAILED:
                self._owner.broken(self)
                return
            self.stage = Stage.OPEN
            self._owner.established(self)
        if mask & _ENDED and self.stage is Stage.ENDING:
            self.close()
        elif mask & _READABLE and self.stage is Stage.OPEN:
            self._peer_ended = bool(mask & _ENDED)
            self._receive()

    def _receive(self) -> None:
        try:
            data = self._socket.recv(_RECEIVED_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._take(self._received + data if self._received else data)
        if self.stage is Stage.OPEN and (self._peer_ended or not data):
            self._owner.broken(self)

    def _take(self, received: bytes) -> None:
        while received:
            answer = read_answer(received)
            if answer is None:
                break
            received = received[answer.length_count :]
            if self.stale_count > 0 and answer.keeps:
                self.stale_count -= 1
            elif self.stale_count > 0 or self.request is None:
                self._owner.broken(self)
            else:
                self._owner.answered(self, good=answer.good, keeps=answer.keeps)
            if self.stage is not Stage.OPEN:
                return
        self._received = received


def _close(connection: Connection[ClientT, RequestT], number: int) -> None:
    del number
    connection.close()


def _new_socket(source: str | None) -> socket.SocketType:
    """Return a socket of the kernel's, without Python's own layer over it."""
    try:
        new = socket.SocketType(socket.AF_INET, _STREAM, 0)
    except OSError as error:
        if error.errno in _NO_MORE_SOCKETS:
            raise RigError(
                "the limit of open files is reached; fewer clients at a time, or a higher limit"
                " (ulimit -n), are needed"
            ) from error
        raise
    if source is not None:
        new.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
        try:
            new.bind((source, 0))
        except OSError as error:
            new.close()
            raise RigError(f"clients cannot use the address {source}: {error.strerror}") from error
    return new
