"""What is not known, and how does one find out? The words of *cannot tell*, and of every measure."""

from __future__ import annotations

from tidegate.evaluate.judging.decide import HOLDS_OVER_SHARE
from tidegate.evaluate.judging.verdict import Rest, Verdict
from tidegate.present.quantities import percent_text
from tidegate.present.sentence import capitalised, ended, inside
from tidegate.present.verdict import highlights
from tidegate.present.verdict.counts import at_most_text, runs_clause, worlds_clause

_PROBE = "`tidegate probe` can measure it"


def cannot_tell(verdict: Verdict) -> list[str]:
    """Return what is not known, and that it decides."""
    over = next((one for one in verdict.ranges if one.case == "believed"), None)
    if not verdict.deciding and over is not None and over.collapse.value > HOLDS_OVER_SHARE:
        return [f"It holds at the numbers given, but {worlds_clause(over)}."]
    if not verdict.deciding:
        return [f"{few_text(verdict)}, and {percent_text(verdict.acceptable_ratio)} is acceptable."]
    rest = highlights.rest_named(verdict, verdict.deciding)
    if rest is None:
        return [f"We do not know {verdict.deciding}, and it decides."]
    if rest.kind == "number" and not rest.flips:
        return [
            "It holds at the numbers given, but not over their assumed ranges, and no single one decides.",
            f"In this world {rest.says.rstrip('.')}: that one matters most.",
        ]
    if rest.kind == "belief":
        return [f"We do not know whether {inside(rest.says)}, and it decides."]
    return [
        f"We do not know {verdict.deciding}, and it decides.",
        "At one end of its range the activity is safe, at the other it is not.",
    ]


def few_text(verdict: Verdict) -> str:
    """Return what the runs say of the case that they settle least, as a sentence without its stop."""
    worst = max(highlights.acting_cases(verdict), key=lambda case: case.collapse.high)
    clause = f"if {worst.title}, " if worst.name.startswith("counter:") else ""
    most = f"; {at_most_text(worst.collapse)}" if worst.collapse.value == 0.0 else ""
    return capitalised(f"{clause}{runs_clause(worst.collapse)}{most}")


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
