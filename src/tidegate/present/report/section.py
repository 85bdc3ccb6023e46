"""How is a part of the report set off? With its heading, or folded, with a title that says what is in it."""

from __future__ import annotations

from tidegate.present.report.markup import Html, tag


def section(key: str, title: str, *parts: str) -> Html:
    """Return parts under a heading, as one section that is named by it."""
    return tag("section", tag("h2", title, id=f"{key}-title"), *parts, id=key, aria_labelledby=f"{key}-title")


def fold(key: str, title: str, holds: str, *parts: str) -> Html:
    """Return parts that are folded away; the title says what they are, and how much of it there is."""
    much = tag("span", f" · {holds}", class_="quiet") if holds else ""
    return tag("details", tag("summary", title, much), *parts, id=key)
