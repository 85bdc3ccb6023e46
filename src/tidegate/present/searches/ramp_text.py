"""What does a ramp read like? How to run it first, then what proves it, or what stands in the way."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime, timedelta

from tidegate.evaluate.searching.ramp import Need, Ramp, RampAnswer
from tidegate.present.layout import BOLD, DIM, Page
from tidegate.present.quantities import (
    after_text,
    duration_text,
    moment_text,
    percent_text,
    probability_text,
)
from tidegate.world.file.quantity import format_quantity

FORMAT_VERSION = 1
_STEPS_SHOWN = 12


def ramp_text(
    title: str,
    answer: RampAnswer,
    *,
    start: datetime | None = None,
    width: int = 80,
    colour: bool = False,
    unicode: bool = True,
) -> str:
    """Return the answer as a terminal shows it, ending in a line break; `start` is when it begins."""
    page = Page(width=width, colour=colour, unicode=unicode)
    page.paragraph(title, indent="")
    page.add()
    if answer.ramp is None:
        page.paragraph(f"NO SAFE RAMP within {duration_text(answer.bounds.within_s)}.", style=BOLD)
        page.add()
        for need in answer.needs:
            page.paragraph(need_text(need, answer.margin_ratio), hang="- ")
    else:
        page.paragraph(how_text(answer.ramp, answer.planned_s), style=BOLD)
        if start is not None:
            page.paragraph(window_text(answer.ramp, start))
        page.add()
        _add_steps(page, answer.ramp)
        for sentence in proof_texts(answer.ramp, answer.margin_ratio):
            page.paragraph(sentence)
    if answer.at_once_count is not None:
        page.paragraph(in_turn_text(answer.at_once_count))
    page.add()
    page.paragraph(f"{answer.screened_count:,} fluid runs · {answer.runs_count:,} exact runs", style=DIM)
    return page.text()


def _add_steps(page: Page, ramp: Ramp) -> None:
    if len(ramp.steps) < 2:
        return
    shown = ramp.steps[:_STEPS_SHOWN]
    for at_s, count in shown:
        page.paragraph(f"{after_text(at_s)}: {count:,} {ramp.counted}", indent="    ")
    if len(ramp.steps) > len(shown):
        page.paragraph(f"… and so on, {len(ramp.steps)} batches in all", indent="    ")
    page.add()


def window_text(ramp: Ramp, start: datetime) -> str:
    """Return when a ramp that begins at `start` is over, as a sentence."""
    end = start + timedelta(seconds=ramp.pace.total_s)
    return f"Begun at {moment_text(start)}, it is over at {moment_text(end)}."


def how_text(ramp: Ramp, planned_s: float) -> str:
    """Return how to run the activity, as sentences."""
    pace = ramp.pace
    total = duration_text(pace.total_s)
    if ramp.is_plan:
        return f"AS PLANNED: {duration_text(planned_s)} is slow enough."
    said = [f"SLOW DOWN: take {total} instead of {duration_text(planned_s)}."]
    if pace.batches_count > 1:
        said.append(f"Run it in {pace.batches_count} batches, one every {duration_text(pace.pause_s)}.")
    if pace.spread_s is not None:
        each = " of each batch" if pace.batches_count > 1 else ""
        said.append(f"Spread the clients' connecting{each} over {duration_text(pace.spread_s)}.")
    return " ".join(said)


def proof_texts(ramp: Ramp, margin_ratio: float) -> tuple[str, ...]:
    """Return what proves a ramp, as sentences."""
    proof = ramp.proof
    cases = "; ".join(f"{title} {probability_text(one)}" for title, one in proof.cases.items())
    said = [f"P(collapse): {cases}."]
    if proof.variants_count:
        said.append(
            f"It also held with every assumed number {percent_text(margin_ratio)} less and more, one at a "
            f"time ({proof.variants_count} worlds)."
        )
    if ramp.thin:
        margin = percent_text(margin_ratio)
        said.append(
            f"It holds at the numbers given and over their ranges, but has no {margin} margin in "
            f"{', '.join(ramp.thin)}."
        )
    said.append(f"Proven by {proof.runs_count:,} runs of its own (seed {proof.seed}).")
    return tuple(said)


def in_turn_text(count: int) -> str:
    """Return how to start a few at a time, as a sentence."""
    return (
        f"Or by completion: it also holds as planned with at most {count:,} starting at a time, the next "
        "when one of them is ready (`at_once_most`)."
    )


def need_text(need: Need, margin_ratio: float) -> str:
    """Return what would have to be otherwise, as a sentence."""
    if need.kind == "belief":
        return f"No pace is safe if {need.path}: find out first whether that is so."
    assert need.now is not None
    assert need.needed is not None
    now, needed = (_value(value, need.unit) for value in (need.now, need.needed))
    margin = percent_text(margin_ratio)
    if need.kind == "size":
        return f"It would be safe with {margin} margin up to {needed} ({need.path}, planned {now})."
    least = "at least" if need.needed > need.now else "at most"
    return f"{need.path} would have to be {least} {needed} for {margin} margin; it is {now}."


def _value(value: float, unit: str) -> str:
    if unit == "count":
        return f"{round(value):,}"
    return format_quantity(float(f"{value:.3g}"), unit)


def ramp_json(answer: RampAnswer, start: datetime | None = None) -> str:
    """Return the answer as one JSON document; `ramp.steps` is the schedule.

    With the time at which it begins, `begins` and `ends` say when the schedule runs.
    """
    document: dict[str, object] = {"format": FORMAT_VERSION, **dataclasses.asdict(answer)}
    if start is not None and answer.ramp is not None:
        document["begins"] = start.isoformat()
        document["ends"] = (start + timedelta(seconds=answer.ramp.pace.total_s)).isoformat()
    return json.dumps(document, indent=2) + "\n"
