"""What does a map of regions look like? In a terminal, as a page, as data; shape as well as shade.

The same four words everywhere. In a terminal each region has a sign of its own, so that neither
colour nor fonts decide what is read; on the page each has a shade and its first letter.
"""

from __future__ import annotations

import json

from tidegate.evaluate.region import REGIONS
from tidegate.evaluate.survey import Map, Side
from tidegate.present.layout import columns_count, plain, wrap
from tidegate.present.quantities import NO_BREAK
from tidegate.present.report.markup import Html, join, tag

FORMAT_VERSION = 1
_SIGNS = dict(zip(REGIONS, "·░▒█", strict=True))
_ASCII_SIGNS = dict(zip(REGIONS, ".-+#", strict=True))
_SHADES = dict(zip(REGIONS, ("#eef4f7", "#b9d3e0", "#6d94ad", "#22343f"), strict=True))
_MEANINGS = {
    "stable": "comes back from an outage of everything",
    "vulnerable": "comes back from this, not from an outage",
    "metastable": "stays down although the load could be carried",
    "overloaded": "cannot carry its load",
}
_CELL, _LEFT, _TOP, _FOOT = 14, 90, 20, 60


def map_text(one: Map, *, width: int = 80, unicode: bool = True) -> str:
    """Return the map as a terminal shows it, ending in a line break."""
    signs = _SIGNS if unicode else _ASCII_SIGNS
    labels = [_label(one.y, j) for j in range(one.y.count)]
    margin = max(columns_count(label) for label in labels) + 2
    here = _here(one)
    title = f"{one.world} · {one.activity}" if one.activity else one.world
    lines = [*wrap(plain(title, unicode=unicode), width), f"  {one.y.axis.name}"]
    for j in reversed(range(one.y.count)):
        shown = labels[j] if j % 4 == 0 else ""
        row = "".join("o" if (i, j) == here else signs[one.cells[i, j].region] for i in range(one.x.count))
        lines.append(f"  {shown:>{margin - 2}} {row}")
    first, last = _label(one.x, 0), _label(one.x, one.x.count - 1)
    gap = max(one.x.count - columns_count(first) - columns_count(last), 1)
    lines.append(f"  {'':>{margin - 2}} {first}{' ' * gap}{last}")
    lines.append(f"  {'':>{margin - 2}} {one.x.axis.name}")
    lines.append("")
    used = [region for region in REGIONS if any(cell.region == region for cell in one.cells.values())]
    lines += [f"  {signs[region]} {region}: {_MEANINGS[region]}" for region in used]
    if here is not None:
        lines.append("  o this world")
    total = one.x.count * one.y.count
    lines.append(f"  {len(one.looked)} of {total} points run · seed {one.seed}")
    return "\n".join(plain(line, unicode=unicode) for line in lines).replace(NO_BREAK, " ") + "\n"


def _label(side: Side, i: int) -> str:
    return side.axis.text(side.value(i))


def _here(one: Map) -> tuple[int, int] | None:
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


def map_page(one: Map) -> str:
    """Return the map as one HTML page that needs nothing else."""
    title = f"{one.world} · {one.activity or 'triggers'}: regions"
    style = (
        "body{font:16px/1.5 system-ui,sans-serif;margin:1.5rem;color:#1b262c;background:#fff}"
        "svg{max-width:100%;height:auto}table{border-collapse:collapse}td,th{padding:.2rem .8rem .2rem 0;"
        "text-align:left}figure{margin:0}"
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width,initial-scale=1"),
        tag("title", title),
        tag("style", Html(style)),
    )
    rows = [
        tag("tr", tag("th", f"{region[0].upper()}  {region}", scope="row"), tag("td", _MEANINGS[region]))
        for region in REGIONS
    ]
    said = (
        f"{one.y.axis.name} (upwards) over {one.x.axis.name}; {len(one.looked)} points run, seed {one.seed}."
    )
    body = tag("body", tag("h1", title), tag("figure", _drawing(one)), tag("p", said), tag("table", *rows))
    return "<!doctype html>" + tag("html", head, body, lang="en") + "\n"


def _drawing(one: Map) -> Html:
    width, height = one.x.count * _CELL, one.y.count * _CELL
    marks = [_square(one, i, j) for j in range(one.y.count) for i in range(one.x.count)]
    here = _here(one)
    if here is not None:
        x, y = _LEFT + (here[0] + 0.5) * _CELL, _TOP + (one.y.count - here[1] - 0.5) * _CELL
        marks.append(tag("circle", cx=x, cy=y, r=5, fill="none", stroke="#b3261e", stroke_width=2))
        marks.append(_words("this world", x + 8, y - 6))
    marks.extend(
        _words(_label(one.x, i), _LEFT + (i + 0.5) * _CELL, _TOP + height + 18, "middle")
        for i in (0, one.x.count // 2, one.x.count - 1)
    )
    for j in (0, one.y.count // 2, one.y.count - 1):
        middle = _TOP + (one.y.count - j - 0.5) * _CELL + 4
        marks.append(_words(_label(one.y, j), _LEFT - 6, middle, "end"))
    marks.append(_words(one.x.axis.name, _LEFT, _TOP + height + 40))
    marks.append(_words(one.y.axis.name, 4, 14))
    return tag(
        "svg",
        *marks,
        viewBox=f"0 0 {_LEFT + width + 20} {_TOP + height + _FOOT}",
        width=_LEFT + width + 20,
        role="img",
        aria_label=f"Regions over {one.x.axis.name} and {one.y.axis.name}",
    )


def _square(one: Map, i: int, j: int) -> Html:
    found = one.cells[i, j]
    x, y = _LEFT + i * _CELL, _TOP + (one.y.count - 1 - j) * _CELL
    dark = found.region in REGIONS[2:]
    letter = found.region[0].upper()
    return join(
        tag("rect", x=x, y=y, width=_CELL, height=_CELL, fill=_SHADES[found.region]),
        tag(
            "text",
            letter,
            x=x + _CELL / 2,
            y=y + _CELL - 4,
            font_size=8,
            text_anchor="middle",
            fill="#ffffff" if dark else "#22343f",
        ),
    )


def _words(text: str, x: float, y: float, anchor: str = "start") -> Html:
    return tag("text", text, x=x, y=y, font_size=12, text_anchor=anchor, fill="#1b262c")
