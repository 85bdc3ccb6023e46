"""What does a target make of a protection? Whole files, and in words what it cannot say.

Nothing here knows a vendor.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tidegate.protect.protection import Element, Protection
from tidegate.world.file.nearest_name import shown
from tidegate.world.file.overlay import overlay
from tidegate.world.world import World, WorldFile

_OUTSIDE = re.compile(r"[^A-Za-z0-9_]")


@dataclass(frozen=True, kw_only=True)
class ConfigFile:
    """One complete file.

    Parameters
    ----------
    target
        The vendor that reads it.
    name
        Its name, without a folder.
    text
        All of it.
    """

    target: str
    name: str
    text: str


@dataclass(frozen=True, kw_only=True)
class NotExpressed:
    """An element, or a part of its meaning, that a target has no words for.

    Parameters
    ----------
    path
        The element.
    why
        What the target does instead, or where the element belongs.
    elsewhere
        Whether it is not this target's business at all.
    """

    path: str
    why: str
    elsewhere: bool = False


@dataclass(frozen=True, kw_only=True)
class Written:
    """What one target makes of a protection.

    Parameters
    ----------
    target
        The vendor.
    files
        Complete and usable; none where it can express nothing.
    expressed
        Paths that stand in the files with their meaning.
    not_expressed
        What does not, and why.
    notes
        What whoever deploys the files should know.
    """

    target: str
    files: tuple[ConfigFile, ...]
    expressed: tuple[str, ...]
    not_expressed: tuple[NotExpressed, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Validation:
    """What a validator said of one file.

    Parameters
    ----------
    name
        The file.
    by
        The validator as it was called.
    valid
        None where the validator is not installed.
    says
        Its words where the file is not valid; what is missing where it was not run.
    """

    name: str
    by: str
    valid: bool | None
    says: str = ""


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Where files that need addresses listen and connect.

    Parameters
    ----------
    listen
        `address:port` on which the clients of a service reach it, by service.
    instances
        `address:port` of each instance, by service.
    """

    listen: Mapping[str, str] = field(default_factory=dict)
    instances: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Draft:
    """Keeps account, while a target writes, of which elements it has said.

    Parameters
    ----------
    target
        The vendor.
    protection
        What is to be said.
    file
        The world it protects.
    stands_before
        Whether the target stands before services: then it cannot make them accept more than they do.
    """

    def __init__(
        self, target: str, protection: Protection, file: WorldFile, *, stands_before: bool = False
    ) -> None:
        self.target = target
        self.protection = protection
        self.file = file
        self.world: World = overlay(file, protection.overlay()).world
        self._elements = {element.path: element for element in protection.elements}
        self._said: dict[str, None] = {}
        self._refused: dict[str, NotExpressed] = {}
        self._notes: dict[str, None] = {}
        self._files: list[ConfigFile] = []
        for path in list(self._elements) if stands_before else ():
            self.stand_before(path)

    def stand_before(self, path: str) -> None:
        """Take an element out that would let a service accept more: nothing before it can."""
        accepts = self._raises(path) if path in self._elements else None
        if accepts is not None:
            why = f"a limit before a service raises nothing: it accepts {accepts:,} itself"
            self._refused[path] = NotExpressed(path=path, why=why)
            del self._elements[path]

    def _raises(self, path: str) -> int | None:
        """Return how many connections a service accepts, if an element lets it accept more."""
        section, name, *keys = path.split(".")
        if section != "services" or keys != ["connections"]:
            return None
        accepts, wanted = (world.services[name].connections_count for world in (self.file.world, self.world))
        return accepts if accepts is not None and (wanted is None or wanted > accepts) else None

    @property
    def said_count(self) -> int:
        """How many elements were said so far."""
        return len(self._said)

    def has(self, *prefixes: str) -> bool:
        """Whether there is an element at or below any of the paths."""
        return any(
            path == prefix or path.startswith(f"{prefix}.") for path in self._elements for prefix in prefixes
        )

    def find(self, path: str) -> Element | None:
        """Return the element at a path."""
        return self._elements.get(path)

    def say(self, path: str) -> Element | None:
        """Return the element at a path and count it as said; None where there is none."""
        element = self._elements.get(path)
        if element is not None:
            self._said[path] = None
        return element

    def below(self, prefix: str) -> list[Element]:
        """Return the elements at or below a path."""
        return [e for e in self.protection.elements if e.path == prefix or e.path.startswith(f"{prefix}.")]

    def refuse(self, path: str, why: str) -> None:
        """State that an element, if there is one at the path, cannot be said."""
        if path in self._elements:
            self._said.pop(path, None)
            self._refused.setdefault(path, NotExpressed(path=path, why=why))

    def note(self, text: str) -> None:
        """Add what whoever deploys the files should know."""
        self._notes[text] = None

    def rounded(self, element: Element | None, written: str) -> None:
        """Note that an element, if it is one, is written as the nearest value the target can say."""
        if element is not None:
            self.note(f"{element.path} = {element.text} is written as {written}, the nearest it can say.")

    def add(self, name: str, text: str) -> None:
        """Add a complete file."""
        self._files.append(ConfigFile(target=self.target, name=name, text=text))

    def written(self, belongs: str) -> Written:
        """Return the whole; what nobody said or refused belongs somewhere else, as `belongs` says."""
        refused = dict(self._refused)
        paths = [element.path for element in self.protection.elements]
        for path in paths:
            if path not in self._said and path not in refused:
                refused[path] = NotExpressed(path=path, why=belongs, elsewhere=True)
        return Written(
            target=self.target,
            files=tuple(self._files),
            expressed=tuple(path for path in paths if path in self._said),
            not_expressed=tuple(refused[path] for path in paths if path in refused),
            notes=tuple(self._notes),
        )


def comment(element: Element) -> str:
    """Return one line, without a comment mark, that says which number a setting comes from."""
    return one_line(f"{element.path} = {element.text}: {element.reason}")


def comments(*elements: Element | None) -> list[str]:
    """Return a comment line, marked with #, for each element there is."""
    return [f"# {comment(element)}" for element in elements if element is not None]


def one_line(text: str) -> str:
    """Return foreign text as one line without anything that could end a comment."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def identifier(name: str) -> str:
    """Return a name of the world as a word that every configuration language takes."""
    return _OUTSIDE.sub(lambda found: f"_{ord(found[0]):x}_", name)


def short(text: str) -> str:
    """Return foreign text short enough for a title."""
    return one_line(shown(text))
