"""How is `{path: value}` laid over a plain tree of a world file? The tree changes, nothing is read.

Only the containers along a path are copied; the tree laid over stays as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from tidegate.errors import Fault, InputError, Place
from tidegate.world.file.faults import Faults, Path, dotted
from tidegate.world.file.law_laid import is_law, with_law
from tidegate.world.file.nearest_name import nearest, shown
from tidegate.world.file.policy import Policies
from tidegate.world.file.reader import QUANTITY_KEYS
from tidegate.world.file.shape import Shape, slots
from tidegate.world.file.tree import read_tree
from tidegate.world.retry import RetryLayer
from tidegate.world.world import World

_WORLD = Shape(kind="record", record=World)


@dataclass(frozen=True, kw_only=True)
class Laid:
    """A tree with changes laid over it.

    Parameters
    ----------
    document
        The changed tree.
    touched
        For each change the first two steps of its path (or the one it has).
    """

    document: Mapping[str, Any]
    touched: tuple[tuple[str, ...], ...]


def lay(document: Mapping[str, Any], changes: Mapping[str, Any], source: str) -> Laid:
    """Return `document` with each value set at its dotted path of file keys.

    Raises
    ------
    InputError
        If a path leads nowhere, with the nearest one that exists; all such paths at once.
    """
    faults: list[Fault] = []
    touched: dict[tuple[str, ...], None] = {}
    tree: Any = document
    for path, value in changes.items():
        steps = tuple(path.split("."))
        try:
            tree = _Change(steps, value, Policies(tree.get("retry_policies")), changes).set(_WORLD, tree, 0)
        except InputError as error:
            place = Place(source=source)
            faults += [replace(fault, path=path, value="", place=place) for fault in error.faults]
        touched[steps[:2]] = None
    if faults:
        raise InputError(*faults)
    return Laid(document=tree, touched=tuple(touched))


def _one_line(value: object, shape: Shape) -> object:
    """Return a value; a list that is written in one line as that list."""
    if isinstance(value, str) and shape.kind == "list" and value.lstrip().startswith("["):
        return read_tree(value, "").document
    return value


class _Change:
    """One value on its way to its place."""

    def __init__(
        self, steps: tuple[str, ...], value: object, policies: Policies, changes: Collection[str]
    ) -> None:
        self._steps = steps
        self._changes = changes
        self._value = value
        self._policies = policies

    def set(self, shape: Shape, tree: object, depth: int) -> Any:
        """Return a copy of `tree` with the value set below it."""
        if depth == len(self._steps):
            return _one_line(self._value, shape)
        step = self._steps[depth]
        if shape.kind in {"record", "law"}:
            tree = self._in_record(shape.record, tree, depth, step)
        elif shape.kind == "mapping":
            tree = self._in_mapping(shape, tree, depth, step)
        elif shape.kind == "policy":
            tree = self._in_policy(tree, depth, step)
        elif shape.kind == "list":
            tree = self._in_list(shape, tree, depth, step)
        elif shape.kind == "number" and step in QUANTITY_KEYS and depth == len(self._steps) - 1:
            tree = {**(tree if isinstance(tree, Mapping) else {"value": tree}), step: self._value}
        else:
            self._unknown(depth, QUANTITY_KEYS if shape.kind == "number" else ())
        return tree

    def _in_record(self, record: Any, tree: object, depth: int, step: str) -> dict[str, Any]:
        known = slots(record)
        below = dict(tree) if isinstance(tree, Mapping) else {}
        if record is RetryLayer and step in {"attempts", "retries"}:
            below.pop("attempts", None)
            below.pop("retries", None)
            if depth == len(self._steps) - 1:
                return {**below, step: self._value}
        if step not in known:
            self._unknown(depth, known)
        if is_law(record, step) and depth == len(self._steps) - 1:
            return with_law(record, below, self._value, self._beside())
        return {**below, step: self.set(known[step].shape, below.get(step), depth + 1)}

    def _beside(self) -> frozenset[str]:
        """Return the keys that are changed together with this one, in the same noun."""
        parent = ".".join(self._steps[:-1]) + "."
        return frozenset(path.removeprefix(parent) for path in self._changes if path.startswith(parent))

    def _in_mapping(self, shape: Shape, tree: object, depth: int, step: str) -> dict[str, Any]:
        below = dict(tree) if isinstance(tree, Mapping) else {}
        assert shape.item is not None
        if shape.item.kind in {"text", "raw"}:
            return {**below, ".".join(self._steps[depth:]): self._value}
        is_new = depth == len(self._steps) - 1 and isinstance(self._value, Mapping)
        if step not in below and not is_new:
            self._unknown(depth, below)
        return {**below, step: self.set(shape.item, below.get(step), depth + 1)}

    def _in_policy(self, tree: object, depth: int, step: str) -> dict[str, Any]:
        path: Path = self._steps[:depth]
        layers = [] if not tree else self._policies.layers(tree, path, Faults(""))
        spelt = {"name": self._policies.name_of(tree), "layers": [layer for layer, _ in layers]}
        if step == "name" and depth == len(self._steps) - 1:
            return {**spelt, "name": self._value}
        if step == "layers":
            depth += 1
            if depth == len(self._steps):
                return {**spelt, "layers": self._value}
        elif not step.isdecimal():
            self._unknown(depth, ("name", "layers"))
        item = Shape(kind="record", record=RetryLayer)
        return {
            **spelt,
            "layers": self._in_list(
                Shape(kind="list", item=item), spelt["layers"], depth, self._steps[depth]
            ),
        }

    def _in_list(self, shape: Shape, tree: object, depth: int, step: str) -> list[Any]:
        items = list(tree) if isinstance(tree, (list, tuple)) else []
        if not (step.isascii() and step.isdecimal() and len(step) < 7 and int(step) < len(items)):
            self._unknown(depth, [str(index) for index in range(len(items))])
        assert shape.item is not None
        index = int(step)
        items[index] = self.set(shape.item, items[index], depth + 1)
        return items

    def _unknown(self, depth: int, known: Any) -> NoReturn:
        names = list(known)
        near = nearest(self._steps[depth], names)
        raise InputError(
            Fault(
                what="no such path",
                kind="absent",
                allowed=", ".join(shown(name) for name in names) or "nothing below this",
                nearest=dotted((*self._steps[:depth], near, *self._steps[depth + 1 :])) if near else "",
            )
        )
