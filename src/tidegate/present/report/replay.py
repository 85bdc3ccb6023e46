"""How does an outage that is played again look as a page? What was seen over the band of the world's runs."""

from __future__ import annotations

from tidegate.fit.outage_again import Beside, Replay
from tidegate.present.quantities import percent_text
from tidegate.present.replay_text import agreement_text, heading, moments, verdict_text, way_out_text
from tidegate.present.report.chart import Course, Line, figure
from tidegate.present.report.markup import Html, tag
from tidegate.present.report.page import static_page
from tidegate.present.report.section import section
from tidegate.present.report.table import Column, table


def replay_page(found: Replay) -> str:
    """Return an outage again as one HTML page that needs nothing else."""
    rows = [(f"{at_s:+,.0f} s", how, what) for at_s, how, what in moments(found)]
    return static_page(
        f"Replay · {found.world}",
        tag(
            "header",
            tag("p", heading(found), class_="quiet"),
            tag("h1", f"What happened, beside what {found.world} predicts"),
            tag("p", agreement_text(found), class_="advice"),
            tag("p", verdict_text(found)),
            *([tag("p", way_out_text(found))] if way_out_text(found) else []),
        ),
        section(
            "when", "What could be told, and when",
            table("Since it began", "when", [Column(heading="from"), Column(heading="what")], rows),
        ),
        section("courses", "What was seen, over the band of the world's runs", *map(_figure, _shown(found))),
    )  # fmt: skip


def _shown(found: Replay) -> list[Beside]:
    return [one for one in found.again.readings if max(*one.compared.seen, *one.compared.likely) > 0]


def _figure(one: Beside) -> Html:
    compared = one.compared
    inside = f"{percent_text(compared.inside_ratio)} in the band"
    left = inside if one.left_s is None else f"{inside}, left at {one.left_s:+,.0f} s"
    low = tuple(max(value, 0.0) for value in compared.low)
    lines = (
        Line(
            label="seen",
            kind="ink" if one.left_s is None else "choke",
            times_s=compared.times_s,
            values=compared.seen,
        ),
        Line(
            label="predicted",
            kind="tide",
            times_s=compared.times_s,
            values=compared.likely,
            low=low,
            high=compared.high,
        ),
    )
    settled_s = max(compared.times_s[-1], 0.0)
    return figure(Course(title=compared.reading, remark=left, lines=lines, settled_s=settled_s))
