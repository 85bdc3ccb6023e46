"""Who has an outage in hand? And who is asked or called next."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.present.console.frame import Reader, choice, form, hide, more
from tidegate.present.report.markup import Html, join, tag
from tidegate.track.outage import Outage


def hands_part(
    reader: Reader, one: Outage, own: str, *, colleagues: Sequence[str], next_call: tuple[str, float] | None
) -> Html:
    """Return the part of an outage's page on its holder.

    Parameters
    ----------
    reader, one, own
        Who reads, the outage, and its address.
    colleagues
        Who could take it over.
    next_call
        Who is called next and when (seconds since 1970), where nobody answers.
    """
    is_mine = one.holder == reader.name
    holds = "You have it in hand." if is_mine else f"{one.holder or 'Nobody'} has it in hand."
    said = tag("p", holds, *_next_hands(reader, one, next_call))
    take = form(reader, f"{own}/hold", hide("who", reader.name), button="Take it in hand", quiet=True)
    if not is_mine:
        return tag("div", said, take, class_="row")
    let_go = form(reader, f"{own}/hold", hide("who", ""), button="Let it go", quiet=True)
    row = tag("div", said, let_go, class_="row")
    if not colleagues:
        return row
    names = choice("To whom?", "who", {name: name for name in colleagues})
    ask = form(reader, f"{own}/ask", names, button="Ask them to take it", quiet=True)
    kept = tag("p", "It stays in your hands until they take it.", class_="quiet")
    return join(row, more("Hand it over", kept, ask))


def _next_hands(reader: Reader, one: Outage, next_call: tuple[str, float] | None) -> list[Html]:
    said = []
    if one.hands.asked:
        whom = "You are" if one.hands.asked == reader.name else f"{one.hands.asked} is"
        said.append(tag("b", f" {whom} asked to take it over."))
    if one.hands.calls:
        at_s, who = one.hands.calls[-1]
        said.append(tag("span", f" {who} was called at ", reader.when(at_s, dated=False), "."))
    if next_call:
        who, at_s = next_call
        when = reader.when(max(at_s, reader.now_s), dated=False)
        said.append(tag("span", f" {who} is called next, at ", when, "."))
    return said
