"""The first estimate of a world as one value and as one text, where a user sees it come in parts."""

from __future__ import annotations

from tidegate.present.verdict.first_words import FirstWords, closing_text, opening_text
from tidegate.verbs.first_look import first_looks
from tidegate.world.world import WorldFile


def first_look(file: WorldFile, activity: str | None) -> FirstWords:
    """Return the fluid engine's whole estimate of one activity."""
    *_, whole = first_looks(file, activity)
    return whole


def first_words_text(words: FirstWords, *, width: int = 80) -> str:
    """Return the first estimate in a few lines, ending in a line break."""
    return opening_text(words, width=width) + closing_text(words, width=width)
