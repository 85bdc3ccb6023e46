"""How is something posted to a receiver that a stranger named? Guarded, limited, and nothing is followed.

Written on h11 and not on an HTTP client, because every step is ours to limit: the connection goes to the
very address that was checked, no redirect is followed, no proxy of the environment is used, nothing is
unpacked, no more is read than a few kilobytes, and all of it together may take only so long.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass

import h11

from tidegate.adapters.channels.guard import Guard
from tidegate.adapters.channels.sending_answer import Handover
from tidegate.inform.wish import Url

CONNECT_S = 5.0
WHOLE_S = 15.0
IDLE_S = 15.0
CLOSE_S = 1.0
_MOST_IDLE = 16
_MOST_BODY_BYTES = 16 * 1024
_MOST_HEAD_BYTES = 16 * 1024
_READ_BYTES = 16 * 1024


class UnansweredError(Exception):
    """The receiver did not answer with HTTP; carries why in a few words."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a receiver answered: its status, and the seconds it asked us to wait (0 where it did not)."""

    status: int
    wait_s: float = 0.0


class _Line:
    """One connection to a receiver."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MOST_HEAD_BYTES)
        self.idle_since_s = 0.0
        self.is_used = False

    @property
    def is_fit(self) -> bool:
        """Whether it can carry another request."""
        fresh = time.monotonic() - self.idle_since_s < IDLE_S
        return fresh and not self.reader.at_eof() and not self.writer.is_closing()

    async def ask(self, url: Url, headers: Mapping[str, str], body: bytes) -> Reply:
        host = f"[{url.host}]" if ":" in url.host else url.host
        named = host if url.port == (443 if url.is_encrypted else 80) else f"{host}:{url.port}"
        lines = [("host", named), ("content-length", str(len(body))), *headers.items()]
        said = self.http.send(h11.Request(method="POST", target=url.target, headers=lines)) or b""
        said += self.http.send(h11.Data(data=body)) or b""
        said += self.http.send(h11.EndOfMessage()) or b""
        self.writer.write(said)
        await self.writer.drain()
        return await self._answer()

    async def _answer(self) -> Reply:
        reply, size_bytes = None, 0
        while True:
            event = self.http.next_event()
            if event is h11.NEED_DATA:
                found = await self.reader.read(_READ_BYTES)
                if not found and reply is None and self.http.their_state is h11.SEND_RESPONSE:
                    raise UnansweredError("the connection ended without an answer")
                self.http.receive_data(found)
            elif isinstance(event, h11.Response):
                reply = Reply(status=event.status_code, wait_s=_wait_s(dict(event.headers)))
            elif isinstance(event, h11.Data):
                size_bytes += len(event.data)
            if reply is not None and (isinstance(event, h11.EndOfMessage) or size_bytes > _MOST_BODY_BYTES):
                return reply  # what is left of a long body is never read: the connection is closed
            if event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                raise UnansweredError("the answer is not HTTP")

    def rest(self) -> bool:
        """Make ready for another request; False where it cannot carry one."""
        if self.http.our_state is not h11.DONE or self.http.their_state is not h11.DONE:
            return False
        self.http.start_next_cycle()
        self.idle_since_s, self.is_used = time.monotonic(), True
        return True


def _wait_s(headers: Mapping[bytes, bytes]) -> float:
    text = headers.get(b"retry-after", b"")
    return min(float(text), 86_400.0) if text.isdigit() and len(text) < 10 else 0.0


class Poster:
    """Posts to receivers, and keeps connections to those that answer.

    Parameters
    ----------
    guard
        Says which addresses may be connected to.
    tls
        How encrypted connections are checked; the system's authorities if left out.
    """

    def __init__(self, guard: Guard, tls: ssl.SSLContext | None = None) -> None:
        self._guard = guard
        self._tls = tls or ssl.create_default_context()
        self._idle: dict[str, list[_Line]] = {}

    async def post(
        self, url: Url, headers: Mapping[str, str], body: bytes, handover: Handover = nullcontext
    ) -> Reply:
        """Post once and return what was answered; `handover` lasts from the request to the answer.

        Raises
        ------
        ForbiddenError
            If the host is at an address that must not be reached.
        UnansweredError
            If it did not answer in time, or not with HTTP.
        """
        try:
            async with asyncio.timeout(WHOLE_S):
                return await self._post(url, headers, body, handover)
        except TimeoutError:
            raise UnansweredError(f"no answer within {WHOLE_S:g} s") from None
        except h11.ProtocolError:
            raise UnansweredError("the answer is not HTTP") from None
        except ssl.SSLError:
            raise UnansweredError("its certificate or encryption is not valid") from None
        except OSError:
            raise UnansweredError("cannot be connected to") from None

    async def close(self) -> None:
        """Close the connections that are kept."""
        lines = [one for idle in self._idle.values() for one in idle]
        self._idle.clear()
        for one in lines:
            one.writer.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                waits = (one.writer.wait_closed() for one in lines)
                await asyncio.gather(*waits, return_exceptions=True)
        self._guard.close()

    async def _post(self, url: Url, headers: Mapping[str, str], body: bytes, handover: Handover) -> Reply:
        kept = self._kept(url)
        if kept is not None:
            try:
                return await self._ask(kept, url, headers, body, handover)
            except (UnansweredError, OSError):
                pass  # it was closed while it lay idle; the same id is posted once more, on a new one
        return await self._ask(await self._connected(url), url, headers, body, handover)

    async def _ask(
        self, line: _Line, url: Url, headers: Mapping[str, str], body: bytes, handover: Handover
    ) -> Reply:
        is_kept = False
        try:
            async with handover():
                reply = await line.ask(url, headers, body)
            idle = self._idle.setdefault(url.receiver, [])
            is_kept = len(idle) < _MOST_IDLE and line.rest()
            if is_kept:
                idle.append(line)
            return reply
        finally:
            if not is_kept:
                line.writer.transport.abort()  # what the receiver still has to say is not waited for

    def _kept(self, url: Url) -> _Line | None:
        idle = self._idle.get(url.receiver, [])
        while idle:
            line = idle.pop()
            if line.is_fit:
                return line
            line.writer.transport.abort()
        self._idle.pop(url.receiver, None)
        return None

    async def _connected(self, url: Url) -> _Line:
        addresses = await self._guard.addresses(url.host, url.port, is_encrypted=url.is_encrypted)
        error: Exception = OSError()
        for address in addresses:
            try:
                async with asyncio.timeout(CONNECT_S):
                    reader, writer = await asyncio.open_connection(
                        address, url.port, limit=_MOST_HEAD_BYTES,
                        ssl=self._tls if url.is_encrypted else None,
                        server_hostname=url.host if url.is_encrypted else None,
                    )  # fmt: skip
                    return _Line(reader, writer)
            except (OSError, TimeoutError) as failed:
                error = failed
        raise error
