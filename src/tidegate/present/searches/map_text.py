"""What does a map of regions look like in a terminal, and as data? A sign of its own for each region.

Neither colour nor fonts decide what is read. The page is `report.map`; its words are the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from tidegate.evaluate.searching.region import REGIONS
from tidegate.evaluate.searching.survey import Map, Side
from tidegate.present.labelled import labelled_text
from tidegate.present.layout import columns_count

FORMAT_VERSION = 1
_SIGNS = dict(zip(REGIONS, "·░▒█", strict=True))
_ASCII_SIGNS = dict(zip(REGIONS, ".-+#", strict=True))
MEANINGS = {
    "stable": "comes back from an outage of everything",
    "vulnerable": "comes back from this, not from an outage",
    "metastable": "stays down although the load could be carried",
    "overloaded": "cannot carry its load",
}


def map_text(one: Map, *, width: int = 80, colour: bool = False, unicode: bool = True) -> str:
    """Return where this world lies, and the picture, as a terminal shows them, ending in a line break."""
    title = f"{one.world} · {one.activity}" if one.activity else one.world
    total = one.x.count * one.y.count
    footer = [f"{len(one.looked)} of {total} cells run", f"seed {one.seed}"]
    return labelled_text(
        title,
        [headline(one)],
        {"why": border_texts(one), "sure": [SURE]},
        picture=_picture(one, unicode=unicode),
        footer=footer,
        width=width,
        colour=colour,
        unicode=unicode,
    )


SURE = "A picture to think with: few runs a point. A limit to rely on is what `tidegate headroom` proves."


def headline(one: Map) -> tuple[str, str]:
    """Return in which region this world lies, and what that means."""
    own = here(one)
    if own is None:
        return "NOT ON THIS MAP", "this world's own numbers lie outside of what was drawn, or it states none"
    region = one.cells[own].region
    return region.upper(), f"this world {MEANINGS[region]}"


def border_texts(one: Map) -> list[str]:
    """Return where this world would be another region, along each side alone, as sentences."""
    own = here(one)
    if own is None:
        return []
    return [
        _border(one, one.x, own[0], lambda i: (i, own[1])),
        _border(one, one.y, own[1], lambda j: (own[0], j)),
    ]


def _border(one: Map, side: Side, at: int, cell: Callable[[int], tuple[int, int]]) -> str:
    """Return the nearest value on each side of this world's at which the region is another."""
    region = one.cells[cell(at)].region
    found = []
    for way in (range(at - 1, -1, -1), range(at + 1, side.count)):
        other = next((i for i in way if one.cells[cell(i)].region != region), None)
        if other is not None:
            found.append(f"{one.cells[cell(other)].region} at {label(side, other)}")
    now = side.axis.text(side.now) if side.now is not None else label(side, at)
    listed = ", ".join(found) or f"{region} from {label(side, 0)} to {label(side, side.count - 1)}"
    return f"{side.axis.name}, now {now}: {listed}."


def _picture(one: Map, *, unicode: bool) -> list[str]:
    signs = _SIGNS if unicode else _ASCII_SIGNS
    labels = [label(one.y, j) for j in range(one.y.count)]
    margin = max(columns_count(text) for text in labels) + 2
    own = here(one)
    lines = [f"  {one.y.axis.name}"]
    for j in reversed(range(one.y.count)):
        shown = labels[j] if j % 4 == 0 else ""
        row = "".join("o" if (i, j) == own else signs[one.cells[i, j].region] for i in range(one.x.count))
        lines.append(f"  {shown:>{margin - 2}} {row}")
    lines.append(f"  {'':>{margin - 2}} {_ticks(one.x)}")
    lines.append(f"  {'':>{margin - 2}} {one.x.axis.name}")
    lines.append("")
    used = [region for region in REGIONS if any(cell.region == region for cell in one.cells.values())]
    lines += [f"  {signs[region]} {region}: {MEANINGS[region]}" for region in used]
    return [*lines, *(["  o this world"] if own is not None else [])]


def _ticks(side: Side) -> str:
    """Return the first, middle and last value under their cells; the middle one where there is room."""
    first, middle, last = (label(side, i) for i in (0, side.count // 2, side.count - 1))
    gap = max(side.count - columns_count(first) - columns_count(last), 1)
    before = side.count // 2 - columns_count(first) - columns_count(middle) // 2
    after = gap - before - columns_count(middle)
    if min(before, after) < 1:
        return f"{first}{' ' * gap}{last}"
    return f"{first}{' ' * before}{middle}{' ' * after}{last}"


def label(side: Side, i: int) -> str:
    """Return the value at one place of a side, as a world file writes it."""
    return side.axis.text(side.value(i))


def here(one: Map) -> tuple[int, int] | None:
    """Return the cell in which the world itself lies; None where it lies outside."""
    at = []
    for side in (one.x, one.y):
        if side.now is None or not side.span.low <= side.now <= side.span.high:
            return None
        now = side.now
        at.append(min(range(side.count), key=lambda i, side=side, now=now: abs(side.value(i) - now)))  # type: ignore[misc]
    return at[0], at[1]


def map_json(one: Map) -> str:
    """Return the map as one JSON document: the sides' values, and a row of words for each y."""
    document = {
        "format": FORMAT_VERSION,
        "world": one.world,
        "activity": one.activity,
        "seed": one.seed,
        "x": {"path": one.x.axis.name, "values": [one.x.value(i) for i in range(one.x.count)]},
        "y": {"path": one.y.axis.name, "values": [one.y.value(j) for j in range(one.y.count)]},
        "regions": [[one.cells[i, j].region for i in range(one.x.count)] for j in range(one.y.count)],
        "looked": [
            {"x": i, "y": j, "region": found.region, "collapse_ratio": found.collapse_ratio}
            for (i, j), found in sorted(one.looked.items())
        ],
    }
    return json.dumps(document, indent=1) + "\n"
