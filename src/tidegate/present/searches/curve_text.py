"""What does a curve read like? A line for each point: where, how far it may go, and how surely."""

from __future__ import annotations

from tidegate.evaluate.searching.curve import Curve, Limit
from tidegate.present.labelled import labelled_text
from tidegate.present.verdict.counts import at_most_text, share_clause


def curve_text(
    title: str, curve: Curve, *, width: int = 80, colour: bool = False, unicode: bool = True
) -> str:
    """Return a curve as a terminal shows it, ending in a line break."""
    safe = [limit.safe_count for limit in curve.limits]
    proven = [count for count in safe if count is not None]
    if len(proven) < len(safe):
        head = ("NOT SHOWN", f"from {len(safe) - len(proven)} of {len(safe)} no size was proven safe")
    else:
        low, high = min(proven), max(proven)
        between = f"{low:,}" if low == high else f"{low:,} to {high:,}"
        head = (f"AT MOST {between}", f"instances, {_from_where(curve)}")
    why = [f"- {_place(curve, limit)}: {_limit(limit)}" for limit in curve.limits]
    footer = [
        f"{sum(limit.runs_count for limit in curve.limits):,} whole runs",
        f"accepted: {share_clause(curve.acceptable_ratio)} that does not recover",
    ]
    return labelled_text(
        title, [head], {"why": why}, footer=footer, width=width, colour=colour, unicode=unicode
    )


def _from_where(curve: Curve) -> str:
    places = [_place(curve, limit) for limit in curve.limits]
    return places[0] if len(places) == 1 else f"{places[0]} to {places[-1].removeprefix('from ')}"


def _place(curve: Curve, limit: Limit) -> str:
    return f"{limit.at:g} times today's load" if curve.over == "load" else f"from {limit.at:g}"


def _limit(limit: Limit) -> str:
    if limit.safe_count is None or limit.collapse_high_ratio is None:
        return "no size was proven safe"
    most = at_most_text(limit.collapse_high_ratio)
    return f"safe up to {limit.safe_count:,}: {most} would not recover there"
