"""What the smallest protection reads like: what each part is for, what it refuses, what proves it."""

from __future__ import annotations

from tidegate.present.layout import plain, wrap
from tidegate.present.quantities import NO_BREAK, percent_text, probability_text
from tidegate.protect.smallest import Contribution, Smallest

_WORLDS_SHOWN = 3


def smallest_text(found: Smallest, *, width: int = 80, unicode: bool = True) -> str:
    """Return what was found as a terminal shows it, ending in a line break."""
    lines: list[str] = []
    for sentence in smallest_sentences(found):
        lines += ["  " + line for line in wrap(plain(sentence, unicode=unicode), width - 2)]
    return "\n".join(lines).replace(NO_BREAK, " ") + "\n"


def smallest_sentences(found: Smallest) -> tuple[str, ...]:
    """Return the finding as sentences, the answer first."""
    margin = percent_text(found.margin_ratio)
    if found.protection is None or found.proof is None:
        where = "; ".join(found.failing) or "some worlds with a number moved"
        return (
            "NO PROTECTION FOUND: no three settings that could help make it safe with margin.",
            f"Without any it collapses: {where}.",
        )
    cases = "; ".join(f"{title} {probability_text(one)}" for title, one in found.proof.cases.items())
    margins = (
        f"It also held with every assumed number {margin} less and more, one at a time "
        f"({found.proof.variants_count} worlds), in {found.proof.runs_count:,} runs of their own."
        if found.proof.variants_count
        else f"No number of this world is assumed, so there is none to move; {found.proof.runs_count:,} runs."
    )
    proven = f"P(collapse) with it: {cases}. {margins}"
    if not found.contributions:
        return ("NOTHING IS NEEDED: it is safe with margin as it is.", proven)
    refused = (
        f"It turns away {percent_text(found.refused_normally_ratio)} of the new flows on an ordinary day and "
        f"{percent_text(found.refused_in_event_ratio)} during the activity."
    )
    parts = "1 part makes" if len(found.contributions) == 1 else f"{len(found.contributions)} parts make"
    return (
        f"PROTECT FIRST: {parts} it safe.",
        *(_contribution(one) for one in found.contributions),
        refused,
        proven,
    )


def _contribution(one: Contribution) -> str:
    if not one.without:
        return f"- {one.name}: needed for the margin."
    shown = ", ".join(one.without[:_WORLDS_SHOWN])
    more = f" and {len(one.without) - _WORLDS_SHOWN} more" if len(one.without) > _WORLDS_SHOWN else ""
    return f"- {one.name}: without it these collapse: {shown}{more}."
