"""What is not known, and how does one find out? The words of *cannot tell*, and of every measure."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.evaluate.arithmetic.arithmetic_notes import BY_ARITHMETIC
from tidegate.evaluate.judging.decide import HOLDS_OVER_SHARE
from tidegate.evaluate.judging.rest import Rest
from tidegate.evaluate.judging.verdict import Verdict
from tidegate.present.sentence import capitalised, ended, inside, listed
from tidegate.present.verdict import highlights
from tidegate.present.verdict.counts import of_runs, probability_clause, share_clause, worlds_clause
from tidegate.world.file.called import called

_PROBE = "`tidegate probe` can measure it"


def cannot_tell(verdict: Verdict) -> list[str]:
    """Return what is not known, and that it decides."""
    over = next((one for one in verdict.ranges if one.case == "believed"), None)
    asked_of = verdict.deciding or verdict.needed
    if not asked_of and over is not None and over.collapse.value > HOLDS_OVER_SHARE:
        return [f"It holds at the numbers given, but {worlds_clause(over)}."]
    if not asked_of:
        return [f"{few_text(verdict)}, and {share_clause(verdict.acceptable_ratio)} is accepted."]
    rests = unknown_numbers(verdict)
    if not rests:
        return [f"We do not know {called(verdict.deciding)}, and it decides."]
    first = rests[0]
    if first.kind == "belief":
        return [f"We do not know whether {inside(first.says)}, and it decides."]
    if not verdict.needed and not first.flips:
        return [
            "It holds at the numbers given, but not over their assumed ranges, and no single one decides.",
            f"Most of all it matters that {told_number(first)}.",
        ]
    together = "together they decide" if verdict.needed_left is not None else "they decide"
    decides = "it decides" if len(rests) == 1 else together
    return [
        f"We do not know {listed([name_of(one) for one in rests])}, and {decides}.",
        *_ends(verdict, rests),
    ]


def unknown_numbers(verdict: Verdict) -> tuple[Rest, ...]:
    """Return what must be known before it can be told, what decides most first; may be empty."""
    if verdict.needed:
        return verdict.needed
    rest = highlights.rest_named(verdict, verdict.deciding) if verdict.deciding else None
    return (rest,) if rest is not None else ()


def _ends(verdict: Verdict, rests: Sequence[Rest]) -> list[str]:
    """Return what is so towards the ends of the numbers that decide, as far as worlds drawn show it."""
    if not all(one.safe_end for one in rests):
        their = "its range is safe" if len(rests) == 1 else "their ranges are safe"
        return [f"Which end of {their} was not found."]
    left, first = verdict.needed_left, rests[0]
    known = any(note.startswith(f"{BY_ARITHMETIC}: with {first.path} ") for note in verdict.notes)
    turns = "" if known else "; where between them it turns is not known"  # else arithmetic says where
    away = f"towards {first.unsafe_end} it is not safe{turns}" if len(rests) == 1 else ""
    if left is None:
        return [f"Towards {first.safe_end} the activity is safe, {away}."] if away else []
    at = first.safe_end if len(rests) == 1 else listed([f"{one.path}={one.safe_end}" for one in rests])
    others = any(one.case == "believed" and one.numbers_count > len(rests) for one in verdict.ranges)
    what, drawn = ("worlds", " that are drawn from the other ranges") if others else ("runs", "")
    if left.value > HOLDS_OVER_SHARE:
        return [f"Even with {at} {of_runs(left)} {what} fail: it is not all that matters."]
    clause = f"{of_runs(left)} {what} fail" if left.value > 0.0 else f"all {left.runs_count} {what} hold"
    return [f"With {at} {clause}{drawn}{f'; {away}' if away else ''}."]


def name_of(rest: Rest) -> str:
    """Return what people call a number that the answer rests on."""
    return rest.name or called(rest.path)


def number_text(rest: Rest) -> str:
    """Return a number that is not known, with its range and the safe end of it.

    ``the pool of pods: 20, assumed between 5 and 60, where 5 is the safe end``
    """
    return _said(rest, ": ")


def told_number(rest: Rest) -> str:
    """Return the same as a clause: ``the pool of pods is 20, assumed between 5 and 60, …``."""
    return _said(rest, " is ")


def _said(rest: Rest, joined: str) -> str:
    end = f", where {rest.safe_end} is the safe end" if rest.safe_end else ""
    said = rest.says.rstrip(".").replace(f"{rest.path} is ", f"{name_of(rest)}{joined}")
    return f"{said}{end}"


def few_text(verdict: Verdict) -> str:
    """Return what the runs say of the case that they settle least, as a sentence without its stop."""
    worst = max(highlights.doubted_cases(verdict), key=lambda case: case.collapse.high)
    clause = f"if {worst.title}, " if worst.name.startswith("counter:") else ""
    return capitalised(f"{clause}{probability_clause(worst.collapse)}")


def how(rest: Rest | None) -> str:
    """Return how to find out, as the end of a sentence."""
    return f": {measure_clause(rest)}" if rest is not None and rest.measure else "."


def measure_text(rest: Rest) -> str:
    """Return how to find out, and that `tidegate probe` can where it can; may be empty."""
    probe = _PROBE if _says_probe(rest) else ""
    return " · ".join(part for part in (rest.measure, probe) if part)


def measure_clause(rest: Rest) -> str:
    """Return how to find out, as a clause."""
    text = ended(rest.measure, capital=False) if rest.measure else "measure it first."
    return f"{text} {_PROBE}." if _says_probe(rest) else text


def _says_probe(rest: Rest) -> bool:
    """Whether it needs saying that `tidegate probe` can measure it: not where the world says so itself."""
    return rest.probed and "tidegate probe" not in rest.measure
