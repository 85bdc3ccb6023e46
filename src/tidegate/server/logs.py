"""What does the server say of itself, line by line? JSON objects on standard error, never a secret.

Only words of ours and the fields named here are written; no body, cookie, token, contact or case text
ever reaches a log call. What is said again and again is counted: no flood fills the disk with its lines.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}
WITHIN_S = 10.0
MOST_ALIKE_COUNT = 10
"""So many lines that differ in numbers alone are written in `WITHIN_S`; the rest are counted."""
MOST_KINDS_COUNT = 200
_NUMBER = re.compile(r"0x[0-9a-f]+|[0-9]+")


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line."""
        at = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {
            "at": at,
            "level": record.levelname.lower(),
            "of": record.name,
            "says": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _OWN}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class Counting(logging.StreamHandler[TextIO]):
    """Writes lines, of those that are alike the first few; then says how many more there were.

    Parameters
    ----------
    stream
        Where to.
    clock
        Gives seconds that only grow.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stream)
        self._clock = clock
        self._since_s = clock()
        self._counts: dict[str, int] = {}
        self._last: dict[str, logging.LogRecord] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, or count it."""
        if self._clock() - self._since_s >= WITHIN_S:
            self._tell()
        kind = _kind(record)
        if kind not in self._counts and len(self._counts) >= MOST_KINDS_COUNT:
            kind = f"{record.name} {record.levelno}"  # too many kinds to tell apart
        self._counts[kind] = self._counts.get(kind, 0) + 1
        if self._counts[kind] <= MOST_ALIKE_COUNT:
            super().emit(record)
        else:
            self._last[kind] = record

    def close(self) -> None:
        """Say what was counted, and end."""
        with suppress(ValueError):  # the stream was closed before
            self._tell()
        super().close()

    def _tell(self) -> None:
        """Say how many lines were left out, and count anew."""
        now_s = self._clock()
        for kind, record in self._last.items():
            more = logging.makeLogRecord({
                **vars(record), "exc_info": None, "more_count": self._counts[kind] - MOST_ALIKE_COUNT,
                "within_s": round(now_s - self._since_s, 1),
            })  # fmt: skip
            super().emit(more)
        self._since_s, self._counts, self._last = now_s, {}, {}


def _kind(record: logging.LogRecord) -> str:
    """Return what a line has in common with those that differ from it in numbers alone."""
    own = [f"{name}={value}" for name, value in vars(record).items() if name not in _OWN]
    return _NUMBER.sub("#", " ".join([record.name, record.levelname, record.getMessage(), *own])[:600])


def log_to(stream: TextIO | None = None, *, level: str = "INFO") -> None:
    """Write the server's log to a stream, standard error if none is given."""
    handler = Counting(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel("WARNING")
    logging.getLogger("tidegate").setLevel(level)
