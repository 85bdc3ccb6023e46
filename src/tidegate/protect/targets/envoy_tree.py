"""What does an Envoy file hold, and where? Its parts under the names that Envoy's documentation uses.

Names may be written as `max_connections` or as `maxConnections`, as JSON for a protocol buffer allows; what
the administration interface dumps (`/config_dump`) holds the same parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tidegate.world.file.faults import Path
from tidegate.world.file.tree import Places

_CAMEL = re.compile(r"(?<=[a-z0-9])([A-Z])")
_NAMES = re.compile(r"[a-z][A-Za-z0-9]*", re.ASCII)


class Spelt:
    """A tree with the names of the documentation, and where its parts stand in the text.

    Parameters
    ----------
    document
        As it was read.
    places
        Of that.
    """

    def __init__(self, document: Any, places: Places) -> None:
        self._places = places
        self._written: dict[Path, Path] = {}
        self.document = self._renamed(document, (), ())

    def line(self, path: Path) -> int:
        """Return the line of a path of the tree."""
        known = next((path[:end] for end in range(len(path), 0, -1) if path[:end] in self._written), ())
        return self._places.find((*self._written.get(known, ()), *path[len(known) :])).line

    def _renamed(self, here: Any, path: Path, written: Path) -> Any:
        if isinstance(here, list):
            return [self._renamed(one, (*path, i), (*written, i)) for i, one in enumerate(here)]
        if not isinstance(here, Mapping):
            return here
        tree = {}
        for key, value in here.items():
            name = (
                _CAMEL.sub(lambda found: f"_{found[1].lower()}", key) if _NAMES.fullmatch(str(key)) else key
            )
            self._written[*path, name] = (*written, key)
            tree[name] = self._renamed(value, (*path, name), (*written, key))
        return tree


def parts(here: Any, path: Path = ()) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Give every mapping of a tree with its path, the outer ones first."""
    if isinstance(here, Mapping):
        yield path, here
        for key, value in here.items():
            yield from parts(value, (*path, key))
    elif isinstance(here, list):
        for index, value in enumerate(here):
            yield from parts(value, (*path, index))


def above(whole: Any, path: Path, key: str) -> Iterator[Mapping[str, Any]]:
    """Give every mapping around a path that has a key, the outer ones first."""
    here = whole
    for step in path:
        here = here[step]
        if isinstance(here, Mapping) and key in here:
            yield here


def listener_of(whole: Any, path: Path) -> str:
    """Return the name of the listener within which a path lies; empty where it lies in none."""
    names = [str(one.get("name", "")) for one in above(whole, path, "filter_chains")]
    return names[-1] if names else ""


def listeners(whole: Any) -> list[str]:
    """Return the names of the listeners that hand connections on."""
    found = []
    for _, part in parts(whole):
        if "filter_chains" in part and any(
            "cluster" in inner or "route_config_name" in inner for _, inner in parts(part)
        ):
            found.append(str(part.get("name", "")))
    return list(dict.fromkeys(found))
