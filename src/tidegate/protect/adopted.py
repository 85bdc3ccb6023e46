"""What does a deployed configuration say about a world? Values by path, and what was not understood.

Filled by the targets, each from its own text. How a text is read is not known here, nor what is done with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.errors import Fault, FaultKind, InputError, Place
from tidegate.protect.protection import value_text
from tidegate.world.file.nearest_name import nearest, shown
from tidegate.world.world import World


@dataclass(frozen=True, kw_only=True)
class Understood:
    """One setting that was found.

    Parameters
    ----------
    path
        Where the world states it.
    value
        In the core's unit.
    words
        The setting as the configuration writes it.
    place
        Where it stands.
    """

    path: str
    value: Any
    words: str
    place: Place

    @property
    def text(self) -> str:
        """The value as a world file writes it."""
        return value_text(self.path, self.value)


@dataclass(frozen=True, kw_only=True)
class Ignored:
    """One setting that a world has no key for.

    Parameters
    ----------
    words
        The setting as the configuration writes it.
    why
        Why it was not taken over.
    place
        Where it stands.
    """

    words: str
    why: str
    place: Place


@dataclass(frozen=True, kw_only=True)
class Adopted:
    """What a configuration says, in the words of a world.

    Parameters
    ----------
    target
        The vendor whose configuration it is.
    understood
        What was found, in the order of the text; a later value of a path replaces an earlier one.
    ignored
        What the world has no key for.
    """

    target: str
    understood: tuple[Understood, ...]
    ignored: tuple[Ignored, ...] = ()

    def overlay(self) -> dict[str, Any]:
        """Return the values by path."""
        return {found.path: found.value for found in self.understood}


@dataclass(frozen=True, kw_only=True)
class Change:
    """One value of the world that the configuration states.

    Parameters
    ----------
    found
        What the configuration says.
    before
        What the world said, as it writes values; `none` where it said nothing.
    differs
        Whether that is something else.
    """

    found: Understood
    before: str
    differs: bool


@dataclass(frozen=True, kw_only=True)
class Subjects:
    """Which crossing, clients and service a configuration is about, where it does not say so itself.

    Parameters
    ----------
    world
        The world it is adopted into.
    crossing, clients, service
        The names given; empty where none was.
    part
        Which part of a text that has several for different callers: a profile, a service or a method.
    """

    world: World
    crossing: str = ""
    clients: str = ""
    service: str = ""
    part: str = ""

    def __post_init__(self) -> None:
        pairs = (("crossings", self.crossing), ("clients", self.clients), ("services", self.service))
        faults = []
        for section, name in pairs:
            known = getattr(self.world, section)
            if name and name not in known:
                near = nearest(name, known)
                allowed = ", ".join(known) or "none is stated"
                faults.append(
                    Fault(what=f"names none of the {section}", value=name, nearest=near, allowed=allowed)
                )
        if faults:
            raise InputError(*faults)


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values by dotted key as a tree."""
    tree: dict[str, Any] = {}
    for key, value in values.items():
        first, _, rest = key.partition(".")
        if rest:
            tree.setdefault(first, {})[rest] = value
        else:
            tree[first] = value
    return tree


class Findings:
    """Collects what a reader finds, with every fault, until the whole text is read.

    Parameters
    ----------
    target
        The vendor.
    source
        Name of the text.
    subjects
        What it is about.
    """

    def __init__(self, target: str, source: str, subjects: Subjects) -> None:
        self.target = target
        self.subjects = subjects
        self._source = source
        self._understood: dict[str, Understood] = {}
        self._ignored: list[Ignored] = []
        self._faults: dict[Fault, None] = {}

    def place(self, line: int) -> Place:
        """Return a line of the text as a place."""
        return Place(source=self._source, line=line)

    def fault(
        self, line: int, what: str, *, value: str = "", allowed: str = "", kind: FaultKind = "value"
    ) -> None:
        """Add something that cannot be read."""
        place = self.place(line)
        self._faults[Fault(what=what, kind=kind, value=shown(value), allowed=allowed, place=place)] = None

    def take(self, faults: Iterable[Fault]) -> None:
        """Add faults that were found elsewhere."""
        self._faults.update(dict.fromkeys(faults))

    def ignore(self, line: int, words: str, why: str) -> None:
        """Add something that is right but that a world has no key for."""
        self._ignored.append(Ignored(words=shown(words), why=why, place=self.place(line)))

    def found(self, path: str, value: Any, words: str, line: int) -> None:
        """Add a value at a path."""
        self._understood.pop(path, None)
        self._understood[path] = Understood(
            path=path, value=value, words=shown(words), place=self.place(line)
        )

    def stricter(self, path: str, value: float, words: str, line: int) -> bool:
        """Add a ceiling unless a lower one was found at the path before; says whether it was added."""
        before = self.value(path)
        if before is not None and before < value:
            self.ignore(line, words, "a stricter limit stands before it")
            return False
        if before != value:
            if before is not None:
                other = self._understood[path]
                why = f"a stricter limit stands beside it (line {line})"
                self.ignore(other.place.line, other.words, why)
            self.found(path, value, words, line)
        return True

    def layer(self, clients: str, values: Mapping[str, Any], words: str, line: int) -> None:
        """Add what was found of the innermost retry layer; the layers outside it stay as they are."""
        policy = self.subjects.world.clients[clients].retry
        if not policy.layers:
            self.found(f"clients.{clients}.retry", {"layers": [_nested(values)]}, words, line)
            return
        for key, value in values.items():
            self.found(f"clients.{clients}.retry.layers.0.{key}", value, words, line)

    def value(self, path: str) -> Any:
        """Return what was found at a path; None where nothing was."""
        understood = self._understood.get(path)
        return None if understood is None else understood.value

    def crossing(self, line: int, written: str, spelt: Callable[[str], str]) -> str:
        """Return the crossing that a text names (`written`, in the vendor's spelling) or that was meant."""
        return self._subject(line, "crossings", "--crossing", self.subjects.crossing, (written, spelt))

    def clients(self, line: int, written: str, spelt: Callable[[str], str]) -> str:
        """Return the clients that a text names or that were meant."""
        return self._subject(line, "clients", "--client", self.subjects.clients, (written, spelt))

    def service(self, line: int, written: str, spelt: Callable[[str], str]) -> str:
        """Return the service that a text names or that was meant."""
        return self._subject(line, "services", "--service", self.subjects.service, (written, spelt))

    def _subject(
        self, line: int, section: str, option: str, given: str, named: tuple[str, Callable[[str], str]]
    ) -> str:
        known: Mapping[str, Any] = getattr(self.subjects.world, section)
        written, spelt = named
        meant = next((name for name in known if written and spelt(name) == written), "") or given
        if not meant and len(known) == 1:
            (meant,) = known
        if not meant:
            allowed = (
                f"{option} NAME, one of " + ", ".join(known) if known else f"the world states no {section}"
            )
            what = f"does not say which of the {section} it is about"
            self.fault(line, what, kind="ambiguous", value=written, allowed=allowed)
        return meant

    def chosen_part(self, known: Iterable[str]) -> str:
        """Return the part that was asked for, if the text has it; a fault where it has not."""
        parts = tuple(known)
        if self.subjects.part and self.subjects.part not in parts:
            allowed = ", ".join(parts) or "the text has none"
            self.fault(1, "has no such part", value=self.subjects.part, allowed=allowed)
        return self.subjects.part if self.subjects.part in parts else ""

    def adopted(self) -> Adopted:
        """Return what was found.

        Raises
        ------
        InputError
            With every fault of the text, in the order of its lines.
        """
        if self._faults:
            raise InputError(*sorted(self._faults, key=lambda fault: fault.place.line if fault.place else 0))
        return Adopted(
            target=self.target, understood=tuple(self._understood.values()), ignored=tuple(self._ignored)
        )
