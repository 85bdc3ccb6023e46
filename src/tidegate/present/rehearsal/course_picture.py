"""How is one course drawn? The prediction dashed with its band, the measurement solid over its area.

For pictures that stand by themselves, still or moving; the pages of reports have their own, which
stretch. Light and dark come from the reader's settings. Nothing here knows what a course is of.
"""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.evaluate.judging.verdict import Series
from tidegate.present.quantities import NO_BREAK, duration_text, quantity_text
from tidegate.present.report.markup import Html, tag
from tidegate.simulate.tables import Tables

STYLE = """
svg{--ground:#fbfaf7;--ink:#1c2329;--soft:#56616b;--hair:#d9dcdc;--tide:#0b6384;--fill:#cfe0e7;--band:#e3e6e4;--choke:#b8410f}
@media(prefers-color-scheme:dark){svg{--ground:#12171b;--ink:#e6e9ea;--soft:#a3aeb6;--hair:#333c43;--tide:#79c3e0;
--fill:#24424f;--band:#262e34;--choke:#ee8c54}}
text{font:13px system-ui,sans-serif;fill:var(--soft)}
.t{font-weight:650;font-size:15px;fill:var(--ink)}
.h{font-weight:650;font-size:17px;fill:var(--ink)}
.well{font-weight:650;fill:var(--tide)}
.down{font-weight:650;fill:var(--choke)}
.g{fill:var(--ground)}
.b{fill:var(--band)}
.d{fill:var(--hair);opacity:.55}
.p{fill:none;stroke:var(--soft);stroke-width:1;stroke-dasharray:4 3}
.m{fill:none;stroke:var(--tide);stroke-width:2;stroke-linejoin:round}
.a{fill:var(--fill)}
.x{stroke:var(--hair)}
@media(prefers-reduced-motion:reduce){.c{clip-path:none}.e{opacity:1!important}.f{opacity:0!important}}
"""


PANE_WIDTH, PANE_HEIGHT = 420, 132


def course_drawing(
    predicted: Series, measured: Series, tables: Tables, *, most: float, clip: str | None = None
) -> Html:
    """Return one course with its axes, `PANE_WIDTH` wide and a line of words higher than `PANE_HEIGHT`.

    Parameters
    ----------
    predicted, measured
        In the time bins of `tables`.
    tables
        What was run, for its times.
    most
        The value at the top.
    clip
        What uncovers the measurement, as ``url(#…)``; None shows it whole.
    """
    line = _line(measured, tables, most)
    bottom = f"{PANE_WIDTH:.1f} {PANE_HEIGHT} L0 {PANE_HEIGHT}"
    area = tag("path", class_="a", d=f"M0 {PANE_HEIGHT} L{line} L{bottom}Z")
    return tag(
        "g",
        *_ground(tables, quantity_text(most, predicted.unit)),
        tag("path", class_="b", d=_band(predicted, tables, most)),
        tag("g", area, class_="c", clip_path=clip),
        tag("path", class_="p", d=f"M{_line(predicted, tables, most)}"),
        tag("g", tag("path", class_="m", d=f"M{line}"), class_="c", clip_path=clip),
        *_moments(tables),
    )


def _across(tables: Tables, at_ns: float) -> float:
    return PANE_WIDTH * min(at_ns / tables.horizon_ns, 1.0)


def _points(values: Sequence[float], tables: Tables, most: float) -> list[str]:
    return [
        f"{_across(tables, (i + 1) * tables.bin_ns):.1f} {PANE_HEIGHT * (1 - min(value / most, 1.0)):.1f}"
        for i, value in enumerate(values)
    ]


def _line(series: Series, tables: Tables, most: float) -> str:
    return " L".join(_points(series.values, tables, most))


def _band(series: Series, tables: Tables, most: float) -> str:
    edge = [*_points(series.high, tables, most), *reversed(_points(series.low, tables, most))]
    return f"M{' L'.join(edge)}Z"


def _ground(tables: Tables, top: str) -> list[Html]:
    start, end = _across(tables, tables.disturbed_from_ns), _across(tables, tables.disturbed_until_ns)
    strip = tag("rect", class_="d", x=f"{start:.1f}", width=f"{end - start:.1f}", height=PANE_HEIGHT)
    rules = [
        tag("line", class_="x", x1=0, x2=PANE_WIDTH, y1=y, y2=y) for y in (0, PANE_HEIGHT / 2, PANE_HEIGHT)
    ]
    name = tag("text", "the surge", x=f"{(start + end) / 2:.1f}", y=14, text_anchor="middle")
    return [strip, *rules, tag("text", top.replace(NO_BREAK, " "), x=4, y=14), name]


def _moments(tables: Tables) -> list[Html]:
    moments = (
        (0, "start"),
        (tables.disturbed_from_ns, "middle"),
        (tables.disturbed_until_ns, "middle"),
        (tables.horizon_ns, "end"),
    )
    return [
        tag(
            "text",
            duration_text(at / 1e9),
            x=f"{_across(tables, at):.1f}",
            y=PANE_HEIGHT + 16,
            text_anchor=anchor,
        )
        for at, anchor in moments
    ]
