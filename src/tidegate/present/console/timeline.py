"""What was said and done in one outage, the latest first: in the order in which it was said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from tidegate.present.console.frame import Reader
from tidegate.present.record.outage_text import STATUS_WORDS
from tidegate.present.report.markup import Html, tag
from tidegate.present.site.escaped import clean
from tidegate.present.site.markdown import paragraphs
from tidegate.track.component import Status
from tidegate.track.outage import Outage


def timeline(reader: Reader, one: Outage, titles: Mapping[str, str]) -> Html:
    """Return what was said and done; `titles` are what people call components, segments and tools."""
    said = sorted(_happenings(one, titles), key=lambda happening: -happening[0])
    rows = [_row(reader, at_s, head, *body) for _, at_s, head, body in said]
    return tag("ol", *rows, class_="timeline")


_Happening = tuple[float, float, str, tuple[Html, ...]]


def _happenings(one: Outage, titles: Mapping[str, str]) -> Iterator[_Happening]:
    """Yield when each was said, when it was so, its heading and its words."""
    for update in one.updates:
        whom = f"For {titles.get(update.segment, update.segment)} only" if update.segment else "Public"
        yield update.at_s, update.at_s, f"{whom}, by {update.by}", (paragraphs(update.text()),)
    for move in one.moves:
        state = move.state.value.replace("_", " ")
        yield move.said_s, move.at_s, f"{state}, said by {move.by}", (tag("p", move.because),)
    for done in one.tried:
        yield done.at_s, done.at_s, f"Tried, by {done.by}", (tag("p", done.what), tag("p", done.effect))
    for at_s, text in one.notes:
        yield at_s, at_s, "Note, not public", (tag("p", text),)
    for change in one.changes:
        if not change.is_correction and change.said_s > one.opened_s and change.name == "components":
            body = (tag("p", _value(change.value, titles)), tag("p", change.because))
            yield change.said_s, change.at_s, f"Changed: components, by {change.by}", body
    yield from _corrections(one, titles)
    count = len(one.alerts)
    alerts = f"{count} alert{' is' if count == 1 else 's are'} counted to it." if count else ""
    yield one.opened_s, one.opened_s, f"Opened by {one.source}", (tag("p", alerts),)


def _corrections(one: Outage, titles: Mapping[str, str]) -> Iterator[_Happening]:
    """Yield each correction once, whatever it corrected: what was said together was said once."""
    wrong = [change for change in one.changes if change.is_correction]
    for _, together in groupby(wrong, key=lambda change: (change.said_s, change.by, change.because)):
        changes = [*together]
        first = changes[0]
        named = [tag("p", f"{change.name}: {_value(change.value, titles)}") for change in changes]
        head = f"Corrected: {', '.join(change.name for change in changes)}, by {first.by}"
        yield first.said_s, first.at_s, head, (*named, tag("p", first.because))


def _value(value: object, titles: Mapping[str, str]) -> str:
    if isinstance(value, Mapping):
        named = ((titles.get(name, name), item) for name, item in value.items())
        return "; ".join(
            f"{name}: {STATUS_WORDS[item] if isinstance(item, Status) else item}" for name, item in named
        )
    return clean(", ".join(map(str, value)) if isinstance(value, tuple) else str(value))


def _row(reader: Reader, at_s: float, head: str, *body: Html) -> Html:
    said = [part for part in body if part != "<p></p>"]
    return tag("li", tag("h3", reader.when(at_s), f" · {head}"), tag("div", *said, class_="words"))
