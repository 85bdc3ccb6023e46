"""Is the comma in a table's cells the mark of decimals? So spreadsheets of half of Europe write it.

Such tables have `;` between cells. A comma before three digits may as well part thousands, so that a table is
read only where another cell shows which it is: 0,250 or 12,5 does, 12,345 alone does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

Comma = Literal["", "decimal", "unclear"]
SEMICOLON = ";"
ALLOWED = "decimals after a point, or a comma that can be no mark of thousands, as in 0,25 or 12,5"
_WITH_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+", re.ASCII)


def comma_of(cells: Iterable[str]) -> Comma:
    """Return what commas in cells are: decimals', unclear, or none; a cell that is no number says nothing."""
    found: Comma = ""
    for cell in cells:
        text = cell.strip()
        if _THOUSANDS.fullmatch(text):
            found = "unclear"
        elif _WITH_COMMA.fullmatch(text):
            return "decimal"
    return found


def with_point(cell: str) -> str:
    """Return a cell of a table whose decimals have a comma as a number is written here.

    Raises
    ------
    ValueError
        If it has a point as well: nothing tells what that would be.
    """
    if "." in cell:
        raise ValueError(cell)
    return cell.replace(",", ".")
