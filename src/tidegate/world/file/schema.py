"""What may an editor offer and refuse? The world file as JSON Schema, generated from the nouns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.world.belief import BASES
from tidegate.world.catalogue import entries
from tidegate.world.crossing import Crossing
from tidegate.world.file.quantity import MEANT, format_quantity
from tidegate.world.file.reader import NAME_PATTERN, bounds
from tidegate.world.file.shape import ATTEMPTS, Shape, Slot, is_of_names, slots
from tidegate.world.retry import RetryLayer
from tidegate.world.world import World

_Schema = dict[str, Any]
_NUMBER = r"[+-]?(\d[\d_]*(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*"
_TIME = "(ns|us|µs|ms|s|min|h|d)"
_PATTERNS = {
    "s": f"^{_NUMBER}{_TIME}$",
    "per_s": f"^{_NUMBER}[kMGT]?/{_TIME}$",
    "ratio": f"^{_NUMBER}%?$",
    "count": f"^{_NUMBER}[kMGT]?$",
    "bit_per_s": f"^{_NUMBER}[kMGT]?bit/s$",
    "bytes": f"^{_NUMBER}([kMGT]|[KkMGT]i)?B$",
}
_NOTHING: _Schema = {"enum": ["none", "unlimited", None]}


def json_schema() -> _Schema:
    """Return the JSON Schema (2020-12) of the world file."""
    definitions: _Schema = {f"quantity_{unit}": _quantity(unit) for unit in _PATTERNS}
    definitions["retry"] = _retry()
    _define(World, definitions)
    _define(RetryLayer, definitions)
    definitions["retry_named"] = _retry_named(definitions["RetryLayer"])
    for shape in (slot.shape for slot in slots(Crossing).values() if slot.shape.kind == "record"):
        # A catalogue device may fill what the author leaves out.
        definitions[shape.record.__name__].pop("required", None)
    world = definitions.pop("World")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tidegate world file",
        **world,
        "$defs": definitions,
    }


def _define(record: Any, definitions: _Schema) -> None:
    """Add one noun and every noun its keys hold."""
    if record.__name__ in definitions:
        return
    definition: _Schema = {
        "type": ["object", "null"],
        "description": (record.__doc__ or "").splitlines()[0],
        "additionalProperties": False,
    }
    definitions[record.__name__] = definition
    known = dict(slots(record))
    if record is RetryLayer:
        known[ATTEMPTS.key] = ATTEMPTS
        definition["not"] = {"required": ["attempts", "retries"]}
    definition["properties"] = {slot.key: _described(slot, definitions) for slot in known.values()}
    required = [slot.key for slot in known.values() if slot.required]
    if required:
        definition["required"] = required


def _described(slot: Slot, definitions: _Schema) -> _Schema:
    schema: _Schema = {"description": slot.meaning, **_shaped(slot, slot.shape, definitions)}
    if slot.shape.kind == "number":
        schema["description"] += f" Values: {bounds(slot)}."
        if slot.default is not None:
            schema["default"] = format_quantity(slot.default, slot.shape.unit)
    elif slot.shape.kind in {"text", "flag"} and not slot.required:
        schema["default"] = slot.default
    elif slot.shape.kind == "law":
        schema["default"] = slot.default.word
    return schema


def _shaped(slot: Slot, shape: Shape, definitions: _Schema) -> _Schema:
    schema: _Schema = {}
    if shape.kind == "number":
        schema = {"$ref": f"#/$defs/quantity_{shape.unit}"}
    elif shape.kind == "text":
        schema = _text(slot)
    elif shape.kind == "flag":
        schema = {"type": "boolean"}
    elif shape.kind == "policy":
        schema = {"$ref": "#/$defs/retry"}
    elif shape.kind == "law":
        _define(shape.record, definitions)
        schema = {"anyOf": [{"enum": list(slot.allowed)}, {"$ref": f"#/$defs/{shape.record.__name__}"}]}
    elif shape.kind == "record":
        _define(shape.record, definitions)
        schema = {"$ref": f"#/$defs/{shape.record.__name__}"}
    elif shape.item is not None:
        item = _shaped(slot, shape.item, definitions)
        schema = _list(shape, item) if shape.kind == "list" else _mapping(shape.item, item)
        schema = {"anyOf": [item, schema]} if is_of_names(slot, shape) else schema
    return {"anyOf": [schema, _NOTHING]} if shape.optional and shape.kind != "policy" else schema


def _text(slot: Slot) -> _Schema:
    if slot.allowed:
        return {"enum": list(slot.allowed)}
    known: dict[str, Mapping[str, object]] = {
        "device": entries.devices(),
        "syn": entries.syn_schedules(),
    }
    return {"type": "string", "examples": list(known[slot.key])} if slot.key in known else {"type": "string"}


def _list(shape: Shape, item: _Schema) -> _Schema:
    if shape.length is None:
        return {"type": ["array", "null"], "items": item}
    return {"type": "array", "items": item, "minItems": shape.length, "maxItems": shape.length}


def _mapping(item_shape: Shape, item: _Schema) -> _Schema:
    schema: _Schema = {"type": ["object", "null"], "additionalProperties": item}
    if item_shape.kind in {"record", "policy"}:
        schema["propertyNames"] = {"pattern": NAME_PATTERN}
    return schema


def _quantity(unit: str) -> _Schema:
    """Return a quantity as text, as a bare number where that has a meaning, or with its range."""
    text: _Schema = {"type": "string", "pattern": _PATTERNS[unit], "description": MEANT[unit]}
    bare: _Schema = {"type": "number"} if unit in {"ratio", "count"} else {"const": 0}
    plain: _Schema = {"anyOf": [text, bare]}
    spelt: _Schema = {
        "type": "object",
        "description": "The value in use, the range it is believed to lie in, and where it comes from.",
        "properties": {
            "value": plain,
            "low": plain,
            "high": plain,
            "basis": {"enum": list(BASES), "default": "assumed"},
            "source": {"type": "string", "description": "Where to read it."},
            "measure": {"type": "string", "description": "How to find out."},
        },
        "required": ["value"],
        "additionalProperties": False,
    }
    return {"anyOf": [text, bare, spelt]}


def _retry() -> _Schema:
    """Return how clients try again: a name, a list of names and layers, or `layers:`."""
    name = _policy_name()
    named: _Schema = {"$ref": "#/$defs/retry_named"}
    layer: _Schema = {"$ref": "#/$defs/RetryLayer"}
    layers: _Schema = {"type": "array", "items": {"anyOf": [name, layer, named]}}
    spelt: _Schema = {
        "type": "object",
        "properties": {"name": name, "layers": layers},
        "additionalProperties": False,
    }
    return {
        "description": "The name of a retry policy, or layers that try again, the innermost first.",
        "anyOf": [name, layers, spelt, named],
    }


def _retry_named(layer: _Schema) -> _Schema:
    """Return a policy by name with other values for keys of its layers."""
    return {
        **layer,
        "description": "A retry policy by name; keys beside the name hold for each of its layers.",
        "properties": {"name": _policy_name(), **layer["properties"]},
        "required": ["name"],
    }


def _policy_name() -> _Schema:
    return {"type": "string", "examples": sorted(entries.retry_policies())}
