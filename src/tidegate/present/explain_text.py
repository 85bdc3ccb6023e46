"""How does a chain of causes read? One line a link, indented under what caused it."""

from __future__ import annotations

import dataclasses
import json

from tidegate.evaluate.judging.explain import Explanation, Link
from tidegate.present.layout import BOLD, Page
from tidegate.present.quantities import after_text, count_text, duration_text, percent_text
from tidegate.world.world import World

FORMAT_VERSION = 1
_TIME_COUNT = 10
_MOST_DEPTH = 6


def explain_json(found: Explanation, world: World) -> str:
    """Return the chain as one JSON document, each link with its sentence."""
    document = {"format": FORMAT_VERSION, **dataclasses.asdict(found)}
    document["links"] = [dataclasses.asdict(link) | {"says": link_text(link, world)} for link in found.links]
    return json.dumps(document, indent=2) + "\n"


def explain_text(
    found: Explanation, world: World, *, width: int = 80, colour: bool = False, unicode: bool = True
) -> str:
    """Return the chain as a terminal shows it, ending in a line break."""
    page = Page(width=max(width, 40), colour=colour, unicode=unicode)
    page.paragraph(f"{found.world} · {found.activity or 'the triggers'} · what led to what", indent="")
    page.add()
    page.paragraph(answer_text(found), style=BOLD)
    page.add()
    for i, link in enumerate(found.links):
        depth = _depth(found, i)
        branch = "└ " if unicode else "- "
        since_s = link.at_s - found.disturbed_from_s
        when = after_text(since_s) if since_s >= 0 else f"−{duration_text(-since_s)}"
        hang = f"{when:<{_TIME_COUNT}}{'  ' * depth}{branch if depth else ''}"
        page.paragraph(link_text(link, world), hang=hang)
    return page.text()


def answer_text(found: Explanation) -> str:
    """Return what became of it, in one sentence."""
    if found.trapped:
        return (
            "It did not recover. What began it is over; what clients try again keeps the place full, and "
            "nothing is answered in time."
        )
    if not found.ends_well:
        return "It had not recovered by the end of the run: much of what clients try still fails."
    if any(link.kind == "loss" for link in found.links):
        return "It recovered by itself."
    if any(link.kind == "strain" for link in found.links):
        return "Service stayed normal in the run, but a limit was reached; see below."
    return "Service stayed normal."


def _depth(found: Explanation, index: int) -> int:
    depth, because = 0, found.links[index].because
    while because is not None and depth < _MOST_DEPTH:
        depth, because = depth + 1, found.links[because].because
    return depth


def link_text(link: Link, world: World) -> str:
    """Return one link as a sentence."""
    value, limit = link.value or 0.0, link.limit or 0.0
    name = link.name
    if link.kind == "done":
        return _done_text(link, world)
    if link.kind == "blind":
        tooling = world.tooling[name]
        return f"{tooling.title or name} passes {link.what}: {tooling.role} goes dark."
    said = {
        "offered": f"{name} is asked for {count_text(value)} new flows/s and can carry {count_text(limit)}.",
        "packets": f"{name} gets {count_text(value)} packets/s, as many as it can forward or more.",
        "table": f"the flow table of {name} is full.",
        "ports": f"{name} has no ports left.",
        "delay": f"packets wait {duration_text(value)} in {name}; an exchange passes it four times, so "
        f"answers come after the {duration_text(limit * 4)} that clients wait.",
        "dropped": f"the queue of {name} is full: it drops {count_text(value)} packets/s.",
        "shed": f"{name} turns away {count_text(value)} new flows/s.",
        "busy": f"every worker of {name} is busy.",
        "connections": f"{name} accepts no further connections.",
        "given_up": f"{name} give up {count_text(value)} requests/s.",
        "attempts": f"{name} try again: {count_text(value)} attempts/s, usually {count_text(limit / 1.5)}.",
    }
    if link.kind == "loss" and link.what == "served":
        share = percent_text(value / limit) if limit else "0 %"
        return f"{name} are served at {share} of the usual rate."
    if link.kind == "recovery":
        return f"{name} are served again."
    return said.get(link.what, f"{link.what}.")


def _done_text(link: Link, world: World) -> str:
    if link.what == "activity":
        title = world.activities[link.name].title
        return f"{link.name} begins{f': {title}' if title else ''}."
    title = world.triggers[link.name].title or link.name
    if link.what == "over":
        return f"{title}: over."
    return f"operators: {title}." if link.what == "operator" else f"{title}."
