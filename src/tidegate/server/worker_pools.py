"""Where is work done that must keep no other waiting? In a small pool with a short queue for each purpose.

What strangers can cause has threads of its own: a flood of logins takes none that alerts, health or the
console need. A queue that is full says so at once, instead of growing.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from tidegate.errors import TidegateError

T = TypeVar("T")


class CrowdedError(TidegateError):
    """So much of this kind waits already that no more is taken; it can be asked again soon."""


class Pool:
    """Threads for one purpose.

    Parameters
    ----------
    purpose
        What for.
    threads_count
        How much is done at a time.
    most_waiting_count
        How much may wait.
    """

    def __init__(self, purpose: str, *, threads_count: int, most_waiting_count: int) -> None:
        self._purpose = purpose
        self._most_count = threads_count + most_waiting_count
        self._count = 0
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(threads_count, thread_name_prefix=purpose)

    def begin(self, do: Callable[..., T], *given: object) -> Future[T]:
        """Begin something as soon as there is a thread.

        Raises
        ------
        CrowdedError
            If too much waits.
        """
        with self._lock:
            if self._count >= self._most_count:
                raise CrowdedError(f"too much waits for {self._purpose}; ask again in some seconds")
            self._count += 1
        try:
            begun = self._threads.submit(do, *given)
        except RuntimeError:  # the server is ending
            self._over(None)
            raise CrowdedError(f"{self._purpose} is over: the server is ending") from None
        begun.add_done_callback(self._over)
        return begun

    async def run(self, do: Callable[..., T], *given: object) -> T:
        """Do something, and wait for it.

        Raises
        ------
        CrowdedError
            If too much waits.
        """
        return await asyncio.wrap_future(self.begin(do, *given))

    def _over(self, _done: Future[T] | None) -> None:
        with self._lock:
            self._count -= 1

    def close(self) -> None:
        """Finish what was begun, and take no more."""
        self._threads.shutdown(wait=True, cancel_futures=True)


class Shared(Generic[T]):
    """One answer for everybody who asks while it is being found.

    Parameters
    ----------
    pool
        Where it is found.
    find
        Finds it.
    """

    def __init__(self, pool: Pool, find: Callable[[], T]) -> None:
        self._pool = pool
        self._find = find
        self._lock = threading.Lock()
        self._under_way: Future[T] | None = None

    async def answer(self) -> T:
        """Return the answer."""
        with self._lock:
            if self._under_way is None or self._under_way.done():
                self._under_way = self._pool.begin(self._find)
            waited = asyncio.wrap_future(self._under_way)
        return await asyncio.shield(waited)  # who goes away takes it from nobody else


class Pools:
    """The pools of one server."""

    def __init__(self) -> None:
        # A hash takes 64 MiB and a processor.
        self.logins = Pool("logins", threads_count=2, most_waiting_count=8)
        self.alerts = Pool("alerts", threads_count=4, most_waiting_count=60)
        self.health = Pool("health", threads_count=1, most_waiting_count=1)
        self.measures = Pool("measures", threads_count=1, most_waiting_count=1)

    def close(self) -> None:
        """Finish what was begun in each, and take no more."""
        for pool in (self.logins, self.alerts, self.health, self.measures):
            pool.close()
