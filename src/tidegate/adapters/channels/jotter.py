"""What is known of notices at once, before the journal has it? A file beside it, a line a happening.

Each line is written with one plain write and no sync, which costs microseconds: what a process has written
is kept by the kernel when the process is killed (kill -9). After a loss of power it may be gone; then the
journal alone counts, and what it lacks is sent again. A line that was cut short is passed over: each begins
with a sum of its own. What a line means for the journal must not live here.
"""

from __future__ import annotations

import json
import os
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tidegate.journal.entry import Draft

_MOST_BYTES = 256 * 1024


class Jotter:
    """A file of what is not in the journal yet.

    Parameters
    ----------
    path
        The file; it is made if it is not there.

    Attributes
    ----------
    left_said, left_in_doubt
        What an earlier process left: what it wanted to write, and what it was handing over.
    """

    def __init__(self, path: Path) -> None:
        self.left_said, self.left_in_doubt = _left(path)
        self._path = path
        self._under_way: set[str] = set()
        self._unkept: deque[Draft] = deque()
        self._handle = _opened(path)
        self._size_bytes = os.fstat(self._handle).st_size

    def begin(self, named: str) -> None:
        """Say that a notice is about to be handed over."""
        self._under_way.add(named)
        self._write(_line({"begins": named}))

    def say(self, draft: Draft) -> None:
        """Say what is to be written into the journal."""
        self._under_way.discard(draft.subject)
        self._unkept.append(draft)
        self._write(_line(_said(draft)))

    def forget(self, drafts: Sequence[Draft]) -> None:
        """Let what was said first go: it is in the journal now."""
        for _ in drafts:
            self._unkept.popleft()
        if not self._unkept and not self._under_way:
            os.ftruncate(self._handle, 0)
            self._size_bytes = 0
        elif self._size_bytes > _MOST_BYTES:
            self._begin_anew()

    def forget_left(self) -> None:
        """Let go what an earlier process left: it is in the journal now."""
        self.left_said, self.left_in_doubt = (), frozenset()
        self.forget(())

    def close(self) -> None:
        """Let the file go; what is in it stays."""
        os.close(self._handle)

    def _begin_anew(self) -> None:
        """Put a file that holds only what still counts in the place of this one."""
        lines = [_line({"begins": named}) for named in self._under_way]
        lines += [_line(_said(draft)) for draft in self._unkept]
        shorter = self._path.with_suffix(".new")
        with suppress(OSError):  # a full disk: the longer file says the same
            shorter.write_bytes(b"".join(lines))
            shorter.replace(self._path)
            os.close(self._handle)
            self._handle = _opened(self._path)
            self._size_bytes = os.fstat(self._handle).st_size

    def _write(self, line: bytes) -> None:
        with suppress(OSError):  # a full disk: the journal alone counts
            self._size_bytes += os.write(self._handle, line)


def _opened(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _said(draft: Draft) -> dict[str, object]:
    return {"kind": draft.kind, "subject": draft.subject, "payload": draft.payload}


def _line(what: dict[str, object]) -> bytes:
    """Return a line; the break before it parts it from one that was cut short."""
    text = json.dumps(what).encode()
    return b"\n%08x %s\n" % (zlib.crc32(text), text)


def _left(path: Path) -> tuple[tuple[Draft, ...], frozenset[str]]:
    said: list[Draft] = []
    in_doubt: set[str] = set()
    for what in _lines(path):
        if "begins" in what:
            in_doubt.add(what["begins"])
        else:
            said.append(Draft(kind=what["kind"], subject=what["subject"], payload=what["payload"]))
            in_doubt.discard(what["subject"])
    return tuple(said), frozenset(in_doubt)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines that are whole."""
    if not path.exists():
        return
    for line in path.read_bytes().split(b"\n"):
        if line[:8] == b"%08x" % zlib.crc32(line[9:]):
            yield json.loads(line[9:])
