"""What is known of one outage, and what can be done about it? The page an operator works on.

What is to be said comes first: the words, what the rules find, one button. Everything else is below it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tidegate.present.console.alerts import alerts_part
from tidegate.present.console.amending import amending_parts
from tidegate.present.console.fields import Fields
from tidegate.present.console.frame import CONSOLE, Reader, console_page, form, hide, more, section
from tidegate.present.console.hands import hands_part
from tidegate.present.console.now import outage_card, state_words
from tidegate.present.console.saying import moving_part, speaking_part
from tidegate.present.console.side_by_side import side_by_side_part
from tidegate.present.console.sight import Sight
from tidegate.present.console.timeline import timeline
from tidegate.present.record.outage_text import STATUS_WORDS, cause_text, impact_text
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.site.escaped import line, mark
from tidegate.track.component import Status
from tidegate.track.outage import Outage


def outage_page(reader: Reader, one: Outage, sight: Sight) -> str:
    """Return the page of an outage."""
    own = f"{CONSOLE}/outages/{one.id}"
    parts = [tag("h1", line(one.title)), _head(reader, one, sight)]
    if reader.may_act:
        parts.append(hands_part(reader, one, own, colleagues=sight.colleagues, next_call=sight.next_call))
    if sight.differing:
        parts.append(side_by_side_part(reader, sight.differing, own, sight.titles))
    if one.unconfirmed:
        parts.append(_unconfirmed(reader, one, sight, own))
    parts.append(alerts_part(reader, one.seen, sight.alerts, own))
    if reader.may_act:
        parts.append(speaking_part(reader, one, sight, own))
        parts.append(moving_part(reader, one, sight, own))
    parts.append(_affected(one, sight))
    parts.append(_cases(reader, one, sight, own))
    parts.append(section("Timeline", timeline(reader, one, sight.titles)))
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


def _unconfirmed(reader: Reader, one: Outage, sight: Sight, own: str) -> Html:
    """Return what alerts say is worse than the public reads, and what a person can say to it."""
    was = {name: one.components.get(name, Status.OPERATIONAL) for name in one.unconfirmed}
    rows = [
        f"{line(sight.titles.get(name, name))}: {STATUS_WORDS[status]}, not {STATUS_WORDS[was[name]]}"
        for name, status in one.unconfirmed.items()
    ]
    told = "The public reads the one before until somebody says that it is so."
    parts = [tag("ul", *(tag("li", row) for row in rows), class_="states"), tag("p", told, class_="quiet")]
    if reader.may_act:
        for button, statuses in (("It is so", one.unconfirmed), ("It is as before", was)):
            fields = [hide(f"status-{name}", status.value) for name, status in statuses.items()]
            parts.append(form(reader, f"{own}/change", *fields, button=button, quiet=True))
    return section("Alerts say that it is worse", *parts)


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
