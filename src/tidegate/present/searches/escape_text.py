"""How does a way out read? The load below which it heals, what to do first, what that costs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace

from tidegate.evaluate.reading.action_effects import Done
from tidegate.evaluate.searching.actions import Action
from tidegate.evaluate.searching.escape import Drain, Escape, Tried
from tidegate.present.layout import BOLD, Page
from tidegate.present.quantities import (
    NO_BREAK,
    after_text,
    count_text,
    duration_text,
    percent_text,
)
from tidegate.present.verdict.counts import bound_text, of_runs, world_clause

FORMAT_VERSION = 1


def escape_json(escape: Escape, done: tuple[Done, ...]) -> str:
    """Return the ways out as one JSON document."""
    document = {
        "format": FORMAT_VERSION,
        "escape": asdict(escape),
        "done": [asdict(one) for one in done],
    }
    return json.dumps(document, indent=2) + "\n"


def escape_text(
    escape: Escape, done: tuple[Done, ...], *, width: int = 80, colour: bool = False, unicode: bool = True
) -> str:
    """Return the ways out as a terminal shows them, ending in a line break."""
    page = Page(width=max(width, 40), colour=colour, unicode=unicode)
    title = f"{escape.world} · {escape.activity or 'the triggers'} · the way out, {_case(escape)}"
    page.paragraph(title, indent="")
    page.add()
    page.paragraph(answer_text(escape), style=BOLD)
    page.add()
    page.paragraph(edge_text(escape))
    if escape.drains:
        page.paragraph(drains_text(escape.drains))
    page.add()
    page.paragraph("Tried one at a time, those that heal most surely first, then the least harm:")
    page.add()
    for i, tried in enumerate(escape.tried, start=1):
        page.paragraph(f"{action_text(tried.action)}.", indent="    ", hang=f"{i}. ", style=BOLD)
        page.paragraph(outcome_text(tried), indent="       ")
    if done:
        page.add()
        page.paragraph("What the operators did, in one run:")
        page.add()
        for one in done:
            page.paragraph(done_text(one), indent="    ", hang="· ")
    return page.text()


def _case(escape: Escape) -> str:
    return world_clause(escape.case)


def answer_text(escape: Escape) -> str:
    """Return what to do, in one or two sentences."""
    way = escape.way_out
    place = " and ".join(escape.locked) or "it"
    if way is None:
        return f"{place} locks up, and none of the actions tried brought service back in every run."
    healing = f" Service is normal after {duration_text(way.healing_s)}." if way.healing_s is not None else ""
    return f"{place} locks up. First: {action_text(way.action)}.{healing}"


def edge_text(escape: Escape) -> str:
    """Return the load below which it heals by itself."""
    middle, least = escape.edge.at(0.5), escape.edge.at(0.01)
    if middle.value is None:
        if escape.edge.below_count:
            return (
                "It heals by itself at none of the loads tried, down to 2 % of the usual, within "
                f"{duration_text(escape.watched_s)}."
            )
        return "Once it has happened, it heals by itself at the usual load in most runs."
    safe = (
        ""
        if least.value is None
        else f"; below {percent_text(max(least.value, 0.0))} it does in 99 of 100 runs"
    )
    low, high = percent_text(middle.low or 0.0), percent_text(middle.high or 0.0)
    between = "" if safe or low == high else f" (95 % sure: {low} to {high})"
    return (
        f"Left alone it heals by itself only below {percent_text(middle.value)} of the usual load"
        f"{between}{safe}.{_law_text(escape.law_ratio)}"
    )


def _law_text(ratio: float | None) -> str:
    """Return what arithmetic says of it, where it is plain."""
    if ratio is None:
        return ""
    return f" What it serves over the tries of each request, by arithmetic: {percent_text(ratio)}."


def drains_text(drains: Sequence[Drain]) -> str:
    """Return how long the drain takes at each load."""
    said = [
        f"{percent_text(one.load_ratio)} {duration_text(one.healing_s)}"
        if one.healing_s is not None
        else f"{percent_text(one.load_ratio)} not while it was watched"
        for one in drains
    ]
    return f"How long that takes at a share of the usual load: {'; '.join(said)}."


def action_text(action: Action) -> str:
    """Return one action as an instruction."""
    if action.kind == "shed":
        times = [at_s for at_s, _ in action.steps]
        return (
            f"shed load to {percent_text(action.value)} of the usual for {duration_text(times[1])}, then let "
            f"it back in {len(times) - 1} steps over {duration_text(times[-1] - times[1])}"
        )
    said = {
        "admission": f"let only {count_text(action.value)} new flows/s into each device of {action.place}, "
        "and drop the rest silently",
        "queue": f"cut the queue of {action.place} to {count_text(action.value)} packets",
        "devices": f"raise {action.place} to {count_text(action.value)} devices",
        "restart": f"stop {action.place} for {duration_text(action.value)}, so that its queue is gone",
    }
    return said[action.kind]


def outcome_text(tried: Tried) -> str:
    """Return what came of one action."""
    one = tried.heals
    fails = replace(one, value=1.0 - one.value, low=1.0 - one.high, high=1.0 - one.low)
    heals = f"Heals in {of_runs(one)} runs ({bound_text(fails)})"
    if tried.healing_s is not None:
        heals += f", after {duration_text(tried.healing_s)}"
    surge = f"{count_text(tried.second_surge_ratio)}{NO_BREAK}times"
    return (
        f"{heals}. {count_text(tried.refused_count)} requests fewer than usual are served meanwhile; "
        f"{count_text(tried.backlog_count)} were waiting when it began. Afterwards clients offer up to "
        f"{surge} the usual new flows (the second surge)."
    )


def done_text(done: Done) -> str:
    """Return what one action of the operators brought."""
    return (
        f"{after_text(done.since_s)} {done.title}: served {percent_text(done.before_ratio)} of the usual "
        f"before, {percent_text(done.after_ratio)} after."
    )
