"""What is to be said of an outage, and where does it stand? The words, what the rules find, one button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tidegate.inform.phrases import LANGUAGES
from tidegate.inform.wording import Finding
from tidegate.present.console.fields import Fields
from tidegate.present.console.frame import Reader, area, form, hide, more, section
from tidegate.present.console.sight import Sight
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.site.escaped import line
from tidegate.present.site.words import SiteWords
from tidegate.track.lifecycle import OutageEvent, possible
from tidegate.track.outage import Outage

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


def speaking_part(reader: Reader, one: Outage, sight: Sight, own: str) -> Html:
    """Return the words that wait, and the way to others."""
    head = "Say that it is over" if one.is_left_open else "What to say"
    left = "Whoever heard of its begin has not been told of its end."
    warned = [tag("p", left, class_="late")] if one.is_left_open else []
    if sight.draft is None:
        ready = form(reader, f"{own}/draft", button="Draft what to say")
        return section(head, *warned, tag("p", "No draft waits.", class_="quiet"), ready)
    press = Fields(reader, f"{own}/publish")
    first, *others = (
        area(f"Public words ({_tongue(language)})", f"text-{language}", text, rows=_rows_count(text))
        for language, text in sight.texts.items()
    )
    fields = [hide("draft", sight.draft.id), first]
    if others:
        count = f"{len(others)} other language{'s' if len(others) > 1 else ''}"
        in_others = any(finding.language in [*sight.texts][1:] for finding in sight.findings)
        fields.append(more(f"The same in {count}", *others, is_open=in_others))
    if sight.segments:
        fields.append(press.choice("For whom?", "segment", {"": "everybody", **_only(sight.segments)}))
    if any(finding.must for finding in sight.findings):
        fields.append(press.tick("Publish although a rule that must be kept is broken", "despite"))
    ready = press.form(*fields, button="Publish these words")
    return section(head, *warned, _findings(sight.findings), ready, _anew(reader, one, own))


def _anew(reader: Reader, one: Outage, own: str) -> Html:
    draft = Fields(reader, f"{own}/draft")
    stands = "It stands until you say otherwise; without it, what the world says."
    way = draft.form(
        draft.entry("What to say first", "lead", hint="Instead of the standing sentence on its state."),
        draft.entry("What people can do meanwhile", "advice", one.advice, hint=stands),
        draft.moment(
            "When do we speak next?", "next", hint=f"The usual cadence if left out; in {reader.zone}."
        ),
        button="Draft anew",
        quiet=True,
    )
    return more("Draft it anew", way, is_open=draft.is_back)


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


def moving_part(reader: Reader, one: Outage, sight: Sight, own: str) -> Html:
    """Return what can happen to it."""
    can = [event for event in possible(one.state) if event in _EVENTS]
    if one.is_exercise and OutageEvent.END_EXERCISE in can:
        can = [event for event in can if event is not OutageEvent.RESOLVE]
    else:
        can = [event for event in can if event is not OutageEvent.END_EXERCISE]
    forms = [_moved(Fields(reader, f"{own}/move", event=event.value), sight, event) for event in can]
    ends = OutageEvent.END_EXERCISE if one.is_exercise else OutageEvent.RESOLVE
    if sight.closing and ends in can:
        forms[can.index(ends)] = join()
        row = tag("div", *forms, class_="row")
        return section("Where it stands", row, _end(reader, sight, ends, own))
    told = tag("p", "Nothing more can happen to it.", class_="quiet")
    return section("Where it stands", tag("div", *forms, class_="row") if forms else told)


def _moved(way: Fields, sight: Sight, event: OutageEvent) -> Html:
    box = _despite(way, sight) if event is OutageEvent.RESOLVE else ()
    return way.form(*box, button=_EVENTS[event], quiet=True)


def _end(reader: Reader, sight: Sight, ends: OutageEvent, own: str) -> Html:
    """Return the way to the end: closing words and the move together, or the move alone."""
    fields = [
        area(f"Closing words ({_tongue(language)})", f"closing-{language}", text, rows=_rows_count(text))
        for language, text in sight.closing.items()
    ]
    said = "They go to everybody who heard of its begin, and to the customers whose cases wait for its end."
    found = [_findings(sight.closing_findings)] if sight.closing_findings else []
    both, move = Fields(reader, f"{own}/resolve"), Fields(reader, f"{own}/move", event=ends.value)
    together = both.form(*fields, *_despite(both, sight), button="Resolve it and publish these words")
    alone = move.form(*_despite(move, sight), button="Resolve it, the words follow", quiet=True)
    is_open = both.is_back or bool(sight.firing_count)
    return more(_EVENTS[ends], tag("p", said, class_="quiet"), *found, together, alone, is_open=is_open)


def _despite(way: Fields, sight: Sight) -> tuple[Html, ...]:
    """Return the box to tick where alerts still fire; none before it was tried without."""
    if not sight.firing_count:
        return ()
    fire = "1 alert still fires" if sight.firing_count == 1 else f"{sight.firing_count:,} alerts still fire"
    return (way.tick(f"Resolve it although {fire}", "despite_alerts"),)
