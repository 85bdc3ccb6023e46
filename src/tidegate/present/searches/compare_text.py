"""What does a comparison read like? Which one is better, by how much, and how sure that is."""

from __future__ import annotations

import dataclasses
import json

from tidegate.evaluate.searching.compare import Comparison, Difference
from tidegate.present.labelled import labelled_text
from tidegate.present.quantities import duration_text, percent_text
from tidegate.present.sentence import capitalised
from tidegate.present.verdict.counts import runs_clause

FORMAT_VERSION = 1
_NAMES = {"recovery": "normal again after", "served": "requests served"}


def compare_text(one: Comparison, *, width: int = 80, colour: bool = False, unicode: bool = True) -> str:
    """Return the comparison as a terminal shows it, ending in a line break."""
    first, second = one.names
    collapse, *others = one.differences
    why = [f"- {letter}: {runs_clause(runs)}" for letter, runs in zip("AB", one.collapse, strict=True)]
    why += [f"- {difference_text(difference)}" for difference in others]
    size = [] if one.fraction == 1.0 else [f"at 1/{round(1 / one.fraction):,} of the worlds' size"]
    footer = [f"{one.runs_count} pairs of runs under the same chance", *size, f"seed {one.seed}"]
    return labelled_text(
        f"A {first} · B {second}",
        [headline(one)],
        {"why": why, "sure": [_sure(one, collapse)]},
        footer=footer,
        width=width,
        colour=colour,
        unicode=unicode,
    )


def headline(one: Comparison) -> tuple[str, str]:
    """Return which of the two fails less, if that is clear."""
    collapse = one.differences[0]
    if not collapse.is_clear:
        return "NO CLEAR DIFFERENCE", f"neither fails clearly more often in {one.runs_count} pairs of runs"
    assert collapse.value is not None
    worse, better = ("B", "A") if collapse.value > 0 else ("A", "B")
    pairs = one.only_second_count if collapse.value > 0 else one.only_first_count
    of = f"{pairs} of {one.runs_count} pairs of runs"
    return f"{better} IS BETTER", f"{worse} fails in {of} where {better} does not"


def _sure(one: Comparison, collapse: Difference) -> str:
    """Return how sure the difference is in what fails, in runs of a hundred."""
    alone = f"only A fails in {one.only_first_count} pairs, only B in {one.only_second_count}"
    if collapse.value is None or collapse.low is None or collapse.high is None:
        return f"{capitalised(alone)}."
    chance = "" if collapse.is_clear else ", which chance alone could make"
    return f"{capitalised(alone)}. Of 100 runs B fails in {_between(collapse.low, collapse.high)}{chance}."


def _between(low: float, high: float) -> str:
    """Return an interval of a difference in shares, as a count of runs: ``80 to 100 fewer (95 % sure)``."""
    few, many = sorted((round(100 * abs(low)), round(100 * abs(high))))
    if low < 0.0 < high:
        said = f"{round(-100 * low)} fewer to {round(100 * high)} more"
    else:
        said = f"{few} to {many} {'fewer' if high <= 0.0 else 'more'}"
    return f"{said} (95 % sure)"


def difference_text(difference: Difference) -> str:
    """Return one difference, what each of the two comes to and how sure that is, as a clause."""
    name = _NAMES[difference.quantity]
    if difference.value is None or difference.low is None or difference.high is None:
        return f"{name}: too few pairs in which both recover ({difference.pairs_count})"
    first, second = (_value(v, difference.unit) for v in (difference.first, difference.second))
    change, low, high = (
        _change(v, difference.unit) for v in (difference.value, difference.low, difference.high)
    )
    if {change[1:], low[1:], high[1:]} == {_change(0.0, difference.unit)[1:]}:
        return f"{name}: {first} in both" if first == second else f"{name}: A {first}, B {second}"
    if difference.unit == "s":
        how = f"B {change[1:]} {'sooner' if difference.value < 0 else 'later'}"
    else:
        how = f"of 100 requests B serves {change[1:]} {'fewer' if difference.value < 0 else 'more'}"
    sure = "" if difference.is_clear else ", which chance alone could make"
    return f"{name}: A {first}, B {second}; {how} ({low} to {high}, 95 % sure){sure}"


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return "unknown"
    return duration_text(value) if unit == "s" else percent_text(value)


def _change(value: float, unit: str) -> str:
    sign = "−" if value < 0 else "+"
    return f"{sign}{duration_text(abs(value))}" if unit == "s" else f"{sign}{100 * abs(value):.1f}"


def compare_json(one: Comparison) -> str:
    """Return the comparison as one JSON document, field by field."""
    return json.dumps({"format": FORMAT_VERSION, **dataclasses.asdict(one)}, indent=2) + "\n"
