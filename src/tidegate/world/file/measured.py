"""Which retry policies stand in a file of measured clients. A world names them ``measured/NAME``.

The file lies beside the world and is written by a probe; its entries have the shape of the catalogue's.
Only their `tree` matters here; its numbers are read and judged like those that the world itself states.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.errors import Fault, InputError, Place
from tidegate.world.file.tree import read_tree

FILE_NAME = "measured.yaml"
PREFIX = "measured/"


def read_measured(text: str, source: str) -> dict[str, Any]:
    """Return the policies of a file of measured clients, by the name that a world writes.

    Raises
    ------
    InputError
        With every fault of the text, as `read_entries`.
    """
    return {PREFIX + name: entry["tree"] for name, entry in read_entries(text, source).items()}


def read_entries(text: str, source: str) -> dict[str, Any]:
    """Return the entries of a file of measured clients as plain trees of texts.

    Raises
    ------
    InputError
        If it is no such file; with every entry that holds no retry policy.
    """
    if not text.strip():
        return {}
    tree = read_tree(text, source)
    if tree.faults:
        raise InputError(*tree.faults)
    document = tree.document
    place = Place(source=source)
    if not isinstance(document, Mapping):
        allowed = "entries by name, each with `tree:`"
        raise InputError(Fault(what="is no file of measured clients", allowed=allowed, place=place))
    faults = [
        Fault(what="holds no retry policy", path=str(name), allowed="`tree:` with `layers:`", place=place)
        for name, entry in document.items()
        if not _holds_policy(entry)
    ]
    if faults:
        raise InputError(*faults)
    return {str(name): entry for name, entry in document.items()}


def _holds_policy(entry: object) -> bool:
    tree = entry.get("tree") if isinstance(entry, Mapping) else None
    return isinstance(tree, Mapping) and "layers" in tree


def with_measured(document: Mapping[str, Any], measured: Mapping[str, Any]) -> dict[str, Any]:
    """Return a world's tree with the measured policies among its own, which come first."""
    own = document.get("retry_policies")
    own = own if isinstance(own, Mapping) else {}
    return {**document, "retry_policies": {**measured, **own}}
