"""How does a map of regions look as a page? Cells as wide as the page, words as large as elsewhere.

Each region has a shade, a letter and a word, in light and dark. Places across are shares of the
width and places upwards are pixels, so that letters stay letters on a phone. Nothing on the page
runs.
"""

from __future__ import annotations

from math import ceil

from tidegate.evaluate.searching.region import REGIONS
from tidegate.evaluate.searching.survey import Map, Side
from tidegate.present.report.markup import Html, tag
from tidegate.present.report.page import static_page
from tidegate.present.report.table import Column, table
from tidegate.present.searches.map_text import MEANINGS, here, label

_HEIGHT = 420  # of all rows together, where they are not too many or too few
_LEAST_ROW, _MOST_ROW = 3, 44
_LETTERS_COUNT = 40  # in a row or a column; of more cells only every second, third … has its letter


def map_page(one: Map) -> str:
    """Return the map as one HTML page that needs nothing else."""
    title = f"{one.world} · {one.activity or 'the triggers'}"
    own = here(one)
    answer = (
        f"At its own numbers this world is {one.cells[own].region}: it {MEANINGS[one.cells[own].region]}."
        if own is not None
        else "The world's own numbers lie outside this map."
    )
    total = one.x.count * one.y.count
    points = f"{len(one.looked)} of {total} points run, seed {one.seed}."
    rows = [(f"{region[0].upper()} · {region}", MEANINGS[region]) for region in REGIONS]
    return static_page(
        f"Regions · {title}",
        tag(
            "header",
            tag("p", title, class_="quiet"),
            tag("h1", f"Where {one.world} holds"),
            tag("p", answer, class_="advice"),
        ),
        _figure(one),
        tag("p", points, class_="quiet"),
        table("The regions", "region", (Column(heading="what such a world does"),), rows),
    )


def _figure(one: Map) -> Html:
    row = min(max(round(_HEIGHT / one.y.count), _LEAST_ROW), _MOST_ROW)
    marks = [_square(one, i, j, row) for j in range(one.y.count) for i in range(one.x.count)]
    marks += _letters(one, row)
    own = here(one)
    if own is not None:
        marks += _own(one, own, row)
    drawing = tag(
        "svg",
        *marks,
        width="100%",
        height=row * one.y.count,
        role="img",
        aria_label=f"Regions over {one.x.axis.name} and {one.y.axis.name}",
    )
    return tag(
        "figure",
        tag("p", f"{one.y.axis.name} ↑", class_="over"),
        tag("div", *_ends(one.y, upwards=True), class_="up"),
        drawing,
        tag("div", *_ends(one.x, upwards=False), class_="across"),
        tag("p", f"{one.x.axis.name} →", class_="under"),
        class_="map",
    )


def _ends(side: Side, *, upwards: bool) -> list[Html]:
    """Return the labels of the first, middle and last value, in the order they are read."""
    shown = [0, side.count // 2, side.count - 1]
    return [tag("span", label(side, i)) for i in (reversed(shown) if upwards else shown)]


def _share(one: Map, columns: float) -> str:
    return f"{100 * columns / one.x.count:.3f}%"


def _square(one: Map, i: int, j: int, row: int) -> Html:
    return tag(
        "rect",
        class_=one.cells[i, j].region,
        x=_share(one, i),
        y=(one.y.count - 1 - j) * row,
        width=_share(one, 1),
        height=row,
    )


def _letters(one: Map, row: int) -> list[Html]:
    """Return a letter for each cell, or for one of several where they would not be read."""
    across, upwards = (ceil(side.count / _LETTERS_COUNT) for side in (one.x, one.y))
    size = f"min({50 * across / one.x.count:.2f}vw, {min(0.7 * row * upwards, 14):.1f}px)"
    return [
        tag(
            "text",
            one.cells[i, j].region[0].upper(),
            class_=f"on-{one.cells[i, j].region}",
            x=_share(one, i + 0.5),
            y=(one.y.count - j - 0.5) * row,
            font_size=size,
        )
        for j in range(0, one.y.count, upwards)
        for i in range(0, one.x.count, across)
    ]


def _own(one: Map, own: tuple[int, int], row: int) -> list[Html]:
    """Return a ring about the world's own numbers, and its words on the side where there is room."""
    x, y = _share(one, own[0] + 0.5), (one.y.count - own[1] - 0.5) * row
    left = own[0] > one.x.count / 2
    words = tag(
        "text",
        "this world",
        class_="own",
        x=x,
        y=y,
        dx=-14 if left else 14,
        text_anchor="end" if left else "start",
    )
    return [tag("circle", class_="own", cx=x, cy=y, r=9), words]
