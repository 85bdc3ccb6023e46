"""How does a text change when values are laid over it, and everything else stays byte for byte? Spans only.

The tree before and after an overlay is walked beside the marks of the text: what differs is replaced where it
stands, and what is new is put after its neighbours, in their style. Comments within a value that is replaced
whole (a list, a retry policy) go with it; no other byte changes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from tidegate.errors import Fault, InputError, Place
from tidegate.world.file.lay import lay
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tidegate.world.file.tree import read_tree
from tidegate.world.file.write import flow_text

_ANCHOR = re.compile(r"&\S+\s*")
_MERGE = "<<"
_RETRY_COUNTS = frozenset({"attempts", "retries"})


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One span of the text and what takes its place.

    Parameters
    ----------
    start, end
        First character, and the one after the last; equal for an insertion.
    text
        What stands there instead.
    path
        Dotted path of the value.
    line
        Line of the text at which it begins, counted from 1.
    """

    start: int
    end: int
    text: str
    path: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Edited:
    """A text with changes written into it.

    Parameters
    ----------
    text
        The whole text.
    edits
        What was changed, in the order of the text.
    """

    text: str
    edits: tuple[Edit, ...]


@dataclass(kw_only=True)
class _Node:
    """One value of the text with the characters it takes."""

    start: int
    end: int
    line: int
    column: int
    kind: str  # scalar, mapping, list or alias
    flow: bool = False
    pairs: list[tuple[_Node, _Node]] = field(default_factory=list)
    items: list[_Node] = field(default_factory=list)
    value: str = ""

    @property
    def last(self) -> int:
        """The end of the last character that belongs to it, trailing comments left out."""
        if self.flow or self.kind in {"scalar", "alias"}:
            return self.end
        parts = [value for _, value in self.pairs] or self.items
        return parts[-1].last if parts else self.end


def edit(
    text: str, source: str, changes: Mapping[str, object], *, measured: Mapping[str, Any] | None = None
) -> Edited:
    """Return the text of a world file with each value set at its dotted path of file keys.

    Parameters
    ----------
    text
        The world file.
    source
        Its name, for faults.
    changes
        As for `overlay`: values as the file writes them, or plain numbers in the core's unit.
    measured
        As for `read_world`.

    Raises
    ------
    InputError
        If the text is no world, a path leads nowhere, the changed world is wrong, or a value cannot be
        changed where it stands (it is shared by an alias).
    """
    wanted = overlay(read_world(text, source, measured=measured), changes).world
    body = text.removeprefix("\ufeff")
    before: Any = read_tree(text, source).document
    after = lay(before, changes, source).document
    editor = _Editor(body)
    editor.compare(_written(body, source), before, after, ())
    edited = text[: len(text) - len(body)] + editor.applied()
    # Read again, so that a changed text that contradicts itself is told as any text would be.
    again = read_world(edited, f"{source}, as changed", measured=measured) if edited != text else None
    if again is not None and again.world != wanted:
        what = "cannot be changed where it stands; write out what the alias means"
        raise InputError(*(Fault(what=what, path=path, place=Place(source=source)) for path in changes))
    return Edited(text=edited, edits=tuple(sorted(editor.edits, key=lambda one: one.start)))


def _written(body: str, source: str) -> _Node:
    """Return the values of a text; the parser written in Python takes no tabs, which end no line either."""
    try:
        return _nodes(body.replace("\t", " "))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        place = Place(source=source, line=line, column=column)
        what = "is written so that it cannot be changed in place"
        allowed = "plain YAML; `tidegate check` says whether it is still the same"
        raise InputError(Fault(what=what, place=place, allowed=allowed)) from None


def _same_length(before: Any, after: Any) -> bool:
    return isinstance(before, list) and isinstance(after, list) and len(before) == len(after)


def _nodes(text: str) -> _Node:
    """Return the values of a text that is known to be well formed, with their marks."""
    stack: list[tuple[_Node, list[_Node]]] = []
    root: _Node | None = None
    # The parser written in C counts bytes in some versions; this one counts characters.
    events: Iterator[Any] = yaml.parse(text, Loader=yaml.SafeLoader)
    for event in events:
        done: _Node | None = None
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            kind = "mapping" if isinstance(event, yaml.MappingStartEvent) else "list"
            node = _node(event, kind)
            node.flow = bool(event.flow_style)
            stack.append((node, []))
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            done, parts = stack.pop()
            end: Any = event.end_mark
            done.end = end.index
            if done.kind == "mapping":
                done.pairs = list(zip(parts[::2], parts[1::2], strict=True))
            else:
                done.items = parts
        elif isinstance(event, yaml.ScalarEvent):
            done = _node(event, "scalar")
            done.value = event.value
        elif isinstance(event, yaml.AliasEvent):
            done = _node(event, "alias")
        if done is not None and stack:
            stack[-1][1].append(done)
        elif done is not None:
            root = done
    assert root is not None, "the text was read before"
    return root


def _node(event: Any, kind: str) -> _Node:
    start: Any = event.start_mark
    at = start.index
    if kind != "alias" and event.anchor is not None:
        # The anchor's name stays, whatever becomes of the value behind it.
        found = _ANCHOR.match(start.buffer, start.pointer) if start.buffer else None
        at += found.end() - found.start() if found else 0
    return _Node(start=at, end=event.end_mark.index, line=start.line + 1, column=start.column, kind=kind)


class _Editor:
    """Finds the spans that must change."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._json = text.lstrip().startswith("{") and '"' in text.split(":", 1)[0]
        self.edits: list[Edit] = []

    def applied(self) -> str:
        """Return the text with every span replaced."""
        text = self._text
        # Insertions at one spot were found in their order: the last must go in first.
        ordered = sorted(enumerate(self.edits), key=lambda pair: (pair[1].start, pair[0]), reverse=True)
        for _, one in ordered:
            text = text[: one.start] + one.text + text[one.end :]
        return text

    def compare(self, node: _Node, before: Any, after: Any, path: tuple[str, ...]) -> None:
        """Note what must change so that the value at `node` becomes `after`."""
        if before is after or before == after:
            return
        if isinstance(before, list) and isinstance(after, Mapping) and not after.get("name"):
            after = after["layers"]  # a list of layers, which laying one over has spelt out
        if node.kind == "mapping" and isinstance(before, Mapping) and isinstance(after, Mapping):
            if self._in_mapping(node, before, after, path):
                return
        elif node.kind == "list" and _same_length(before, after):
            for index, part in enumerate(node.items):
                self.compare(part, before[index], after[index], (*path, str(index)))
            return
        self._replace(node, after, path)

    def _in_mapping(
        self, node: _Node, before: Mapping[str, Any], after: Mapping[str, Any], path: tuple[str, ...]
    ) -> bool:
        """Change single entries; False where the whole must be replaced."""
        gone = [key for key in before if key not in after]
        # Laying a layer over a policy spells it out, with the empty name of what has none.
        new = [key for key in after if key not in before and (key, after[key]) != ("name", "")]
        if gone and not ({*gone, *new} == _RETRY_COUNTS and len(gone) == 1):
            return False
        if not node.pairs and not node.flow:
            return False
        for key, value in node.pairs:
            if key.value == _MERGE and _MERGE not in after:
                continue  # what it brings in belongs to others too
            if key.value in after:
                self.compare(value, before[key.value], after[key.value], (*path, key.value))
            else:
                # One way to count retries takes the place of the other.
                self._put(key.start, key.end, self._key(new[0]), (*path, new[0]), key.line)
                self._replace(value, after[new[0]], (*path, new[0]))
        if not gone:
            own = {key.value for key, _ in node.pairs}
            merged = [key for key in before if key not in own and before[key] != after[key]]
            for added in [*new, *merged]:
                self._insert(node, added, after[added], (*path, added))
        return True

    def _replace(self, node: _Node, value: Any, path: tuple[str, ...]) -> None:
        text = self._flow(path, value)
        end = node.last
        if node.start == end and node.start > 0 and self._text[node.start - 1] not in " \t\n":
            text = f" {text}"  # nothing stood there: `key:`
        elif node.kind == "scalar" and self._text[node.start : node.start + 1] in {"|", ">"}:
            end = len(self._text[:end].rstrip())
        self._put(node.start, end, text, path, node.line)

    def _insert(self, node: _Node, key: str, value: Any, path: tuple[str, ...]) -> None:
        entry = f"{self._key(key)}: {self._flow(path, value)}"
        if node.flow:
            if node.pairs:
                at, text = node.pairs[-1][1].last, f", {entry}"
            else:
                at, text = node.start + 1, entry
            self._put(at, at, text, path, node.line)
            return
        at = node.last
        indent = " " * node.pairs[0][0].column
        if self._text[at - 1 : at] == "\n":  # after a block scalar
            self._put(at, at, f"{indent}{entry}{self._newline}", path, node.line)
            return
        end = self._text.find("\n", at)
        end = len(self._text) if end < 0 else end - (self._text[end - 1] == "\r")
        self._put(end, end, f"{self._newline}{indent}{entry}", path, node.line)

    def _put(self, start: int, end: int, text: str, path: tuple[str, ...], line: int) -> None:
        self.edits.append(Edit(start=start, end=end, text=text, path=".".join(path), line=line))

    def _key(self, key: str) -> str:
        return json.dumps(key) if self._json else key

    def _flow(self, path: tuple[str, ...], value: Any) -> str:
        text = flow_text(".".join(path), value)
        if self._json:
            return json.dumps(yaml.load(f"[{text}]", Loader=yaml.BaseLoader)[0], ensure_ascii=False)  # noqa: S506  texts only
        return text
