"""What may stand where in a world file? Derived once from the nouns' fields; reads no value itself."""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from tidegate.world.field import file_key, unit_suffix
from tidegate.world.law import EmpiricalLaw, Law
from tidegate.world.retry import RetryLayer, RetryPolicy
from tidegate.world.world import World

Kind = Literal["number", "text", "flag", "record", "policy", "law", "list", "mapping", "raw"]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What one value of the file may be.

    Parameters
    ----------
    kind
        number, text, flag (true or false), record (keys of one noun), policy (how clients try
        again: a name, a list or a record), law (how times vary: a word or a record), list, mapping (any
        names), raw (kept as written).
    optional
        Whether `none` may be written.
    whole, unit
        For numbers: whether only whole ones are accepted, and the unit.
    record
        The noun's class, for record, policy and law.
    item
        The shape of items and of a mapping's values.
    length
        Exact number of items of a list; None where any number may be given.
    """

    kind: Kind
    optional: bool = False
    whole: bool = False
    unit: str = ""
    record: Any = None
    item: Shape | None = None
    length: int | None = None


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One key of a noun."""

    key: str
    name: str
    shape: Shape
    required: bool
    default: Any
    meaning: str
    least: float
    most: float
    above: bool
    allowed: tuple[str, ...]
    names: str


@cache
def slots(record: Any) -> Mapping[str, Slot]:
    """Return the keys of a noun, by file key, in the order of its fields."""
    hints = get_type_hints(record)
    found = [_slot(field, hints[field.name]) for field in dataclasses.fields(record)]
    known = {slot.key: slot for slot in found}
    assert len(known) == len(found), f"two fields of {record.__name__} have the same key"
    return known


def _slot(field: dataclasses.Field[Any], hint: Any) -> Slot:
    default: Any = field.default
    if field.default_factory is not dataclasses.MISSING:
        default = field.default_factory()
    required = default is dataclasses.MISSING
    return Slot(
        key=file_key(field.name),
        name=field.name,
        shape=_shape(hint, unit_suffix(field.name).removeprefix("_")),
        required=required,
        default=None if required else default,
        **field.metadata,
    )


def _shape(hint: Any, unit: str) -> Shape:
    if get_origin(hint) in {Union, types.UnionType}:
        (inner,) = (part for part in get_args(hint) if part is not type(None))
        return dataclasses.replace(_shape(inner, unit), optional=True)
    if hint in {int, float}:
        return Shape(kind="number", whole=hint is int, unit=unit or "count")
    if hint in {bool, str, Any}:
        kinds: dict[Any, Kind] = {bool: "flag", str: "text", Any: "raw"}
        return Shape(kind=kinds[hint])
    if get_origin(hint) is tuple:
        parts = get_args(hint)
        length = None if parts[-1] is Ellipsis else len(parts)
        return Shape(kind="list", item=_shape(parts[0], unit), length=length)
    if get_origin(hint) in {Mapping, dict}:
        return Shape(kind="mapping", item=_shape(get_args(hint)[1], unit))
    several: dict[Any, Shape] = {
        RetryPolicy: Shape(kind="policy", record=RetryPolicy),
        Law: Shape(kind="law", record=EmpiricalLaw),
    }
    return several.get(hint, Shape(kind="record", record=hint))


ATTEMPTS = Slot(
    key="attempts",
    name="attempts",
    shape=Shape(kind="number", optional=True, whole=True, unit="count"),
    required=False,
    default=1,
    meaning="Attempts in all, the first included: one more than `retries`.",
    least=1.0,
    most=math.inf,
    above=False,
    allowed=(),
    names="",
)
"""The one key that is no field: another way to write `retries` of a retry layer."""


def is_of_names(slot: Slot, shape: Shape) -> bool:
    """Whether a value is a list of any length of names of nouns: one name alone may be written without it."""
    return shape.kind == "list" and bool(slot.names) and shape.length is None


def slot_at(path: str) -> Slot | None:
    """Return the key that a dotted path of file keys leads to; None where it leads to none.

    Whether names and items exist is not asked. A path into a quantity (``….low``) leads to it.
    """
    found: Slot | None = None
    shape = Shape(kind="record", record=World)
    for step in path.split("."):
        if shape.kind in {"record", "policy", "law"}:
            found = (
                ATTEMPTS
                if shape.record is RetryLayer and step == "attempts"
                else slots(shape.record).get(step)
            )
            if found is None:
                return None
            shape = found.shape
        elif shape.item is not None:
            shape = shape.item
    return found if found is not None and shape.kind not in {"record", "policy", "law"} else None
