"""How is HTML written so that no text can become markup? Everything is escaped unless it is `Html`.

Two functions instead of a template engine: the whole report is values in, one text out.
"""

from __future__ import annotations

from html import escape

_VOID = frozenset({"br", "input", "link", "meta"})


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: str | float | bool | None) -> Html:
    """Return one element; children that are not `Html` are escaped.

    Attribute names lose a trailing underscore and turn the others into hyphens (`class_`,
    `data_chart`); True writes the bare name; None and False leave the attribute out.
    """
    written = "".join(
        f" {_attribute_name(key)}" if value is True else f' {_attribute_name(key)}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(*children)}</{name}>")


def join(*parts: str) -> Html:
    """Return the parts one after the other, escaped where they are not `Html`."""
    return Html("".join(part if isinstance(part, Html) else escape(part) for part in parts))


def _attribute_name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def prose(text: str) -> Html:
    """Return text in which `words between backticks` are code."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return join(text)
    return join(*(tag("code", piece) if i % 2 else piece for i, piece in enumerate(pieces)))
