"""How do several rehearsals look beside each other? A column each, a row for each quantity, one scale a row.

A still SVG that stands by itself, for pages of documentation. Nothing here chooses what is compared.
"""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.present.rehearsal import rehearsal_words as words
from tidegate.present.rehearsal.course_picture import PANE_WIDTH, STYLE, course_drawing
from tidegate.present.report.chart import round_up
from tidegate.present.report.markup import Html, tag
from tidegate.rehearse.course import Key
from tidegate.rehearse.rehearsal import Rehearsal

_MARGIN, _GAP, _HEAD, _ROW = 10, 20, 40, 186


def grid_svg(title: str, columns: Sequence[tuple[str, Rehearsal]], rows: Sequence[tuple[str, Key]]) -> str:
    """Return rehearsals as one SVG file.

    Parameters
    ----------
    title
        The picture in a sentence, for those who hear it.
    columns
        Headings and rehearsals of worlds with the same names.
    rows
        What is drawn: headings, and whose which quantity.
    """
    width = 2 * _MARGIN + len(columns) * (PANE_WIDTH + _GAP) - _GAP
    height = _HEAD + len(rows) * _ROW + 8
    parts = []
    for i, (heading, rehearsal) in enumerate(columns):
        x = _MARGIN + i * (PANE_WIDTH + _GAP)
        said = f"{heading}: {words.measured_text(rehearsal.agreement)}"
        parts.append(tag("text", said, class_="h", x=x, y=26))
        for j, (name, key) in enumerate(rows):
            most = _greatest([one for _, one in columns], key)
            parts.append(_cell(rehearsal, key, name, x=x, y=_HEAD + j * _ROW, most=most))
    return tag(
        "svg",
        tag("title", title),
        tag("style", Html(STYLE)),
        tag("rect", class_="g", width=width, height=height, rx=8),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
        width=width,
        role="img",
    )


def _greatest(rehearsals: Sequence[Rehearsal], key: Key) -> float:
    drawn = [one.prediction.series[key].high for one in rehearsals]
    drawn += [one.runs[-1].series[key].values for one in rehearsals]
    return round_up(max(max(values, default=0.0) for values in drawn))


def _cell(rehearsal: Rehearsal, key: Key, name: str, *, x: int, y: int, most: float) -> Html:
    drawing = course_drawing(
        rehearsal.prediction.series[key],
        rehearsal.runs[-1].series[key],
        rehearsal.prediction.tables,
        most=most,
    )
    placed = tag("g", drawing, transform="translate(0 22)")
    return tag("g", tag("text", name, class_="t", x=0, y=14), placed, transform=f"translate({x} {y})")
