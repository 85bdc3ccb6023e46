"""How does the catalogue read? All entries, a line or two each; or one whole, with where it comes from."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence

from tidegate.present.layout import BOLD, DIM, Page
from tidegate.world.catalogue.entries import Entry

_HEADINGS = {"behaviour": "Client behaviours", "device": "Devices", "syn": "SYN retransmission"}
_WHERE = {
    "refused": "connections are refused",
    "closed": "the server closes or resets",
    "silent": "nothing answers",
    "status": "it is answered with an error",
}
_TAG_COUNT = 10
_LEAST_ROOM = 20


def catalogue_text(
    entries: Sequence[Entry], *, width: int, colour: bool = False, unicode: bool = True
) -> str:
    """Return all entries by kind: name, how it is known, title."""
    page = Page(width=width, colour=colour, unicode=unicode)
    wide = max(len(entry.name) for entry in entries) + 2
    fits = width - wide - _TAG_COUNT >= _LEAST_ROOM
    for kind, heading in _HEADINGS.items():
        page.add(heading, style=BOLD)
        for entry in entries:
            if entry.kind == kind and fits:
                page.paragraph(entry.title, hang=f"{entry.name:<{wide}}{entry.tag:<{_TAG_COUNT}}")
            elif entry.kind == kind:
                page.paragraph(f"{entry.name} ({entry.tag}): {entry.title}")
        page.add()
    page.paragraph("`tidegate catalogue NAME` shows an entry whole, with its source and date.", indent="")
    return page.text()


def entry_text(entry: Entry, *, width: int = 80, colour: bool = False, unicode: bool = True) -> str:
    """Return one entry whole."""
    page = Page(width=width, colour=colour, unicode=unicode)
    page.paragraph(f"{entry.name} · {entry.title}", indent="", style=BOLD)
    page.add()
    if entry.kind == "syn":
        page.paragraph(f"a SYN is repeated after {', '.join(map(str, entry.tree))} s")
    else:
        _add(page, entry.tree, "  ", entry.source)
    page.add()
    page.paragraph(entry.version, hang="version  ")
    page.add(f"  source   {page.plain(entry.source)}")  # whole: an address that is cut leads nowhere
    page.paragraph(f"{entry.read_on} ({entry.tag})", hang="read     ", style=DIM)
    if entry.note:
        page.paragraph(entry.note, hang="note     ")
    for situation, name in entry.situations.items():
        page.paragraph(f"{_WHERE[situation]}: {name}", hang="where    ")
    return page.text()


def _add(page: Page, item: object, indent: str, source: str) -> None:
    """Add what an entry states: keys with their values, lists an item each, numbers with their range."""
    if isinstance(item, list | tuple):
        for one in item:
            start = len(page.lines)
            _add(page, one, indent + "  ", source)
            page.lines[start] = f"{indent}- {page.lines[start].lstrip()}"
    elif isinstance(item, Mapping) and "value" not in item:
        for key, one in item.items():
            if isinstance(one, list | tuple) or (isinstance(one, Mapping) and "value" not in one):
                page.add(f"{indent}{key}:")
                _add(page, one, indent + "  ", source)
            else:
                page.paragraph(f"{key}: {_leaf_text(one, source)}", indent=indent)
    else:
        page.paragraph(_leaf_text(item, source), indent=indent)


def _leaf_text(item: object, source: str) -> str:
    """Return a number with its range and basis; its source only where it is not the whole entry's."""
    if not isinstance(item, Mapping):
        return str(item)
    value, low, high = (str(item[key]) if key in item else "" for key in ("value", "low", "high"))
    known = [str(item.get("basis", "")), str(item.get("source", ""))]
    if low and {low, high} != {value}:
        known.insert(0, f"{low} to {high}")
    said = ", ".join(one for one in known if one and one != source)
    return f"{value} ({said})" if said else value


def catalogue_json(entries: Sequence[Entry]) -> str:
    """Return entries as JSON."""
    return json.dumps([dataclasses.asdict(entry) for entry in entries], indent=2) + "\n"
