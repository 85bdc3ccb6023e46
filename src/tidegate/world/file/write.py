"""How is a plain tree of file keys written down? As YAML a person would have written, without comments."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import yaml

from tidegate.world.file.quantity import format_quantity
from tidegate.world.file.reader import QUANTITY_KEYS
from tidegate.world.file.shape import ATTEMPTS, Shape, Slot, is_of_names, slot_at, slots
from tidegate.world.retry import RetryLayer
from tidegate.world.world import World

_WIDTH = 110
_TEXT = "tag:yaml.org,2002:str"
_MAP = "tag:yaml.org,2002:map"
_LIST = "tag:yaml.org,2002:seq"
_Node = yaml.ScalarNode | yaml.MappingNode | yaml.SequenceNode


def write_world(document: Mapping[str, object]) -> str:
    """Return a plain tree of file keys as a YAML text.

    Texts are written as they are, plain numbers (in the core's unit) with the unit of their key.
    """
    root = _record(World, document)
    text: str = yaml.serialize(root, Dumper=yaml.Dumper, width=_WIDTH, allow_unicode=True)
    return _with_gaps(text)


def flow_text(path: str, value: object) -> str:
    """Return one value as it may stand anywhere in a YAML text, on one line.

    Parameters
    ----------
    path
        Dotted path of file keys; it decides the unit of plain numbers.
    value
        A text, a plain number in the core's unit, or a tree of them.
    """
    slot, shape = _shape_at(path)
    node = _any(value) if slot is None else _node(slot, shape, value)
    entry = _inline(yaml.MappingNode(_MAP, [(_text("k"), node)], flow_style=True))
    text: str = yaml.serialize(entry, Dumper=yaml.Dumper, width=math.inf, allow_unicode=True)
    return text.rstrip("\n").removeprefix("{k: ").removesuffix("}")


def _inline(node: _Node) -> _Node:
    """Have everything below a node written in braces and brackets."""
    if isinstance(node, yaml.MappingNode):
        node.flow_style = True
        for _, value in node.value:
            _inline(value)
    elif isinstance(node, yaml.SequenceNode):
        node.flow_style = True
        for value in node.value:
            _inline(value)
    return node


def _shape_at(path: str) -> tuple[Slot | None, Shape]:
    """Return the key that a path leads to with the shape of its value; no key where it leads to none."""
    slot, shape = None, Shape(kind="record", record=World)
    for step in path.split("."):
        if shape.kind == "policy" and step.isdecimal():
            shape = Shape(kind="record", record=RetryLayer)
        elif shape.kind in {"record", "policy", "law"}:
            known = {ATTEMPTS.key: ATTEMPTS, **slots(shape.record)}
            if step not in known:
                return None, shape
            slot = known[step]
            shape = slot.shape
        elif shape.item is not None:
            shape = shape.item
    return slot, shape


def _with_gaps(text: str) -> str:
    """Put an empty line before each section, which the emitter cannot do."""
    lines: list[str] = []
    for line in text.splitlines():
        if lines and line.endswith(":") and not line.startswith((" ", "-")):
            lines.append("")
        lines.append(line)
    return "\n".join(lines) + "\n"


def _node(slot: Slot, shape: Shape, value: object) -> _Node:
    """Return the node of one value, written as its key means it."""
    if shape.kind in {"record", "policy", "law"} and isinstance(value, Mapping):
        return _record(shape.record, value)
    if shape.kind == "policy" and isinstance(value, (list, tuple)):
        return _block([_layer(part) for part in value])
    if shape.kind == "mapping" and isinstance(value, Mapping):
        assert shape.item is not None
        each = _of_each(slot, shape.item)
        return _mapping({str(key): _entry(each, shape.item, str(key), part) for key, part in value.items()})
    if shape.kind == "list" and isinstance(value, (list, tuple)) and shape.item is not None:
        return _block([_node(_of_each(slot, shape.item), shape.item, part) for part in value])
    if shape.kind == "number" and isinstance(value, Mapping):
        return _quantity(slot, value)
    return _any(value) if shape.kind == "raw" or isinstance(value, (Mapping, list)) else _scalar(slot, value)


def _of_each(slot: Slot, item: Shape) -> Slot:
    """Return the key as each of its numbers is written, where it has many."""
    return replace(slot, shape=item) if item.kind == "number" else slot


def _entry(slot: Slot, item: Shape, key: str, value: object) -> _Node:
    """Return the node of one entry; a path of a trigger or belief says itself what its value is."""
    target = slot_at(key) if item.kind == "raw" else None
    return _node(slot, item, value) if target is None else _node(target, target.shape, value)


def _record(record: Any, tree: Mapping[str, object]) -> _Node:
    known = dict(slots(record))
    if record is RetryLayer:
        known = {ATTEMPTS.key: ATTEMPTS, **known}
    ordered = [key for key in known if key in tree] + [key for key in tree if key not in known]
    parts = {
        str(key): _node(known[key], known[key].shape, tree[key]) if key in known else _any(tree[key])
        for key in ordered
    }
    return _mapping(parts)


def _layer(value: object) -> _Node:
    return _record(RetryLayer, value) if isinstance(value, Mapping) else _any(value)


def _quantity(slot: Slot, value: Mapping[str, object]) -> _Node:
    numbers = {"value", "low", "high"}
    ordered = [key for key in QUANTITY_KEYS if key in value] + [
        key for key in value if key not in QUANTITY_KEYS
    ]
    pairs = [(key, _scalar(slot, value[key]) if key in numbers else _any(value[key])) for key in ordered]
    return yaml.MappingNode(_MAP, [(_text(key), node) for key, node in pairs], flow_style=True)


def _scalar(slot: Slot, value: object) -> _Node:
    if value is None:
        return _text("none")
    if isinstance(value, (int, float)) and not isinstance(value, bool) and slot.shape.kind == "number":
        return _bare(format_quantity(value, slot.shape.unit))
    if isinstance(value, str) and (slot.shape.kind == "text" or is_of_names(slot, slot.shape)):
        return _text(value)
    return _bare(str(value).lower() if isinstance(value, bool) else str(value))


def _any(value: object) -> _Node:
    if isinstance(value, Mapping):
        return _mapping({str(key): _any(part) for key, part in value.items()})
    if isinstance(value, (list, tuple)):
        return _block([_any(part) for part in value])
    if isinstance(value, str):
        return _text(value)
    return _bare("none" if value is None else str(value).lower())


def _mapping(parts: dict[str, _Node]) -> _Node:
    return yaml.MappingNode(_MAP, [(_text(key), node) for key, node in parts.items()], flow_style=not parts)


def _block(parts: list[_Node]) -> _Node:
    return yaml.SequenceNode(
        _LIST, parts, flow_style=all(isinstance(part, yaml.ScalarNode) for part in parts)
    )


def _text(value: str) -> _Node:
    """Return a text; the emitter quotes what other readers of YAML would take for something else."""
    return yaml.ScalarNode(_TEXT, value)


def _bare(value: str) -> _Node:
    """Return a word or number that needs no quotes although it is not a text to every reader."""
    tag: str = yaml.resolver.Resolver().resolve(yaml.ScalarNode, value, (True, False))  # type: ignore[no-untyped-call]
    return yaml.ScalarNode(tag, value)
