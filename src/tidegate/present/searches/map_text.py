"""What does a map of regions look like in a terminal, and as data? A sign of its own for each region.

Neither colour nor fonts decide what is read. The page is `report.map`; its words are the same.
"""

from __future__ import annotations

import json

from tidegate.evaluate.searching.region import REGIONS
from tidegate.evaluate.searching.survey import Map, Side
from tidegate.present.layout import columns_count, plain, wrap
from tidegate.present.quantities import NO_BREAK

FORMAT_VERSION = 1
_SIGNS = dict(zip(REGIONS, "·░▒█", strict=True))
_ASCII_SIGNS = dict(zip(REGIONS, ".-+#", strict=True))
MEANINGS = {
    "stable": "comes back from an outage of everything",
    "vulnerable": "comes back from this, not from an outage",
    "metastable": "stays down although the load could be carried",
    "overloaded": "cannot carry its load",
}


def map_text(one: Map, *, width: int = 80, unicode: bool = True) -> str:
    """Return the map as a terminal shows it, ending in a line break."""
    signs = _SIGNS if unicode else _ASCII_SIGNS
    labels = [label(one.y, j) for j in range(one.y.count)]
    margin = max(columns_count(text) for text in labels) + 2
    own = here(one)
    title = f"{one.world} · {one.activity}" if one.activity else one.world
    lines = [*wrap(plain(title, unicode=unicode), width), f"  {one.y.axis.name}"]
    for j in reversed(range(one.y.count)):
        shown = labels[j] if j % 4 == 0 else ""
        row = "".join("o" if (i, j) == own else signs[one.cells[i, j].region] for i in range(one.x.count))
        lines.append(f"  {shown:>{margin - 2}} {row}")
    lines.append(f"  {'':>{margin - 2}} {_ticks(one.x)}")
    lines.append(f"  {'':>{margin - 2}} {one.x.axis.name}")
    lines.append("")
    used = [region for region in REGIONS if any(cell.region == region for cell in one.cells.values())]
    lines += [f"  {signs[region]} {region}: {MEANINGS[region]}" for region in used]
    if own is not None:
        lines.append("  o this world")
    total = one.x.count * one.y.count
    lines.append(f"  {len(one.looked)} of {total} points run · seed {one.seed}")
    return "\n".join(plain(line, unicode=unicode) for line in lines).replace(NO_BREAK, " ") + "\n"


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
