"""What a person sees while something takes longer than a second, and a log after five.

On a terminal one line that changes; where nobody watches a line after five seconds and then every ten, so
that a pipeline that waits says what for.
"""

from __future__ import annotations

import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tidegate.cli.app import width
from tidegate.experiment.done_count import DoneCount
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
    pace = Pace()
    with console.status(f"{FIRST_TEXT}{remark}", spinner="dots") as status:
        yield lambda title, count: status.update(pace.told(title, count, time.perf_counter()))


class Pace:
    """How fast runs are done, and so how long those that are told of may take yet.

    The pace is that of what is told now; before its first batch is over, that of the last.
    """

    def __init__(self) -> None:
        self._title, self._began_count, self._began_s = "", 0, 0.0
        self._each_s: float | None = None

    def told(self, title: str, count: int, now_s: float) -> str:
        """Return what is run: how many runs are done, of at most how many, and how long those take at most.

        Parameters
        ----------
        title
            What the runs are of.
        count
            Runs done so far; a `DoneCount` says how many there are at most.
        now_s
            Seconds on any one clock that does not go back.
        """
        if title != self._title or count < self._began_count:
            self._title, self._began_count, self._began_s = title, count, now_s
        elif count > self._began_count:
            self._each_s = (now_s - self._began_s) / (count - self._began_count)
        if not isinstance(count, DoneCount):
            return f"{title}: {count} runs"
        if self._each_s is None or count == count.most_count:
            return f"{title}: {count} of at most {count.most_count} runs"
        left = _about_text((count.most_count - count) * self._each_s)
        return f"{title}: {count} of at most {count.most_count} runs; at this pace {left} more at most"


def _about_text(length_s: float) -> str:
    """Return a length of time, rounded up to what one waits by: ``5 s``, ``40 s``, ``3 min``, ``2 h``."""
    if length_s <= 60.0:
        return f"{max(math.ceil(length_s / 5.0), 1) * 5} s"
    if length_s <= 5400.0:
        return f"{math.ceil(length_s / 60.0)} min"
    return f"{math.ceil(length_s / 3600.0)} h"


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
    said, pace = [FIRST_TEXT], Pace()
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
        said[0] = pace.told(title, count, time.perf_counter())

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield change
    finally:
        ended.set()
        teller.join()
