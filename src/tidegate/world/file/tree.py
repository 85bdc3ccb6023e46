"""What does the text of a world file say, as a plain tree with places? No noun is known here.

The text is read from parse events with limits, never composed: aliases, depth and number of nodes
are bounded before anything is built, and every scalar stays text until its field gives it a type.
A merge key (`<<`, YAML 1.1) brings in the keys of other mappings that its own does not state.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from tidegate.errors import Fault, InputError, Place
from tidegate.world.file.nearest_name import shown
from tidegate.world.file.syntax import DEEPEST, NOT_YAML, TOO_DEEP, between, told, unprintable

LARGEST_BYTES = 10_000_000
MOST_NODES = 200_000
MOST_ALIASES = 1_000
_KEPT_FAULTS = 50
_HALVES = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_PLAIN_TAGS = {None, "!", *(f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq"))}
_NO_KEY = object()
_MERGE = object()
_MERGED = "a mapping, or a list of mappings"
_LOADER: Any = getattr(yaml, "CLoader", yaml.Loader)


@dataclass(kw_only=True)
class Places:
    """Where every key and item of a tree stands.

    Parameters
    ----------
    source
        Name of the file or input.
    document
        The tree; kept so that its containers keep their identity.
    marks
        Line and column of each value, by identity of its container and its key there.
    """

    source: str
    document: object = None
    marks: dict[int, dict[object, tuple[int, int]]] = field(default_factory=dict)

    def find(self, path: tuple[object, ...]) -> Place:
        """Return the place of the deepest part of `path` that stands in the text."""
        here, mark = self.document, (0, 0)
        for step in path:
            if isinstance(here, list) and step == "layers":
                continue  # a list of layers may be written without saying `layers`
            mark = self.marks.get(id(here), {}).get(step, mark)
            try:
                here = here[step]  # type: ignore[index]
            except (KeyError, IndexError, TypeError):
                break
        return Place(source=self.source, line=mark[0], column=mark[1])


@dataclass(frozen=True, kw_only=True)
class Tree:
    """A text as a plain tree, with the faults that did not hinder reading on."""

    document: object
    places: Places
    faults: tuple[Fault, ...]


def value_at(document: object, path: Iterable[str | int]) -> Any:
    """Return what stands at a path of a plain tree; None where nothing does, and where an empty text does."""
    here: Any = document
    for step in path:
        if isinstance(here, Mapping):
            here = here.get(str(step))
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            here = here[step]
        else:
            return None
    return here if here != "" else None


@dataclass(kw_only=True)
class _Open:
    """A container that is being read."""

    value: Any
    anchor: str | None
    size_before: int
    step: object
    key: Any = None
    merged: list[Any] = field(default_factory=list)


def read_tree(
    text: str,
    source: str,
    *,
    may_be_empty: bool = False,
    keeps_tags: bool = False,
    most_nodes: int = MOST_NODES,
    instead: str = "",
    plain: Callable[[str], str] | None = None,
) -> Tree:
    """Return the plain tree of a YAML (or JSON) text; None as its document where it may be empty and is.

    Parameters
    ----------
    text, source
        The text and its name.
    may_be_empty
        Whether nothing at all is a text as well.
    keeps_tags
        Whether a value with a tag of the text's own (`!Ref x`) becomes a mapping of the tag to the value;
        else it is a fault.
    most_nodes
        How many values it may hold.
    instead
        What a smaller text may be made of, where it holds too much.
    plain
        What becomes of a value without quotes; None leaves it as it is.

    Raises
    ------
    InputError
        If it is too large, too deep, binary, or not YAML; faults found before that come along.
    """
    builder = _Builder(source, keeps_tags=keeps_tags, most_nodes=most_nodes, instead=instead, plain=plain)
    builder.check_text(text)
    text = _joined(text.removeprefix("\ufeff"))
    read_to = (0, 0)
    try:
        events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        for event in events:
            builder.take(event)
            read_to = (event.end_mark.line, event.end_mark.column)
    except (yaml.YAMLError, RecursionError) as error:
        builder.stop_at_syntax(error, text, read_to)
    if not builder.documents and not may_be_empty:
        builder.stop("is empty", allowed="a world file; `tidegate init` writes one to start from")
    builder.places.document = builder.root
    return Tree(document=builder.root, places=builder.places, faults=tuple(builder.faults))


def _joined(text: str) -> str:
    """Put the characters in that JSON writes as two halves, which YAML does not know."""
    if "\\ud" not in text and "\\uD" not in text:
        return text
    return _HALVES.sub(lambda found: json.loads(f'"{found[0]}"'), text)


class _Builder:
    """Builds the tree event by event, with an explicit stack."""

    def __init__(
        self,
        source: str,
        *,
        keeps_tags: bool,
        most_nodes: int,
        instead: str,
        plain: Callable[[str], str] | None,
    ) -> None:
        self._keeps_tags = keeps_tags
        self._plain = plain
        self._most_nodes = most_nodes
        self._instead = f"; {instead}" if instead else ""
        self.places = Places(source=source)
        self.faults: list[Fault] = []
        self.root: Any = None
        self.documents = 0
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._size = 0
        self._aliases = 0

    def stop(self, what: str, *, place: Place | None = None, value: str = "", allowed: str = "") -> None:
        """Give up with everything found so far."""
        place = place or Place(source=self.places.source)
        raise InputError(*self.faults, Fault(what=what, place=place, value=value, allowed=allowed))

    def check_text(self, text: str) -> None:
        """Refuse what is not worth parsing."""
        if len(text) > LARGEST_BYTES:
            self.stop(
                "is too large", value=f"{len(text):,} characters", allowed=f"at most 10 MB{self._instead}"
            )
        if "\x00" in text:
            self.stop("is binary, not text", allowed="a YAML or JSON text in UTF-8")
        try:
            size = len(text.encode())
        except UnicodeEncodeError:
            self.stop("is not UTF-8", allowed="a YAML or JSON text in UTF-8")
        else:
            if (found := unprintable(text)) is not None:
                line, column, name = found
                place = Place(source=self.places.source, line=line, column=column)
                what = f"{NOT_YAML}: a control character"
                self.stop(what, place=place, value=name, allowed="printable text")
            if size > LARGEST_BYTES:
                self.stop("is too large", value=f"{size:,} bytes", allowed=f"at most 10 MB{self._instead}")

    def stop_at_syntax(self, error: Exception, text: str, read_to: tuple[int, int]) -> None:
        """Report where the text stops being YAML, or the limit that it meets there."""
        mark = getattr(error, "problem_mark", None)
        unread = between(text, read_to, (mark.line, mark.column) if mark else None)
        problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
        what, allowed = told(problem, unread, len(self._stack))
        self.stop(what, place=self._place(mark) if mark else None, allowed=allowed)

    def take(self, event: Any) -> None:
        """Add one event to the tree."""
        if isinstance(event, yaml.ScalarEvent):
            self._check_tag(event)
            self._count(1, event)
            value = self._tagged(self._meant(event), event)
            self._put(value, event)
            self._keep_anchor(event.anchor, value, 1)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._begin(event)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            done = self._stack.pop()
            self._merge(done)
            self._keep_anchor(done.anchor, done.value, self._size - done.size_before)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self.stop("holds more than one document", place=self._place(event.start_mark), allowed="one")

    def _place(self, mark: Any) -> Place:
        return Place(source=self.places.source, line=mark.line + 1, column=mark.column + 1)

    def _fault(self, event: Any, what: str, *, value: str = "", allowed: str = "") -> None:
        if len(self.faults) < _KEPT_FAULTS:
            place = self._place(event.start_mark)
            self.faults.append(Fault(what=what, path=self._path(), value=value, allowed=allowed, place=place))

    def _path(self) -> str:
        return ".".join(shown(level.step) for level in self._stack[1:])

    def _step(self) -> object:
        """Return the key or index at which the next value goes."""
        if not self._stack:
            return ""
        level = self._stack[-1]
        if isinstance(level.value, list):
            return len(level.value)
        return level.key if isinstance(level.key, str) else "<<" if level.key is _MERGE else "?"

    def _count(self, nodes: int, event: Any) -> None:
        self._size += nodes
        if self._size > self._most_nodes:
            place = self._place(event.start_mark)
            allowed = f"at most {self._most_nodes:,}{self._instead}"
            self.stop("holds too many values", place=place, allowed=allowed)

    def _is_own(self, event: Any) -> bool:
        """Whether a value has a tag of the text's own that is kept."""
        return self._keeps_tags and event.tag is not None and len(event.tag) > 1 and event.tag[0] == "!"

    def _meant(self, event: Any) -> str:
        """Return what a scalar says: a key is a word however it is written."""
        text: str = event.value
        is_value = (
            not self._stack or isinstance(self._stack[-1].value, list) or self._stack[-1].key is not None
        )
        return self._plain(text) if self._plain is not None and event.implicit[0] and is_value else text

    def _tagged(self, value: Any, event: Any) -> Any:
        return {event.tag: value} if self._is_own(event) else value

    def _check_tag(self, event: Any) -> None:
        if event.tag not in _PLAIN_TAGS and not self._is_own(event):
            self._fault(event, "has a tag", value=shown(event.tag), allowed="plain values without tags")

    def _begin(self, event: Any) -> None:
        self._check_tag(event)
        self._count(1, event)
        if len(self._stack) >= DEEPEST:
            place = self._place(event.start_mark)
            self.stop(TOO_DEEP, place=place, allowed=f"at most {DEEPEST} levels")
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.places.marks[id(value)] = {}
        step = self._step()
        self._put(self._tagged(value, event), event)
        size = self._size - 1
        self._stack.append(_Open(value=value, anchor=event.anchor, size_before=size, step=step))

    def _alias(self, event: Any) -> None:
        self._aliases += 1
        if self._aliases > MOST_ALIASES:
            place = self._place(event.start_mark)
            self.stop("uses too many aliases", place=place, allowed=f"at most {MOST_ALIASES:,}")
        if event.anchor not in self._anchors:
            what = "refers to an anchor that is not complete before it"
            self.stop(what, place=self._place(event.start_mark), value=shown(event.anchor))
        value, size = self._anchors[event.anchor]
        self._count(size, event)
        self._put(value, event)

    def _keep_anchor(self, anchor: str | None, value: Any, size: int) -> None:
        if anchor is not None:
            self._anchors[anchor] = (value, size)

    def _put(self, value: Any, event: Any) -> None:
        """Place a value where it belongs: the root, an item, a key, or the value of a key."""
        if not self._stack:
            self.root = value
            return
        level = self._stack[-1]
        mark = (event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(level.value, list):
            self.places.marks[id(level.value)][len(level.value)] = mark
            level.value.append(value)
        elif level.key is None:
            self._put_key(level, value, event, mark)
        else:
            if level.key is _MERGE:
                self._take_merged(level, value, event)
            elif level.key is not _NO_KEY:
                level.value.setdefault(level.key, value)
            level.key = None

    def _take_merged(self, level: _Open, value: Any, event: Any) -> None:
        """Keep mappings until their own is read: what it states itself goes first, wherever it stands."""
        if isinstance(value, (dict, list)):
            level.merged.append(value)
        else:
            self._fault(event, "merges what is no mapping", value=shown(value), allowed=_MERGED)

    def _merge(self, done: _Open) -> None:
        """Add the keys of merged mappings that are not stated; of several mappings the first goes first."""
        for given in done.merged:
            for one in given if isinstance(given, list) else [given]:
                if not isinstance(one, dict):
                    self.stop("merges what is no mapping", value=shown(one), allowed=_MERGED)
                for key, value in one.items():
                    if key not in done.value:
                        done.value[key] = value
                        self.places.marks[id(done.value)][key] = self.places.marks[id(one)][key]

    def _put_key(self, level: _Open, value: Any, event: Any, mark: tuple[int, int]) -> None:
        if value == "<<" and event.implicit[0]:
            level.key = _MERGE
            return
        if not isinstance(value, str):
            self._fault(event, "has a key that is not a word", value=shown(value))
            level.key = _NO_KEY
            return
        if value in level.value:
            self._fault(event, "states a key twice", value=shown(value))
        level.key = value
        self.places.marks[id(level.value)].setdefault(value, mark)
