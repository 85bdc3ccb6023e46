"""What does a ramp read like? How to run it first, then what proves it, or what stands in the way."""

from __future__ import annotations

import dataclasses
import json

from tidegate.evaluate.ramp import Need, Ramp, RampAnswer
from tidegate.present.layout import plain, wrap
from tidegate.present.quantities import NO_BREAK, after_text, duration_text, percent_text, probability_text
from tidegate.world.file.quantity import format_quantity

FORMAT_VERSION = 1
_STEPS_SHOWN = 12


def ramp_text(title: str, answer: RampAnswer, *, width: int = 80, unicode: bool = True) -> str:
    """Return the answer as a terminal shows it, ending in a line break."""
    lines = [*wrap(plain(title, unicode=unicode), width), ""]

    def paragraph(text: str, indent: str = "  ") -> None:
        room = width - len(indent)
        lines.extend(indent + line for line in wrap(plain(text, unicode=unicode), room))

    if answer.ramp is None:
        paragraph(f"NO SAFE RAMP within {duration_text(answer.bounds.within_s)}.")
        lines.append("")
        for need in answer.needs:
            paragraph(f"- {need_text(need, answer.margin_ratio)}")
    else:
        paragraph(how_text(answer.ramp, answer.planned_s))
        lines.append("")
        shown = answer.ramp.steps[:_STEPS_SHOWN]
        if len(shown) > 1:
            for at_s, count in shown:
                paragraph(f"{after_text(at_s)}: {count:,} instances", "    ")
            if len(answer.ramp.steps) > len(shown):
                paragraph(f"… and so on, {len(answer.ramp.steps)} batches in all", "    ")
            lines.append("")
        for sentence in proof_texts(answer.ramp, answer.margin_ratio):
            paragraph(sentence)
    lines.append("")
    paragraph(f"{answer.screened_count:,} fluid runs · {answer.runs_count:,} exact runs")
    return "\n".join(lines).replace(NO_BREAK, " ") + "\n"


def how_text(ramp: Ramp, planned_s: float) -> str:
    """Return how to run the activity, as sentences."""
    pace = ramp.pace
    total = duration_text(pace.total_s)
    if pace.total_s <= max(planned_s, 1.0):
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
    said.append(f"Proven by {proof.runs_count:,} runs of its own (seed {proof.seed}).")
    return tuple(said)


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


def ramp_json(answer: RampAnswer) -> str:
    """Return the answer as one JSON document; `ramp.steps` is the schedule."""
    return json.dumps({"format": FORMAT_VERSION, **dataclasses.asdict(answer)}, indent=2) + "\n"
