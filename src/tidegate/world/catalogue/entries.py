"""The built-in catalogue: known clients, devices and operating systems, each number with its source.

The data stand in the YAML files beside this module and are read when first asked for; nothing here
knows what a world does with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_FILES = {"behaviour": "behaviours.yaml", "device": "devices.yaml", "syn": "syn.yaml"}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing of the catalogue.

    Parameters
    ----------
    name
        Its name in world files and on the command line.
    kind
        "behaviour", "device" or "syn".
    title
        What it is, in one line.
    tree
        Plain tree of file keys (behaviour, device), or a list of times in seconds (syn).
    version
        Which version of the thing was looked at.
    source
        Where the numbers stand.
    read_on
        Year and month (ISO 8601) in which they were read or measured.
    tag
        "read", "measured", "recalled" (not re-read) or "derived".
    note
        What the numbers leave out; may be empty.
    situations
        Where a client behaves differently when it is refused, closed on, left in silence or answered with
        an error status: the behaviour there, by name. `tree` is then the one that makes the most connections.
    """

    name: str
    kind: str
    title: str
    tree: Any
    version: str
    source: str
    read_on: str
    tag: str
    note: str = ""
    situations: Mapping[str, str] = field(default_factory=dict)


def catalogue() -> tuple[Entry, ...]:
    """Return every entry: behaviours, then devices, then SYN schedules, as the files order them."""
    return tuple(entry for kind in _FILES for entry in _entries(kind))


def retry_policies() -> Mapping[str, Mapping[str, object]]:
    """Return the retry policies by name, each as a plain tree of the file keys of a policy."""
    return _trees("behaviour")


def devices() -> Mapping[str, Mapping[str, object]]:
    """Return the devices by name, each as a plain tree of the file keys of a crossing."""
    return _trees("device")


@cache
def syn_schedules() -> Mapping[str, tuple[float, ...]]:
    """Return, by name, the seconds after the first SYN at which an unanswered one is sent again."""
    return {entry.name: tuple(float(at_s) for at_s in entry.tree) for entry in _entries("syn")}


@cache
def _trees(kind: str) -> Mapping[str, Mapping[str, object]]:
    return {entry.name: entry.tree for entry in _entries(kind)}


@cache
def _entries(kind: str) -> tuple[Entry, ...]:
    text = files(__package__).joinpath(_FILES[kind]).read_text(encoding="utf-8")
    # Scalars stay texts, as in a world file: `none` and `5s` mean what the field says, not what YAML says.
    rows = yaml.load(text, Loader=yaml.CBaseLoader)  # noqa: S506 - packaged data, plain texts only
    return tuple(Entry(name=name, kind=kind, **_with_source(row)) for name, row in rows.items())


def _with_source(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "tree": _sourced(row["tree"], row["source"])}


def _sourced(tree: Any, source: str) -> Any:
    """Give each published quantity that names no source its row's."""
    if not isinstance(tree, dict):
        return tree
    if "value" in tree:
        return {**tree, "source": source} if tree["basis"] == "published" and "source" not in tree else tree
    return {key: _sourced(part, source) for key, part in tree.items()}
