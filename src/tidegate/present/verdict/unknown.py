"""What is not known, and how does one find out? The words of *cannot tell*, and of every measure."""

from __future__ import annotations

from tidegate.evaluate.judging.decide import HOLDS_OVER_SHARE
from tidegate.evaluate.judging.verdict import Rest, Verdict
from tidegate.present.quantities import percent_text, probability_text
from tidegate.present.sentence import ended, inside
from tidegate.present.verdict import highlights

_PROBE = "`tidegate probe` can measure it"


def cannot_tell(verdict: Verdict) -> list[str]:
    """Return what is not known and how to find out."""
    over = next((one.collapse.value for one in verdict.ranges if one.case == "believed"), 0.0)
    if not verdict.deciding and over > HOLDS_OVER_SHARE:
        share = percent_text(over)
        said = f"It holds at the numbers given, but collapses over {share} of their assumed ranges, and no"
        return [f"{said} single number decides.", "Measure those with the widest ranges first."]
    if not verdict.deciding:
        share = probability_text(highlights.believed(verdict).collapse)
        limit = percent_text(verdict.acceptable_ratio)
        return [
            f"The runs do not settle it: P(collapse) is {share}, and {limit} is acceptable.",
            "Give it more runs with `--runs`.",
        ]
    rest = highlights.rest_named(verdict, verdict.deciding)
    if rest is None:
        return [f"We do not know {verdict.deciding}, and it decides."]
    if rest.kind == "number" and not rest.flips:
        return [
            "It holds at the numbers given, but not over their assumed ranges, and no single one decides.",
            f"In this world {rest.says.rstrip('.')}: that one matters most.",
            f"How to find out: {measure_clause(rest)}",
        ]
    measure = f"How to find out: {measure_clause(rest)}"
    if rest.kind == "belief":
        return [f"We do not know whether {inside(rest.says)}, and it decides.", measure]
    return [
        f"We do not know {verdict.deciding}, and it decides.",
        f"In this world {rest.says.rstrip('.')}.",
        "At one end of that range the activity is safe, at the other it is not.",
        measure,
    ]


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
