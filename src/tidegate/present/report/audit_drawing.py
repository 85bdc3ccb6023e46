"""The drawing of an audit: activities to the left, places in the middle, tooling to the right.

Who shares a place's fate hangs on it by a line; only the places that can fill are coloured, and they
are named as such too.
"""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.evaluate.judging.audit import Audit, Dependence
from tidegate.present.audit_text import ADVICE, answer_text, by_place, strain_text, way_text
from tidegate.present.report.loop_drawing import loops_section
from tidegate.present.report.markup import Html, join, prose, tag
from tidegate.present.report.page import static_page
from tidegate.present.report.table import Column, table

_ROW, _TOP = 34.0, 30.0
_PLACE_X, _TOOL_X, _WIDTH = 250.0, 430.0, 760.0


def audit_html(audit: Audit) -> str:
    """Return the audit as one self-contained HTML file."""
    title = f"Shared fate · {audit.world}"
    return static_page(
        title,
        tag("h1", title),
        tag("p", prose(answer_text(audit)), class_="advice"),
        tag("p", ADVICE) if audit.shares_fate else join(),
        _drawing(audit),
        table(
            "What each piece of tooling stands on",
            "Tooling",
            (Column(heading="For"), Column(heading="Place"), Column(heading="How"), Column(heading="Strain")),
            [_row(one) for one in audit.dependences],
        ),
        _independent(audit),
        loops_section(audit.loops),
    )


def _independent(audit: Audit) -> Html:
    if not audit.independent:
        return join()
    return tag("p", f"Passes no place that this world describes: {', '.join(audit.independent)}.")


def _row(one: Dependence) -> tuple[str, ...]:
    state = "▲ shares its fate" if one.shares_fate else "● within limits"
    strain = f"{state}: {strain_text(one.worst)}"
    return (one.title, one.role, f"{one.place_kind} {one.place}", way_text(one), strain)


def _drawing(audit: Audit) -> Html:
    places = [*by_place(audit, shared=True), *by_place(audit, shared=False)]
    if not places:
        return join()
    parts: list[Html] = []
    top = _TOP
    for dependences in places:
        height = max(len(dependences), 2) * _ROW
        parts.append(_place(dependences, top, top + height))
        top += height + _ROW / 2
    svg = tag(
        "svg",
        *parts,
        viewBox=f"0 0 {_WIDTH:.0f} {top:.0f}",
        role="img",
        aria_label="Activities, the places they strain, and the tooling that stands on them",
        class_="fate",
    )
    return tag("div", svg, class_="scroll", tabindex=0, role="region", aria_label="Drawing of shared fate")


def _place(dependences: Sequence[Dependence], top: float, bottom: float) -> Html:
    first, middle = dependences[0], (top + bottom) / 2
    state = "saturated" if first.shares_fate else "within"
    cause = (first.worst.activity or "triggers") if first.worst else ""
    parts = [
        tag("text", cause, x=10, y=middle + 4),
        _line(120, middle, _PLACE_X - 12, middle, state) if cause else join(),
        tag("rect", x=_PLACE_X - 10, y=top + 4, width=12, height=bottom - top - 8, class_=state, rx=2),
        tag("text", first.place, x=_PLACE_X - 16, y=top - 2, class_="strong"),
    ]
    for i, one in enumerate(dependences):
        y = top + (i + 0.5) * (bottom - top) / len(dependences)
        parts += [
            _line(_PLACE_X + 4, middle, _TOOL_X - 8, y, state),
            tag("text", f"{one.title} ({one.role})", x=_TOOL_X, y=y + 4),
        ]
    return join(*parts)


def _line(x1: float, y1: float, x2: float, y2: float, state: str) -> Html:
    return tag("line", x1=x1, y1=f"{y1:.0f}", x2=x2, y2=f"{y2:.0f}", class_=state)
