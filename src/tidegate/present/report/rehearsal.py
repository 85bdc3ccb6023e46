"""How does a rehearsal look as a page? Measurement solid over the prediction, thin and with its band.

The words are those of the terminal. Nothing on the page runs.
"""

from __future__ import annotations

from tidegate.evaluate.judging.verdict import Series
from tidegate.present.quantities import duration_text, percent_text, quantity_text
from tidegate.present.rehearsal import rehearsal_words as words
from tidegate.present.rehearsal.rehearsal_text import series_keys
from tidegate.present.report.chart import round_up
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.report.page import static_page
from tidegate.present.report.table import Column, table
from tidegate.rehearse.course import Key
from tidegate.rehearse.rehearsal import Rehearsal
from tidegate.rehearse.scale import scale_text
from tidegate.simulate.tables import Tables

_SPAN = 1000.0
_TOP, _HEIGHT, _AXIS = 16, 150, 20
_SHAPES = {
    words.HELD: ("M8 1 A7 7 0 1 1 7.99 1Z", "proceed"),
    words.BROKE: ("M5 1 H11 L15 5 V11 L11 15 H5 L1 11 V5Z", "stop"),
}


def rehearsal_html(rehearsal: Rehearsal) -> str:
    """Return the report of a rehearsal as one self-contained HTML file."""
    return static_page(
        f"{words.word(rehearsal)} · {words.title_text(rehearsal)}",
        _answer(rehearsal),
        _pictures(rehearsal),
        _limits(rehearsal),
        _made(rehearsal),
    )


def _answer(rehearsal: Rehearsal) -> Html:
    word = words.word(rehearsal)
    path, kind = _SHAPES[word]
    mark = tag("svg", tag("path", d=path), viewBox="0 0 16 16", aria_hidden="true")
    word_mark = tag("span", mark, word, class_=f"word {kind}")
    columns = tuple(Column(heading=text) for text in ("predicted", "measured", "off by"))
    body = [(row.label, row.predicted, row.measured, row.off) for row in words.lines(rehearsal)]
    title = rehearsal.activity_title or rehearsal.activity
    world = f"{rehearsal.world} · {rehearsal.title}" if rehearsal.title else rehearsal.world
    return tag(
        "header",
        tag("p", world, class_="quiet"),
        tag("h1", f"Rehearsal: {title}"),
        tag("p", word_mark, " ", tag("span", words.ending_text(rehearsal)), class_="verdict"),
        table("Prediction and measurement", "", columns, body, short=True),
        *(tag("p", note, class_="quiet") for note in words.footnotes(rehearsal)),
    )


def _pictures(rehearsal: Rehearsal) -> Html:
    owners: dict[str, list[Html]] = {}
    for key in series_keys(rehearsal):
        owners.setdefault(key[0], []).append(overlay_chart(rehearsal, key))
    blocks = [
        part
        for name, figures in owners.items()
        for part in (tag("h3", name), tag("div", *figures, class_="cases"))
    ]
    solid = "lines are the real runs" if len(rehearsal.runs) > 1 else "line is the real run"
    legend = (
        f"The solid {solid}. The dashed line is the prediction, made before; 90 % of its runs stay in the "
        "pale band. Rates are over a running half second. The shaded strip is the disturbance."
    )
    return _section("course", "Measured over predicted", tag("p", legend, class_="quiet"), *blocks)


def _limits(rehearsal: Rehearsal) -> Html:
    listed = tag("ul", *(tag("li", f"{clause[:1].upper()}{clause[1:]}.") for clause in words.cannot_show()))
    made = (
        "Clients, devices and services were processes and network namespaces of one Linux machine. "
        "What that cannot show:"
    )
    small = rehearsal.rehearsable
    left = tag("p", f"Left out: {'; '.join(small.left_out)}.") if small.left_out else ""
    return _section("notes", "What this cannot validate", tag("p", made), listed, left)


def _made(rehearsal: Rehearsal) -> Html:
    agreement = rehearsal.agreement
    predicted = f"{len(rehearsal.prediction.outcomes)} runs, seed {rehearsal.seed}"
    busy = max(run.busy_ratio for run in rehearsal.runs)
    late_s = max(run.lateness_s for run in rehearsal.runs)
    rows = (
        ("predicted by", f"tidegate {rehearsal.tidegate_version}, packet by packet, {predicted}"),
        ("measured in", f"{agreement.runs_count} runs, {rehearsal.server} server"),
        ("world", f"{rehearsal.digest}, at {scale_text(rehearsal.rehearsable.scale)} of its size"),
        ("machine", f"at most {percent_text(busy)} busy, timers late by at most {duration_text(late_s)}"),
    )
    pairs = [part for name, value in rows for part in (tag("dt", name), tag("dd", value))]
    return _section("reproduction", "How it was made", tag("dl", *pairs))


def _section(name: str, heading: str, *parts: str) -> Html:
    return tag("section", tag("h2", heading, id=f"{name}-h"), *parts, id=name, aria_labelledby=f"{name}-h")


def overlay_chart(rehearsal: Rehearsal, key: Key) -> Html:
    """Return the figure of one series: the prediction thin with its band, real runs solid on top."""
    tables = rehearsal.prediction.tables
    predicted = rehearsal.prediction.series[key]
    measured = [run.series[key] for run in rehearsal.runs]
    most = round_up(max(max(one.values, default=0.0) for one in (predicted, *measured)) * 1.02)
    inner = tag(
        "svg",
        _band(predicted, tables, most),
        tag("path", class_="line predicted", d=f"M{_line(predicted.values, tables, most)}"),
        *(tag("path", class_="line measured", d=f"M{_line(one.values, tables, most)}") for one in measured),
        y=_TOP,
        width="100%",
        height=_HEIGHT - _AXIS - _TOP,
        viewBox=f"0 0 {_SPAN:.0f} {_SPAN:.0f}",
        preserveAspectRatio="none",
        overflow="hidden",
    )
    title = words.QUANTITY_NAMES[key[1]]
    drawing = tag(
        "svg",
        *_ground(tables, most, predicted.unit),
        inner,
        class_="plot",
        width="100%",
        height=_HEIGHT,
        role="img",
        aria_label=_heard(title, predicted, measured),
    )
    return tag("figure", tag("figcaption", title), drawing)


def _across(tables: Tables, at_ns: float) -> float:
    return min(max(at_ns / tables.horizon_ns, 0.0), 1.0)


def _points(values: tuple[float, ...], tables: Tables, most: float) -> list[str]:
    return [
        f"{_SPAN * _across(tables, (i + 1) * tables.bin_ns):.1f} {_SPAN * (1 - value / most):.1f}"
        for i, value in enumerate(values)
    ]


def _line(values: tuple[float, ...], tables: Tables, most: float) -> str:
    return " L".join(_points(values, tables, most))


def _band(series: Series, tables: Tables, most: float) -> Html:
    upper, lower = _points(series.high, tables, most), _points(series.low, tables, most)
    return tag("path", class_="band foreseen", d=f"M{' L'.join([*upper, *reversed(lower)])}Z")


def _ground(tables: Tables, most: float, unit: str) -> list[Html]:
    bottom = _HEIGHT - _AXIS
    start, end = (100 * _across(tables, at) for at in (tables.disturbed_from_ns, tables.disturbed_until_ns))
    left, width = f"{start:.2f}%", f"{end - start:.2f}%"
    strip = tag("rect", class_="disturbed", x=left, y=_TOP, width=width, height=bottom - _TOP)
    rules = [
        tag("line", class_="axis" if y == bottom else "grid", x1=0, x2="100%", y1=y, y2=y)
        for y in (_TOP, (_TOP + bottom) // 2, bottom)
    ]
    texts = (
        (0, _TOP - 4, "start", quantity_text(most, unit)),
        (0, bottom + 14, "start", "0"),
        (left, bottom + 14, "middle" if start > 8 else "start", _moment(tables.disturbed_from_ns)),
        ("100%", bottom + 14, "end", _moment(tables.horizon_ns)),
    )
    return [strip, *rules, *(tag("text", said, x=x, y=y, text_anchor=anchor) for x, y, anchor, said in texts)]


def _moment(at_ns: int) -> str:
    return duration_text(at_ns / 1e9)


def _heard(title: str, predicted: Series, measured: list[Series]) -> str:
    """Return the picture in a sentence, for those who hear it."""
    ends = join(" and ".join(quantity_text(one.values[-1], one.unit) for one in measured if one.values))
    return (
        f"{title}: predicted to peak at {quantity_text(max(predicted.values), predicted.unit)} and end at "
        f"{quantity_text(predicted.values[-1], predicted.unit)}; measured to peak at "
        f"{quantity_text(max(max(one.values) for one in measured), predicted.unit)} and end at {ends}."
    )
