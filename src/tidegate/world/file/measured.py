"""Which retry policies stand in a file of measured clients? They are named ``measured/NAME`` in a world.

The file lies beside the world and is written by a probe; its entries have the shape of the catalogue's.
Only their `tree` matters here; its numbers are read and judged like those that the world itself states.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.errors import Fault, InputError
from tidegate.world.file.tree import read_tree

FILE_NAME = "measured.yaml"
PREFIX = "measured/"


def read_measured(text: str, source: str) -> dict[str, Any]:
    """Return the policies of a file of measured clients, by the name that a world writes.

    Raises
    ------
    InputError
        With every entry that holds no retry policy.
    """
    tree = read_tree(text, source)
    if tree.faults:
        raise InputError(*tree.faults)
    document = tree.document
    if document is None or document == "":
        return {}
    if not isinstance(document, Mapping):
        raise InputError(
            Fault(what="is no file of measured clients", value=source, allowed="entries by name, each with `tree`")
        )
    policies = {}
    faults = []
    for name, entry in document.items():
        policy = entry.get("tree") if isinstance(entry, Mapping) else None
        if isinstance(policy, Mapping) and "layers" in policy:
            policies[PREFIX + str(name)] = policy
        else:
            what = f"an entry of {source} holds no retry policy"
            faults.append(Fault(what=what, path=str(name), allowed="`tree:` with `layers:`"))
    if faults:
        raise InputError(*faults)
    return policies


def with_measured(document: Mapping[str, Any], measured: Mapping[str, Any]) -> dict[str, Any]:
    """Return a world's tree with the measured policies among its own, which come first."""
    own = document.get("retry_policies")
    own = own if isinstance(own, Mapping) else {}
    return {**document, "retry_policies": {**measured, **own}}
