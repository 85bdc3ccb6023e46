"""What does an address answer? One request, to the very address that was checked, bounded in time and size.

The name is resolved once, every address found is checked in its canonical form, and the connection goes
to a checked one: a name that changes its mind between question and call gains nothing. Redirects are not
followed, proxies of the environment are not used.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from urllib.parse import SplitResult, urlsplit

from tidegate.adapters.channels.guard import system_addresses
from tidegate.inform.reach import may_reach, read_address

MOST_BYTES = 64 * 1024
_MORE_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back.

    Parameters
    ----------
    status_count
        The HTTP status; 0 where nothing came.
    took_s
        How long it took, in seconds.
    why
        Why nothing came; empty where something did.
    body
        The first bytes of the body.
    headers
        By name in small letters.
    is_whole
        Whether the body is all of it.
    """

    status_count: int = 0
    took_s: float = 0.0
    why: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_whole: bool = True

    @property
    def is_ok(self) -> bool:
        """Whether the answer is a success."""
        return 200 <= self.status_count < 300


class GuardedHttp:
    """Asks other machines.

    Parameters
    ----------
    timeout_s
        How long one question may take, in seconds.
    networks
        Private networks that may be asked besides the public internet.
    may_be_private
        Whether any private address may be asked: only for addresses that the operator has set himself.
    most_bytes
        How much of an answer is read.
    """

    def __init__(
        self,
        *,
        timeout_s: float,
        networks: Sequence[str] = (),
        may_be_private: bool = False,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._most_bytes = most_bytes
        self._timeout_s = timeout_s
        self._networks = [ipaddress.ip_network(text) for text in networks]
        self._may_be_private = may_be_private

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask, with further headers, and return what came; it never raises."""
        return self.ask("GET", url, headers=headers)

    def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        most_bytes: int | None = None,
    ) -> Answer:
        """Send a request, and return what came; it never raises.

        Parameters
        ----------
        method, url
            Of HTTP; a redirect is an answer like any other.
        headers, body
            What is sent with it.
        most_bytes
            How much of the answer is read; None means as much as of any.
        """
        began_s = time.monotonic()
        said = {"user-agent": "tidegate", "accept": "*/*", **(headers or {})}
        try:
            most = self._most_bytes if most_bytes is None else most_bytes
            answer = self._ask(method, urlsplit(url), said, body, most)
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = str(error) or type(error).__name__
            return Answer(took_s=time.monotonic() - began_s, why=why[:200])
        return replace(answer, took_s=time.monotonic() - began_s)

    def _ask(
        self, method: str, url: SplitResult, headers: Mapping[str, str], body: bytes | None, most_bytes: int
    ) -> Answer:
        until_s = time.monotonic() + self._timeout_s
        if url.scheme not in {"http", "https"} or not url.hostname:
            raise ValueError("only http and https addresses are asked")
        port = url.port or (443 if url.scheme == "https" else 80)
        address = self._checked(url.hostname, port)
        connection = _Pinned(
            url.hostname, port, address, is_tls=url.scheme == "https", timeout_s=self._timeout_s
        )
        # Each read has its time; who drips a header in each of them has only a little more in all.
        over = threading.Timer(self._timeout_s + _MORE_S, connection.abort)
        over.daemon = True
        over.start()
        try:
            path = (url.path or "/") + (f"?{url.query}" if url.query else "")
            connection.request(method, path, body, dict(headers))
            found = connection.getresponse()
            said = {name.lower(): value for name, value in found.getheaders()}
            # One byte more than is kept tells whether that is all.
            came = _read(found, until_s, most_bytes + 1)
            is_whole = len(came) <= most_bytes
            return Answer(status_count=found.status, body=came[:most_bytes], headers=said, is_whole=is_whole)
        finally:
            over.cancel()
            connection.close()

    def _checked(self, host: str, port: int) -> str:
        """Return one address of a host; all of them must be such as may be asked."""
        addresses = system_addresses(host, port)
        for text in addresses:
            if not self.may_ask(text):
                raise ValueError(f"{host} is at {text}, which may not be asked")
        return addresses[0]

    def may_ask(self, text: str) -> bool:
        """Whether an address may be asked: by the rule that holds for every address."""
        address = read_address(text)
        return address is not None and may_reach(address, self._networks, may_be_private=self._may_be_private)


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was checked, whatever its name means by now."""

    def __init__(self, host: str, port: int, address: str, *, is_tls: bool, timeout_s: float) -> None:
        super().__init__(host, port, timeout=timeout_s)
        self._address = address
        self._is_tls = is_tls

    def connect(self) -> None:
        """Connect to the checked address; TLS is checked against the name."""
        sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._is_tls:
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=self.host)
        self.sock = sock

    def abort(self) -> None:
        """End whatever it waits for."""
        with suppress(OSError, AttributeError):  # it was not connected, or is closed
            self.sock.shutdown(socket.SHUT_RDWR)


def _read(answer: http.client.HTTPResponse, until_s: float, most_bytes: int) -> bytes:
    """Return the first bytes of an answer; one that drips is cut off."""
    body = bytearray()
    while len(body) < most_bytes:
        if time.monotonic() > until_s:
            raise TimeoutError("it took too long to answer")
        piece = answer.read1(most_bytes - len(body))
        if not piece:
            break
        body += piece
    return bytes(body)
