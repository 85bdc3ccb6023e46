"""How does an audit look in a terminal? By place: what strains it, and who stands on it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence

from tidegate.evaluate.judging.audit import Audit, Dependence, Strain
from tidegate.evaluate.judging.loops import AS_BELIEVED, Loop
from tidegate.present.layout import BOLD, Page, columns_count, pad
from tidegate.present.loop_text import add_loops, title_text
from tidegate.present.quantities import NO_BREAK, count_text, percent_text

FORMAT_VERSION = 1


def audit_json(audit: Audit) -> str:
    """Return the audit as one JSON document."""
    dependences = [dataclasses.asdict(one) | {"shares_fate": one.shares_fate} for one in audit.dependences]
    document = {
        "format": FORMAT_VERSION,
        "world": audit.world,
        "shares_fate": audit.shares_fate,
        "dependences": dependences,
        "independent": audit.independent,
        "cycles": [_loop_json(one) for one in audit.loops.loops],
        "cycles_cut": audit.loops.is_cut,
    }
    return json.dumps(document, indent=2) + "\n"


def _loop_json(loop: Loop) -> dict[str, object]:
    """Return one feedback cycle; no part of it is infinite."""
    cycle = dataclasses.asdict(loop.cycle) | {"feeds_itself": loop.cycle.feeds_itself}
    return (
        {"title": title_text(loop.cycle)}
        | cycle
        | {
            "activity": loop.activity,
            "case": loop.case,
            "breaks": [dataclasses.asdict(one) for one in loop.breaks],
            "worst_gain": loop.worst_gain,
            "worst_activity": loop.worst_activity,
            "worst_case": loop.worst_case,
        }
    )


def audit_text(audit: Audit, *, width: int = 80, colour: bool = False, unicode: bool = True) -> str:
    """Return the audit as a terminal shows it, ending in a line break."""
    page = Page(width=max(width, 30), colour=colour, unicode=unicode)
    page.paragraph(f"{audit.world} · what people work with, and what it stands on", indent="")
    page.add()
    page.paragraph(answer_text(audit), style=BOLD)
    page.add()
    for place in by_place(audit, shared=True):
        _add_place(page, place)
    rest = list(by_place(audit, shared=False))
    if rest:
        page.paragraph("Within limits, as far as the estimate goes:")
        page.add()
        for place in rest:
            _add_place(page, place)
    if audit.independent:
        page.paragraph(f"Passes no place that this world describes: {', '.join(audit.independent)}.")
        page.add()
    if audit.shares_fate:
        page.paragraph(ADVICE)
        page.add()
    add_loops(page, audit.loops)
    return page.text().rstrip("\n") + "\n"


ADVICE = (
    "What reports on an event must not pass the place that the event fills. Move it, give it a way of its "
    "own, or agree beforehand how to work without it."
)


def answer_text(audit: Audit) -> str:
    """Return the answer in one sentence."""
    tooling = {one.tooling for one in audit.dependences}
    count = len(tooling) + len(audit.independent)
    lost = len({one.tooling for one in audit.dependences if one.shares_fate})
    if count == 0:
        return "This world describes no tooling. Add what you watch, deploy and inform with to `tooling`."
    if lost == 0:
        none = (
            "The one piece of tooling does not go"
            if count == 1
            else f"None of {count} pieces of tooling goes"
        )
        return f"{none} down with a place that an activity can fill."
    if lost == 1:
        one = "the one piece" if count == 1 else f"1 of {count} pieces"
        return f"SHARED FATE: {one} of tooling goes down with what it reports on."
    return f"SHARED FATE: {lost} of {count} pieces of tooling go down with what they report on."


def by_place(audit: Audit, *, shared: bool) -> Iterator[tuple[Dependence, ...]]:
    """Yield the dependences on each place, the place under the most strain first."""
    wanted = [one for one in audit.dependences if one.shares_fate is shared]
    for place in dict.fromkeys((one.place_kind, one.place) for one in wanted):
        yield tuple(one for one in wanted if (one.place_kind, one.place) == place)


def _add_place(page: Page, dependences: Sequence[Dependence]) -> None:
    first = dependences[0]
    page.paragraph(f"{first.place_kind} {first.place}: {strain_text(first.worst)}", indent="  ")
    roles = max(columns_count(one.role) for one in dependences)
    for i, one in enumerate(dependences):
        last = i == len(dependences) - 1
        branch = ("└─ " if last else "├─ ") if page.unicode else "- "
        page.paragraph(
            f"{one.title}, {way_text(one)}", indent="    ", hang=f"{branch}{pad(one.role, roles)}  "
        )
    page.add()


def strain_text(strain: Strain | None) -> str:
    """Return what strains a place, as a clause."""
    if strain is None:
        return "nothing happens in this world"
    cause = strain.activity or "what this world's triggers do"
    when = "" if strain.case == AS_BELIEVED else f" if {strain.case}"
    if strain.limit:
        return f"with {cause}, {strain.limit}{when}"
    if strain.saturates:
        return f"{cause} asks for {count_text(strain.pressure_ratio)}{NO_BREAK}times what it can take{when}"
    return f"{cause} asks for {percent_text(strain.pressure_ratio)} of what it can take{when}"


def way_text(one: Dependence) -> str:
    """Return how the tooling comes to stand on the place."""
    return f"through {' → '.join(one.via)}" if one.via else "its own traffic"
