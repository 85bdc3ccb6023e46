"""How is an outage opened by hand? What is broken, what it comes from, what is hit, since when."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.present.console.fields import Fields
from tidegate.present.console.frame import CONSOLE, Reader, more
from tidegate.present.record.outage_text import STATUS_WORDS
from tidegate.present.report.markup import Html, tag
from tidegate.present.site.escaped import line
from tidegate.track.component import Status

SHOWN_COMPONENTS = 8
_HITS = (Status.MAJOR, Status.PARTIAL, Status.DEGRADED, Status.UNKNOWN)


def opening_part(
    reader: Reader, causes: Mapping[str, str], components: Mapping[str, str], *, is_open: bool = False
) -> Html:
    """Return the form, folded.

    Parameters
    ----------
    reader
        For whom.
    causes, components
        What it can come from, and what it can hit: titles by id.
    is_open
        Whether it is shown at once; it is where it was sent and not taken.
    """
    opening = Fields(reader, f"{CONSOLE}/outages")
    left_empty = "Left empty, the cause's own title is taken."
    comes = "What does it come from?"
    way = opening.form(
        opening.entry("What is broken, in a few words?", "title", hint=left_empty),
        opening.choice(comes, "cause", {"": "not known", **causes})
        if causes
        else opening.entry(comes, "cause"),
        _picker(opening, components),
        opening.moment("Since when?", "at", hint=f"Now if left out; in {reader.zone}."),
        opening.tick("It is an exercise", "exercise"),
        button="Open it",
    )
    return more("Open an outage", way, is_open=is_open or opening.is_back)


def _picker(opening: Fields, components: Mapping[str, str]) -> Html:
    """Return a choice of status for each component: nothing has to be known by its id."""
    if not components:
        way = tag("a", "Choose some", href=f"{CONSOLE}/components")
        return tag("p", "No component is declared. ", way, " to say which ones are hit.", class_="quiet")
    statuses = {"": "not hit, as far as we know"}
    statuses |= {one.value: STATUS_WORDS[one] for one in _HITS}
    rows = [opening.choice(line(title), f"status-{name}", statuses) for name, title in components.items()]
    picks = tag("div", *rows, class_="pair")
    is_picked = any(opening.value(f"status-{name}") for name in components)
    few = len(rows) <= SHOWN_COMPONENTS
    return picks if few else more(f"Which of {len(rows)} components?", picks, is_open=is_picked)
