"""Which settings does a text hold? Keys, values and places, whatever the form; nothing of what they mean.

Forms: properties and environment files, files with sections (INI, TOML), `key value` lines (redis.conf), and
YAML or JSON, whose keys are joined by dots.

Shortcut: of TOML the lines `key = value` and the sections are read, and no tables in tables; of properties
no value goes on in the next line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tidegate.errors import Fault, InputError, Place
from tidegate.world.file.names import shown
from tidegate.world.file.tree import Tree, read_tree

_SECTION = re.compile(r"\[+\s*([^\]]*?)\s*\]+")
_PAIR = re.compile(r"(?:export\s+)?([A-Za-z_*\"'][\w.\-/*\"'\[\]]*)\s*(?:=|:(?=\s|$)|\s)\s*(.*)")
_COMMENT = re.compile(r"\s+[#;].*")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")
_SECRET = re.compile(r"(?i)(password|passwd|pwd|secret|token|key)\s*[=:]\s*[^\s;&]+")
_SPLIT = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_MOST_LINES = 100_000
_LONGEST_KEY = 200


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting.

    Parameters
    ----------
    section
        What it stands in, for forms with sections; else empty.
    key, value
        As written, without quotes.
    place
        Where it stands.
    """

    key: str
    value: str
    place: Place
    section: str = ""

    @property
    def words(self) -> str:
        """As it is shown: nobody's password."""
        value = _SECRET.sub(r"\1=…", _CREDENTIALS.sub("", self.value))
        return shown(f"{self.key}={value}")


def line_settings(text: str, source: str, *, first_line: int = 1) -> list[Setting]:
    """Return the settings of a text with one on each line.

    Parameters
    ----------
    text
        The text.
    source
        Its name.
    first_line
        The line at which it begins in the source.
    """
    found, section = [], ""
    for number, row in enumerate(text.splitlines()[:_MOST_LINES], start=first_line):
        line = row.strip()
        if not line or line[0] in "#;!%":
            continue
        head = _SECTION.fullmatch(line)
        if head is not None:
            section = head[1]
            continue
        pair = _PAIR.fullmatch(line)
        if pair is not None:
            key, value = pair[1].strip("\"'")[:_LONGEST_KEY], _unquoted(pair[2])
            found.append(
                Setting(section=section, key=key, value=value, place=Place(source=source, line=number))
            )
    return found


def _unquoted(text: str) -> str:
    if text[:1] in {'"', "'"} and text.find(text[0], 1) > 0:
        return text[1 : text.find(text[0], 1)]
    return _COMMENT.sub("", text).rstrip(" ,")


def tree_settings(text: str, source: str, *, first_line: int = 1) -> list[Setting]:
    """Return the settings of a YAML or JSON text, of all its documents; keys are joined by dots.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    found: list[Setting] = []
    starts = [0, *(mark.start() for mark in _SPLIT.finditer(text))]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        part = text[start:end].removeprefix("---")
        if any(row.strip() and not row.lstrip().startswith("#") for row in part.splitlines()):
            line = first_line - 1 + text.count("\n", 0, start)
            found += _of_tree(_read(part, source, line), source, line)
    return found


def _read(part: str, source: str, line: int) -> Tree:
    try:
        return read_tree(part, source)
    except InputError as error:
        raise InputError(*(_moved(fault, line) for fault in error.faults)) from None


def _moved(fault: Fault, line: int) -> Fault:
    place = fault.place
    if place is None or not place.line:
        return fault
    moved = Place(source=place.source, line=place.line + line, column=place.column)
    return Fault(what=fault.what, path=fault.path, value=fault.value, allowed=fault.allowed, place=moved)


def _of_tree(tree: Tree, source: str, line: int) -> Iterator[Setting]:
    stack: list[tuple[tuple[object, ...], object]] = [((), tree.document)]
    while stack:
        path, here = stack.pop()
        if isinstance(here, Mapping):
            stack += [((*path, key), value) for key, value in reversed(list(here.items()))]
        elif isinstance(here, list):
            stack += [((*path, number), value) for number, value in reversed(list(enumerate(here)))]
        elif isinstance(here, str) and path:
            at = tree.places.find(path).line + line
            key = ".".join(str(step)[:_LONGEST_KEY] for step in path)
            yield Setting(key=key, value=here, place=Place(source=source, line=at))
