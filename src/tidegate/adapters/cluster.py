"""Run on many machines: a Dask cluster as an ordinary executor.

A run's chance depends on its number alone, so where it ran, and whether a worker died meanwhile and
its runs were done again by another, never shows in an answer. Runs go out in as few tasks as there
are places to run them, since each task costs Dask some milliseconds.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any, TypeVar

from tidegate.errors import Fault, InputError

CONNECT_S = 10.0
T = TypeVar("T")


def _run_all(task: Callable[..., T], calls: list[tuple[Any, ...]]) -> list[T]:
    return [task(*call) for call in calls]


class ClusterExecutor(Executor):
    """An executor that sends calls to a Dask cluster in even shares.

    Parameters
    ----------
    client
        A connected ``distributed.Client``.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def submit(self, task: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Send one call; the answer is a future of the standard library."""
        answer: Future[T] = self._client.get_executor(pure=False).submit(task, *args, **kwargs)
        return answer

    def map(
        self,
        fn: Callable[..., T],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
    ) -> Iterator[T]:
        """Return the answers in the order of the calls."""
        calls = list(zip(*iterables, strict=False))  # as the standard library's does
        places = max(sum(self._client.ncores().values()), 1)
        size = max(-(-len(calls) // places), chunksize)
        shares = [calls[i : i + size] for i in range(0, len(calls), size)]
        futures = [self._client.submit(_run_all, fn, share, pure=False, retries=3) for share in shares]
        for future in futures:
            yield from future.result(timeout)


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """Yield an executor on the Dask cluster whose scheduler is at `address`.

    Raises
    ------
    InputError
        If Dask is not installed, or nobody answers there within ten seconds.
    """
    try:
        import distributed  # noqa: PLC0415  an extra: only who asks for a cluster needs it
    except ModuleNotFoundError:
        allowed = "pip install 'tidegate[cluster]'"
        raise InputError(Fault(what="Dask is not installed", kind="statement", allowed=allowed)) from None
    try:
        connect: Any = distributed.Client
        client = connect(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        fault = Fault(
            what=f"no Dask scheduler answers ({type(error).__name__})",
            kind="statement",
            value=address,
            allowed="tcp://HOST:PORT, as `dask scheduler` prints it",
        )
        raise InputError(fault) from None
    try:
        yield ClusterExecutor(client)
    finally:
        client.close(timeout=CONNECT_S)


@contextmanager
def threads(jobs: int | None) -> Iterator[Executor]:
    """Yield an executor on this machine; what it has not begun is dropped at the end."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  needed late, costs at start

    executor = ThreadPoolExecutor(jobs or os.cpu_count() or 1)
    try:
        yield executor
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
