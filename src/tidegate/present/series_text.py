"""Time series as CSV or as JSON lines: one value a line, the unit in the quantity's name.

Every line also says which run it is of, so that it needs nothing beside it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable

from tidegate.evaluate.reading.run_record import Sample, Whose

HEADER = ("time_s", "kind", "name", "quantity", "value", "world", "digest", "activity", "seed", "replication")


def _fields(row: Sample, run: Whose) -> tuple[object, ...]:
    value = float(f"{row.value:.6g}")
    of = (run.world, run.digest, run.activity, run.seed, run.replication)
    return row.time_s, row.kind, row.name, row.quantity, value, *of


def series_csv(rows: Iterable[Sample], run: Whose) -> str:
    """Return the rows as CSV with a header."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(_fields(row, run) for row in rows)
    return out.getvalue()


def series_json(rows: Iterable[Sample], run: Whose) -> str:
    """Return the rows as JSON lines."""
    return "".join(json.dumps(dict(zip(HEADER, _fields(row, run), strict=True))) + "\n" for row in rows)
