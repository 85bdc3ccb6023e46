"""How do fitted numbers look as a page? A table, and what was seen over what the engine does."""

from __future__ import annotations

from tidegate.fit.fitted import Fitted, Untold
from tidegate.fit.judged_number import Finding, Findings
from tidegate.fit.reproduced import QUIET, Compared
from tidegate.present.fit_text import before_words, interval_words, sentences, value_words
from tidegate.present.quantities import percent_text
from tidegate.present.report.chart import Course, Line, figure
from tidegate.present.report.markup import Html, tag
from tidegate.present.report.page import static_page
from tidegate.present.report.section import section
from tidegate.present.report.table import Column, table


def fit_page(found: Findings) -> str:
    """Return what was found as one HTML page that needs nothing else."""
    told = [one for one in found.numbers if isinstance(one.number, Fitted)]
    good = [one for one in told if one.state in {"new", "same"} and one.is_compared]
    answer = (
        f"{len(good)} of {len(told)} numbers are reproduced by the engine, or read as they are."
        if told
        else "These data tell none of its numbers."
    )
    return static_page(
        f"Fitted · {found.world}",
        tag(
            "header",
            tag("p", found.origin, class_="quiet"),
            tag("h1", f"What history tells of {found.world}"),
            tag("p", answer, class_="advice"),
            *(tag("p", one) for one in sentences(found)),
        ),
        section("numbers", "The numbers", _numbers(told)),
        section(
            "check", "What was seen, and what the engine does with them", *map(compared_figure, _shown(found))
        ),
        section("untold", "What these data do not tell", _untold(found)),
    )


def _numbers(told: list[Finding]) -> Html:
    columns = [Column(heading=one) for one in ("was", "now", "interval", "told by")]
    rows = []
    for one in told:
        assert isinstance(one.number, Fitted)
        now = value_words(one.number.path, one.number.value) + (
            " (not kept)" if one.state in {"kept", "doubted"} else ""
        )
        rows.append((one.number.path, before_words(one), now, interval_words(one.number), one.number.how))
    return table("Each number, as it was and as history has it", "number", columns, rows)


def _untold(found: Findings) -> Html:
    untold = [one.number for one in found.numbers if isinstance(one.number, Untold)]
    rows = [(one.path, one.why, one.measure) for one in untold]
    return table("Not told", "number", [Column(heading="why"), Column(heading="what would tell")], rows)


def _shown(found: Findings) -> list[Compared]:
    return [one for one in found.compared if max(*one.seen, *one.likely) > 0]


def compared_figure(one: Compared) -> Html:
    """Return the picture of one reading: as it was seen, over the band of the engine's runs."""
    where = "while all was well" if one.span == QUIET else f"while nobody answered {one.span}"
    held = "in its band" if one.holds else f"only {percent_text(one.inside_ratio)} in its band"
    times_s, low = one.times_s, tuple(max(value, 0.0) for value in one.low)
    lines = (
        Line(label="seen", kind="choke" if not one.holds else "ink", times_s=times_s, values=one.seen),
        Line(label="the engine", kind="tide", times_s=times_s, values=one.likely, low=low, high=one.high),
    )
    course = Course(title=one.reading, remark=f"{where}, {held}", lines=lines, settled_s=times_s[-1])
    return figure(course)
