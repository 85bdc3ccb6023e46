"""What a person sees while something takes longer than a second; nothing where nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

FIRST_TEXT = "starting the exact engine (the first time it is compiled, which takes about 15 s)"


@contextmanager
def shown() -> Iterator[Callable[[str, int], None]]:
    """Show a line on standard error that says what is running; yields how to change it."""
    if not sys.stderr.isatty():
        yield lambda _title, _count: None
        return
    from rich.console import Console

    console = Console(stderr=True)
    with console.status(FIRST_TEXT, spinner="dots") as status:
        yield lambda title, count: status.update(f"{title}: {count} runs")
