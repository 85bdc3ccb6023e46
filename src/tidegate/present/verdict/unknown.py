"""What is not known, and how does one find out? The words of *cannot tell*, and of every measure."""

from __future__ import annotations

from tidegate.evaluate.judging.decide import HOLDS_OVER_SHARE
from tidegate.evaluate.judging.rest import Rest
from tidegate.evaluate.judging.verdict import Verdict
from tidegate.present.sentence import capitalised, ended, inside
from tidegate.present.verdict import highlights
from tidegate.present.verdict.counts import probability_clause, share_clause, worlds_clause
from tidegate.world.file.called import called

_PROBE = "`tidegate probe` can measure it"


def cannot_tell(verdict: Verdict) -> list[str]:
    """Return what is not known, and that it decides."""
    over = next((one for one in verdict.ranges if one.case == "believed"), None)
    if not verdict.deciding and over is not None and over.collapse.value > HOLDS_OVER_SHARE:
        return [f"It holds at the numbers given, but {worlds_clause(over)}."]
    if not verdict.deciding:
        return [f"{few_text(verdict)}, and {share_clause(verdict.acceptable_ratio)} is accepted."]
    rest = highlights.rest_named(verdict, verdict.deciding)
    if rest is None:
        return [f"We do not know {called(verdict.deciding)}, and it decides."]
    if rest.kind == "number" and not rest.flips:
        return [
            "It holds at the numbers given, but not over their assumed ranges, and no single one decides.",
            f"Most of all it matters that {told_number(rest)}.",
        ]
    if rest.kind == "belief":
        return [f"We do not know whether {inside(rest.says)}, and it decides."]
    ends = "At one end of its range the activity is safe, at the other it is not."
    if rest.safe_end:
        ends = f"Towards {rest.safe_end} the activity is safe, towards {rest.unsafe_end} it is not."
    return [f"We do not know {name_of(rest)}, and it decides.", ends]


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
    worst = max(highlights.acting_cases(verdict), key=lambda case: case.collapse.high)
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
