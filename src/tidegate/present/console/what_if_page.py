"""What does the console show of a plan with other values? An estimate at once, and the exact answer after it.

The estimate is the report's own, in the browser. Without a script the values are chosen from lists, and the
page loads itself anew until the answer is there. The address holds the values, so that it can be kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tidegate.evaluate.judging.verdict import Verdict
from tidegate.evaluate.searching.what_if import Slider, WhatIf
from tidegate.present.console.exact_part import Exact, exact_part
from tidegate.present.console.frame import (
    ESTIMATE_SCRIPT_PATH,
    EXACT_SCRIPT_PATH,
    WHAT_IF,
    Reader,
    choice,
    console_page,
    section,
)
from tidegate.present.report.markup import Html, join, prose, tag
from tidegate.present.report.what_if import data_element, label_of, what_if_parts
from tidegate.present.sentence import capitalised
from tidegate.present.verdict.answer import answer_of
from tidegate.present.verdict.said import Asked

EXACT = f"{WHAT_IF}/exact"
_AGAIN_S = 3


def what_if_page(
    reader: Reader,
    asked: WhatIf | None,
    *,
    activities: Sequence[str],
    activity: str,
    chosen: Mapping[str, int],
    unknown: Sequence[str],
    exact: Exact,
    command: str,
) -> str:
    """Return the page.

    Parameters
    ----------
    reader
        For whom.
    asked
        What may be moved in the plan; None where nothing of it can be laid out.
    activities, activity
        All of the world, and the one that is asked; empty for the triggers alone.
    chosen
        The place of each slider's value.
    unknown
        What the address asks for and nothing has, as sentences.
    exact
        What is known of the exact answer to it.
    command
        How a terminal asks the same plan.
    """
    sliders = asked.sliders if asked is not None else ()
    told = tag(
        "div", exact_part(exact), id="exact", aria_live="polite", data_exact=EXACT, data_activity=activity
    )
    body = [
        tag("h1", "What if"),
        *(tag("p", one, role="alert", class_="wrong") for one in unknown),
        *([_plans(activities, activity)] if len(activities) > 1 else []),
        section("Exact answer", told, note=activity or "its triggers"),
    ]
    if asked is None or not sliders:
        listed = "; ".join(asked.not_followed) if asked is not None else ""
        why = f"Nothing can be moved here: an estimate would leave out what decides ({listed or 'unknown'})."
        return console_page(reader, "What if", *body, tag("p", why), here=WHAT_IF, head=_refresh(exact))
    estimate = tag(
        "section", tag("h2", "Estimate"), *what_if_parts(asked, chosen), id="what-if", class_="estimate"
    )
    chooser = tag("noscript", _chooser(sliders, chosen, activity))
    scripts = [
        tag("script", src=f"/assets/{name}", defer=True) for name in (ESTIMATE_SCRIPT_PATH, EXACT_SCRIPT_PATH)
    ]
    return console_page(
        reader, "What if", *body, chooser, estimate, data_element(asked, command), here=WHAT_IF,
        head=(*_refresh(exact), *scripts),
    )  # fmt: skip


def _refresh(exact: Exact) -> list[Html]:
    again = tag("meta", http_equiv="refresh", content=f"{_AGAIN_S}")
    return [tag("noscript", again)] if exact.again_s else []


def _plans(activities: Sequence[str], activity: str) -> Html:
    listed = choice("Plan", "activity", {one: one for one in activities}, activity)
    return tag(
        "form", listed, tag("button", "Show", type="submit", class_="second"), method="get", action=WHAT_IF
    )


def _chooser(sliders: Sequence[Slider], chosen: Mapping[str, int], activity: str) -> Html:
    fields = [
        choice(
            f"{label_of(one.key)} {one.label}",
            one.key,
            {name_of_stop(one, at): stop.text for at, stop in enumerate(one.stops)},
            name_of_stop(one, chosen[one.key]),
        )
        for one in sliders
    ]
    hidden = tag("input", type="hidden", name="activity", value=activity)
    return tag(
        "form", hidden, *fields, tag("button", "Work it out", type="submit"), method="get", action=WHAT_IF
    )


def name_of_stop(slider: Slider, at: int) -> str:
    """Return what an address calls a value: its text, with its place where another has the same."""
    text = slider.stops[at].text
    return text if sum(one.text == text for one in slider.stops) == 1 else f"{text} #{at}"


def place_of(slider: Slider, name: str) -> int | None:
    """Return the place of a value by that name; None where there is none."""
    return next((at for at in range(len(slider.stops)) if name_of_stop(slider, at) == name), None)


def answered_part(verdict: Verdict, world: str) -> Html:
    """Return the answer of whole runs, in the words of every other place."""
    answer = answer_of(verdict, Asked(world=world, names_activity=bool(verdict.activity)))
    rows = [
        join(tag("dt", label), tag("dd", *(tag("p", prose(said)) for said in part.must)))
        for label, part in answer.parts.items()
        if part.must
    ]
    return join(
        tag("p", tag("strong", answer.word), f"  {capitalised(answer.remedy)}", class_="verdict"),
        *([tag("p", answer.loud, class_="wrong")] if answer.loud else []),
        tag("dl", *(tag("div", row) for row in rows), class_="told"),
    )
