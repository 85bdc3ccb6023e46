"""All faults of one input, collected once each and told together; nothing here reads a value."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from tidegate.errors import Fault, InputError, Place
from tidegate.world.file.nearest_name import listed, nearest, shown
from tidegate.world.file.tree import Places

MOST_FAULTS = 50
_KEPT_FAULTS = 100
Path = tuple[str | int, ...]


def dotted(path: Path) -> str:
    """Return a path as people write it."""
    return ".".join(shown(step) if isinstance(step, str) else str(step) for step in path)


class Faults:
    """Collects faults in the order they are found.

    Parameters
    ----------
    source
        Name of the input.
    places
        Where its keys stand, if it is a text.
    """

    def __init__(self, source: str, places: Places | None = None) -> None:
        self.source = source
        self.places = places
        self._found: dict[Fault, None] = {}
        self._uncounted = 0
        self._paths: set[Path] = set()
        self._wrong: set[Path] = set()

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, path: Path, what: str, *, value: object = "", allowed: str = "", near: str = "") -> None:
        """Add a fault at a path of file keys; the rest is as in `Fault`."""
        self._wrong.add(path)
        self._paths.update(path[:depth] for depth in range(len(path) + 1))
        if self._only_counted():
            return
        fault = Fault(
            what=what,
            path=dotted(path),
            value=shown(value),
            allowed=allowed,
            nearest=near,
            place=self.place(path),
        )
        self._found[fault] = None

    def add_name(self, path: Path, what: str, names: Collection[str], *, value: object = "") -> None:
        """Add a fault where `value` (without one, the last step of `path`) is none of the valid names."""
        if self._only_counted():
            self._paths.update(path[:depth] for depth in range(len(path) + 1))
            return
        near = nearest(str(value or path[-1]), names)
        self.add(path, what, value=value, allowed=listed(names), near=near)

    def _only_counted(self) -> bool:
        """Count a fault without its words: a hostile text may hold a hundred thousand."""
        full = len(self._found) >= _KEPT_FAULTS
        self._uncounted += full
        return full

    def take(self, faults: Iterable[Fault]) -> None:
        """Add faults that were found elsewhere."""
        self._found.update(dict.fromkeys(faults))

    def place(self, path: Path) -> Place:
        """Return where a path stands; only the source where there are no lines."""
        return self.places.find(path) if self.places else Place(source=self.source)

    def within(self, path: Path) -> bool:
        """Whether anything at or below a path is wrong."""
        return path in self._paths

    def at(self, path: Path) -> bool:
        """Whether what a path leads to is wrong itself, so that a stand-in took its place."""
        return path in self._wrong

    def raise_any(self) -> None:
        """Raise all faults together.

        Raises
        ------
        InputError
            If there is any; at most `MOST_FAULTS` are told, then how many more there are.
        """
        if not self._found:
            return
        told = list(self._found)
        told.sort(key=lambda fault: fault.place.line if fault.place else 0)
        more = len(told) - MOST_FAULTS + self._uncounted
        if more > 0:
            told = [
                *told[:MOST_FAULTS],
                Fault(what=f"and {more} more", kind="statement", place=Place(source=self.source)),
            ]
        raise InputError(*told)
