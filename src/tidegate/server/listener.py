"""How does HTTP come in? uvicorn over h11, with every connection entered in the book that bounds them."""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass
from enum import Enum

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from tidegate.errors import Fault, InputError
from tidegate.server.access.origin import network_of
from tidegate.server.connection_book import Connections

BACKLOG_COUNT = 2048
_ACCEPTED_COUNT = 32
"""How many one turn of the loop accepts: so many may come before those that give way are gone."""
_END_WITHIN_S = 15
_AGAIN_WITHIN_S = 15
HEADERS_WITHIN_S = 10.0
_SLACK_S = 5.0
BODY_WITHIN_S = 40.0
"""More than `request_body.READ_WITHIN_S`, so that who stalls is answered for what was sent."""
BODY_BYTES_PER_S = 1024.0
READ_WITHIN_S = 30.0
_PROXIES = ("127.0.0.1", "::1")
_TICKS_A_SWEEP = 5


@dataclass(frozen=True, kw_only=True)
class Tls:
    """What a listener with TLS needs; each a file in PEM.

    Parameters
    ----------
    certificate, key
        Its own.
    client_authority
        Who signs the certificates of those that may connect; empty where anybody may.
    """

    certificate: str
    key: str
    client_authority: str = ""


class BoundedConfig(uvicorn.Config):
    """How the listener is set.

    Parameters
    ----------
    app
        What answers.
    connections
        The book of the connections.
    tls
        Its certificate; None without TLS.
    """

    def __init__(self, app: ASGIApp, connections: Connections, *, tls: Tls | None = None) -> None:
        self.connections = connections
        super().__init__(
            app, http=BoundedProtocol, ws="none", log_config=None, access_log=False, server_header=False,
            lifespan="off", proxy_headers=True, forwarded_allow_ips=list(_PROXIES), backlog=_ACCEPTED_COUNT,
            timeout_keep_alive=_AGAIN_WITHIN_S, timeout_graceful_shutdown=_END_WITHIN_S,
            h11_max_incomplete_event_size=64 * 1024,
            ssl_certfile=tls.certificate if tls else None, ssl_keyfile=tls.key if tls else None,
            ssl_ca_certs=(tls.client_authority or None) if tls else None,
            ssl_cert_reqs=ssl.CERT_REQUIRED if tls and tls.client_authority else ssl.CERT_NONE,
        )  # fmt: skip


class BoundedServer(uvicorn.Server):
    """Accepts few connections a turn from a long queue, and drops those that are late."""

    config: BoundedConfig

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept."""
        await super().startup(sockets)
        for one in sockets or ():
            one.listen(BACKLOG_COUNT)  # asyncio set the queue as short as what it accepts in a turn

    async def on_tick(self, counter: int) -> bool:
        """Do what is done ten times a second; return whether to end."""
        if counter % _TICKS_A_SWEEP == 0:
            self.config.connections.sweep()
        return await super().on_tick(counter)


class _Turn(Enum):
    """Whose turn it is on a connection, and for what."""

    OURS = "ours"
    HEADERS = "headers"
    BODY = "body"
    READING = "reading"


class BoundedProtocol(H11Protocol):
    """One connection."""

    config: BoundedConfig
    _at = _Turn.HEADERS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take it in."""
        super().connection_made(transport)
        host = self.client[0] if self.client else ""
        # A proxy before us stands for everybody; it is the one that knows and bounds them.
        network = "" if host in _PROXIES else network_of(host)
        self.config.connections.came(self, network, within_s=HEADERS_WITHIN_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self.config.connections.gone(self)
        super().connection_lost(exc)

    def drop(self) -> None:
        """End it at once, whatever it has not read."""
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Hear what its peer says."""
        super().data_received(data)
        if self._at is _Turn.BODY:
            self.config.connections.waits_longer(self, len(data) / BODY_BYTES_PER_S)
        self._look()

    def pause_writing(self) -> None:
        """Wait until the peer has read."""
        super().pause_writing()
        self._look()

    def resume_writing(self) -> None:
        """Go on, for the peer has read."""
        super().resume_writing()
        self._look()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._at = _Turn.OURS  # so that the wait for the next request begins anew
        super().on_response_complete()
        self._look()

    def _look(self) -> None:
        """Enter in the book whose turn it is now."""
        at = self._turn()
        if at is self._at:
            return
        self._at = at
        book = self.config.connections
        if at is _Turn.OURS:
            book.works(self)
        elif at is _Turn.BODY:
            book.waits(self, within_s=BODY_WITHIN_S)
        elif at is _Turn.READING:
            book.waits(self, within_s=READ_WITHIN_S)
        else:
            book.waits(self, within_s=_AGAIN_WITHIN_S + _SLACK_S)

    def _turn(self) -> _Turn:
        if self.cycle is None or self.cycle.response_complete:
            return _Turn.HEADERS
        if self.flow.write_paused:
            return _Turn.READING
        return _Turn.BODY if self.conn.their_state is h11.SEND_BODY else _Turn.OURS


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address.

    Raises
    ------
    InputError
        If the address is taken or not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, so that asyncio lets small answers go at once: otherwise each waits 40 ms for an ACK.
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
    except OSError as error:
        found.close()
        where = f"{host}:{port}"
        allowed = "another port, or --port 0 for any free one"
        raise InputError(
            Fault(what=f"cannot be listened at: {error.strerror}", value=where, allowed=allowed)
        ) from None
    found.listen(BACKLOG_COUNT)
    return found
