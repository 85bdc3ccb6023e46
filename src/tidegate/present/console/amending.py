"""What else is to be kept of an outage? How it is otherwise, what was tried, what was never so."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.present.console.fields import Fields
from tidegate.present.console.frame import Reader, more
from tidegate.present.console.sight import Sight
from tidegate.present.record.outage_text import STATUS_WORDS
from tidegate.present.report.markup import Html, tag
from tidegate.track.component import Status
from tidegate.track.lifecycle import OutageEvent, possible
from tidegate.track.outage import Outage


def amending_parts(reader: Reader, one: Outage, sight: Sight, own: str) -> Iterator[Html]:
    """Yield the forms."""
    if one.is_open and one.components:
        yield _otherwise(reader, one, sight, own)
    tried = Fields(reader, f"{own}/tried")
    yield more(
        "Something was tried",
        tried.form(
            tried.entry("What was done?", "what"), tried.entry("What did it do?", "effect"),
            button="Keep it", quiet=True,
        ),
        is_open=tried.is_back,
    )  # fmt: skip
    note = Fields(reader, f"{own}/note")
    said = note.form(note.area("Note", "text", rows=3), button="Keep it", quiet=True)
    yield more("A note, never published", said, is_open=note.is_back)
    yield _correction(reader, one, sight, own)
    if sight.others and OutageEvent.MERGE in possible(one.state):
        merge = Fields(reader, f"{own}/merge")
        fields = (merge.choice("Which?", "into", dict(sight.others)), merge.entry("Why?", "because"))
        way = merge.form(*fields, button="Merge", quiet=True)
        yield more("It is part of another outage", way, is_open=merge.is_back)


def _otherwise(reader: Reader, one: Outage, sight: Sight, own: str) -> Html:
    statuses = {status.value: STATUS_WORDS[status] for status in Status if status is not Status.MAINTENANCE}
    change = Fields(reader, f"{own}/change")
    fields = [
        change.choice(sight.titles.get(name, name), f"status-{name}", statuses, status.value)
        for name, status in one.components.items()
    ]
    kept = change.form(tag("div", *fields, class_="pair"), button="Keep it", quiet=True)
    return more("Its components are otherwise", kept, is_open=change.is_back)


def _correction(reader: Reader, one: Outage, sight: Sight, own: str) -> Html:
    correct = Fields(reader, f"{own}/correct")
    causes = sight.causes if one.cause in {"", *sight.causes} else {one.cause: one.cause, **sight.causes}
    comes = "It comes from"
    unknown = {} if one.cause else {"": "not known"}
    cause = (
        correct.choice(comes, "cause", {**unknown, **causes}, one.cause)
        if sight.causes
        else correct.entry(comes, "cause", one.cause)
    )
    way = correct.form(
        correct.entry("It is called", "title", one.title),
        correct.moment("It began", "since", hint=f"As on record if left out; in {reader.zone}."),
        cause,
        correct.entry(
            "How is that cause known?", "evidence", hint="Left out, its evidence is not on record."
        ),
        correct.entry("What was wrong?", "because", required=True),
        button="Correct it",
        quiet=True,
    )
    return more("Something on record was never so", way, is_open=correct.is_back)
