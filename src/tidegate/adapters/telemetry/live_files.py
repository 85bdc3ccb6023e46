"""Files that grow: tables of series are followed as lines come, answers of Prometheus read as they change.

A column is read by the path of its number (`crossings.border.flows_held`), or by its heading where
`readings:` says so. A file that is shorter than before, has another heading, or is another, is read from its
begin. What is promised and has no column there is said to have none.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from tidegate.adapters.files.regular_file import open_regular
from tidegate.errors import CannotTellError
from tidegate.observe.known_series import PROMETHEUS
from tidegate.observe.live_number import LiveNumber
from tidegate.observe.prometheus_answer import Labelled, chosen, read_answer
from tidegate.observe.sampled import Sampled
from tidegate.observe.series_table import decimal_comma, read_table

_MOST_BYTES = 32 * 1024 * 1024
_LONGEST_HEADING = 1024 * 1024
_MOST_NAMED = 8


class LiveFile:
    """Follows one file.

    Parameters
    ----------
    name
        Its path.
    numbers
        What is read.
    """

    system = PROMETHEUS
    delay_s = 0.0

    def __init__(self, name: str, numbers: Sequence[LiveNumber]) -> None:
        self.name = name
        self._expressions = {one.path: one.expression for one in numbers if one.expression}
        self._promised = {one.path: one.expression or one.path for one in numbers if one.is_promised}
        self._columns = {one.path: one.path for one in numbers}
        self._columns |= {said: path for path, said in self._expressions.items()}
        self._key: tuple[int, int] = (0, 0)
        self._offset = 0
        self._heading = b""
        self._changed_ns = -1
        self._has_comma = False
        self._lacking: tuple[Sampled, ...] = ()

    def look(self, _now_s: float) -> Sequence[Sampled]:
        """Return what came since.

        Raises
        ------
        TidegateError
            If it cannot be read, or a line of it is no row.
        """
        try:
            with open_regular(self.name) as opened:
                found = os.fstat(opened.fileno())
                if (found.st_dev, found.st_ino) != self._key or found.st_size < self._offset:
                    self._key, self._offset, self._heading = (found.st_dev, found.st_ino), 0, b""
                    self._changed_ns = -1
                first = opened.readline(_LONGEST_HEADING)
                if first[:1] in {b"{", b"["}:
                    opened.seek(0)
                    return (*self._answer(opened.read(_MOST_BYTES), found.st_mtime_ns), *self._lacking)
                if self._offset and not self._goes_on(opened, first):
                    self._offset = 0
                opened.seek(self._offset)
                return (*self._rows(opened.read(_MOST_BYTES)), *self._lacking)
        except OSError as error:
            raise CannotTellError(f"{self.name} cannot be read: {error.strerror}") from None

    def _goes_on(self, opened: BinaryIO, heading: bytes) -> bool:
        """Whether it has the heading that it had, and a line still ends where the last one was read."""
        opened.seek(self._offset - 1)
        return heading == self._heading and opened.read(1) == b"\n"

    def _answer(self, text: bytes, changed_ns: int) -> Sequence[Sampled]:
        if changed_ns == self._changed_ns:
            return ()
        found = read_answer(text.decode(errors="replace"), self.name)
        self._changed_ns = changed_ns
        named = [
            _sampled(one, path) for path, said in self._expressions.items() for one in chosen(found, said)
        ]
        shown = {one.path for one in named}
        self._lacking = tuple(
            _lacking(path, f"{self.name} has no series {said}")
            for path, said in self._expressions.items()
            if path not in shown
        )
        return [*named, *(_sampled(one, "") for one in found)]

    def _rows(self, text: bytes) -> Sequence[Sampled]:
        whole = text[: text.rfind(b"\n") + 1]  # the last line may still be written
        if not whole:
            return ()
        begin = self._offset
        self._offset += len(whole)
        if begin == 0:
            self._heading = whole.split(b"\n", 1)[0] + b"\n"
            self._has_comma = False
            self._lacking = ()
        else:
            whole = self._heading + whole
        return list(self._columns_of(whole.decode(errors="replace")))

    def _columns_of(self, text: str) -> Iterator[Sampled]:
        self._has_comma = self._has_comma or decimal_comma(text) == "decimal"
        table = read_table(text, self.name, has_comma=self._has_comma)
        has = ", ".join(list(table)[:_MOST_NAMED])
        self._lacking = tuple(
            _lacking(path, f"{self.name} has no column {column} (it has {has})")
            for path, column in self._promised.items()
            if column not in table and path not in table
        )
        for column, series in table.items():
            if column in self._columns:
                samples = tuple(zip(series.at_s, series.values, strict=True))
                yield Sampled(labels={"__name__": column}, samples=samples, path=self._columns[column])

    def close(self) -> None:
        """Do nothing: it is opened anew each time."""


def _lacking(path: str, said: str) -> Sampled:
    return Sampled(labels={}, samples=(), path=path, lacking=said)


def _sampled(one: Labelled, path: str) -> Sampled:
    samples = tuple(zip(one.series.at_s, one.series.values, strict=True))
    return Sampled(labels=one.labels, samples=samples, path=path)
