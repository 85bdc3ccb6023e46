"""Python's collector of cycles, and work that is better done without it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_rests() -> Iterator[None]:
    """Let the collector of cycles rest meanwhile; afterwards it is as it was.

    For work that leaves nothing in circles, where to look for any costs a share of the time or a pause.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
