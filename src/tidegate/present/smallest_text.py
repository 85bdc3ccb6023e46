"""What the smallest protection reads like: what each part is for, what it refuses, what proves it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tidegate.present.layout import plain, wrap
from tidegate.present.quantities import NO_BREAK, percent_text, probability_text
from tidegate.protect.finding import Contribution, Smallest

_WORLDS_SHOWN = 3


def smallest_text(
    found: Smallest, *, others: Sequence[str] = (), width: int = 80, unicode: bool = True
) -> str:
    """Return what was found as a terminal shows it, ending in a line break.

    Parameters
    ----------
    found
        The finding.
    others
        The activity it is about, and the world's others after it; fewer than two say nothing.
    width, unicode
        Of the terminal.
    """
    sentences = list(smallest_sentences(found))
    if len(others) > 1:
        about = f"This is about {others[0]}; --activity asks about another: {', '.join(others[1:])}."
        sentences.append(about)
    lines: list[str] = []
    for sentence in sentences:
        lines += ["  " + line for line in wrap(plain(sentence, unicode=unicode), width - 2)]
    return "\n".join(lines).replace(NO_BREAK, " ") + "\n"


def smallest_sentences(found: Smallest) -> tuple[str, ...]:
    """Return the finding as sentences, the answer first."""
    margin = percent_text(found.margin_ratio)
    if found.protection is None or found.proof is None:
        return _none(found)
    cases = "; ".join(f"{title} {probability_text(one)}" for title, one in found.proof.cases.items())
    proven = f"P(collapse){' with it' if found.contributions else ''}: {cases}. {_margins(found, margin)}"
    if not found.contributions:
        return (_headline(found), *_measured_first(found), proven, *_refuted(found))
    refused = (
        f"It turns away {percent_text(found.refused_normally_ratio)} of the new flows on an ordinary day and "
        f"{percent_text(found.refused_in_event_ratio)} during the activity."
    )
    return (
        _headline(found),
        *_measured_first(found),
        *(_contribution(one, found) for one in found.contributions),
        *_spared(found),
        refused,
        proven,
        *_refuted(found),
    )


def _margins(found: Smallest, margin: str) -> str:
    assert found.proof is not None
    runs = f"{found.proof.runs_count:,} runs"
    if found.without_margin:
        return (
            f"That is at the numbers given and over their ranges ({runs}); nothing gives it {margin} margin."
        )
    if not found.proof.variants_count:
        return f"No number of this world is assumed, so there is none to move; {runs}."
    return (
        f"It also held with every assumed number {margin} less and more, one at a time "
        f"({found.proof.variants_count} worlds), in {runs} of their own."
    )


def _headline(found: Smallest) -> str:
    many = len(found.contributions)
    parts = "1 part makes" if many == 1 else f"{many} parts make"
    known = " and ".join(one.says for one in found.conditions)
    if not many:
        margin = "without" if found.without_margin else "with"
        return f"SAFE IF {known}." if known else f"NOTHING IS NEEDED: it is safe {margin} margin as it is."
    if found.as_planned:
        margin = percent_text(found.margin_ratio)
        gives = "1 part gives" if many == 1 else f"{many} parts give"
        return f"NOTHING IS NEEDED to run it as planned. {gives} it {margin} margin in every assumed number."
    safe = "safe, without margin" if found.without_margin else "safe"
    return f"PROTECT FIRST: {parts} it {safe}{f', if {known}' if known else ''}."


def _measured_first(found: Smallest) -> Iterator[str]:
    """Say which beliefs nothing covers, and how to find out."""
    for one in found.conditions:
        how = f" Measure it first: {one.measure}." if one.measure else " Find out first."
        yield f"Nothing on offer covers the opposite ({one.otherwise}).{how}"


def _spared(found: Smallest) -> Iterator[str]:
    if found.spared_if:
        known = " and ".join(one.says for one in found.spared_if)
        how = "; ".join(one.measure for one in found.spared_if if one.measure)
        yield f"None of it is needed once it is known that {known}{f' (measure: {how})' if how else ''}."


def _refuted(found: Smallest) -> Iterator[str]:
    if found.refuted:
        yield f"Not moved so far, as it would be down already today: {'; '.join(found.refuted)}."


def _none(found: Smallest) -> tuple[str, ...]:
    where = "; ".join(found.failing) or "some worlds with a number moved"
    way = (f"In the way: {'; '.join(found.in_the_way)}.",) if found.in_the_way else ()
    return (
        "NO PROTECTION FOUND: no setting, limit, smaller goal or capacity makes it safe.",
        f"Without any it collapses: {where}.",
        *way,
        *_refuted(found),
    )


def _contribution(one: Contribution, found: Smallest) -> str:
    needed = _in_the_way(one, found)
    needed += "".join(f" If {clause}, and it holds." for clause in one.counts_as)
    if not one.without:
        return f"- {one.name}: without it nothing is proven.{needed}"
    shown = ", ".join(one.without[:_WORLDS_SHOWN])
    more = f" and {len(one.without) - _WORLDS_SHOWN} more" if len(one.without) > _WORLDS_SHOWN else ""
    return f"- {one.name}: without it these collapse: {shown}{more}.{needed}"


def _in_the_way(one: Contribution, found: Smallest) -> str:
    """Say of what is no setting which number stands in the way, and which value is enough."""
    if one.asks == "setting" or found.protection is None:
        return ""
    elements = [element for element in found.protection.elements if element.path in one.paths]
    values = " and ".join(f"{e.path} {_at(one.asks)} {e.text}" for e in elements)
    others = "".join(f", or {other.path} {_at(other.asks)} {other.text}" for other in found.instead)
    because = f": {one.because}" if one.because else ""
    return f" No setting is enough{because}. It takes {values}{others}."


def _at(asks: str) -> str:
    return "at most" if asks == "goal" else "at least"
