"""How do titles, times and statuses become markup? Escaped, and nothing else.

What was published as words on an outage is read in `tidegate.present.site.markdown`.
"""

from __future__ import annotations

import re

from tidegate.inform.draft import when_text
from tidegate.journal.moment import moment_text
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.site.words import SiteWords
from tidegate.track.component import Status

# Control characters break XML and calendars; those that turn the direction of text can hide what it says;
# half a surrogate pair has no bytes.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def clean(text: str) -> str:
    """Return text without control characters and marks that turn its direction; line breaks stay."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def line(text: str) -> str:
    """Return text as one clean line."""
    return " ".join(clean(text).split())


def when(at_s: float, zone: str, words: SiteWords, *, dated: bool = True) -> Html:
    """Return a time, in UTC and local time, as people and programs read it."""
    return tag("time", when_text(at_s, zone, words.phrases, dated=dated), datetime=moment_text(at_s))


def filled(phrase: str, *values: str) -> Html:
    """Return a phrase with markup in its ``{}`` places."""
    parts = phrase.split("{}")
    pieces: list[str] = [parts[0]]
    for value, rest in zip(values, parts[1:], strict=True):
        pieces += [value, rest]
    return join(*pieces)


_SHAPES = {
    Status.OPERATIONAL: '<circle cx="8" cy="8" r="7"/><path class="in" d="M4.5 8.2l2.4 2.4 4.6-5"/>',
    Status.DEGRADED: '<path d="M8 1.2 15.6 14.6H.4z"/><path class="in" d="M8 6v4.2M8 12.3v.4"/>',
    Status.PARTIAL: '<path d="M8 .6 15.4 8 8 15.4.6 8z"/><path class="in" d="M8 4.2v4.6M8 11.2v.5"/>',
    Status.MAJOR: '<path d="M1 1h14v14H1z"/><path class="in" d="M5 5l6 6M11 5l-6 6"/>',
    Status.MAINTENANCE: '<rect x="1" y="3" width="14" height="10" rx="5"/><path class="in" d="M4.5 8h7"/>',
    Status.UNKNOWN: '<circle class="ring" cx="8" cy="8" r="6.2"/><path class="in" d="M8 4.4v4.4M8 11v.6"/>',
}


def mark(status: Status) -> Html:
    """Return the shape of a status; its word stands beside it."""
    shape = Html(_SHAPES[status])
    return tag("svg", shape, class_=f"mark {status.value}", viewBox="0 0 16 16", aria_hidden="true")


def status_words(status: Status, words: SiteWords) -> Html:
    """Return shape and word of a status."""
    return tag("span", mark(status), words.status(status), class_=f"status {status.value}")
