"""How do feedback cycles read? Each with its steps, its gain as a sum, where it turns, what breaks it."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.evaluate.arithmetic.feedback.breaking import Break
from tidegate.evaluate.arithmetic.feedback.cycle import Cycle
from tidegate.evaluate.judging.loops import AS_BELIEVED, Loop, Loops
from tidegate.present.layout import BOLD, DIM, Page
from tidegate.present.quantities import duration_text, percent_text
from tidegate.present.sentence import capitalised, ended

MOST_SHOWN = 5
_WITH = {
    "retries": "retries",
    "reconnections": "connections that are opened anew",
    "deferred work": "work that is put off",
    "look-ups": "look-ups of names",
    "cold cache": "a cache that stays cold",
    "health checks": "health checks",
    "starts": "instances that start",
    "dead flows": "flows that nobody waits for",
    "herd": "a herd that comes back together",
    "ages": "connections that become old together",
    "scaling": "instances that go and take connections along",
    "memory": "instances that are killed for what they use",
    "turns": "turns of those who have given up",
}


def gain_text(gain: float) -> str:
    """Return a gain with the figures that matter: ``5.0``, ``0.53``, ``170``."""
    return f"{gain:.0f}" if gain >= 20.0 else f"{gain:.1f}" if gain >= 1.0 else f"{gain:.2f}"


def title_text(cycle: Cycle) -> str:
    """Return what a cycle is, and where: ``retries ↔ crossing nat``."""
    at = [place.title if place.kind == "limit" else f"{place.kind} {place.name}" for place in cycle.places]
    at = at or [f"crossing {name}" for name in cycle.named("crossings")][:1]
    return f"{_WITH.get(cycle.mechanism, cycle.mechanism)} ↔ {', '.join(at)}"


def answer_text(loops: Loops) -> str:
    """Return how many cycles there are in one sentence."""
    count, feeding = len(loops.loops), loops.feeding_count
    if count == 0:
        return "No feedback cycle: nothing that trouble sets off makes the trouble worse."
    said = "1 feedback cycle" if count == 1 else f"{count} feedback cycles"
    if feeding == 0:
        return f"{said}, none of which can feed itself."
    those = "it can feed itself" if count == 1 else f"{feeding} of them can feed themselves"
    those = "1 of them can feed itself" if feeding == 1 < count else those
    return f"{said}; {those} once something has set it off."


def turns_text(cycle: Cycle) -> str:
    """Return from which load and delay on a cycle turns, as a sentence; empty where neither says anything."""
    said = []
    if cycle.turns_ratio is not None and cycle.usual_ratio is not None:
        said.append(
            f"from {percent_text(cycle.turns_ratio)} of what the place can do "
            f"(an ordinary day asks for {percent_text(cycle.usual_ratio)})"
        )
    if cycle.timeout_s is not None:
        said.append(f"once an answer takes longer than {duration_text(cycle.timeout_s)}")
    return f"It turns {', '.join(said)}." if said else ""


def sum_text(cycle: Cycle) -> str:
    """Return the sum that a cycle's gain is."""
    return f"Gain: {cycle.formula} = {gain_text(cycle.gain)}."


def break_text(one: Break) -> str:
    """Return a setting that breaks a cycle: ``services.api.queue: at most 25``."""
    paths = one.paths[0] if len(one.paths) == 1 else f"{one.paths[0]} and {len(one.paths) - 1} more"
    left = "" if one.gain == 0.0 else f" (leaves {gain_text(one.gain)})"
    return f"{paths}: {one.says}{left}"


def strength_text(loop: Loop) -> str:
    """Return how strong a cycle is, with what, and how strong at most: ``gain 1.1, and 7.6 if …``."""
    said = f"gain {gain_text(loop.cycle.gain)}{_where(loop.activity, loop.case)}"
    if loop.worst_gain > loop.cycle.gain:
        return f"{said}, and {gain_text(loop.worst_gain)}{_where(loop.worst_activity, loop.worst_case)}"
    return said


def _where(activity: str, case: str) -> str:
    """Return with what a cycle is so strong; empty where it always is."""
    return (f" with {activity}" if activity else "") + (f" if {case}" if case != AS_BELIEVED else "")


def add_loops(page: Page, loops: Loops) -> None:
    """Add the feedback cycles of a world to a page."""
    page.paragraph(answer_text(loops), style=BOLD)
    page.add()
    feeding = [one for one in loops.loops if one.cycle.feeds_itself]
    for i, loop in enumerate(feeding[:MOST_SHOWN], start=1):
        _add_loop(page, i, loop)
    if len(feeding) > MOST_SHOWN:
        page.paragraph(f"{len(feeding) - MOST_SHOWN} more can feed themselves; --format json has all.")
        page.add()
    held = [one for one in loops.loops if not one.cycle.feeds_itself]
    if held:
        page.paragraph("Cannot feed themselves, as it stands:")
        for loop in held[:MOST_SHOWN]:
            page.paragraph(held_text(loop), indent="    ", hang="· ")
        if len(held) > MOST_SHOWN:
            page.paragraph(f"and {len(held) - MOST_SHOWN} more", indent="    ", hang="· ")
        page.add()
    if loops.is_cut:
        page.paragraph("There are more cycles than were looked for.")
        page.add()


def held_text(loop: Loop) -> str:
    """Return a cycle that cannot feed itself, in a line."""
    return f"{title_text(loop.cycle)}, {strength_text(loop)}"


def _add_loop(page: Page, number: int, loop: Loop) -> None:
    head = f"{title_text(loop.cycle)}: {strength_text(loop)}"
    page.paragraph(head, indent="  ", hang=f"{number}. ", style=BOLD)
    for text in lines(loop):
        page.paragraph(text, indent="     ")
    for text in broken_lines(loop):
        page.paragraph(text, indent="     ", style=DIM)
    page.add()


def lines(loop: Loop) -> Iterator[str]:
    """Yield the steps of a cycle, the sum of its gain, and from where on it turns."""
    arrow = "→ "
    for i, step in enumerate(loop.cycle.steps):
        yield f"{arrow}{step}" if i else capitalised(step)
    yield sum_text(loop.cycle)
    turns = turns_text(loop.cycle)
    if turns:
        yield turns


def broken_lines(loop: Loop) -> Iterator[str]:
    """Yield what would break a cycle."""
    if not loop.breaks:
        yield "No single setting of its parts breaks it."
        return
    yield "What breaks it:"
    for one in loop.breaks:
        yield f"· {break_text(one)}"


def fed_text(cycle: Cycle) -> str:
    """Return what feeds a collapse, as one sentence."""
    return ended(
        f"what feeds it: {title_text(cycle)}, gain {gain_text(cycle.gain)} by arithmetic ({cycle.formula})"
    )
