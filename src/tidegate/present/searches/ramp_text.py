"""What does a ramp read like? How to run it first, then what proves it, or what stands in the way."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from tidegate.evaluate.searching.ramp import Need, Ramp, RampAnswer
from tidegate.present.labelled import labelled_text
from tidegate.present.quantities import after_text, duration_text, moment_text, percent_text
from tidegate.present.sentence import capitalised
from tidegate.present.verdict.counts import probability_clause, world_clause
from tidegate.world.file.called import called
from tidegate.world.file.quantity import format_quantity

FORMAT_VERSION = 1
_STEPS_SHOWN = 12


def ramp_text(
    title: str,
    answer: RampAnswer,
    *,
    start: datetime | None = None,
    exceeded: Sequence[str] = (),
    width: int = 80,
    colour: bool = False,
    unicode: bool = True,
) -> str:
    """Return the answer as a terminal shows it, ending in a line break.

    Parameters
    ----------
    title, answer
        What was asked, and what was found.
    start
        When it begins; None where that was not said.
    exceeded
        The limits that it exceeds by arithmetic, as clauses: no pace changes them.
    width, colour, unicode
        Of the terminal.
    """
    ramp = answer.ramp
    if ramp is None:
        within = duration_text(answer.bounds.within_s)
        head = ("NO SAFE PACE", f"was found within {within}; planned: {_planned(answer)}")
        counted = [f"No pace helps: {exceeded[0]}. This is a count, not a forecast."] if exceeded else []
        needs = [need_text(need, answer.margin_ratio) for need in answer.needs]
        other = "No belief, no single number and no smaller size was found that makes one safe."
        parts = {"why": [*counted, *needs] or [other], "do": []}
    else:
        head = how_text(ramp, _planned(answer))
        parts = {
            "do": [*steps_texts(ramp), *([window_text(ramp, start)] if start is not None else [])],
            "sure": list(proof_texts(ramp, answer.margin_ratio)),
        }
    if answer.at_once_count is not None:
        parts["do"].append(in_turn_text(answer.at_once_count))
    footer = [f"{answer.screened_count:,} fluid runs", f"{answer.runs_count:,} exact runs"]
    if ramp is not None:
        footer.append(f"seed {ramp.proof.seed}")
    return labelled_text(title, [head], parts, footer=footer, width=width, colour=colour, unicode=unicode)


def _planned(answer: RampAnswer) -> str:
    """Return how long it takes as planned."""
    return duration_text(answer.planned_s) if answer.planned_s > 0.0 else "at once"


def steps_texts(ramp: Ramp) -> Iterator[str]:
    """Yield what is to be done when, of many batches the first."""
    if ramp.pace.spread_s is not None and not ramp.is_plan:
        each = " in each batch" if ramp.pace.batches_count > 1 else ""
        yield f"Spread the clients' connecting{each} over {duration_text(ramp.pace.spread_s)}."
    if len(ramp.steps) < 2:
        return
    for at_s, count in ramp.steps[:_STEPS_SHOWN]:
        yield f"- {after_text(at_s)}: {count:,} {ramp.counted}"
    if len(ramp.steps) > _STEPS_SHOWN:
        yield f"- … and so on, {len(ramp.steps)} batches in all (--format json has each)"


def window_text(ramp: Ramp, start: datetime) -> str:
    """Return when a ramp that begins at `start` is over, as a sentence."""
    end = start + timedelta(seconds=ramp.pace.total_s)
    return f"Begun at {moment_text(start)}, it is over at {moment_text(end)}."


def how_text(ramp: Ramp, planned: str) -> tuple[str, str]:
    """Return the word that answers, and from what to what."""
    pace = ramp.pace
    if ramp.is_plan:
        return "AS PLANNED", f"{planned} is slow enough"
    said = f"over {duration_text(pace.total_s)} instead of {planned}"
    if pace.batches_count > 1:
        said += f", in {pace.batches_count} batches, one every {duration_text(pace.pause_s)}"
    return "SLOW DOWN", said


def proof_texts(ramp: Ramp, margin_ratio: float) -> tuple[str, ...]:
    """Return what proves a ramp, as sentences."""
    proof = ramp.proof
    said = [
        f"{capitalised(world_clause(title))}, {probability_clause(one)}."
        for title, one in proof.cases.items()
    ]
    if proof.variants_count:
        said.append(
            f"It also holds with each assumed number {percent_text(margin_ratio)} less and more, one at "
            f"a time ({proof.variants_count} worlds)."
        )
    if ramp.thin:
        margin = percent_text(margin_ratio)
        said.append(
            f"It holds at the numbers given and over their ranges, but leaves no {margin} to spare in "
            f"{', '.join(map(called, ramp.thin))}."
        )
    said.append(f"Proven by {proof.runs_count:,} runs that the search has not seen.")
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
        return (
            f"It would be safe, with {margin} to spare in every number, up to {needed} ({need.path}); "
            f"planned: {now}."
        )
    least = "at least" if need.needed > need.now else "at most"
    return (
        f"{capitalised(called(need.path))} would have to be {least} {needed} to leave {margin} to spare; "
        f"now: {now} ({need.path})."
    )


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
