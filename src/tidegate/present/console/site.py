"""What is there, and what is planned? Components and maintenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tidegate.present.console.fields import Fields
from tidegate.present.console.frame import (
    CONSOLE,
    Reader,
    console_page,
    form,
    more,
    section,
)
from tidegate.present.record.outage_text import STATUS_WORDS, span_text
from tidegate.present.record.recurrence_text import rule_text
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.site.escaped import line, mark
from tidegate.track.component import Component, Status
from tidegate.track.maintenance import Maintenance


@dataclass(frozen=True, kw_only=True)
class Offered:
    """What a world could show besides: id and title, and whether it is nobody's but ours."""

    id: str
    title: str
    is_internal: bool


def components_page(
    reader: Reader,
    components: Sequence[Component],
    statuses: Mapping[str, Status],
    *,
    offered: Sequence[Offered],
    bindings: Mapping[tuple[str, str], str],
    notes: Sequence[str] = (),
) -> str:
    """Return all components.

    Parameters
    ----------
    reader
        For whom.
    components, statuses
        The components, and how each is.
    offered
        What the world could show besides.
    bindings
        What labels of alerts mean: a component's id by name and value.
    notes
        What is to be said of what was just kept, as sentences.
    """
    own = f"{CONSOLE}/components"
    rows = [_component(reader, one, statuses[one.id], own) for one in components]
    parts = [
        tag("h1", "Components"),
        *(tag("p", line(one), class_="late") for one in notes),
        tag("ul", *rows, class_="components") if rows else _none(),
    ]
    unknown = [one for one in components if statuses[one.id] is Status.UNKNOWN]
    if reader.may_act and unknown:
        parts.append(_looked(reader, unknown, own))
    if reader.may_act and offered:
        parts.append(more("Choose what customers know", _choose(reader, offered, own), is_open=not rows))
    if reader.may_act:
        parts.append(_declare(reader, offered, own))
    if bindings:
        parts.append(section("What labels of alerts mean", _bindings(bindings, components)))
    return console_page(reader, "Components", *parts, here=own)


def _declare(reader: Reader, offered: Sequence[Offered], own: str) -> Html:
    nouns = {"": "none", **{one.id: one.title for one in offered}}
    one = Fields(reader, own)
    behind = "Service or crossing of the world behind it"
    fields = [
        one.entry("Id", "id", required=True, hint="Letters, digits, hyphens; it stays for ever."),
        one.entry("Title", "title", required=True),
        one.entry("Group", "group"),
        one.entry("Region", "region"),
        one.entry("What is it?", "describes"),
        one.choice("Service of the world behind it", "noun", nouns) if offered else one.entry(behind, "noun"),
        one.tick("It is no longer shown", "retired"),
    ]
    way = one.form(tag("div", *fields, class_="pair"), button="Keep it")
    return more("Add or change a component", way, is_open=one.is_back)


def _none() -> Html:
    told = "No component is declared, so the public page has nothing to show and vouches for nothing."
    return tag("p", told, class_="quiet")


def _box(name: str, value: str, title: str, *, is_ticked: bool = False) -> Html:
    box = tag("input", type="checkbox", name=name, value=value, checked=is_ticked)
    return tag("label", box, tag("span", line(title)), class_="tick")


def _looked(reader: Reader, unknown: Sequence[Component], own: str) -> Html:
    """Return the way to say of several components at once that somebody looked and they work."""
    boxes = [_box("id", one.id, one.title) for one in unknown]
    told = "Nobody has said how these are, so the public page calls them unknown."
    return section(
        "Not known yet",
        tag("p", told, class_="quiet"),
        form(reader, f"{own}/vouch", tag("fieldset", *boxes), button="I looked: the ticked ones work"),
    )


def _choose(reader: Reader, offered: Sequence[Offered], own: str) -> Html:
    known = [_box("id", one.id, one.title, is_ticked=True) for one in offered if not one.is_internal]
    internal = [_box("id", one.id, one.title) for one in offered if one.is_internal]
    told = "The public page lists what you tick. Customers know segments and what the world calls public."
    fields = [tag("fieldset", *known)] if known else []
    if internal:
        hidden = tag("fieldset", *internal)
        fields.append(more(f"{len(internal)} services of ours, which customers may not know", hidden))
    return join(
        tag("p", told, class_="quiet"), form(reader, f"{own}/world", *fields, button="Show the ticked ones")
    )


def _bindings(bindings: Mapping[tuple[str, str], str], components: Sequence[Component]) -> Html:
    called = {one.id: one.title for one in components}
    rows = [
        tag("li", tag("code", f"{line(label)}={line(value)}"), f" means {line(called.get(name, name))}")
        for (label, value), name in sorted(bindings.items())
    ]
    return tag("ul", *rows, class_="states")


def _component(reader: Reader, one: Component, status: Status, own: str) -> Html:
    noun = one.noun if one.noun != one.id else ""
    about = " · ".join(part for part in (one.id, one.group, one.region, noun) if part)
    title = tag(
        "span",
        tag("span", line(one.title)),
        tag("span", line(about), class_="about"),
        class_="title",
    )
    shown = tag("span", mark(status), STATUS_WORDS[status], class_=f"status {status.value}")
    if not reader.may_act:
        return tag("li", title, shown)
    options = {known.value: STATUS_WORDS[known] for known in Status if known is not Status.MAINTENANCE}
    claim = Fields(reader, f"{own}/claim", id=one.id)
    says = claim.form(
        claim.choice(f"{one.title} is", "status", options, status.value), claim.entry("Why?", "because"),
        button="Say so", quiet=True,
    )  # fmt: skip
    return tag("li", title, shown, more("Say how it is", says, is_open=claim.is_back))


def maintenance_page(reader: Reader, works: Sequence[Maintenance], components: Sequence[Component]) -> str:
    """Return the planned work, what comes next first."""
    own = f"{CONSOLE}/maintenance"
    ahead_s = 400 * 86_400.0
    coming = []
    for one in works:
        window = next(iter(one.windows(reader.now_s, reader.now_s + ahead_s)), None)
        if window:
            coming.append((window, one))
    rows = [_work(reader, one, window, own) for window, one in sorted(coming, key=lambda pair: pair[0])]
    parts = [tag("h1", "Maintenance"), *(rows or [tag("p", "No work is planned.", class_="quiet")])]
    if reader.may_act:
        parts.append(section("Plan work", _plan(reader, components, own)))
    return console_page(reader, "Maintenance", *parts, here=own)


def _plan(reader: Reader, components: Sequence[Component], own: str) -> Html:
    plan = Fields(reader, own)
    ticks = [plan.tick(line(one.title), "component", one.id) for one in components]
    recurs = "RFC 5545, such as FREQ=WEEKLY;BYDAY=TU; once if left out."
    return plan.form(
        plan.entry("Title", "title", required=True),
        plan.area("What is done, for the public", "describes", rows=3),
        plan.moment("It begins", "starts", required=True, hint="In the time zone below."),
        plan.entry("It takes", "lasts", "1h", hint="Such as 90min or 2h."),
        plan.entry("Time zone", "zone", reader.zone),
        plan.entry("It recurs", "rule", hint=recurs),
        plan.group("It touches", "component", *ticks) if ticks else join(),
        button="Plan it",
    )


def _work(reader: Reader, one: Maintenance, window: tuple[float, float], own: str) -> Html:
    is_now = window[0] <= reader.now_s
    when = [
        tag("span", "under way" if is_now else f"in {span_text(window[0] - reader.now_s)}", class_="state"),
        " · ",
        reader.when(window[0]),
        f", {span_text(one.lasts_s)}",
    ]
    again = f" · {rule_text(one.rule)}" if one.rule else ""
    drop = (
        form(reader, f"{own}/{one.id}/cancel", button="Cancel it", quiet=True) if reader.may_act else join()
    )
    return tag(
        "article",
        tag("h3", line(one.title)),
        tag("p", *when, again, class_="facts"),
        tag("p", line(one.describes)),
        drop,
        class_="card",
    )
