"""How does the kernel tell of every flow? While somebody records; and of no more than before once they stop.

A child that nothing but its parent's end awakens puts the settings back: after Ctrl-C, SIGTERM and SIGKILL
alike.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

_FOLDER = Path("/proc/sys/net/netfilter")
WANTED: Mapping[str, str] = {"nf_conntrack_events": "1", "nf_conntrack_timestamp": "1"}
"""Events of all flows, not only of those that begin while somebody listens (2); and the kernel's own time."""


def is_tracking() -> bool:
    """Return whether the kernel tracks flows in this network namespace."""
    return (_FOLDER / "nf_conntrack_count").exists()


@contextmanager
def as_wanted() -> Iterator[dict[str, str]]:
    """Set what a record needs, and put it back at the end, however that comes; yields what could not be set.

    Yields
    ------
    dict
        The settings that stay as they are, with what they are.
    """
    before = {name: _read(name) for name in WANTED}
    changed = {name: value for name, value in before.items() if value not in {"", WANTED[name]}}
    with _restored(changed):
        for name in changed:
            with suppress(OSError):
                (_FOLDER / name).write_text(WANTED[name], encoding="ascii")
        yield {name: found or "absent" for name in WANTED if (found := _read(name)) != WANTED[name]}


def _read(name: str) -> str:
    try:
        return (_FOLDER / name).read_text(encoding="ascii").strip()
    except OSError:
        return ""


@contextmanager
def _restored(values: Mapping[str, str]) -> Iterator[None]:
    """Put values back at the end of this block, or of this process."""
    if not values:
        yield
        return
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        _keep(reading, writing, values)
    os.close(reading)
    try:
        yield
    finally:
        os.close(writing)
        os.waitpid(child, 0)


def _keep(reading: int, writing: int, values: Mapping[str, str]) -> None:
    """Wait, as the child, until the parent is gone or done; then put the values back and end."""
    try:
        os.close(writing)
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        while os.read(reading, 1):
            continue
        for name, value in values.items():
            with suppress(OSError):
                (_FOLDER / name).write_text(value, encoding="ascii")
    finally:
        os._exit(0)
