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

from tidegate.cli.app import width
from tidegate.present.layout import wrap

FIRST_TEXT = "starting the exact engine"
COMPILED_TEXT = "the first time it is compiled, which takes minutes"
FIRST_S, EVERY_S = 5.0, 10.0
_LEAST_COLUMNS, _INDENT = 30, 2


@contextmanager
def shown() -> Iterator[Callable[[str, int], None]]:
    """Show on standard error what is running; yields how to change it."""
    if not sys.stderr.isatty():
        with _told() as tell:
            yield tell
        return
    from rich.console import Console

    console = Console(stderr=True)
    remark = f" ({COMPILED_TEXT})" if _is_compiled_here() else ""
    with console.status(f"{FIRST_TEXT}{remark}", spinner="dots") as status:
        yield lambda title, count: status.update(f"{title}: {count} runs")


def engine() -> str:
    """Return which engine serves: "built" with the package, "numba" compiles it here, or plain "python"."""
    from tidegate.simulate.kernels.compile import ENGINE

    return ENGINE


def _is_compiled_here() -> bool:
    """Whether the engine was not built with the package, so that the first use may compile it."""
    return engine() == "numba"


def _fitted(text: str) -> str:
    """Return a text in lines that fit; what continues one is indented."""
    first, *more = wrap(text, max(width(), _LEAST_COLUMNS) - _INDENT)
    return f"{first}\n" + "".join(f"{' ' * _INDENT}{line}\n" for line in more)


@contextmanager
def _told() -> Iterator[Callable[[str, int], None]]:
    """Write a line now and then from a thread of its own, as long as the work goes on."""
    said = [FIRST_TEXT]
    ended = threading.Event()
    began_s = time.perf_counter()

    def tell() -> None:
        wait_s = FIRST_S
        remark = f" ({COMPILED_TEXT})" if _is_compiled_here() else ""
        while not ended.wait(wait_s):
            doing = f"{said[0]}{remark}" if said[0] == FIRST_TEXT else said[0]
            sys.stderr.write(_fitted(f"still at work after {time.perf_counter() - began_s:.0f} s: {doing}"))
            sys.stderr.flush()
            wait_s, remark = EVERY_S, ""

    def change(title: str, count: int) -> None:
        said[0] = f"{title}: {count} runs"

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield change
    finally:
        ended.set()
        teller.join()
