"""What the smallest protection reads like: what each part is for, what it refuses, what proves it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tidegate.present.labelled import labelled_text
from tidegate.present.quantities import percent_text
from tidegate.present.sentence import capitalised
from tidegate.present.verdict.counts import probability_clause, world_clause
from tidegate.protect.finding import Contribution, Smallest
from tidegate.world.file.called import called

_WORLDS_SHOWN = 3
_SETTINGS_SHOWN = 2


def smallest_text(
    found: Smallest,
    *,
    title: str = "",
    now: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    others: Sequence[str] = (),
    width: int = 80,
    colour: bool = False,
    unicode: bool = True,
) -> str:
    """Return what was found as a terminal shows it, ending in a line break.

    Parameters
    ----------
    found
        The finding.
    title
        World and activity.
    now, names
        What stands today at the paths it sets, as a world file writes it, and what people call them.
    others
        The activity it is about, and the world's others after it; fewer than two say nothing.
    width, colour, unicode
        Of the terminal.
    """
    notes = [*_refuted(found)]
    if len(others) > 1:
        about = f"This is about {others[0]}; --activity asks about another: {', '.join(others[1:])}."
        notes.append(about)
    parts = {
        "why": [*_missing(found), *(_contribution(one, found) for one in found.contributions)],
        "do": [*_measured_first(found), *_spared(found)],
        "sure": list(_proven(found)),
        "else": list(_turned_away(found)),
        "note": notes,
    }
    return labelled_text(
        title, [headline(found, now or {}, names or {})], parts, width=width, colour=colour, unicode=unicode
    )


def headline(
    found: Smallest, now: Mapping[str, str], names: Mapping[str, str] | None = None
) -> tuple[str, str]:
    """Return the word that answers, and what is to be set, from what to what."""
    if found.protection is None or found.proof is None:
        return "NO PROTECTION FOUND", "no setting, limit, smaller goal or capacity makes it safe"
    amount = f"{percent_text(found.margin_ratio)} to spare in every number"
    margin = "safe, with nothing to spare" if found.without_margin else f"safe, with {amount}"
    known = " and ".join(one.says for one in found.conditions)
    if not found.contributions:
        if known:
            return "SAFE IF", known
        return "NOTHING IS NEEDED", f"as planned it is {margin}"
    settings = [_setting(one.path, one.text, now, names or {}) for one in found.protection.elements]
    listed = " and ".join(settings[:_SETTINGS_SHOWN])
    more = f" and {len(settings) - _SETTINGS_SHOWN} more" if len(settings) > _SETTINGS_SHOWN else ""
    if found.as_planned:
        return "NOTHING IS NEEDED", f"to run it as planned; {listed}{more} gives it {amount}"
    return "PROTECT FIRST", f"{listed}{more}; then it is {margin}{f', if {known}' if known else ''}"


def _setting(path: str, text: str, now: Mapping[str, str], names: Mapping[str, str]) -> str:
    was = now.get(path, "")
    instead = f" instead of {was}" if was and was != text else ""
    return f"{names.get(path) or called(path)}: {text}{instead}"


def _proven(found: Smallest) -> Iterator[str]:
    """Yield what proves it, in runs."""
    if found.proof is None:
        return
    with_it = " with it" if found.contributions else ""
    for i, (title, one) in enumerate(found.proof.cases.items()):
        yield f"{capitalised(world_clause(title))}{with_it if i == 0 else ''}, {probability_clause(one)}."
    yield _margins(found, percent_text(found.margin_ratio))


def _turned_away(found: Smallest) -> Iterator[str]:
    if found.contributions:
        yield (
            f"It turns away {percent_text(found.refused_normally_ratio)} of the new flows on an ordinary day "
            f"and {percent_text(found.refused_in_event_ratio)} during the activity."
        )


def _margins(found: Smallest, margin: str) -> str:
    assert found.proof is not None
    runs = f"{found.proof.runs_count:,} runs"
    if found.without_margin:
        return (
            f"That is at the numbers given and over their ranges ({runs}); nothing was found that leaves "
            f"{margin} to spare in every one."
        )
    if not found.proof.variants_count:
        return f"No number of this world is assumed, so there is none to move; {runs}."
    return (
        f"It also held with every assumed number {margin} less and more, one at a time "
        f"({found.proof.variants_count} worlds), in {runs} of their own."
    )


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


def _missing(found: Smallest) -> Iterator[str]:
    """Yield, where nothing was found, in which worlds it fails and what is in the way."""
    if found.protection is not None and found.proof is not None:
        return
    where = "; ".join(found.failing) or "some worlds with a number moved"
    yield f"Without any it fails: {where}."
    if found.in_the_way:
        yield f"In the way: {'; '.join(found.in_the_way)}."


def _contribution(one: Contribution, found: Smallest) -> str:
    needed = _in_the_way(one, found)
    needed += "".join(f" If {clause}, and it holds." for clause in one.counts_as)
    if not one.without:
        return f"- {one.name}: without it nothing is proven.{needed}"
    shown = ", ".join(one.without[:_WORLDS_SHOWN])
    more = f" and {len(one.without) - _WORLDS_SHOWN} more" if len(one.without) > _WORLDS_SHOWN else ""
    return f"- {one.name}: without it these fail: {shown}{more}.{needed}"


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
