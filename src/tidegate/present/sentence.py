"""How does one sentence stand within another? Capitals and full stops, nothing of what is said."""

from __future__ import annotations

from collections.abc import Sequence


def inside(sentence: str) -> str:
    """Return a sentence as part of another: no full stop, small first letter unless an acronym."""
    text = sentence.rstrip(". ")
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def capitalised(text: str) -> str:
    """Return a text with a capital first letter."""
    return text[:1].upper() + text[1:]


def ended(text: str, *, capital: bool = True) -> str:
    """Return a text with a full stop, unless it ends a sentence already."""
    whole = text if text.endswith((".", "!", "?")) else f"{text}."
    return capitalised(whole) if capital else whole


def listed(texts: Sequence[str]) -> str:
    """Return texts one after the other: ``a, b and c``."""
    return " and ".join([*([", ".join(texts[:-1])] if len(texts) > 1 else []), *texts[-1:]])
