"""How does a plain tree become nouns? A walk driven by the nouns' fields, keeping every fault and range.

A fault never ends the walk: a stand-in takes the place of what could not be read, so that the
rest is judged as well. What belongs to more than one noun is checked in `coherence`, not here.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping
from typing import Any

from tidegate.errors import InputError
from tidegate.world.belief import BASES, Estimate
from tidegate.world.catalogue import entries
from tidegate.world.crossing import Crossing
from tidegate.world.file.faults import Faults, Path, dotted
from tidegate.world.file.law import means_of_laws, read_law, refused
from tidegate.world.file.nearest_name import shown
from tidegate.world.file.policy import Policies
from tidegate.world.file.quantity import MEANT, format_quantity, parse_quantity
from tidegate.world.file.shape import ATTEMPTS, Shape, Slot, is_of_names, slots
from tidegate.world.retry import RetryLayer, RetryPolicy

QUANTITY_KEYS = ("value", "low", "high", "basis", "source", "measure")
NOTHING = frozenset({"none", "unlimited", "null", "~"})
_GREATEST = 1e15
_LARGEST = sys.float_info.max  # of what can be told; a whole number may be larger than any float
_LONGEST_TEXT = 4_000
_OTHER_WORD = "is not one of the words for this key"
NAME_PATTERN = r"^[^\s.:,\[\]{}\x00-\x1f\x7f-\x9f]{1,60}$"
_NAME = re.compile(NAME_PATTERN)
_NAME_ALLOWED = "letters, digits, hyphens and underscores, at most 60"
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_FLAGS = {"true": True, "false": False}


class Reader:
    """Reads trees into nouns, collecting faults and estimates on the way.

    Parameters
    ----------
    faults
        Where faults go.
    policies
        What the names of retry policies stand for.
    """

    def __init__(self, faults: Faults, policies: Policies) -> None:
        self.faults = faults
        self.policies = policies
        self.estimates: dict[str, Estimate] = {}

    def record(self, record: Any, tree: object, path: Path) -> Any:
        """Return one noun read from a mapping of its keys."""
        known = slots(record)
        if tree is None or tree == "":
            tree = {}
        if not isinstance(tree, Mapping):
            self.faults.add(path, "is not a mapping", value=tree, allowed="the keys " + ", ".join(known))
            return stand_in(record)
        if record is Crossing:
            tree = self._with_device(tree, path)
        values: dict[str, Any] = {}
        if record is RetryLayer and "attempts" in tree:
            tree = self._attempts(tree, path, values)
        for key, value in tree.items():
            slot = known.get(key) if isinstance(key, str) else None
            if slot is None and refused(record, key):
                self.faults.add((*path, key), refused(record, key), allowed="one number for all")
            elif slot is None:
                self.faults.add_name((*path, key), "is an unknown key", known)
            else:
                values[slot.name] = self.value(slot, value, (*path, key))
        for slot in known.values():
            if slot.required and slot.name not in values:
                self.faults.add((*path, slot.key), "is missing", allowed=_meant(slot))
                values[slot.name] = _stand_in_value(slot)
        return record(**values | means_of_laws(record, values))

    def value(self, slot: Slot, value: object, path: Path) -> Any:
        """Return the value of one key."""
        return self._shaped(slot, slot.shape, value, path)

    def entry(self, slot: Slot, value: object, path: Path) -> Any:
        """Return one named entry of a key that maps names."""
        assert slot.shape.item is not None
        return self._shaped(slot, slot.shape.item, value, path)

    def _shaped(self, slot: Slot, shape: Shape, value: object, path: Path) -> Any:
        nothing = value is None or (isinstance(value, str) and value.strip().lower() in NOTHING)
        if shape.optional and nothing and not (shape.kind == "policy" and value is not None):
            return None
        read: Any
        if shape.kind == "number":
            read = self._number(slot, value, path)
        elif shape.kind == "text":
            read = self._text(slot, value, path)
        elif shape.kind == "flag":
            read = self._flag(slot, value, path)
        elif shape.kind == "policy":
            read = self.policy(value, path)
        elif shape.kind == "law":
            read = read_law(self, slot, value, path)
        elif shape.kind == "record":
            read = self.record(shape.record, value, path)
        elif shape.kind == "list":
            read = self._list(slot, shape, value, path)
        elif shape.kind == "mapping":
            read = self._mapping(slot, shape, value, path)
        else:
            read = value
        return read

    def policy(self, value: object, path: Path) -> RetryPolicy:
        """Return how clients try again, from a name, a list of layers or a mapping."""
        name = self.policies.name_of(value)
        if not name and len(path) == 2 and path[0] == "retry_policies":
            name = str(path[1])
        layers = [] if value is None or value == "" else self.policies.layers(value, path, self.faults)
        return RetryPolicy(
            name=name, layers=tuple(self.record(RetryLayer, tree, origin) for tree, origin in layers)
        )

    def _with_device(self, tree: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
        name = tree.get("device", "")
        if not isinstance(name, str) or not name:
            return tree
        devices = entries.devices()
        if name not in devices:
            self.faults.add_name((*path, "device"), "names no device", devices, value=name)
            return tree
        return merged(devices[name], tree)

    def _attempts(self, tree: Mapping[str, Any], path: Path, values: dict[str, Any]) -> Mapping[str, Any]:
        """Read `attempts`, which counts the first one too, into retries."""
        here = (*path, "attempts")
        if "retries" in tree:
            self.faults.add(
                here, "is given together with retries", allowed="one of the two: attempts = retries + 1"
            )
        attempts = self.value(ATTEMPTS, tree["attempts"], here)
        values["retries_count"] = None if attempts is None else attempts - 1
        return {key: value for key, value in tree.items() if key not in {"attempts", "retries"}}

    def _mapping(self, slot: Slot, shape: Shape, value: object, path: Path) -> dict[str, Any]:
        if value is None or value == "":
            return {}
        if not isinstance(value, Mapping):
            self.faults.add(path, "is not a mapping", value=value, allowed="names, each with its value")
            return {}
        item = shape.item
        assert item is not None
        if item.kind in {"record", "policy"}:
            for name in value:
                if not _NAME.fullmatch(str(name)):
                    self.faults.add((*path, name), "is no good name", value=name, allowed=_NAME_ALLOWED)
        return {str(name): self._shaped(slot, item, part, (*path, str(name))) for name, part in value.items()}

    def _list(self, slot: Slot, shape: Shape, value: object, path: Path) -> tuple[Any, ...]:
        assert shape.item is not None
        wanted = f"a list of {shape.length}" if shape.length else "a list"
        if not shape.length and (value is None or value == ""):
            return ()
        if isinstance(value, str) and is_of_names(slot, shape):
            return (self._shaped(slot, shape.item, value, path),)
        if not isinstance(value, (list, tuple)) or (shape.length and len(value) != shape.length):
            given = f"a list of {len(value)}" if isinstance(value, (list, tuple)) else value
            self.faults.add(path, f"is not {wanted}", value=given, allowed=f"{wanted}, such as [a, b]")
            return tuple(_stand_in_value(slot) if slot.required else slot.default)
        return tuple(self._shaped(slot, shape.item, part, (*path, index)) for index, part in enumerate(value))

    def _flag(self, slot: Slot, value: object, path: Path) -> bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.strip() in _FLAGS:
            return _FLAGS[value.strip()]
        self.faults.add(path, "is neither true nor false", value=value, allowed="true, false")
        return bool(slot.default)

    def _text(self, slot: Slot, value: object, path: Path) -> str:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            self.faults.add(path, "is not a text", value=value, allowed=_meant(slot))
            return str(slot.default or "")
        text = value.strip()
        if _UNSAFE.search(text):
            self.faults.add(path, "holds control characters", value=value, allowed="printable text")
            return str(slot.default or "")
        if len(text) > _LONGEST_TEXT:
            allowed = f"at most {_LONGEST_TEXT:,} characters"
            self.faults.add(path, "is too long", value=value, allowed=allowed)
            return str(slot.default or "")
        if slot.required and not text:
            self.faults.add(path, "has no value", allowed=_meant(slot))
            return str(slot.default or (slot.allowed[0] if slot.allowed else ""))
        if slot.allowed and text not in slot.allowed:
            self.faults.add_name(path, _OTHER_WORD, slot.allowed, value=value)
            return str(slot.default or slot.allowed[0])
        return text

    def _number(self, slot: Slot, value: object, path: Path) -> float | int:
        if isinstance(value, Mapping):
            return self._estimate(slot, value, path)
        number = self._plain_number(slot, value, path)
        return _stand_in_number(slot) if number is None else number

    def _plain_number(self, slot: Slot, value: object, path: Path) -> float | int | None:
        """Return a number of the core; None if it is wrong, which is then told."""
        unit = slot.shape.unit
        if isinstance(value, str):
            if value == "":
                self.faults.add(path, "has no value", allowed=_meant(slot))
                return None
            try:
                number = parse_quantity(value, unit)
            except InputError as error:
                fault = error.faults[0]
                allowed = _or_nothing(slot, fault.allowed)
                self.faults.add(path, fault.what, value=value, allowed=allowed, near=fault.nearest)
                return None
        elif isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= _LARGEST:
            # Numbers drawn from a range come as floats; a count takes the nearest whole one.
            number = float(round(value) if slot.shape.whole else value)
        else:
            self.faults.add(path, "is not a number", value=value, allowed=_or_nothing(slot, MEANT[unit]))
            return None
        if slot.shape.whole and not number.is_integer():
            self.faults.add(path, "is not a whole number", value=value, allowed="a whole number")
            return None
        return self._in_bounds(slot, number, value, path)

    def _in_bounds(self, slot: Slot, number: float, value: object, path: Path) -> float | int | None:
        most = min(slot.most, _GREATEST)
        too_low = number <= slot.least if slot.above else number < slot.least
        if too_low or number > most:
            what = "is too small" if too_low else "is too large"
            self.faults.add(path, what, value=value, allowed=bounds(slot))
            return None
        return int(number) if slot.shape.whole else number

    def _estimate(self, slot: Slot, tree: Mapping[str, Any], path: Path) -> float | int:
        """Read a quantity with its range and where it comes from."""
        for key in tree:
            if key not in QUANTITY_KEYS:
                self.faults.add_name((*path, key), "is an unknown key", QUANTITY_KEYS)
        if "value" not in tree:
            self.faults.add((*path, "value"), "is missing", allowed=_or_nothing(slot, MEANT[slot.shape.unit]))
            return _stand_in_number(slot)
        value = self._plain_number(slot, tree["value"], (*path, "value"))
        ends = [self._end(slot, tree, end, path, value) for end in ("low", "high")]
        basis = tree.get("basis", "assumed")
        if basis not in BASES:
            self.faults.add_name((*path, "basis"), _OTHER_WORD, BASES, value=basis)
        low, high = ends
        if value is None or low is None or high is None:
            return _stand_in_number(slot)
        if not low <= value <= high:
            says = f"{shown(tree.get('low', ''))} to {shown(tree.get('high', ''))}"
            what = "does not lie between its low and high" if low <= high else "has a low above its high"
            self.faults.add(
                path, what, value=f"{shown(tree['value'])} in {says}", allowed="low ≤ value ≤ high"
            )
        name = dotted(path)
        self.estimates[name] = Estimate(
            path=name,
            value=value,
            low=low,
            high=high,
            basis=str(basis),
            source=self._words(tree, "source", path),
            measure=self._words(tree, "measure", path),
            place=self.faults.place(path),
        )
        return value

    def _end(
        self, slot: Slot, tree: Mapping[str, Any], end: str, path: Path, value: float | None
    ) -> float | None:
        return self._plain_number(slot, tree[end], (*path, end)) if end in tree else value

    def _words(self, tree: Mapping[str, Any], key: str, path: Path) -> str:
        text = tree.get(key, "")
        if not isinstance(text, str) or _UNSAFE.search(text):
            self.faults.add((*path, key), "is not a plain text", value=text, allowed="printable text")
            return ""
        return text.strip()


def merged(given: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of `given` with those of `over` laid on top, record by record."""
    result = dict(given)
    for key, value in over.items():
        below = result.get(key)
        result[key] = value
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            is_quantity = "value" in below or "value" in value
            result[key] = value if is_quantity else merged(below, value)
    return result


def stand_in(record: Any) -> Any:
    """Return a noun in place of one that could not be read."""
    return record(**{slot.name: _stand_in_value(slot) for slot in slots(record).values() if slot.required})


def _stand_in_value(slot: Slot) -> Any:
    if not slot.required and slot.default is not None:
        return slot.default
    shape = slot.shape
    if shape.kind == "number":
        return _stand_in_number(slot)
    empty: dict[str, Any] = {"text": "", "flag": False, "list": ("",) * (shape.length or 0), "mapping": {}}
    return empty.get(shape.kind)


def _stand_in_number(slot: Slot) -> float | int:
    none = slot.default is None or isinstance(slot.default, tuple)  # an item of a list has no default
    number = max(slot.least, 1.0) if none else slot.default
    return int(number) if slot.shape.whole else float(number)


def bounds(slot: Slot) -> str:
    """Return the bounds of a number in words."""
    unit = slot.shape.unit
    least = format_quantity(slot.least, unit)
    low = f"more than {least}" if slot.above else f"at least {least}"
    return low if math.isinf(slot.most) else f"{low}, at most {format_quantity(slot.most, unit)}"


def _or_nothing(slot: Slot, allowed: str) -> str:
    return f"{allowed}, or none" if slot.shape.optional else allowed


def _meant(slot: Slot) -> str:
    if slot.shape.kind == "number":
        return _or_nothing(slot, MEANT[slot.shape.unit])
    if slot.allowed:
        return ", ".join(slot.allowed)
    return f"the name of one of the {slot.names}" if slot.names else slot.meaning
