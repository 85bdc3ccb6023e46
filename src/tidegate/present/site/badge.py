"""A word on somebody else's page: a badge as SVG that says how things are, in shape and word.

Shortcut: a badge cannot show its age, and its width is reckoned from the number of letters.
"""

from __future__ import annotations

from tidegate.present.report.markup import Html, tag
from tidegate.present.site.escaped import line
from tidegate.track.component import Status

_GROUND = {
    Status.OPERATIONAL: "#0b6384",
    Status.MAINTENANCE: "#56616b",
    Status.UNKNOWN: "#56616b",
    Status.DEGRADED: "#8a5a00",
    Status.PARTIAL: "#b8410f",
    Status.MAJOR: "#8f1d14",
}
_LETTER_PX = 6.6
_LONGEST_COUNT = 60


def badge(title: str, said: str, status: Status) -> bytes:
    """Return a badge: a title, and what is said of it."""
    title, said = _short(title), _short(said)
    left, right = (round(len(text) * _LETTER_PX + 14) for text in (title, said))
    alt = f"{title}: {said}"
    made = tag(
        "svg",
        tag("title", alt),
        tag("rect", width=left + right, height=20, rx=3, fill="#2b333a"),
        tag("path", d=_rounded(left, right), fill=_GROUND[status]),
        tag(
            "g",
            _words(title, 7, left - 14),
            _words(said, left + 7, right - 14),
            fill="#fff", font_family="Verdana,Geneva,DejaVu Sans,sans-serif", font_size=11,
        ),
        xmlns="http://www.w3.org/2000/svg", width=left + right, height=20, role="img", aria_label=alt,
    )  # fmt: skip
    return f"{made}\n".encode()


def _rounded(x: int, width: int) -> str:
    return f"M{x} 0h{width - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-{width - 3}z"


def _words(text: str, x: int, length: int) -> Html:
    return tag("text", text, x=x, y=14, textLength=max(length, 1), lengthAdjust="spacingAndGlyphs")


def _short(text: str) -> str:
    text = line(text)
    return text if len(text) <= _LONGEST_COUNT else text[: _LONGEST_COUNT - 1] + "…"
