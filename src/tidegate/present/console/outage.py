"""What is known of one outage, and what can be done about it? The page an operator works on.

What is to be said comes first: the words, what the rules find, one button. Everything else is below it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tidegate.inform.phrases import LANGUAGES
from tidegate.inform.wording import Finding
from tidegate.present.console.alerts import AlertSight, alerts_part
from tidegate.present.console.frame import (
    CONSOLE,
    Reader,
    area,
    choice,
    console_page,
    entry,
    form,
    hide,
    more,
    section,
    tick,
)
from tidegate.present.console.hands import hands_part
from tidegate.present.console.now import outage_card, state_words
from tidegate.present.console.timeline import timeline
from tidegate.present.outage_text import STATUS_WORDS, impact_text
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.site.text import line, mark
from tidegate.present.site.words import SiteWords
from tidegate.track.component import Status
from tidegate.track.lifecycle import OutageEvent, possible
from tidegate.track.outage import Outage, Update

_EVENTS = {
    OutageEvent.CONFIRM: "Confirm it",
    OutageEvent.CONTAIN: "It is contained",
    OutageEvent.RECOVER: "It recovers",
    OutageEvent.RESOLVE: "It is resolved",
    OutageEvent.RELAPSE: "It is back",
    OutageEvent.SPLIT: "It is an outage of its own",
    OutageEvent.RETRACT: "It was a false alarm",
    OutageEvent.END_EXERCISE: "End the exercise",
}


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What the page shows besides the outage itself.

    Parameters
    ----------
    titles
        What people call components, segments and tools.
    draft, findings
        The words that wait, and which rules they do not keep; None where none wait.
    others
        Outages it could be merged into: title by id.
    cases_count, waiting_count
        How many cases belong to it, and how many of them wait.
    texts
        The words that wait, or what was typed and not taken, by language, the site's own first.
    public_way
        Where the public reads of it; empty where it is not public.
    segments
        The customer segments that words may be for alone: title by name.
    alerts
        What its alerts mean.
    colleagues, next_call
        Who could take it over; who is called next and when, where nobody answers.
    closing
        The words with which it would end, by language; empty where the public was told nothing.
    closing_findings
        Which rules these do not keep.
    firing_count
        How many of its alerts still fire, where it was tried to do something and refused; 0 before.
    """

    titles: Mapping[str, str]
    draft: Update | None = None
    findings: Sequence[Finding] = ()
    others: Mapping[str, str] = field(default_factory=dict)
    cases_count: int = 0
    waiting_count: int = 0
    texts: Mapping[str, str] = field(default_factory=dict)
    public_way: str = ""
    segments: Mapping[str, str] = field(default_factory=dict)
    alerts: AlertSight = field(default_factory=AlertSight)
    closing: Mapping[str, str] = field(default_factory=dict)
    closing_findings: Sequence[Finding] = ()
    firing_count: int = 0
    colleagues: Sequence[str] = ()
    next_call: tuple[str, float] | None = None


def outage_page(reader: Reader, one: Outage, sight: Sight) -> str:
    """Return the page of an outage."""
    own = f"{CONSOLE}/outages/{one.id}"
    parts = [tag("h1", line(one.title)), _head(reader, one, sight)]
    if reader.may_act:
        parts.append(hands_part(reader, one, own, colleagues=sight.colleagues, next_call=sight.next_call))
    if one.unconfirmed:
        parts.append(_unconfirmed(reader, one, sight, own))
    parts.append(alerts_part(reader, one.seen, sight.alerts, own))
    if reader.may_act:
        parts.append(_speak(reader, one, sight, own))
        parts.append(_move(reader, one, sight, own))
    parts.append(_affected(one, sight))
    parts.append(_cases(reader, one, sight, own))
    parts.append(section("Timeline", timeline(reader, one, sight.titles)))
    if reader.may_act:
        parts.append(section("More", *_more(reader, one, sight, own)))
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
        why = f" ({one.because})" if one.because else ""
        rows.append(
            tag("p", tag("b", "Cause: "), f"{sight.titles.get(one.cause, one.cause)}, {one.certainty}{why}.")
        )
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


# -- words ------------------------------------------------------------------------------------------


def _speak(reader: Reader, one: Outage, sight: Sight, own: str) -> Html:
    head = "Say that it is over" if one.is_left_open else "What to say"
    left = "Whoever heard of its begin has not been told of its end."
    warned = [tag("p", left, class_="late")] if one.is_left_open else []
    if sight.draft is None:
        ready = form(reader, f"{own}/draft", button="Draft what to say")
        return section(head, *warned, tag("p", "No draft waits.", class_="quiet"), ready)
    first, *others = (
        area(f"Public words ({_tongue(language)})", f"text-{language}", text, rows=_rows_count(text))
        for language, text in sight.texts.items()
    )
    fields = [first]
    if others:
        count = f"{len(others)} other language{'s' if len(others) > 1 else ''}"
        in_others = any(finding.language in [*sight.texts][1:] for finding in sight.findings)
        fields.append(more(f"The same in {count}", *others, is_open=in_others))
    if sight.segments:
        fields.append(choice("For whom?", "segment", {"": "everybody", **_only(sight.segments)}))
    must = [finding for finding in sight.findings if finding.must]
    if must:
        fields.append(tick("Publish although a rule that must be kept is broken", "despite"))
    press = form(
        reader, f"{own}/publish", hide("draft", sight.draft.id), *fields, button="Publish these words"
    )
    again = more(
        "Draft it anew",
        form(
            reader,
            f"{own}/draft",
            entry("What to say first", "lead", hint="Instead of the standing sentence on its state."),
            entry(
                "What people can do meanwhile",
                "advice",
                one.advice,
                hint="It stands until you say otherwise; without it, what the world says.",
            ),
            entry(
                "When do we speak next?",
                "next",
                hint="Such as 2021-12-07T08:30-08:00; the usual cadence if left out.",
            ),
            button="Draft anew",
            quiet=True,
        ),
    )
    return section(head, *warned, _findings(sight.findings), press, again)


def _tongue(language: str) -> str:
    return SiteWords(language)("language") if language in LANGUAGES else language


def _only(segments: Mapping[str, str]) -> dict[str, str]:
    return {name: f"{line(title)} only, on their own page" for name, title in segments.items()}


def _rows_count(text: str) -> int:
    """Return how many rows show a text whole, within reason."""
    return min(sum(1 + len(row) // 75 for row in text.split("\n")) + 1, 24)


def _findings(findings: Sequence[Finding]) -> Html:
    if not findings:
        return tag(
            "p",
            "The words keep every rule: who, what they see, since when, what to do, when next.",
            class_="quiet",
        )
    rows = [
        tag(
            "li",
            tag("span", "Must be mended: " if one.must else "Could be better: "),
            f"{one.says} ({one.language})",
            class_="must" if one.must else None,
        )
        for one in findings
    ]
    return tag("ul", *rows, class_="findings")


def _move(reader: Reader, one: Outage, sight: Sight, own: str) -> Html:
    can = [event for event in possible(one.state) if event in _EVENTS]
    if one.is_exercise and OutageEvent.END_EXERCISE in can:
        can = [event for event in can if event is not OutageEvent.RESOLVE]
    else:
        can = [event for event in can if event is not OutageEvent.END_EXERCISE]
    forms = [
        form(
            reader, f"{own}/move", hide("event", event.value),
            *(_despite(sight) if event is OutageEvent.RESOLVE else ()), button=_EVENTS[event], quiet=True,
        )
        for event in can
    ]  # fmt: skip
    ends = OutageEvent.END_EXERCISE if one.is_exercise else OutageEvent.RESOLVE
    if sight.closing and ends in can:
        forms[can.index(ends)] = join()
        row = tag("div", *forms, class_="row")
        return section("Where it stands", row, _end(reader, sight, ends, own))
    told = tag("p", "Nothing more can happen to it.", class_="quiet")
    return section("Where it stands", tag("div", *forms, class_="row") if forms else told)


def _end(reader: Reader, sight: Sight, ends: OutageEvent, own: str) -> Html:
    """Return the way to the end: closing words and the move together, or the move alone."""
    fields = [
        area(f"Closing words ({_tongue(language)})", f"closing-{language}", text, rows=_rows_count(text))
        for language, text in sight.closing.items()
    ]
    said = "They go to everybody who heard of its begin, and to the customers whose cases wait for its end."
    fields += _despite(sight)
    both = form(reader, f"{own}/resolve", *fields, button="Resolve it and publish these words")
    alone = form(
        reader, f"{own}/move", hide("event", ends.value), *_despite(sight),
        button="Resolve it, the words follow", quiet=True,
    )  # fmt: skip
    found = [_findings(sight.closing_findings)] if sight.closing_findings else []
    is_open = bool(sight.firing_count)
    return more(_EVENTS[ends], tag("p", said, class_="quiet"), *found, both, alone, is_open=is_open)


def _despite(sight: Sight) -> list[Html]:
    """Return the box to tick where alerts still fire; none before it was tried without."""
    if not sight.firing_count:
        return []
    count = f"{sight.firing_count:,} alert{'s' if sight.firing_count > 1 else ''}"
    return [
        tick(
            f"Resolve it although {count} still fire{'' if sight.firing_count > 1 else 's'}", "despite_alerts"
        )
    ]


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
        answer = form(
            reader,
            f"{own}/reply",
            area("One answer to all of them, each in its own thread", "text", rows=4),
            button=f"Answer {sight.waiting_count:,} case{'s' if sight.waiting_count > 1 else ''}",
            quiet=True,
        )
        parts.append(more("Answer all open cases", answer))
    return section("Cases", *parts)


# -- what else can be done --------------------------------------------------------------------------


def _more(reader: Reader, one: Outage, sight: Sight, own: str) -> Iterator[Html]:
    statuses = {status.value: STATUS_WORDS[status] for status in Status if status is not Status.MAINTENANCE}
    if one.is_open and one.components:
        fields = [
            choice(sight.titles.get(name, name), f"status-{name}", statuses, status.value)
            for name, status in one.components.items()
        ]
        yield more(
            "Its components are otherwise",
            form(reader, f"{own}/change", tag("div", *fields, class_="pair"), button="Keep it", quiet=True),
        )
    yield more(
        "Something was tried",
        form(
            reader,
            f"{own}/tried",
            entry("What was done?", "what"),
            entry("What did it do?", "effect"),
            button="Keep it",
            quiet=True,
        ),
    )
    yield more(
        "A note, never published",
        form(reader, f"{own}/note", area("Note", "text", rows=3), button="Keep it", quiet=True),
    )
    yield more(
        "Something on record was never so",
        form(
            reader,
            f"{own}/correct",
            entry("It is called", "title", one.title),
            entry("It began", "since", hint="Such as 2021-12-07T07:30-08:00; as on record if left out."),
            entry("It comes from", "cause", one.cause),
            entry("How is that cause known?", "evidence", hint="Left out, its evidence is not on record."),
            entry("What was wrong?", "because", required=True),
            button="Correct it",
            quiet=True,
        ),
    )
    if sight.others and OutageEvent.MERGE in possible(one.state):
        yield more(
            "It is part of another outage",
            form(
                reader,
                f"{own}/merge",
                choice("Which?", "into", dict(sight.others)),
                entry("Why?", "because"),
                button="Merge",
                quiet=True,
            ),
        )
