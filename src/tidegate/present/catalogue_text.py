"""The catalogue as text and JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence

from tidegate.world.catalogue.entries import Entry

_HEADINGS = {"behaviour": "Client behaviours", "device": "Devices", "syn": "SYN retransmission"}


def catalogue_text(entries: Sequence[Entry], *, width: int) -> str:
    """Return all entries, a line each, by kind."""
    lines: list[str] = []
    wide = max(len(entry.name) for entry in entries) + 2
    for kind, heading in _HEADINGS.items():
        lines += ["", heading]
        for entry in entries:
            if entry.kind == kind:
                title = entry.title[: max(width - wide - 14, 10)]
                lines.append(f"  {entry.name:<{wide}}{title:<{max(width - wide - 12, 12)}}{entry.tag:>9}")
    lines += ["", "tidegate catalogue NAME shows an entry whole, with its source and date."]
    return "\n".join(lines[1:]) + "\n"


def _tree(value: object, indent: int) -> list[str]:
    pad = " " * indent
    if isinstance(value, Mapping) and "value" in value:
        extra = ", ".join(f"{key} {value[key]}" for key in ("low", "high", "basis", "source") if key in value)
        return [f"{value['value']}" + (f"   ({extra})" if extra else "")]
    if isinstance(value, Mapping):
        lines = []
        for key, item in value.items():
            inner = _tree(item, indent + 2)
            lines += (
                [f"{pad}{key}: {inner[0]}"]
                if len(inner) == 1 and inner[0][:1] != " "
                else [f"{pad}{key}:", *inner]
            )
        return lines
    if isinstance(value, list | tuple):
        return [line for item in value for line in [f"{pad}-", *_tree(item, indent + 2)]]
    return [str(value)]


def entry_text(entry: Entry) -> str:
    """Return one entry whole."""
    lines = [f"{entry.name}  {entry.title}", "", *_tree(entry.tree, 2), ""]
    lines += [
        f"  version  {entry.version}",
        f"  source   {entry.source}",
        f"  read     {entry.read_on} ({entry.tag})",
    ]
    if entry.note:
        lines.append(f"  note     {entry.note}")
    return "\n".join(lines) + "\n"


def catalogue_json(entries: Sequence[Entry]) -> str:
    """Return entries as JSON."""
    return json.dumps([dataclasses.asdict(entry) for entry in entries], indent=2) + "\n"
