"""What becomes of a mean when another law is laid over its own? One mean replaces the other.

What was seen is laid with its own mean, a word keeps the mean that there was.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from tidegate.world.field import file_key
from tidegate.world.file.faults import Faults
from tidegate.world.file.law import MEANS, read_law, replaced_by
from tidegate.world.file.policy import Policies
from tidegate.world.file.reader import Reader
from tidegate.world.file.shape import slots
from tidegate.world.retry import RetryLayer


def is_law(record: Any, key: str) -> bool:
    """Whether a key of a noun is its law."""
    return key == MEANS.get(record, ("", ""))[0]


def with_law(record: Any, tree: Mapping[str, Any], value: object, beside: Collection[str]) -> dict[str, Any]:
    """Return the keys of a noun with another law laid over its own; those laid `beside` it stand."""
    key, mean_name = MEANS[record]
    mean_key = file_key(mean_name)
    if isinstance(value, Mapping):
        replaced = replaced_by(value) if record is RetryLayer else {mean_key}
        gone = replaced.difference(beside)
        return {name: part for name, part in tree.items() if name not in gone} | {key: value}
    before = tree.get(key)
    if mean_key in tree or not isinstance(before, Mapping):
        return {**tree, key: value}
    law = read_law(Reader(Faults(""), Policies(None)), slots(record)[key], before, ())
    return {**tree, key: value, mean_key: law.mean_s}
