"""What does a curve read like? A line for each point: where, how far it may go, and how surely."""

from __future__ import annotations

from tidegate.evaluate.searching.curve import Curve, Limit
from tidegate.present.layout import Page
from tidegate.present.quantities import percent_text


def curve_text(title: str, curve: Curve, *, width: int = 80, unicode: bool = True) -> str:
    """Return a curve as a terminal shows it, ending in a line break."""
    page = Page(width=width, colour=False, unicode=unicode)
    page.paragraph(title, indent="")
    page.add()
    for limit in curve.limits:
        place = f"{limit.at:g} times today's load" if curve.over == "load" else f"from {limit.at:g}"
        page.paragraph(f"{place}: {_limit(limit)}")
    page.add()
    page.paragraph(
        f"Proven by whole runs, {sum(limit.runs_count for limit in curve.limits):,} in all; "
        f"{percent_text(curve.acceptable_ratio)} is acceptable."
    )
    return page.text()


def _limit(limit: Limit) -> str:
    if limit.safe_count is None or limit.collapse_high_ratio is None:
        return "no size was proven safe."
    return f"safe up to {limit.safe_count:,} (P(collapse) below {percent_text(limit.collapse_high_ratio)})."
