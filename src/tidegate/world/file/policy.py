"""Which retry layers does a `retry:` stand for? Names, lists and records become plain layer trees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tidegate.world.catalogue import entries
from tidegate.world.file.faults import Faults, Path
from tidegate.world.file.law import replaced_by

Layer = tuple[object, Path]
MOST_LAYERS = 16
_DEEPEST_NAMES = 16


class Policies:
    """Resolves the names of retry policies: the world's own first, then the catalogue's.

    Parameters
    ----------
    own
        The plain tree of the world's own policies.
    """

    def __init__(self, own: object) -> None:
        self._own: Mapping[str, Any] = own if isinstance(own, Mapping) else {}
        # Names may stand in lists that are named again: each is worked out once, or a short file
        # could stand for more layers than there is memory.
        self._resolved: dict[str, list[Layer]] = {}

    def names(self) -> list[str]:
        """Return every name that may be written."""
        return [*self._own, *entries.retry_policies()]

    def name_of(self, value: object) -> str:
        """Return the name a policy goes by; empty where it is spelt out."""
        if isinstance(value, Mapping):
            value = value.get("name", "")
        return value if isinstance(value, str) else ""

    def layers(self, value: object, path: Path, faults: Faults, seen: tuple[str, ...] = ()) -> list[Layer]:
        """Return the layer trees that `value` stands for, the innermost first, each with its path."""
        if isinstance(value, str):
            return self._named(value, path, faults, seen)
        if isinstance(value, Mapping):
            return self._spelt(value, path, faults, seen)
        if isinstance(value, (list, tuple)):
            return self._listed(value, path, faults, seen)
        faults.add(path, "is no retry policy", value=value, allowed="a name, a list of layers, or `layers:`")
        return []

    def _spelt(
        self, value: Mapping[str, object], path: Path, faults: Faults, seen: tuple[str, ...]
    ) -> list[Layer]:
        layers = value.get("layers")
        if layers is None and self.name_of(value):
            return self._altered(value, path, faults, seen)
        for key in value:
            if key not in {"name", "layers"}:
                faults.add_name((*path, key), "is an unknown key", ("name", "layers"))
        if not layers:
            return []
        if not isinstance(layers, (list, tuple)):
            faults.add((*path, "layers"), "is not a list", value=layers, allowed="a list of layers")
            return []
        return self._listed(layers, path, faults, seen)

    def _altered(
        self, value: Mapping[str, object], path: Path, faults: Faults, seen: tuple[str, ...]
    ) -> list[Layer]:
        """Return the layers of a named policy, with the keys beside the name laid over each."""
        found = self._named(self.name_of(value), (*path, "name"), faults, seen)
        others = {key: part for key, part in value.items() if key not in {"name", "layers"}}
        if not others:
            return found
        # One way to count retries replaces the other.
        dropped = {"attempts", "retries"} if others.keys() & {"attempts", "retries"} else set()
        if "law" in others:
            dropped |= replaced_by(others["law"])
        altered: list[Layer] = []
        for layer, _ in found:
            kept = layer if isinstance(layer, Mapping) else {}
            tree = {key: part for key, part in kept.items() if key not in dropped} | others
            altered.append((tree, (*path, "layers", len(altered))))
        return altered

    def _listed(
        self, items: list[object] | tuple[object, ...], path: Path, faults: Faults, seen: tuple[str, ...]
    ) -> list[Layer]:
        found: list[Layer] = []
        for item in items:
            here = (*path, "layers", len(found))
            if isinstance(item, str) or self.name_of(item):
                for tree, origin in self.layers(item, here, faults, seen):
                    own = origin[:1] == ("retry_policies",) and path[:2] != origin[:2]
                    found.append((tree, origin if own else (*path, "layers", len(found))))
            else:
                found.append((item, here))
            if len(found) > MOST_LAYERS:
                faults.add(path, "has too many layers", allowed=f"at most {MOST_LAYERS}")
                break
        return found[:MOST_LAYERS]

    def _named(self, name: str, path: Path, faults: Faults, seen: tuple[str, ...]) -> list[Layer]:
        if name in self._own:
            if name in seen:
                faults.add(("retry_policies", name), "refers to itself", value=" → ".join((*seen, name)))
                return []
            return self._owned(name, faults, (*seen, name))
        tree = entries.retry_policies().get(name)
        if tree is None:
            faults.add_name(path, "names no retry policy", self.names(), value=name)
            return []
        layers: Any = tree["layers"]
        return [(layer, (*path, "layers", index)) for index, layer in enumerate(layers)]

    def _owned(self, name: str, faults: Faults, seen: tuple[str, ...]) -> list[Layer]:
        path: Path = ("retry_policies", name)
        if len(seen) > _DEEPEST_NAMES:
            faults.add(path, "is named through too many others", allowed=f"at most {_DEEPEST_NAMES}")
            return []
        if name not in self._resolved:
            self._resolved[name] = self.layers(self._own[name], path, faults, seen)
        return self._resolved[name]
