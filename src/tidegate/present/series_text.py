"""Time series as CSV or as JSON lines: one value a line, the unit in the quantity's name."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Protocol

HEADER = ("time_s", "kind", "name", "quantity", "value")


class Row(Protocol):
    """One value of a series."""

    @property
    def time_s(self) -> float:
        """End of the time bin."""

    @property
    def kind(self) -> str:
        """What kind of noun it is of."""

    @property
    def name(self) -> str:
        """Its name in the world."""

    @property
    def quantity(self) -> str:
        """What, with its unit as suffix."""

    @property
    def value(self) -> float:
        """The value."""


def _fields(row: Row) -> tuple[float, str, str, str, float]:
    return row.time_s, row.kind, row.name, row.quantity, float(f"{row.value:.6g}")


def series_csv(rows: Iterable[Row]) -> str:
    """Return the rows as CSV with a header."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(_fields(row) for row in rows)
    return out.getvalue()


def series_json(rows: Iterable[Row]) -> str:
    """Return the rows as JSON lines."""
    return "".join(json.dumps(dict(zip(HEADER, _fields(row), strict=True))) + "\n" for row in rows)
