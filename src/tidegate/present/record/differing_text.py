"""What several sites said of one field without knowing of each other: words, and lines of a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tidegate.journal.moment import moment_text
from tidegate.present.record.outage_text import STATUS_WORDS, clock_text
from tidegate.track.component import Status
from tidegate.track.seen_edits import SideBySide

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


def differing_lines(found: Sequence[SideBySide], titles: Mapping[str, str], zone_name: str) -> Iterator[str]:
    """Yield the fields that stand side by side, without wrapping; nothing where there are none."""
    if not found:
        return
    yield ""
    yield (
        "  Said at several sites at once, by people who had not seen what the others said. The last one "
        "holds, also in public, until somebody says again what is so:"
    )
    for each in found:
        yield f"    {field_words(each.field, titles)}"
        for edit in each.edits:
            holds = "; holds" if edit is each.edits[-1] else ""
            who = f"{edit.by} at {edit.site}, {clock_text(edit.said_s, zone_name)}"
            yield f"      {value_words(each.field, edit.value, titles)} — {who}{holds}"


def field_words(field: str, titles: Mapping[str, str]) -> str:
    """Return what a field is called, as `SideBySide` names it."""
    if field in _CALLED:
        return _CALLED[field]
    noun, _, name = field.partition(".")
    return _NAMED[noun].format(titles.get(name, name))


def value_words(field: str, value: object, titles: Mapping[str, str]) -> str:
    """Return a value that was said of a field, in words."""
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
