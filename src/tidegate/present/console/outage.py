"""What is known of one outage, and what can be done about it? The page an operator works on.

What is to be said comes first: the words, what the rules find, one button. Everything else is below it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tidegate.present.console.alerts import alerts_part
from tidegate.present.console.amending import amending_parts
from tidegate.present.console.fields import Fields
from tidegate.present.console.frame import CONSOLE, Reader, console_page, more, section
from tidegate.present.console.hands import hands_part
from tidegate.present.console.now import outage_card, state_words
from tidegate.present.console.saying import moving_part, speaking_part
from tidegate.present.console.sight import Sight
from tidegate.present.outage_text import STATUS_WORDS, cause_text, impact_text
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.site.markdown import paragraphs
from tidegate.present.site.text import clean, line, mark
from tidegate.track.component import Status
from tidegate.track.outage import Outage


def outage_page(reader: Reader, one: Outage, sight: Sight) -> str:
    """Return the page of an outage."""
    own = f"{CONSOLE}/outages/{one.id}"
    parts = [tag("h1", line(one.title)), _head(reader, one, sight)]
    if reader.may_act:
        parts.append(hands_part(reader, one, own, colleagues=sight.colleagues, next_call=sight.next_call))
    parts.append(alerts_part(reader, one.seen, sight.alerts, own))
    if reader.may_act:
        parts.append(speaking_part(reader, one, sight, own))
        parts.append(moving_part(reader, one, sight, own))
    parts.append(_affected(one, sight))
    parts.append(_cases(reader, one, sight, own))
    parts.append(section("Timeline", tag("ol", *_timeline(reader, one, sight), class_="timeline")))
    if reader.may_act:
        parts.append(section("More", *amending_parts(reader, one, sight, own)))
    return console_page(reader, one.title, *parts, here=f"{CONSOLE}/outages")


def outages_page(reader: Reader, outages: Sequence[Outage], counts: Mapping[str, int], *opening: Html) -> str:
    """Return the list of all outages, the open ones first."""
    shown = sorted(outages, key=lambda one: (not one.is_open, -one.since_s))
    cards = [outage_card(reader, one, counts.get(one.id, 0)) for one in shown]
    nothing = tag(
        "p", "No outage is on record. One is opened here, by an alert, a probe, the API or a burst of cases."
    )
    return console_page(
        reader, "Outages", tag("h1", "Outages"), *opening, *(cards or [nothing]), here=f"{CONSOLE}/outages"
    )


def _head(reader: Reader, one: Outage, sight: Sight) -> Html:
    said = [
        tag("span", state_words(one), class_="state"),
        f" · {impact_text(one)} · since ",
        reader.when(one.since_s),
    ]
    if one.until_s is not None:
        said += [" until ", reader.when(one.until_s)]
    rows = [tag("p", *said, class_="facts")]
    if one.cause:
        rows.append(tag("p", tag("b", "Cause: "), f"{cause_text(one, sight.titles)}."))
    if one.into:
        rows.append(
            tag("p", "It is part of ", tag("a", "another outage", href=f"{CONSOLE}/outages/{one.into}"), ".")
        )
    if one.dark:
        dark = ", ".join(sight.titles.get(name, name) for name in one.dark)
        rows.append(tag("p", tag("b", "Goes dark with it: "), f"{dark}."))
    ways = [tag("a", "Summary", href=f"{CONSOLE}/outages/{one.id}/summary", class_="button")]
    if sight.public_way:
        ways.append(tag("a", "What the public reads", href=sight.public_way))
    rows.append(tag("p", *ways, class_="ways"))
    rows += [tag("p", f"Said, but could not be so: {conflict}.", class_="late") for conflict in one.conflicts]
    return tag("div", *rows, class_=f"card {one.impact if one.is_open else 'over'}")


# -- who is hit -------------------------------------------------------------------------------------


def _affected(one: Outage, sight: Sight) -> Html:
    shown = one.components if one.is_open else one.touched
    rows = [
        tag(
            "li",
            tag("span", line(sight.titles.get(name, name)), class_="title"),
            tag(
                "span",
                mark(status),
                ("" if one.is_open else "was ") + STATUS_WORDS[status],
                class_=f"status {status.value}",
            ),
        )
        for name, status in shown.items()
    ]
    parts = [
        tag("ul", *rows, class_="components") if rows else tag("p", "No component is named.", class_="quiet")
    ]
    hit = [
        tag(
            "div",
            tag("dt", line(sight.titles.get(name, name))),
            tag("dd", *_loses(one.sees.get(name, ""), one.keeps.get(name, ""))),
        )
        for name in one.segments
    ]
    parts += [tag("dl", *hit, class_="who")] if hit else []
    return section("Who and what is hit", *parts)


def _loses(sees: str, keeps: str) -> list[Html]:
    said = [join(tag("b", "loses "), line(sees))] if sees else []
    said += [join("; " if sees else "", tag("b", "keeps "), line(keeps))] if keeps else []
    return said or [join("what they lose is not on record")]


def _cases(reader: Reader, one: Outage, sight: Sight, own: str) -> Html:
    if not sight.cases_count:
        return section("Cases", tag("p", "No case is counted to it.", class_="quiet"))
    way = tag(
        "a",
        f"{sight.cases_count:,} case{'s' if sight.cases_count > 1 else ''}",
        href=f"{CONSOLE}/cases?outage={one.id}",
    )
    parts = [tag("p", way, f", {sight.waiting_count:,} of them open.")]
    if reader.may_act and sight.waiting_count:
        reply = Fields(reader, f"{own}/reply")
        answer = reply.form(
            reply.area("One answer to all of them, each in its own thread", "text", rows=4),
            button=f"Answer {sight.waiting_count:,} case{'s' if sight.waiting_count > 1 else ''}",
            quiet=True,
        )
        parts.append(more("Answer all open cases", answer, is_open=reply.is_back))
    return section("Cases", *parts)


# -- what was said and done -------------------------------------------------------------------------


def _timeline(reader: Reader, one: Outage, sight: Sight) -> Iterator[Html]:
    """Yield what was said and done, the latest first: in the order in which it was said."""
    for _, at_s, head, body in sorted(_happenings(one, sight), key=lambda happening: -happening[0]):
        yield _row(reader, at_s, head, *body)


_Happening = tuple[float, float, str, tuple[Html, ...]]


def _happenings(one: Outage, sight: Sight) -> Iterator[_Happening]:
    """Yield when each was said, when it was so, its heading and its words."""
    for update in one.updates:
        whom = f"For {sight.titles.get(update.segment, update.segment)} only" if update.segment else "Public"
        yield update.at_s, update.at_s, f"{whom}, by {update.by}", (paragraphs(update.text()),)
    for move in one.moves:
        state = move.state.value.replace("_", " ")
        yield move.said_s, move.at_s, f"{state}, said by {move.by}", (tag("p", move.because),)
    for done in one.tried:
        yield done.at_s, done.at_s, f"Tried, by {done.by}", (tag("p", done.what), tag("p", done.effect))
    for at_s, text in one.notes:
        yield at_s, at_s, "Note, not public", (tag("p", text),)
    for change in one.changes:
        if change.is_correction or (change.said_s > one.opened_s and change.name == "components"):
            head = f"{'Corrected' if change.is_correction else 'Changed'}: {change.name}, by {change.by}"
            body = (tag("p", _value(change.value, sight)), tag("p", change.because))
            yield change.said_s, change.at_s, head, body
    count = len(one.alerts)
    alerts = f"{count} alert{' is' if count == 1 else 's are'} counted to it." if count else ""
    yield one.opened_s, one.opened_s, f"Opened by {one.source}", (tag("p", alerts),)


def _value(value: object, sight: Sight) -> str:
    if isinstance(value, Mapping):
        named = ((sight.titles.get(name, name), item) for name, item in value.items())
        return "; ".join(
            f"{name}: {STATUS_WORDS[item] if isinstance(item, Status) else item}" for name, item in named
        )
    return clean(", ".join(map(str, value)) if isinstance(value, tuple) else str(value))


def _row(reader: Reader, at_s: float, head: str, *body: Html) -> Html:
    said = [part for part in body if part != "<p></p>"]
    return tag("li", tag("h3", reader.when(at_s), f" · {head}"), tag("div", *said, class_="words"))
