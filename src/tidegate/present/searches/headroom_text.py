"""What does headroom read like? How far it may go, beside what is planned; then why, and how sure."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from typing import Protocol

from tidegate.evaluate.judging.verdict import Probability
from tidegate.evaluate.searching.headroom import Headroom
from tidegate.present.labelled import labelled_text
from tidegate.present.quantities import percent_text
from tidegate.present.sentence import capitalised, ended
from tidegate.present.verdict.counts import probability_clause, runs_clause, share_clause
from tidegate.world.file.called import called

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
    protects: str = "",
    width: int = 80,
    colour: bool = False,
    unicode: bool = True,
) -> str:
    """Return the answers as a terminal shows them, one head each, ending in a line break.

    Parameters
    ----------
    title
        World and activity.
    found, doubts
        The answers, and what takes them away.
    protects
        The command that looks for what would let it go further; empty where none does.
    width, colour, unicode
        Of the terminal.
    """
    heads = [headline(one, doubts) for one in found]
    parts = {
        "why": [said for one in found for said in _why(one, alone=len(found) == 1)],
        "do": list(_do(found, doubts, protects)),
        "sure": [
            *(said for one in found for said in _sure(one)),
            *(doubt_text(one) for one in doubts if any(answer.safe is not None for answer in found)),
        ],
    }
    return labelled_text(
        title, heads, parts, footer=_footer(found), width=width, colour=colour, unicode=unicode
    )


def doubt_text(doubt: Doubted) -> str:
    """Return that what is answered holds only as believed, or at the numbers given."""
    if doubt.kind == "ranges":
        many = doubt.collapse.runs_count
        failed = round(doubt.collapse.value * many)
        return (
            f"At the numbers given only: with others from their ranges, {failed} of {many} worlds fail as "
            "planned already."
        )
    runs = runs_clause(doubt.collapse)
    if not doubt.surely:
        return f"As believed only: if {doubt.otherwise}, what is planned is not shown to hold ({runs})."
    return f"As believed only: if {doubt.otherwise}, what is planned fails already ({runs})."


def headline(one: Headroom, doubts: Sequence[Doubted] = ()) -> tuple[str, str]:
    """Return the word that answers with its number, and what stands beside it: what is planned."""
    axis, planned = one.question.axis, one.question.planned
    said = _called(one)
    if one.safe is None or one.proof is None:
        return _nothing_safe(one)
    word = f"{'AT LEAST' if one.question.less_is_worse else 'AT MOST'} {axis.text(one.safe)}"
    says = [f"{said}, as far as was looked" if one.safe == _farthest(one) else said]
    if planned is not None:
        says.append(_beside(one, one.safe, planned))
    says += [f"unless {doubt.otherwise}" for doubt in doubts if doubt.kind == "belief"]
    return word, "; ".join(says)


def _called(one: Headroom) -> str:
    return called(one.question.axis.name) if one.question.kind != "load" else "times today's load"


def _farthest(one: Headroom) -> float:
    span = one.question.span
    return span.low if one.question.less_is_worse else span.high


def _beside(one: Headroom, safe: float, planned: float) -> str:
    """Return what is planned, or what stands today, beside what is safe."""
    at = f"{'today' if one.question.kind == 'load' else 'planned'}: {one.question.axis.text(planned)}"
    if (safe > planned) if one.question.less_is_worse else (safe < planned):
        return f"{at}, which {'does not hold' if one.holds is False else 'is not shown to hold'}"
    if one.holds is False:
        looked = one.question.span.low <= planned <= one.question.span.high
        return f"{at}, which does not hold{' for another reason' if looked else ''}"
    return f"{at}{_room(safe, planned)}"


def _room(safe: float, planned: float) -> str:
    """Return how much more or less than planned is safe."""
    if 0.0 < safe < planned:
        return f", so {percent_text(1.0 - safe / planned)} less would do"
    if planned <= 0.0 or safe <= planned:
        return ", so nothing is left"
    if safe >= 2.0 * planned:
        return f", so {safe / planned:.1f} times as much is possible"
    return f", so {percent_text(safe / planned - 1.0)} more is possible"


def _nothing_safe(one: Headroom) -> tuple[str, str]:
    """Return that no value is safe, and from where on."""
    axis, span = one.question.axis, one.question.span
    best, toward = (span.high, "downwards") if one.question.less_is_worse else (span.low, "upwards")
    if one.exceeded or one.edge.below_count == span.seeds_count:
        return "NOTHING IS SAFE", f"{_called(one)}, from {axis.text(best)} {toward}"
    low, high = sorted((span.low, span.high))
    return "NOT SHOWN", f"{_called(one)}: no value from {axis.text(low)} to {axis.text(high)} was proven safe"


def _why(one: Headroom, *, alone: bool) -> Iterator[str]:
    """Yield which limit comes next, and where it tips."""
    lead = "" if alone else f"{_called(one)}: "
    if one.safe is None:
        best = one.question.span.high if one.question.less_is_worse else one.question.span.low
        counted = [f"by arithmetic, at {one.question.axis.text(best)}: {limit}" for limit in one.exceeded[:1]]
    else:
        counted = [f"by arithmetic, just beyond it: {limit}" for limit in one.exceeded[:1]]
    # Where arithmetic has decided, what the runs do without it says nothing.
    first, *rest = counted if one.safe is None and counted else (*counted, tips_text(one))
    yield ended(f"{lead}{first}" if lead else capitalised(first), capital=False)
    yield from map(ended, rest)


def tips_text(one: Headroom) -> str:
    """Return where it tips, as a clause."""
    edge, axis = one.edge, one.question.axis
    if edge.above_count == edge.span.seeds_count:
        far, toward = (edge.span.low, "down") if one.question.less_is_worse else (edge.span.high, "up")
        return f"no run of {edge.span.seeds_count} fails {toward} to {axis.text(far)}"
    if edge.below_count == edge.span.seeds_count:
        return "every run fails, wherever was looked"
    places = [axis.text(q.value) if q.value is not None else "" for q in edge.quantiles]
    if len(set(places)) == 1 and places[0]:
        return f"it tips at {places[0]}, whatever chance does"
    parts = [
        f"{percent_text(q.share)} of the runs at {place or 'no value that was searched'}"
        for q, place in zip(edge.quantiles, places, strict=True)
    ]
    return f"it tips in {', '.join(parts)}"


def _do(found: Sequence[Headroom], doubts: Sequence[Doubted], protects: str) -> Iterator[str]:
    short = [one for one in found if one.question.planned is not None and one.holds is not True]
    if any(doubt.kind == "belief" for doubt in doubts):
        listed = ", and: ".join(doubt.otherwise for doubt in doubts if doubt.kind == "belief")
        yield f"Find out first if this is so: {listed}."
    fewer = next((one for one in short if one.safe is not None and one.holds is False), None)
    if fewer is not None:
        to = fewer.question.axis.text(fewer.safe or 0.0)
        way = "Bring it to" if fewer.question.less_is_worse else "Stay at"
        yield f"{way} {to}: {fewer.question.axis.name}."
    if short and protects:
        yield f"What would let it go further:  {protects}"


def _sure(one: Headroom) -> Iterator[str]:
    """Yield what proves the safe value, beside what is accepted."""
    if one.safe is None and one.exceeded:
        yield "Certain, as far as these numbers are true: a count."
        return
    if one.safe is None or one.proof is None:
        yield ended(f"{share_clause(one.acceptable_ratio)} that does not recover is accepted")
        return
    yield (
        f"At {one.question.axis.text(one.safe)}, {probability_clause(one.proof)}; "
        f"{share_clause(one.acceptable_ratio)} is accepted."
    )


def _footer(found: Sequence[Headroom]) -> list[str]:
    runs = f"{sum(one.runs_count for one in found):,} runs"
    sizes = sorted({one.fraction for one in found if one.fraction < 1.0})
    listed = " and ".join(f"1/{round(1 / one):,}" for one in sizes)
    ways = {one.edge.method for one in found}
    how = "each seed's edge by bisection" if ways == {"per_seed"} else "each value tested until it is clear"
    return [runs, *([f"at {listed} of the world's size"] if sizes else []), how]


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
