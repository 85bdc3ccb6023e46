"""What does a table of numbers over time say? CSV with a column `time`, and one for each series.

Cells stand between commas, or between semicolons, where a comma may be the mark of decimals.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

from tidegate.errors import Fault, InputError, Place
from tidegate.journal.moment import LATEST_S, parse_moment
from tidegate.observe.decimal_comma import ALLOWED as COMMAS_ALLOWED
from tidegate.observe.decimal_comma import SEMICOLON, Comma, comma_of
from tidegate.observe.samples import Series, series_of

_MOST_FAULTS = 20
_LEAST_MS = 1e11
_CELL = re.compile(r"[;\n\r\"]+")
_POINT = re.compile(r"[+-]?\d[\d,]*\.[\d.,]*", re.ASCII)
TIME = "time"


def read_table(text: str, source: str, *, has_comma: bool = False) -> dict[str, Series]:
    """Return the series of a table by the headings of their columns; a cell without text is no sample.

    Parameters
    ----------
    text, source
        It, and its name.
    has_comma
        Whether it is known already that its decimals have a comma, as of a table that is read in parts.

    Raises
    ------
    InputError
        With every row that is wrong, or if it is no such table.
    """
    separator = separator_of(text)
    if separator == SEMICOLON:
        text = _with_points(text, source, has_comma=has_comma)
    rows = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    faults: list[Fault] = []
    try:
        names = [name.strip() for name in next(rows, [])]
        if TIME not in names or len(names) < 2 or len(set(names)) < len(names) or "" in names:
            allowed = f"a heading with `{TIME}` and a name for each further column, each once"
            raise InputError(Fault(what="is no table of series", allowed=allowed, place=Place(source=source)))
        samples: dict[str, list[tuple[float, float]]] = {name: [] for name in names if name != TIME}
        for row in rows:
            if row:
                _refuse_milliseconds(row, names, Place(source=source, line=rows.line_num))
                _take(row, names, samples, faults, Place(source=source, line=rows.line_num))
    except csv.Error as error:
        what, place = "is no CSV, or was cut off", Place(source=source, line=rows.line_num)
        raise InputError(Fault(what=what, value=str(error)[:80], place=place)) from None
    if faults:
        raise InputError(*faults[:_MOST_FAULTS])
    return {name: series_of(found) for name, found in samples.items()}


def separator_of(text: str) -> str:
    """Return what stands between the cells of a table: a semicolon where its heading has that alone."""
    heading = text.lstrip("\ufeff").partition("\n")[0]
    return SEMICOLON if SEMICOLON in heading and "," not in heading else ","


def decimal_comma(text: str) -> Comma:
    """Return what commas are in the cells of a table with semicolons; none where it has others."""
    return comma_of(_CELL.split(text)) if separator_of(text) == SEMICOLON else ""


def _with_points(text: str, source: str, *, has_comma: bool) -> str:
    """Return a table whose decimals have a point; one in which a comma may mean either is refused."""
    text = text.lstrip("\ufeff")
    comma = "decimal" if has_comma else decimal_comma(text)
    place = Place(source=source)
    if comma == "unclear":
        what = "has commas that may part thousands or decimals"
        raise InputError(Fault(what=what, allowed=COMMAS_ALLOWED, place=place))
    if comma != "decimal":
        return text
    heading, line, rest = text.partition("\n")
    for number, row in enumerate(rest.split("\n"), 2):
        for cell in row.split(SEMICOLON):
            if _POINT.fullmatch(cell.strip().strip('"')):
                what, place = "has a decimal point beside decimal commas", Place(source=source, line=number)
                value = cell.strip()[:60]
                raise InputError(Fault(what=what, value=value, allowed="one of both", place=place))
    return heading + line + rest.replace(",", ".")


def _refuse_milliseconds(row: list[str], names: list[str], place: Place) -> None:
    """Refuse a table at once whose time counts thousandths of seconds: one fault, not one for each row."""
    cell = dict(zip(names, row, strict=False)).get(TIME, "").strip()
    if cell.isdecimal() and _LEAST_MS < float(cell) <= 1e3 * LATEST_S:
        allowed = "seconds since 1970: divide the column by 1000, or write a time with its offset"
        raise InputError(
            Fault(what="is a time in milliseconds", path=TIME, value=cell[:60], allowed=allowed, place=place)
        )


def _take(
    row: list[str],
    names: list[str],
    samples: dict[str, list[tuple[float, float]]],
    faults: list[Fault],
    place: Place,
) -> None:
    if len(row) != len(names):
        allowed = f"{len(names)} cells, as in the heading"
        faults.append(Fault(what="is no whole row", value=f"{len(row)} cells", allowed=allowed, place=place))
        return
    cells = dict(zip(names, (cell.strip() for cell in row), strict=True))
    try:
        at_s = table_moment(cells.pop(TIME))
    except InputError as error:
        faults += [replace(one, place=place) for one in error.faults]
        return
    for name, cell in cells.items():
        if not cell:
            continue
        try:
            samples[name].append((at_s, float(cell)))
        except ValueError:
            faults.append(Fault(what="is no number", path=name, value=cell[:60], place=place))


def table_moment(cell: str) -> float:
    """Return the seconds since 1970 that a cell means: so many seconds, or a time with its offset.

    Raises
    ------
    InputError
        If it means none; thousandths of seconds are no seconds.
    """
    try:
        seconds = float(cell)
    except ValueError:
        return parse_moment(cell)
    if not 0.0 <= seconds <= min(LATEST_S, _LEAST_MS):
        raise InputError(
            Fault(what="is not a time", value=cell[:60], allowed="seconds since 1970, or a time")
        )
    return seconds
