"""What does a comparison read like? Which one is better, by how much, and how sure that is."""

from __future__ import annotations

import dataclasses
import json

from tidegate.evaluate.searching.compare import Comparison, Difference
from tidegate.present.layout import BOLD, DIM, Page
from tidegate.present.quantities import NO_BREAK, duration_text, percent_text
from tidegate.present.verdict.counts import runs_clause

FORMAT_VERSION = 1
_NAMES = {"collapse": "does not recover", "recovery": "normal again after", "served": "requests served"}


def compare_text(one: Comparison, *, width: int = 80, colour: bool = False, unicode: bool = True) -> str:
    """Return the comparison as a terminal shows it, ending in a line break."""
    page = Page(width=width, colour=colour, unicode=unicode)
    page.paragraph(headline(one), style=BOLD)
    page.add()
    for letter, name, collapse in zip("AB", one.names, one.collapse, strict=True):
        page.paragraph(f"{name}: {runs_clause(collapse)}", hang=f"{letter}  ")
    page.add()
    for difference in one.differences:
        page.paragraph(difference_text(difference))
    page.add()
    size = "" if one.fraction == 1.0 else f" at 1/{round(1 / one.fraction):,} of the worlds' size"
    pairs = f"{one.runs_count} pairs of runs under the same chance{size} · seed {one.seed}"
    page.paragraph(pairs, style=DIM)
    return page.text()


def headline(one: Comparison) -> str:
    """Return which of the two collapses less, if that is clear."""
    collapse = one.differences[0]
    if not collapse.is_clear:
        return f"No clear difference: neither fails clearly more often in {one.runs_count} pairs of runs."
    assert collapse.value is not None
    worse, better = ("B", "A") if collapse.value > 0 else ("A", "B")
    pairs = one.only_second_count if collapse.value > 0 else one.only_first_count
    of = f"{pairs} of {one.runs_count} pairs of runs"
    return f"{better} is better: {worse} fails in {of} where {better} does not."


def difference_text(difference: Difference) -> str:
    """Return one difference with its interval, as a sentence."""
    name = _NAMES[difference.quantity]
    if difference.value is None or difference.low is None or difference.high is None:
        return f"{name}: too few pairs in which both recover ({difference.pairs_count})."
    first, second = (_value(v, difference.unit) for v in (difference.first, difference.second))
    change, low, high = (
        _change(v, difference.unit) for v in (difference.value, difference.low, difference.high)
    )
    if {change[1:], low[1:], high[1:]} == {_change(0.0, difference.unit)[1:]}:
        return f"{name}: {first} in both." if first == second else f"{name}: A {first}, B {second}."
    sure = "" if difference.is_clear else ", which chance alone could make"
    return f"{name}: A {first}, B {second}; B less A {change} ({low} to {high}){sure}."


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return "unknown"
    return duration_text(value) if unit == "s" else percent_text(value)


def _change(value: float, unit: str) -> str:
    sign = "−" if value < 0 else "+"
    if unit == "s":
        return f"{sign}{duration_text(abs(value))}"
    return f"{sign}{100 * abs(value):.1f}{NO_BREAK}points"


def compare_json(one: Comparison) -> str:
    """Return the comparison as one JSON document, field by field."""
    return json.dumps({"format": FORMAT_VERSION, **dataclasses.asdict(one)}, indent=2) + "\n"
