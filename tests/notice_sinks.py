"""Receivers on this machine, good and hostile: webhooks and a mail server, as many as a test wants.

python tests/notice_sinks.py [HOOKS HANGING ANSWER_MS]     serves until its standard input ends, and prints
                                                           ports, then counts
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

Behave = Callable[["HookSink", asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[bool]]
OK = b"HTTP/1.1 204 No Content\r\n\r\n"


class HookSink:
    """A receiver of webhooks that remembers what it took.

    Attributes
    ----------
    came
        Each request: its headers by lower-case name, and its body.
    ids
        How often each webhook-id was taken.
    """

    def __init__(self, behave: Behave | None = None, *, keeps: bool = True, answer_s: float = 0.0) -> None:
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.ids: Counter[str] = Counter()
        self.connections_count = 0
        self.port = 0
        self._behave = behave
        self._keeps, self._answer_s = keeps, answer_s
        self._open: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections_count += 1
        self._open.add(writer)
        try:
            while head := await _head(reader):
                headers = _headers(head)
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                if self._keeps:
                    self.came.append((headers, body))
                if self._behave is not None:
                    if not await self._behave(self, reader, writer, head):
                        break
                    continue
                self.ids[headers.get("webhook-id", "")] += 1
                if self._answer_s:
                    await asyncio.sleep(self._answer_s)
                writer.write(OK)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    def drop(self) -> None:
        """Close all connections."""
        for writer in list(self._open):
            writer.transport.abort()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""


def _headers(head: bytes) -> dict[str, str]:
    rows = [line.partition(": ") for line in head.decode("latin-1").split("\r\n")[1:] if line]
    return {name.lower(): value for name, _, value in rows}


class MailSink:
    """A mail server that takes everything, and remembers message ids; some addresses it refuses.

    Addresses beginning with ``nobody`` do not exist, with ``full`` are full, with ``busy`` close the server.
    """

    def __init__(self, *, keeps: bool = True, answer_s: float = 0.0) -> None:
        self.came: list[tuple[str, bytes]] = []
        self.ids: Counter[str] = Counter()
        self.connections_count = 0
        self.port = 0
        self._keeps, self._answer_s = keeps, answer_s
        self._open: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections_count += 1
        self._open.add(writer)
        writer.write(b"220 sink\r\n")
        to = ""
        try:
            while line := await reader.readline():
                verb = line[:4].upper()
                if verb == b"RCPT":
                    to = line.decode().partition("<")[2].partition(">")[0]
                    writer.write(_said_of(to))
                elif verb == b"DATA":
                    writer.write(b"354 go on\r\n")
                    self._take(to, await reader.readuntil(b"\r\n.\r\n"))
                    if self._answer_s:
                        await asyncio.sleep(self._answer_s)
                    writer.write(b"250 2.0.0 taken\r\n")
                elif verb == b"QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                else:
                    writer.write(b"250 sink\r\n")
                if to.startswith("busy"):
                    break
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    def _take(self, to: str, whole: bytes) -> None:
        if self._keeps:
            self.came.append((to, whole[:-5].replace(b"\r\n..", b"\r\n.")))
        self.ids[whole.partition(b"Message-ID: <")[2].partition(b"@")[0].decode()] += 1

    def drop(self) -> None:
        """Close all connections."""
        for writer in list(self._open):
            writer.transport.abort()


def _said_of(to: str) -> bytes:
    if to.startswith("nobody"):
        return b"550 5.1.1 there is nobody of that name\r\n"
    if to.startswith("full"):
        return b"452 4.2.2 the mailbox is full\r\n"
    if to.startswith("never"):
        return b"554 5.7.1 not from you\r\n"
    return b"421 4.3.2 closing\r\n" if to.startswith("busy") else b"250 2.1.5 yes\r\n"


@contextlib.asynccontextmanager
async def serving(*sinks: HookSink | MailSink) -> AsyncIterator[list[int]]:
    """Let sinks listen on ports of their own, on this machine only; one that is named twice has two."""
    servers = []
    for sink in sinks:
        # The limit is above the longest mail; what a hostile sender could do to a sink matters to nobody.
        server = await asyncio.start_server(sink.serve, "127.0.0.1", 0, limit=2**20)
        sink.port = server.sockets[0].getsockname()[1]
        servers.append(server)
    try:
        yield [server.sockets[0].getsockname()[1] for server in servers]
    finally:
        for server in servers:
            server.close()
        for sink in sinks:
            sink.drop()
        await asyncio.sleep(0.01)


# -- hostile receivers ------------------------------------------------------------------------------


def answering(answer: bytes) -> Behave:
    """A receiver that says exactly this and closes."""

    async def behave(_sink: HookSink, _reader: object, writer: asyncio.StreamWriter, _head: bytes) -> bool:
        writer.write(answer)
        await writer.drain()
        return False

    return behave


async def hanging(_sink: HookSink, reader: asyncio.StreamReader, _writer: object, _head: bytes) -> bool:
    """A receiver that never answers."""
    await reader.read()
    return False


async def endless(_sink: HookSink, _reader: object, writer: asyncio.StreamWriter, _head: bytes) -> bool:
    """A receiver whose answer has no end."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"x" * 65536)
        await writer.drain()
    return False


async def dripping(_sink: HookSink, _reader: object, writer: asyncio.StreamWriter, _head: bytes) -> bool:
    """A receiver whose headers come a letter at a time."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while not writer.is_closing():
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.05)
    return False


async def _main(hooks_count: int, hanging_count: int, answer_ms: int = 0) -> None:
    hook = HookSink(keeps=False, answer_s=answer_ms / 1000)
    hang, mail = HookSink(hanging, keeps=False), MailSink(keeps=False, answer_s=answer_ms / 1000)
    loop = asyncio.get_running_loop()
    async with serving(*[hook] * hooks_count, *[hang] * hanging_count, mail) as ports:
        names = {"hooks": ports[:hooks_count], "hanging": ports[hooks_count:-1], "mail": ports[-1]}
        sys.stdout.write(json.dumps(names) + "\n")
        sys.stdout.flush()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            ids = line.strip() == "ids"
            found = {
                name: dict(sink.ids) if ids else len(sink.ids)
                for name, sink in (("hook", hook), ("mail", mail))
            }
            sys.stdout.write(json.dumps(found) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_main(*(int(word) for word in (sys.argv[1:4] or ("1", "1")))))
