"""What was read in files, in words: where a number stands, and what it means or why it was left out."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.world.file.was_read import WasRead

SHOWN_COUNT = 12
"""So many of those left out are shown on a terminal; all are in the report and the JSON."""


def where_text(row: WasRead) -> str:
    """Return where a number stands."""
    return f"{row.source}:{row.line}" if row.line else row.source


def meaning_text(row: WasRead) -> str:
    """Return what a number means in the world; that it was left out, where it means nothing there."""
    return f"{row.means} = {row.value}" if row.means else "left out"


def taken_lines(rows: Sequence[WasRead]) -> list[str]:
    """Return a line for each number that the world states."""
    return [
        f"{where_text(row)}  {row.says} → {meaning_text(row)}{f' ({row.why})' if row.why else ''}"
        for row in rows
        if row.means
    ]


def left_out_lines(rows: Sequence[WasRead]) -> list[str]:
    """Return a line for each number that was left out; of many the first, and how many more there are."""
    lines = [f"{where_text(row)}  {row.says}: {row.why}" for row in rows if not row.means]
    more = len(lines) - SHOWN_COUNT
    if more > 1:
        lines[SHOWN_COUNT:] = [f"and {more:,} more; all are in the report and in `--format json`."]
    return lines
