"""How does one crossing go over time in one case? A picture that needs no script to be read.

Offered load is a line, served a filled area below it, capacity a thin rule: the gap is the story.
The plot stretches with the page while its words keep their size: lengths across are per cent,
and only the curves live in a stretched inner drawing. The script adds the read-out, nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10

from tidegate.evaluate.judging.verdict import CaseEvidence, CrossingEvidence, Series
from tidegate.present.quantities import duration_text, quantity_text
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.verdict import verdict_words

_SPAN = 1000.0
_AXIS_HEIGHT = 20
_TOP = 16
_AXIS_LABEL = 0.15  # share of the width that the label of the upright axis may take
_LINE_HEIGHT = 15
_FLOWS = ("offered", "admitted", "served")
_REQUESTS = ("asked", "answered")
_AREAS = {"served", "answered"}
_KINDS = {"asked": "offered", "answered": "served"}  # drawn as these are
_TITLES = {"delay": "Delay at the crossing", "occupancy": "Flow table in use"}


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One picture: a title, its series, the limit drawn as a rule, and the scale all cases share."""

    title: str
    unit: str
    names: tuple[str, ...]
    limit: float | None
    limit_words: str
    most: float
    height: int


def panels(cases: tuple[CaseEvidence, ...], crossing: str) -> tuple[Panel, ...]:
    """Return the pictures of one crossing, on scales that make its cases comparable."""
    found = [one for case in cases for one in case.crossings if one.name == crossing and one.series]
    names = dict.fromkeys(series.name for one in found for series in one.series)
    made = []
    if any(name in _FLOWS for name in names):
        made.append(_flows_panel(found))
    if any(name in _REQUESTS for name in names):
        made.append(_requests_panel(found))
    made.extend(_panel(name, found) for name in names if name not in (*_FLOWS, *_REQUESTS))
    return tuple(made)


def _flows_panel(found: list[CrossingEvidence]) -> Panel:
    limit = found[0].setup_capacity_per_s
    peak = max(
        (_greatest(series) for one in found for series in one.series if series.name in _FLOWS), default=0
    )
    return Panel(
        title="New flows a second",
        unit="per_s",
        names=_FLOWS,
        limit=limit,
        limit_words=f"can set up {quantity_text(limit, 'per_s')}" if limit else "",
        most=round_up(max(peak, limit or 0.0)),
        height=210,
    )


def _requests_panel(found: list[CrossingEvidence]) -> Panel:
    """Return the picture of what is asked on kept connections, which is no new flow."""
    peak = max(_greatest(series) for one in found for series in one.series if series.name in _REQUESTS)
    return Panel(
        title="Requests a second, also on kept connections",
        unit="per_s",
        names=_REQUESTS,
        limit=None,
        limit_words="",
        most=round_up(peak),
        height=210,
    )


def _panel(name: str, found: list[CrossingEvidence]) -> Panel:
    alike = [series for one in found for series in one.series if series.name == name]
    full = alike[0].unit == "ratio"
    return Panel(
        title=_TITLES.get(name, name.capitalize()),
        unit=alike[0].unit,
        names=(name,),
        limit=1.0 if full else None,
        limit_words="full" if full else "",
        most=round_up(max(1.0 if full else 0.0, *(_greatest(series) for series in alike))),
        height=104,
    )


def _greatest(series: Series) -> float:
    return max((*series.values, *series.high), default=0.0)


def round_up(value: float) -> float:
    """Return the next round number at or above `value`: 1, 1.5, 2, 3, 4, 5, 6 or 8 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * power >= value * 0.9999)


def chart(panel: Panel, case: CaseEvidence, crossing: CrossingEvidence, *, key: str) -> Html:
    """Return the figure of one panel in one case; `key` joins it to its numbers in the page's data."""
    drawn = [series for name in panel.names for series in crossing.series if series.name == name]
    plot_height = panel.height - _AXIS_HEIGHT
    inner = tag(
        "svg",
        *_curves(panel, drawn, case),
        y=_TOP,
        width="100%",
        height=plot_height - _TOP,
        viewBox=f"0 0 {_SPAN:.0f} {_SPAN:.0f}",
        preserveAspectRatio="none",
        overflow="visible",
    )
    drawing = tag(
        "svg",
        *_ground(panel, case, plot_height),
        inner,
        *_labels(panel, drawn, case, plot_height),
        tag("line", class_="cursor", x1="0%", x2="0%", y1=_TOP, y2=plot_height),
        class_="plot",
        width="100%",
        height=panel.height,
        role="img",
        aria_label=_description(panel, drawn, case),
    )
    caption = tag("figcaption", panel.title)
    plot = tag("div", drawing, class_="frame", data_label=f"{panel.title}, {verdict_words.case_clause(case)}")
    return tag("figure", caption, plot, tag("p", class_="readout"), data_chart=key)


def _across(case: CaseEvidence, at_s: float) -> float:
    start_s, end_s = case.times_s[0], case.times_s[-1]
    return min(max((at_s - start_s) / (end_s - start_s), 0.0), 1.0) if end_s > start_s else 0.0


def _curves(panel: Panel, drawn: list[Series], case: CaseEvidence) -> list[Html]:
    curves = []
    for series in drawn:
        if series.low and series.high:
            upper = _points(series.high, case, panel.most)
            lower = _points(series.low, case, panel.most)
            edge = " L".join([*upper, *reversed(lower)])
            curves.append(tag("path", class_="band", d=f"M{edge}Z"))
    for series in sorted(drawn, key=lambda series: series.name not in _AREAS):
        points = _points(series.values, case, panel.most)
        line = " L".join(points)
        if series.name in _AREAS:
            first, last = points[0].split(" ")[0], points[-1].split(" ")[0]
            curves.append(
                tag("path", class_="served", d=f"M{first} {_SPAN:.0f} L{line} L{last} {_SPAN:.0f}Z")
            )
        kind = _KINDS.get(series.name, series.name if series.name in _FLOWS else "single")
        curves.append(tag("path", class_=f"line {kind}", d=f"M{line}"))
    return curves


def _points(values: tuple[float, ...], case: CaseEvidence, most: float) -> list[str]:
    return [
        f"{_SPAN * _across(case, time_s):.1f} {_SPAN * (1 - value / most):.1f}"
        for time_s, value in zip(case.times_s, values, strict=True)
    ]


def _height_at(panel: Panel, value: float, plot_height: int) -> float:
    return _TOP + (plot_height - _TOP) * (1 - value / panel.most)


def _ground(panel: Panel, case: CaseEvidence, plot_height: int) -> list[Html]:
    """Return what lies behind the curves: grid, the time of the disturbance, the limit."""
    marks: list[Html] = []
    if _is_disturbed(case):
        start, end = _across(case, case.activity_at_s), _across(case, case.activity_until_s)
        marks.append(
            tag(
                "rect",
                class_="disturbed",
                x=f"{100 * start:.2f}%",
                y=_TOP,
                width=f"{100 * (end - start):.2f}%",
                height=plot_height - _TOP,
            )
        )
        marks.extend(_upright(share, "edge", plot_height) for share in (start, end))
    for share in (0.0, 0.5, 1.0):
        y = f"{_height_at(panel, share * panel.most, plot_height):.1f}"
        marks.append(tag("line", class_="axis" if share == 0 else "grid", x1=0, x2="100%", y1=y, y2=y))
    if panel.limit is not None:
        y = f"{_height_at(panel, panel.limit, plot_height):.1f}"
        marks.append(tag("line", class_="limit", x1=0, x2="100%", y1=y, y2=y))
    return marks


def _is_disturbed(case: CaseEvidence) -> bool:
    """Whether anything happens in this case; a world left alone has no activity to mark."""
    return case.activity_at_s < case.times_s[-1]


def _upright(share: float, kind: str, plot_height: int) -> Html:
    x = f"{100 * share:.2f}%"
    return tag("line", class_=kind, x1=x, x2=x, y1=_TOP, y2=plot_height)


def _labels(panel: Panel, drawn: list[Series], case: CaseEvidence, plot_height: int) -> list[Html]:
    start_s, end_s = case.times_s[0], case.times_s[-1]
    made = [
        tag("text", quantity_text(panel.most, panel.unit), x=0, y=_TOP - 4),
        tag("text", "0", x=0, y=plot_height + 14),
        tag("text", duration_text((start_s + end_s) / 2), x="50%", y=plot_height + 14, text_anchor="middle"),
        tag("text", duration_text(end_s), x="100%", y=plot_height + 14, text_anchor="end"),
    ]
    if _is_disturbed(case):
        # Not further left than the axis's own label reaches.
        share = max(_across(case, case.activity_at_s), _AXIS_LABEL)
        anchor = "end" if share > 0.7 else "start" if share < 0.3 else "middle"
        made.append(
            tag("text", "activity", class_="when", x=f"{100 * share:.2f}%", y=_TOP - 4, text_anchor=anchor)
        )
    made.extend(_direct_labels(panel, drawn, plot_height))
    return made


def _direct_labels(panel: Panel, drawn: list[Series], plot_height: int) -> list[Html]:
    """Return the names of the curves at their right ends, spread so that none covers another."""
    ends = [
        (_height_at(panel, one.values[-1], plot_height), one.name) for one in drawn if one.name != "admitted"
    ]
    wanted = _merged(sorted(ends, reverse=True)) if len(panel.names) > 1 else []
    if panel.limit is not None:
        wanted.append((_height_at(panel, panel.limit, plot_height), "limit-words", panel.limit_words))
    made = []
    ceiling = float(plot_height) + _LINE_HEIGHT - 4
    for y, kind, text in sorted(wanted, reverse=True):
        ceiling = min(y - 5, ceiling - _LINE_HEIGHT)
        place = {"x": "99.5%", "y": f"{ceiling:.1f}", "text_anchor": "end"}
        made.append(tag("text", text, class_=f"name {_KINDS.get(kind, kind)}", **place))
    return made


def _merged(ends: list[tuple[float, str]]) -> list[tuple[float, str, str]]:
    """Return labels from the lowest curve up; curves that end together share one."""
    merged: list[tuple[float, str, str]] = []
    for y, name in ends:
        if merged and merged[-1][0] - y < _LINE_HEIGHT:
            merged[-1] = (y, "offered", f"{name} and {merged[-1][2]}")
        else:
            merged.append((y, name, name))
    return merged


def _description(panel: Panel, drawn: list[Series], case: CaseEvidence) -> str:
    """Return the picture in a sentence, for those who hear it."""
    parts = [
        f"{series.name} peaks at {quantity_text(max(series.values), panel.unit)} "
        f"and ends at {quantity_text(series.values[-1], panel.unit)}"
        for series in drawn
    ]
    limit = f"; {panel.limit_words}" if panel.limit_words else ""
    return f"{panel.title}, {verdict_words.case_clause(case)}: {', '.join(parts)}{limit}."


def legend() -> Html:
    """Return the one line that explains what a curve cannot say by itself."""
    return tag(
        "p",
        join(
            "The line is what is offered, the filled area what is served, the thin rule what can be set up; ",
            "the pale band holds 80 % of the runs. The shaded strip is the activity.",
        ),
        class_="quiet",
    )
