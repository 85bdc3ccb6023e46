"""What is said of one resource that changes? Its type, what is done to it, its attributes on both sides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.errors import Fault, InputError
from tidegate.world.file.nearest_name import shown
from tidegate.world.file.tree import read_tree

CHANGING = frozenset({"update", "create", "delete", "forget"})
_INDEX = re.compile(r"\[[^\]]*\]")
_DEEPEST = 8
AFTER_APPLYING = "is known only after the plan is applied; give it a value, or judge it by hand"
"""Why a plan does not know a value, and what helps."""
Path = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource that somebody manages: Terraform, CloudFormation, a service of AWS.

    Parameters
    ----------
    address, kind
        Its address and its type.
    actions
        What the plan does to it.
    before, after
        Its attributes; empty where it is not there.
    unknown
        Paths of attributes whose values are not known yet.
    unknown_why
        Why they are not, as the end of a sentence.
    """

    address: str
    kind: str
    actions: frozenset[str]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    unknown: frozenset[Path]
    unknown_why: str = AFTER_APPLYING

    @property
    def base(self) -> str:
        """Its address without the keys and numbers of `count` and `for_each`, its own and its modules'."""
        return without_index(self.address)

    @property
    def changes(self) -> bool:
        """Whether the plan does anything to it."""
        return bool(CHANGING & self.actions)

    @property
    def differs(self) -> bool:
        """Whether it is not the same before and after: it is made or goes, or its attributes differ."""
        return self.before != self.after or bool({"create", "delete"} & self.actions)

    @property
    def stands(self) -> bool:
        """Whether it is there before."""
        return "create" not in self.actions or "delete" in self.actions

    @property
    def shall_stand(self) -> bool:
        """Whether it is there afterwards."""
        return "delete" not in self.actions or "create" in self.actions

    @property
    def is_replaced(self) -> bool:
        """Whether another takes its place."""
        return {"create", "delete"} <= self.actions

    def changed_names(self) -> tuple[str, ...]:
        """Return the names of the attributes that differ, or will be known only then."""
        names = {*self.before, *self.after, *(str(path[0]) for path in self.unknown)}
        unknown = {str(path[0]) for path in self.unknown}
        return tuple(
            sorted(name for name in names if name in unknown or self.before.get(name) != self.after.get(name))
        )


def without_index(address: str) -> str:
    """Return an address without keys and numbers."""
    return _INDEX.sub("", address)


def unexpected(path: str, value: object, allowed: str) -> InputError:
    """Return the fault of something that Terraform does not write."""
    return InputError(
        Fault(what="is not what Terraform writes there", path=path, value=shown(value), allowed=allowed)
    )


def leaves(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Yield every leaf under its path; lists of one item, Terraform's blocks, are walked through.

    Items of a longer list stand under their number, those with a `name` and a `value` (settings) under the
    name.
    """
    if isinstance(value, dict) and len(path) < _DEEPEST:
        for key, item in value.items():
            yield from leaves(item, (*path, str(key)))
    elif isinstance(value, list) and value and len(path) < _DEEPEST:
        for number, item in enumerate(value):
            if isinstance(item, dict) and {"name", "value"} <= set(item):
                yield (*path, str(item["name"])), item["value"]
            else:
                yield from leaves(item, path if len(value) == 1 else (*path, number))
    elif path:
        yield path, value


def dotted(path: Path) -> str:
    """Return a path as people write it, without the numbers of items."""
    return ".".join(str(step) for step in path if not isinstance(step, int))


def read_within(value: Any) -> Any:
    """Return a value with the YAML read that stands in it as text: a manifest, or the values of a chart."""
    if isinstance(value, list):
        return [read_within(one) for one in value]
    if not isinstance(value, str) or ":" not in value:
        return value
    try:
        document = read_tree(value, "values").document
    except InputError:
        return value
    return document if isinstance(document, Mapping) else value
