"""How does a table stay a table on a phone? A caption, headings with scope, and its own scrolling.

Tables of up to two columns of values fit 360 pixels, and three where each is a number or two; wider
ones scroll inside a region that the keyboard reaches, never the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.present.report.markup import Html, tag

# So many columns of values may be wider than a phone; fewer never are, and need no stop of the Tab key.
_SCROLLS_COUNT = 3


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of values."""

    heading: str


def table(
    caption: str,
    corner: str,
    columns: Sequence[Column],
    body: Sequence[Sequence[str]],
    *,
    short: bool = False,
) -> Html:
    """Return a table; the first cell of every row is its heading.

    `short` says that the values are so short that a phone shows up to three columns of them whole.
    """
    heads = [tag("th", column.heading, scope="col") for column in columns]
    first = tag("th", corner, scope="col") if corner else tag("td")
    rows = [
        tag("tr", tag("th", row[0], scope="row"), *(tag("td", value) for value in row[1:])) for row in body
    ]
    made = tag("table", tag("caption", caption), tag("thead", tag("tr", first, *heads)), tag("tbody", *rows))
    if len(columns) < _SCROLLS_COUNT:
        return tag("div", made, class_="scroll")
    kind = "scroll short" if short else "scroll wide"
    return tag("div", made, class_=kind, tabindex=0, role="region", aria_label=caption)
