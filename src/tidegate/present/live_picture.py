"""How do the panes look as one picture? An SVG that stands by itself, still or moving.

It moves by uncovering what was measured from left to right, as it happened; where nothing may or can
move, it shows the end. Light and dark come from the reader's settings.
"""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.evaluate.verdict import Series
from tidegate.present import rehearsal_words as words
from tidegate.present.live import Pane, agreement_text, end_text, greatest
from tidegate.present.quantities import NO_BREAK, count_text, duration_text
from tidegate.present.report.markup import Html, tag
from tidegate.rehearse.rehearsal import Rehearsal
from tidegate.simulate.tables import Tables

_WIDTH, _PANE_WIDTH, _PANE_HEIGHT, _GAP = 880, 420, 132, 20
_HEAD, _ROW = 58, 220
_MOVES_S, _RESTS_S = 12.0, 6.0
_MOVED = _MOVES_S / (_MOVES_S + _RESTS_S)
_STYLE = """
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


def live_svg(panes: Sequence[Pane], *, moving: bool) -> str:
    """Return the panes as one SVG file.

    Parameters
    ----------
    panes
        Scenes that have ended.
    moving
        Whether the measurement is uncovered bit by bit, again and again.
    """
    rehearsals = [pane.ended for pane in panes if pane.ended is not None]
    rows_count = -(-len(panes) // 2)
    height = _HEAD + rows_count * _ROW + 14
    most = greatest(panes)
    drawn = []
    for i, pane in enumerate(panes):
        x, y = 10 + (i % 2) * (_PANE_WIDTH + _GAP), _HEAD + (i // 2) * _ROW
        drawn.append(_pane(pane, most, x=x, y=y, key=f"k{i}", moving=moving))
    says = "Answers a second: dashed as predicted, solid as a real Linux NAT device then did"
    return tag(
        "svg",
        tag("title", f"{says}. {_ending(rehearsals)}"),
        tag("style", Html(_STYLE)),
        tag("rect", class_="g", width=_WIDTH, height=height, rx=8),
        tag("text", says, class_="h", x=10, y=28),
        *drawn,
        tag("text", _ending(rehearsals), class_="e", x=10, y=height - 12),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_WIDTH} {height}",
        width=_WIDTH,
        role="img",
    )


def _ending(rehearsals: Sequence[Rehearsal]) -> str:
    return agreement_text(rehearsals).replace(NO_BREAK, " ")


def _pane(pane: Pane, most: float, *, x: int, y: int, key: str, moving: bool) -> Html:
    assert pane.ended is not None
    tables = pane.prediction.tables
    predicted = pane.prediction.series[pane.population, "served"]
    measured = pane.ended.runs[-1].series[pane.population, "served"]
    clip = f"url(#{key})" if moving else None
    line = _line(measured, tables, most)
    bottom = f"{_PANE_WIDTH:.1f} {_PANE_HEIGHT} L0 {_PANE_HEIGHT}"
    drawing = tag(
        "g",
        *_ground(tables, most),
        tag("path", class_="b", d=_band(predicted, tables, most)),
        tag(
            "g",
            tag("path", class_="a", d=f"M0 {_PANE_HEIGHT} L{line} L{bottom}Z"),
            class_="c",
            clip_path=clip,
        ),
        tag("path", class_="p", d=f"M{_line(predicted, tables, most)}"),
        tag("g", tag("path", class_="m", d=f"M{line}"), class_="c", clip_path=clip),
        transform="translate(0 22)",
    )
    return tag(
        "g",
        _uncovering(key) if moving else "",
        tag("text", pane.title, class_="t", x=0, y=12),
        drawing,
        *_labels(pane, moving=moving),
        transform=f"translate({x} {y})",
    )


def _uncovering(key: str) -> Html:
    """Return a clip that grows with the time that has passed; whole where nothing moves."""
    animate = tag(
        "animate",
        attributeName="width",
        values=f"0;{_PANE_WIDTH};{_PANE_WIDTH}",
        keyTimes=f"0;{_MOVED:.3f};1",
        dur=f"{_MOVES_S + _RESTS_S:g}s",
        repeatCount="indefinite",
    )
    return tag("clipPath", tag("rect", animate, width=_PANE_WIDTH, height=_PANE_HEIGHT + 4, y=-4), id=key)


def _changing(values: str) -> Html:
    """Return an opacity that changes once, when all has been uncovered."""
    return tag(
        "animate",
        attributeName="opacity",
        values=values,
        keyTimes=f"0;{_MOVED:.3f};{_MOVED + 0.02:.3f};1",
        dur=f"{_MOVES_S + _RESTS_S:g}s",
        repeatCount="indefinite",
    )


def _across(tables: Tables, at_ns: float) -> float:
    return _PANE_WIDTH * min(at_ns / tables.horizon_ns, 1.0)


def _points(values: Sequence[float], tables: Tables, most: float) -> list[str]:
    return [
        f"{_across(tables, (i + 1) * tables.bin_ns):.1f} {_PANE_HEIGHT * (1 - min(value / most, 1.0)):.1f}"
        for i, value in enumerate(values)
    ]


def _line(series: Series, tables: Tables, most: float) -> str:
    return " L".join(_points(series.values, tables, most))


def _band(series: Series, tables: Tables, most: float) -> str:
    edge = [*_points(series.high, tables, most), *reversed(_points(series.low, tables, most))]
    return f"M{' L'.join(edge)}Z"


def _ground(tables: Tables, most: float) -> list[Html]:
    start, end = _across(tables, tables.disturbed_from_ns), _across(tables, tables.disturbed_until_ns)
    strip = tag("rect", class_="d", x=f"{start:.1f}", width=f"{end - start:.1f}", height=_PANE_HEIGHT)
    rules = [
        tag("line", class_="x", x1=0, x2=_PANE_WIDTH, y1=y, y2=y) for y in (0, _PANE_HEIGHT / 2, _PANE_HEIGHT)
    ]
    top = tag("text", count_text(most).replace(NO_BREAK, " ") + "/s", x=4, y=14)
    name = tag("text", "the surge", x=f"{(start + end) / 2:.1f}", y=14, text_anchor="middle")
    return [strip, *rules, top, name]


def _labels(pane: Pane, *, moving: bool) -> list[Html]:
    assert pane.ended is not None
    agreement, tables = pane.ended.agreement, pane.prediction.tables
    below = 22 + _PANE_HEIGHT + 16
    moments = (
        (0, "start"),
        (tables.disturbed_from_ns, "middle"),
        (tables.disturbed_until_ns, "middle"),
        (tables.horizon_ns, "end"),
    )
    made = [
        tag("text", duration_text(at / 1e9), x=f"{_across(tables, at):.1f}", y=below, text_anchor=anchor)
        for at, anchor in moments
    ]
    link = "as predicted" if agreement.holds else f"predicted {words.predicted_text(agreement)}"
    kind = "well" if agreement.recovered_count else "down"
    y, appears = below + 20, _changing("0;0;1;1") if moving else ""
    ended = f"{words.measured_text(agreement)}, {link}"
    said = end_text(pane).replace(NO_BREAK, " ")
    made.append(tag("text", ended, appears, class_=f"{kind} e", y=y))
    made.append(tag("text", said, appears, class_="e", x=_PANE_WIDTH, y=y, text_anchor="end"))
    if moving:
        foretold = f"predicted {words.predicted_text(agreement)}"
        made.append(tag("text", foretold, _changing("1;1;0;0"), class_="f", y=y, opacity=0))
    return made
