"""What stands for a name that is not to be shown? One label for each thing, the same wherever it is meant.

What is kept is what a world needs: numbers, kinds, and who asks whom. Titles, names outside of Tidegate,
addresses and what stands in sources beyond their day are left out, so that no name can slip through in a
sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tidegate.world.how_many import how_many

Tree = dict[str, object]
_LABELS = {"services": "service", "clients": "clients", "crossings": "crossing", "activities": "activity"}
_FREE = frozenset({"title", "known_as"})
_ADDRESS = re.compile(
    r"\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])"
    r"|\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|io|dev|local|internal|svc)\b"
)
_DAY = re.compile(r",\s*(read on [^,;]+)")
HIDDEN = "(not shown)"
_KNOWN_KINDS = re.compile(
    r"^(?:Node|Namespace|ReplicaSet|Service|Pod|Job|CronJob|Event|Role|RoleBinding|ClusterRole|ClusterRoleBinding"
    r"|ServiceAccount|PersistentVolume|PersistentVolumeClaim|NetworkPolicy|PodDisruptionBudget|ResourceQuota"
    r"|HorizontalPodAutoscaler|StorageClass|Lease|Endpoints|EndpointSlice|LimitRange|aws_\w+|google_\w+|azurerm_\w+)$"
)


def with_pseudonyms(tree: Mapping[str, object], sources: Sequence[str]) -> tuple[Tree, dict[str, str]]:
    """Return a world in which labels stand for names, and which label stands for which.

    Parameters
    ----------
    tree
        The world as file keys.
    sources
        What was read, as it stands before everything else in the source of a number.
    """
    labels = _labels(tree)
    shown = {one: f"source {number}{_day(one)}" for number, one in enumerate(sources, 1)}
    hidden = _Hiding(labels, shown)
    found = {key: hidden.section(key, value) for key, value in tree.items() if key != "title"}
    return found, labels


def _labels(tree: Mapping[str, object]) -> dict[str, str]:
    found: dict[str, str] = {}
    for section, label in _LABELS.items():
        nouns = tree.get(section)
        for number, name in enumerate(nouns if isinstance(nouns, Mapping) else (), 1):
            found[str(name)] = f"{label}_{number}"
    return found


def _day(source: str) -> str:
    found = _DAY.search(source)
    return f", {found[1]}" if found is not None else ""


class _Hiding:
    """Goes through a world and leaves out what names anything."""

    def __init__(self, labels: Mapping[str, str], sources: Mapping[str, str]) -> None:
        self._labels = labels
        self._sources = sources

    def section(self, key: str, value: object) -> object:
        if key in _LABELS and isinstance(value, Mapping):
            return {self._labels[str(name)]: self._value(noun) for name, noun in value.items()}
        return value if key == "networks" else self._value(value)

    def _value(self, value: object, key: str = "") -> object:
        if isinstance(value, Mapping):
            kept = {str(name): one for name, one in value.items() if name not in _FREE}
            return {self._path(name): self._value(one, name) for name, one in kept.items()}
        if isinstance(value, list):
            return [self._value(one, key) for one in value]
        if not isinstance(value, str):
            return value
        if key == "source":
            return self._source(value)
        return (
            self._labels.get(value, value)
            if key in {"service", "clients_added", "clients", "crossing"}
            else value
        )

    def _path(self, name: str) -> str:
        section, _, rest = name.partition(".")
        noun, dot, key = rest.partition(".")
        return (
            f"{section}.{self._labels[noun]}{dot}{key}"
            if section in _LABELS and noun in self._labels
            else name
        )

    def _source(self, value: str) -> str:
        found = [label for said, label in self._sources.items() if said in value]
        return "; ".join(found) or HIDDEN


def hidden_notes(notes: Sequence[str]) -> list[str]:
    """Return how many remarks were made: what they say names things."""
    count = len(notes)
    return (
        [f"{how_many(count, 'remark names', 'remarks name')} things: told without --pseudonyms"]
        if count
        else []
    )


def hidden_kind(kind: str) -> str:
    """Return a kind of objects where it is one that everybody has."""
    return kind if _KNOWN_KINDS.match(kind) else "another kind"


def without_names(text: str) -> str:
    """Return a text of an error with addresses and hosts left out."""
    return _ADDRESS.sub(HIDDEN, text)
