"""What did several sites say of one field without knowing of each other? All of it, beside each other.

It stands here until somebody says again what is so who has seen all of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tidegate.journal.moment import moment_text
from tidegate.present.console.fields import Fields
from tidegate.present.console.frame import Reader, hide, section
from tidegate.present.record.outage_text import STATUS_WORDS
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.site.escaped import clean, line
from tidegate.track.component import Status
from tidegate.track.seen_edits import SETTLED_BY_WORD, Edit, SideBySide

_CALLED: Mapping[str, str] = {
    "title": "What it is called",
    "since_s": "When it began",
    "cause": "What it comes from",
    "certainty": "How sure we are",
    "segments": "Who is hit",
    "advice": "What everybody can do meanwhile",
    "state": "Its state",
    "holder": "Who has it in hand",
    "asked": "Who is asked to take it over",
    "words": "The public words",
}
_NAMED: Mapping[str, str] = {
    "components": "{}",
    "sees": "What is lost: {}",
    "keeps": "What goes on working: {}",
    "does": "What can be done meanwhile: {}",
    "words": "The words for {} alone",
}


def side_by_side_part(
    reader: Reader, found: Sequence[SideBySide], own: str, titles: Mapping[str, str]
) -> Html:
    """Return the fields that stand side by side, and how one of the values is kept."""
    told = (
        "Whoever said each of these had not seen the others. The last one holds, also in public, until "
        "somebody says again what is so."
    )
    parts = [tag("p", told, class_="quiet")]
    for each in found:
        last = each.edits[-1]
        rows = [
            tag("li", *_row(reader, each.field, edit, own, titles, holds=edit is last)) for edit in each.edits
        ]
        parts += [tag("h3", line(_called(each.field, titles))), tag("ul", *rows, class_="states")]
    return section("Said at several sites at once", *parts)


def _row(
    reader: Reader, field: str, edit: Edit, own: str, titles: Mapping[str, str], *, holds: bool
) -> list[Html]:
    said = [
        tag("b", clean(_value(field, edit.value, titles))), f" — {clean(edit.by)} at {clean(edit.site)}, ",
        reader.when(edit.said_s), "; holds" if holds else "",
    ]  # fmt: skip
    if not reader.may_act or field.partition(".")[0] not in SETTLED_BY_WORD:
        return [join(*said)]
    way = Fields(reader, f"{own}/settle")
    which = (hide("field", field), hide("site", edit.site), hide("said", repr(edit.said_s)))
    return [join(*said), way.form(*which, button="It is so", quiet=True)]


def _called(field: str, titles: Mapping[str, str]) -> str:
    if field in _CALLED:
        return _CALLED[field]
    noun, _, name = field.partition(".")
    return _NAMED[noun].format(titles.get(name, name))


def _value(field: str, value: object, titles: Mapping[str, str]) -> str:
    noun = field.partition(".")[0]
    if noun == "components":
        return STATUS_WORDS[Status(str(value))]
    if field == "since_s" and isinstance(value, (int, float)):
        return moment_text(value)
    if isinstance(value, Mapping):
        return " / ".join(str(text) for text in value.values())
    if isinstance(value, (list, tuple)):
        return ", ".join(titles.get(str(name), str(name)) for name in value) or "nobody"
    if field == "cause":
        return titles.get(str(value), str(value))
    return str(value).replace("_", " ") if noun == "state" else str(value) or "nobody"
