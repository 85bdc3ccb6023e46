"""Paths between sites that can be cut: a small proxy for each direction in which one asks another.

A path that is cut may swallow what is sent and leave connections open, as a router does that drops packets;
or refuse, as a machine does whose service ended. A slow one holds each piece up.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

_PIECE_BYTES = 65_536


class Way:
    """The way by which one site asks another.

    Parameters
    ----------
    to_port
        Where the other listens.

    Attributes
    ----------
    port
        Where this path begins.
    """

    def __init__(self, to_port: int) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = listener.getsockname()[1]
        self.listener = listener
        self.to_port = to_port
        self.is_refusing = False
        self.delay_s = 0.0
        self.is_open = True
        self.tasks: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        server = await asyncio.start_server(self._come, sock=self.listener)
        async with server:
            await server.serve_forever()

    def refuse(self) -> None:
        self.is_refusing = True
        self.cut_off()

    def cut_off(self) -> None:
        for task in self.tasks:
            task.cancel()

    async def _come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            if not self.is_refusing:
                await self._pass(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self.tasks.discard(task)
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.is_open:
            await _swallow(reader)
            return
        there, back = await asyncio.open_connection("127.0.0.1", self.to_port)
        try:
            ways = [asyncio.ensure_future(self._pump(*ends)) for ends in ((reader, back), (there, writer))]
            _, left = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in left:
                way.cancel()
        finally:
            for way in ways:
                way.cancel()
            back.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(_PIECE_BYTES):
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                if not self.is_open:
                    await _swallow(reader)  # for good: who sent it must find out by itself
                    return
                writer.write(piece)
                await writer.drain()


async def _swallow(reader: asyncio.StreamReader) -> None:
    while await reader.read(_PIECE_BYTES):
        pass


class Paths:
    """All paths between some sites, by who asks and who is asked."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._paths: dict[tuple[str, str], Way] = {}
        self._served: set[asyncio.Future[None]] = set()

    def add(self, asker: str, asked: str, to_port: int) -> int:
        """Begin a path, and return the port at which it begins."""

        async def begin() -> Way:
            path = Way(to_port)
            self._served.add(asyncio.ensure_future(path.serve()))
            return path

        self._paths[asker, asked] = asyncio.run_coroutine_threadsafe(begin(), self._loop).result(10.0)
        return self._paths[asker, asked].port

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Who asks whom."""
        return list(self._paths)

    def swallow(self, *pairs: tuple[str, str]) -> None:
        """Let nothing through, and leave connections open."""

        def cut(path: Way) -> None:
            path.is_open = False

        self._each(pairs, cut)

    def refuse(self, *pairs: tuple[str, str]) -> None:
        """End connections, and refuse new ones."""
        self._each(pairs, lambda path: path.refuse())

    def slow(self, delay_s: float, *pairs: tuple[str, str]) -> None:
        """Hold each piece up."""

        def hold(path: Way) -> None:
            path.delay_s = delay_s

        self._each(pairs, hold)

    def lead(self, asker: str, asked: str, to_port: int) -> None:
        """Let a path lead elsewhere from now on."""

        def turn(path: Way) -> None:
            path.to_port = to_port
            path.cut_off()

        self._each([(asker, asked)], turn)

    def heal(self) -> None:
        """Make all paths whole."""

        def whole(path: Way) -> None:
            path.is_refusing, path.delay_s, path.is_open = False, 0.0, True

        self._each(self.pairs, whole)

    def close(self) -> None:
        """End all paths."""

        async def end() -> None:
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            await asyncio.sleep(0.05)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10.0)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5.0)
        self._loop.close()

    def _each(
        self, pairs: tuple[tuple[str, str], ...] | list[tuple[str, str]], do: Callable[[Way], None]
    ) -> None:
        done = threading.Event()

        def act() -> None:
            for pair in pairs:
                do(self._paths[pair])
            done.set()

        self._loop.call_soon_threadsafe(act)
        assert done.wait(10.0)
