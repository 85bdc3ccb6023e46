"""What does a table of past scalings say? CSV with the columns time, address, from and to.

A further column `system` says under which name of `known_as` a world knows it, where that is not kubernetes.
"""

from __future__ import annotations

import csv
import io

from tidegate.gate.past.history import Reading, Told

_MUST = ("time", "address", "from", "to")
_COLUMNS = (*_MUST, "system")
_ALLOWED = f"CSV with the headings {', '.join(_MUST)} (system may follow)"


def is_table(text: str) -> bool:
    """Whether a text begins as such a table does."""
    head = {one.strip() for one in text.partition("\n")[0].split(",")}
    return set(_MUST) <= head


def read_scalings(reading: Reading, text: str) -> None:
    """Take in the rows of a table."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        names = [name.strip() for name in next(rows)]
        if unknown := [name for name in names if name not in _COLUMNS]:
            reading.fault("is no column of it", value=", ".join(unknown), allowed=_ALLOWED, line=1)
            return
        for row in rows:
            if row:
                _row(reading, names, row, rows.line_num)
    except csv.Error as error:
        reading.fault("is no CSV, or was cut off", value=str(error), line=rows.line_num)


def _row(reading: Reading, names: list[str], row: list[str], line: int) -> None:
    if len(row) != len(names):
        reading.fault("is no whole row", value=f"{len(row)} cells", allowed=f"{len(names)} cells", line=line)
        return
    cells = dict(zip(names, (cell.strip() for cell in row), strict=True))
    said = cells["time"]
    at_s = reading.moment(_number(said), "time", line)
    before_count = reading.count(cells["from"], "from", line) if cells["from"] else None
    after_count = reading.count(cells["to"], "to", line)
    if not cells["address"]:
        reading.fault("is empty", "address", line=line)
    elif at_s is not None and after_count is not None:
        system = cells.get("system") or "kubernetes"
        reading.told.append(
            Told(
                at_s=at_s, system=system, address=cells["address"], before_count=before_count,
                after_count=after_count,
            )
        )  # fmt: skip


def _number(said: str) -> float | str:
    try:
        return float(said)
    except ValueError:
        return said
