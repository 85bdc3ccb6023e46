"""Which settings does a text hold? Keys, values and places, whatever the form; nothing of what they mean.

Forms: properties and environment files, files with sections (INI), `key value` lines (redis.conf), and TOML,
YAML or JSON, whose keys are joined by dots.

Shortcut: of properties no value goes on in the next line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tidegate.errors import Fault, InputError, Place
from tidegate.gate.settings.names import protocol_of, words_of
from tidegate.world.file.nearest_name import shown
from tidegate.world.file.tree import Tree, read_tree

_SECTION = re.compile(r"\[+\s*([^\]]*?)\s*\]+")
_PAIR = re.compile(r"(?:export\s+)?([A-Za-z_*\"'][\w.\-/*\"'\[\]]*)\s*(?:=|:(?=\s|$)|\s)\s*(.*)")
_COMMENT = re.compile(r"\s+[#;].*")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")
_SECRET = re.compile(r"(?i)(password|passwd|pwd|secret|token|key)\s*[=:]\s*[^\s;&]+")
_SPLIT = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_AT_LINE = re.compile(r"line (\d+)")
_TABLE = re.compile(r"\s*\[\[?([^\]]*)\]\]?\s*(?:#.*)?$")
_TOML_PAIR = re.compile(r"\s*([\w.\-\"' ]+?)\s*=")
_DRIVERS = frozenset({"adapter", "dialect", "client"})
_NAMED = {"name", "value"}
_LONGEST_TOML = 1_000_000
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

    Raises
    ------
    InputError
        If it has too many lines.
    """
    found, section = [], ""
    rows = text.splitlines()
    if len(rows) > _MOST_LINES:
        allowed = f"at most {_MOST_LINES:,}"
        raise InputError(Fault(what="holds too many lines", allowed=allowed, place=Place(source=source)))
    for number, row in enumerate(rows, start=first_line):
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


def toml_settings(text: str, source: str, *, first_line: int = 1) -> list[Setting]:
    """Return the settings of a TOML text; keys are joined by dots, what is inside a value has its line.

    Raises
    ------
    InputError
        If it is not TOML, or too large.
    """
    if len(text) > _LONGEST_TOML:
        allowed = f"at most {_LONGEST_TOML // 1_000_000} MB"
        raise InputError(Fault(what="is too large", allowed=allowed, place=Place(source=source)))
    try:
        document = tomllib.loads(text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = _AT_LINE.search(str(error))
        line = first_line - 1 + int(found[1]) if found is not None else 0
        what = f"is not TOML: {str(error).partition(' (')[0].lower()}"
        raise InputError(Fault(what=what, place=Place(source=source, line=line))) from None
    lines = _toml_lines(text, first_line)
    seen: dict[str, int] = {}
    settings = []
    for path, value in _leaves(document):
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            continue
        name = ".".join(str(step) for step in path if not isinstance(step, int))
        while name not in lines and "." in name:
            name = name.rpartition(".")[0]
        stands = lines.get(name, [first_line])
        turn = seen[name] = seen.get(name, -1) + 1
        place = Place(source=source, line=stands[min(turn, len(stands) - 1)])
        key = ".".join(str(step)[:_LONGEST_KEY] for step in path)
        settings.append(Setting(key=key, value=str(value), place=place))
    return settings


def _toml_lines(text: str, first_line: int) -> dict[str, list[int]]:
    """Return the lines at which each key of a TOML text is stated."""
    lines: dict[str, list[int]] = {}
    section = ""
    for number, row in enumerate(text.splitlines(), start=first_line):
        head, pair = _TABLE.match(row), _TOML_PAIR.match(row)
        if head is not None:
            section = _plain(head[1])
        elif pair is not None:
            lines.setdefault(f"{section}.{_plain(pair[1])}".strip("."), []).append(number)
    return lines


def _plain(key: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in key.split("."))


def _leaves(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[tuple[object, ...], object]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _leaves(item, (*path, number))
    else:
        yield path, value


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
    return replace(fault, place=moved)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _of_tree(tree: Tree, source: str, line: int) -> Iterator[Setting]:
    stack: list[tuple[tuple[object, ...], tuple[object, ...], object]] = [((), (), tree.document)]
    while stack:
        path, names, here = stack.pop()
        if isinstance(here, Mapping) and set(here) == _NAMED and all(map(_is_text, here.values())):
            # As containers of ECS, and many others, list their variables.
            at = tree.places.find((*path, "value")).line + line
            yield Setting(key=here["name"], value=here["value"], place=Place(source=source, line=at))
        elif isinstance(here, Mapping):
            names = (*names, *_driver(here))
            stack += [((*path, key), (*names, key), value) for key, value in reversed(list(here.items()))]
        elif isinstance(here, list):
            stack += [((*path, i), (*names, i), value) for i, value in reversed(list(enumerate(here)))]
        elif isinstance(here, str) and path:
            at = tree.places.find(path).line + line
            key = ".".join(str(step)[:_LONGEST_KEY] for step in names)
            yield Setting(key=key, value=here, place=Place(source=source, line=at))


def _driver(here: Mapping[str, object]) -> tuple[str, ...]:
    """Return what a mapping says that it connects to (Rails' adapter, Knex' client), as a name."""
    said = next((value for key, value in here.items() if key in _DRIVERS and isinstance(value, str)), "")
    name = said.rstrip("0123456789")
    return (name,) if protocol_of(words_of(name)) else ()
