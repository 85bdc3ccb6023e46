"""Which valid name did someone mean, and how is a foreign value shown? Nothing here knows the nouns."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from itertools import islice

SHOWN_CHARACTERS = 60
LISTED_NAMES = 30
_ALIKE_RATIO = 0.6
_OTHER_CHARACTERS = 8
_MOST_CANDIDATES = 1_000


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the valid name nearest to a mistyped one, or the empty string.

    Case, hyphens and underscores are not counted as differences.
    """
    length = len(name)
    alike = (one for one in names if abs(len(one) - length) <= _OTHER_CHARACTERS)
    plain = {_plain(candidate): candidate for candidate in islice(alike, _MOST_CANDIDATES)}
    found = get_close_matches(_plain(name[:SHOWN_CHARACTERS]), plain, n=1, cutoff=_ALIKE_RATIO)
    return plain[found[0]] if found else ""


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")


def listed(names: Collection[str]) -> str:
    """Return the valid names as one text, cut short where there are very many."""
    if not names:
        return "none is stated"
    told = ", ".join(shown(name) for name in islice(names, LISTED_NAMES))
    more = len(names) - LISTED_NAMES
    return f"{told} and {more:,} more" if more > 0 else told


def shown(value: object) -> str:
    """Return a foreign value as one short line without control characters."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    text = value[: SHOWN_CHARACTERS + 1] if isinstance(value, str) else str(value)
    escaped = "".join(_visible(character) for character in text)
    return escaped if len(escaped) <= SHOWN_CHARACTERS else escaped[: SHOWN_CHARACTERS - 1] + "…"


def _visible(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
