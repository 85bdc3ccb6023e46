"""What a person sees while something takes longer than a second, and a log after five.

On a terminal one line that changes; where nobody watches a line after five seconds and then every ten, so
that a pipeline that waits says what for.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

FIRST_TEXT = "starting the exact engine (the first time it is compiled, which takes about 15 s)"
FIRST_S, EVERY_S = 5.0, 10.0


@contextmanager
def shown() -> Iterator[Callable[[str, int], None]]:
    """Show on standard error what is running; yields how to change it."""
    if not sys.stderr.isatty():
        with _told() as tell:
            yield tell
        return
    from rich.console import Console

    console = Console(stderr=True)
    with console.status(FIRST_TEXT, spinner="dots") as status:
        yield lambda title, count: status.update(f"{title}: {count} runs")


@contextmanager
def _told() -> Iterator[Callable[[str, int], None]]:
    """Write a line now and then from a thread of its own, as long as the work goes on."""
    said = [FIRST_TEXT]
    ended = threading.Event()
    began_s = time.perf_counter()

    def tell() -> None:
        wait_s = FIRST_S
        while not ended.wait(wait_s):
            sys.stderr.write(f"still at work after {time.perf_counter() - began_s:.0f} s: {said[0]}\n")
            sys.stderr.flush()
            wait_s = EVERY_S

    def change(title: str, count: int) -> None:
        said[0] = f"{title}: {count} runs"

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield change
    finally:
        ended.set()
        teller.join()
