"""Where runs happen: one thread for each core, unless said otherwise."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Annotated

import typer

Jobs = Annotated[int | None, typer.Option(min=1, max=256, help="Threads; by default one for each core.")]


@contextmanager
def workers(jobs: int | None) -> Iterator[Executor]:
    """Yield an executor; what it has not begun is dropped at the end."""
    from concurrent.futures import ThreadPoolExecutor

    executor = ThreadPoolExecutor(jobs or os.cpu_count() or 1)
    try:
        yield executor
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
