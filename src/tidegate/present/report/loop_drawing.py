"""How are feedback cycles drawn? As steps round which a line goes back to the first; words carry it all."""

from __future__ import annotations

from tidegate.evaluate.arithmetic.feedback.cycle import Cycle
from tidegate.evaluate.judging.loops import Loop, Loops
from tidegate.present.loop_text import (
    MOST_SHOWN,
    answer_text,
    break_text,
    held_text,
    strength_text,
    sum_text,
    title_text,
    turns_text,
)
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.sentence import capitalised

MARK = "↻"


def loops_section(loops: Loops) -> Html:
    """Return all cycles of a world as one section."""
    feeding = [one for one in loops.loops if one.cycle.feeds_itself]
    held = [one for one in loops.loops if not one.cycle.feeds_itself]
    parts = [tag("p", answer_text(loops))]
    parts += [_loop(one) for one in feeding[:MOST_SHOWN]]
    if len(feeding) > MOST_SHOWN:
        parts.append(tag("p", f"{len(feeding) - MOST_SHOWN} more can feed themselves.", class_="quiet"))
    if held:
        parts.append(tag("h3", "Cannot feed themselves, as it stands"))
        parts.append(tag("ul", *(tag("li", held_text(one)) for one in held)))
    return tag(
        "section",
        tag("h2", "What could keep itself going", id="cycles-title"),
        *parts,
        id="cycles",
        aria_labelledby="cycles-title",
    )


def ring(cycle: Cycle) -> Html:
    """Return the steps of a cycle, with the sum of its gain and from where on it turns."""
    steps = [tag("li", capitalised(step)) for step in cycle.steps]
    return join(
        tag("ol", *steps, class_="ring"),
        tag("p", f"{MARK} and so on. {sum_text(cycle)}"),
        tag("p", turns_text(cycle), class_="quiet") if turns_text(cycle) else join(),
    )


def _loop(loop: Loop) -> Html:
    breaks = [tag("li", break_text(one)) for one in loop.breaks]
    return join(
        tag("h3", f"{capitalised(title_text(loop.cycle))}: {strength_text(loop)}"),
        ring(loop.cycle),
        tag("p", "What breaks it:" if breaks else "No single setting of its parts breaks it."),
        tag("ul", *breaks) if breaks else join(),
    )
