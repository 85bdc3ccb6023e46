"""What is a phrase in one of the languages? The tables of words keep them side by side in one order."""

from __future__ import annotations

from collections.abc import Mapping

ORDER = ("en", "de", "fr", "es")
"""The languages of a row, in turn."""

Row = tuple[str, str, str, str]


def phrase(rows: Mapping[str, Row], name: str, language: str, /, *places: object, **values: object) -> str:
    """Return a phrase in one of the languages of `ORDER`, with its places filled if any are given."""
    text = rows[name][ORDER.index(language)]
    return text.format(*places, **values) if places or values else text
