"""What does headroom read like? The safe limit first, then where it tips and how sharply."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Protocol

from tidegate.evaluate.judging.verdict import Probability
from tidegate.evaluate.searching.headroom import Headroom
from tidegate.experiment.boundary import Quantile
from tidegate.present.layout import plain, wrap
from tidegate.present.quantities import NO_BREAK, percent_text, probability_text

FORMAT_VERSION = 1


class Doubted(Protocol):
    """What takes the headroom away if it is otherwise."""

    @property
    def otherwise(self) -> str:
        """What is then so."""

    @property
    def collapse(self) -> Probability:
        """Probability of collapse as planned, or the share of the ranges that collapses."""

    @property
    def kind(self) -> str:
        """A "belief", or the "ranges" of numbers."""

    @property
    def surely(self) -> bool:
        """Whether it is shown that what is planned does not hold then."""


def headroom_text(
    title: str,
    found: tuple[Headroom, ...],
    doubts: Sequence[Doubted] = (),
    *,
    width: int = 80,
    unicode: bool = True,
) -> str:
    """Return the answers, one paragraph each, ending in a line break; doubts before all."""
    lines = wrap(plain(title, unicode=unicode), width)
    for doubt in doubts:
        lines += ["", *("  " + line for line in wrap(plain(doubt_text(doubt), unicode=unicode), width - 2))]
    for one in found:
        lines.append("")
        for i, sentence in enumerate((headline(one), *details(one))):
            indent = "  " if i == 0 else "    "
            lines += [indent + line for line in wrap(plain(sentence, unicode=unicode), width - len(indent))]
    return "\n".join(lines).replace(NO_BREAK, " ") + "\n"


def doubt_text(doubt: Doubted) -> str:
    """Return that what follows holds only as believed."""
    if doubt.kind == "ranges":
        return (
            f"ONLY AT THE NUMBERS GIVEN: over {percent_text(doubt.collapse.value)} of their assumed ranges "
            "what is planned collapses already. What follows holds at the numbers given."
        )
    if not doubt.surely:
        return (
            f"ONLY AS BELIEVED: if {doubt.otherwise}, what is planned is not shown to hold: P(collapse) "
            f"{probability_text(doubt.collapse)}. What follows is shown only as long as it is otherwise."
        )
    return (
        f"ONLY AS BELIEVED: if {doubt.otherwise}, what is planned collapses already: P(collapse) "
        f"{probability_text(doubt.collapse)}. What follows holds only while it is otherwise."
    )


def headline(one: Headroom) -> str:
    """Return the safe limit beside what is planned, as a sentence."""
    axis, planned, span = one.question.axis, one.question.planned, one.question.span
    limit = percent_text(one.acceptable_ratio)
    if one.safe is None or one.proof is None:
        return _nothing_safe(one, limit)
    falls = one.question.less_is_worse
    farthest, toward = (span.low, "down") if falls else (span.high, "up")
    said = f"{axis.name}: safe {toward} to {axis.text(one.safe)}"
    if one.safe == farthest:
        said += ", as far as was looked"
    if planned is not None:
        verb = "today" if one.question.kind == "load" else "planned"
        if (one.safe > planned) if falls else (one.safe < planned):
            said = f"{axis.name}: safe only {toward} to {axis.text(one.safe)}; {verb} {axis.text(planned)}"
        else:
            said += f"; {verb} {axis.text(planned)}{_room(one)}"
    return f"{said}. There P(collapse) is {probability_text(one.proof)}, and {limit} is acceptable."


def _nothing_safe(one: Headroom, limit: str) -> str:
    """Return that no value is safe, and why."""
    axis, span = one.question.axis, one.question.span
    best, toward = (span.high, "downwards") if one.question.less_is_worse else (span.low, "upwards")
    if one.exceeded:
        return f"{axis.name}: nothing is safe. By arithmetic, at {axis.text(best)}: {one.exceeded[0]}."
    if one.edge.below_count == span.seeds_count:
        return f"{axis.name}: nothing is safe, from {axis.text(best)} {toward} every run collapses."
    return f"{axis.name}: no value was proven safe (P(collapse) below {limit})."


def _room(one: Headroom) -> str:
    """Return how much more or less than planned is safe; or that what is planned does not hold."""
    safe, planned = one.safe or 0.0, one.question.planned or 0.0
    if one.holds is False:
        return ", which does not hold"
    if 0.0 < safe < planned:
        return f" ({percent_text(1.0 - safe / planned)} less)"
    if planned <= 0.0 or safe <= planned:
        return ""
    if safe >= 2.0 * planned:
        return f" ({safe / planned:.1f} times as much)"
    return f" ({percent_text(safe / planned - 1.0)} more)"


def details(one: Headroom) -> tuple[str, ...]:
    """Return where it tips, how that was found, and its cautions, as sentences."""
    edge, axis = one.edge, one.question.axis
    if edge.above_count == edge.span.seeds_count:
        far, toward = (edge.span.low, "down") if one.question.less_is_worse else (edge.span.high, "up")
        tips = f"No run of {edge.span.seeds_count} seeds collapses {toward} to {axis.text(far)}."
    else:
        places = [_place(one, q) for q in edge.quantiles]
        parts = [
            f"{percent_text(q.share)} of seeds at {text}"
            for q, text in zip(edge.quantiles, places, strict=True)
        ]
        tips = (
            f"It tips for every seed at {places[0]}."
            if len(set(places)) == 1
            else f"It tips for {', '.join(parts)}."
        )
    how = {
        "per_seed": "each seed's edge by bisection",
        "sequential": "by a sequential test at each value, because a seed held above a value at which it "
        "collapses",
    }[edge.method]
    size = "" if one.fraction == 1.0 else f", at 1/{round(1 / one.fraction):,} of the world's size"
    beyond = () if one.safe is None else one.exceeded
    counted = tuple(f"By arithmetic, just beyond it: {limit}." for limit in beyond)
    return (*counted, tips, f"Found {how}, in {one.runs_count:,} runs{size}.")


def _place(one: Headroom, quantile: Quantile) -> str:
    axis = one.question.axis
    if quantile.value is None:
        return "a value outside of what was searched"
    text = axis.text(quantile.value)
    if quantile.low is None or quantile.high is None or quantile.low == quantile.high:
        return text
    return f"{text} ({axis.text(quantile.low)}–{axis.text(quantile.high)})"


def headroom_json(found: tuple[Headroom, ...], doubts: Sequence[Doubted] = ()) -> str:
    """Return the answers as one JSON document, field by field."""
    document = {
        "format": FORMAT_VERSION,
        "headroom": [dataclasses.asdict(one) for one in found],
        "doubts": [
            {"otherwise": one.otherwise, "collapse": dataclasses.asdict(one.collapse)} for one in doubts
        ],
    }
    return json.dumps(document, indent=2) + "\n"
