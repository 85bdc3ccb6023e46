"""What does a text of Kubernetes manifests say? Documents with places and typed access, faults collected.

Every document is read with the limits of a world file. No kind of object is known here. What is no object
(the notes that Helm prints, an empty document) is passed over and told; what is odd in an object, such as a
tag, is a fault only if somebody uses the object.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tidegate.errors import Fault, InputError, Place
from tidegate.world.file.faults import Faults, Path
from tidegate.world.file.nearest_name import shown
from tidegate.world.file.plain_scalar import meaning_of
from tidegate.world.file.pruned import pruned
from tidegate.world.file.tree import LARGEST_BYTES, MOST_NODES, Places, read_tree, value_at

MOST_DOCUMENTS = 500
_MOST_OF_JSON = 1_000_000
_INSTEAD = (
    "the objects of one workload are enough: `kubectl get deployment,hpa,configmap -n NAMESPACE -o json`"
)
_REPORTED = ("managedFields", "status")
"""What a cluster reports, and nobody wrote."""
_SPLIT = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_KIND = re.compile(r"(?:^|[{,\s\"'])kind[\"']?\s*:")
_NOTES = re.compile(r"^NOTES:[ \t]*$", re.MULTILINE)
_HELMS = re.compile(r"^(HOOKS|MANIFEST):[ \t]*$", re.MULTILINE)
_JSON = re.compile(r"^[ \t]*\{", re.MULTILINE)
_SPACE = re.compile(r"\s*")
_DECODER = json.JSONDecoder()
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_FIGURE = re.compile(r"-?\d[\w.%]{0,15}$", re.ASCII)
_PERCENT = re.compile(r"(\d{1,4})%", re.ASCII)


class Manifest:
    """One Kubernetes object.

    Parameters
    ----------
    tree
        Its plain tree; scalars are texts.
    faults
        Where faults go, with the object's places.
    odd
        What is wrong with its text if it is used.
    """

    def __init__(self, tree: Mapping[str, Any], faults: Faults, odd: Sequence[Fault] = ()) -> None:
        self.tree = tree
        self.faults = faults
        self.odd = tuple(odd)
        self._read: set[Path] = set()
        self._above_read: set[Path] = set()
        self.kind = self.text(("kind",))
        self.name = self.text(("metadata", "name")) or self.text(("metadata", "generateName"))

    @property
    def namespace(self) -> str:
        """As stated; empty where whoever applies it decides."""
        return self.text(("metadata", "namespace"))

    @property
    def address(self) -> str:
        """Its name as Tidegate binds it: version/kind/namespace/name."""
        return f"{self.text(('apiVersion',))}/{self.kind}/{self.namespace or 'default'}/{self.name}"

    def use(self) -> Manifest:
        """Return itself; what is odd in its text is a fault from now on."""
        self.faults.take(self.odd)
        return self

    def specified(self, spec: Mapping[str, Any], marks: Mapping[object, tuple[int, int]]) -> Manifest:
        """Return the object with another `spec`, each of whose keys stands at a mark of the text."""
        tree = {**self.tree, "spec": spec}
        places = self.faults.places
        if places is not None:
            places.marks[id(spec)] = dict(marks)
            places.marks[id(tree)] = places.marks.get(id(self.tree), {})
            places = Places(source=places.source, document=tree, marks=places.marks)
        return Manifest(tree, Faults(self.faults.source, places), self.odd)

    def marks(self, path: Path) -> Mapping[object, tuple[int, int]]:
        """Return where the keys of the mapping at a path stand."""
        places = self.faults.places
        return places.marks.get(id(self.look(path)), {}) if places is not None else {}

    def find(self, path: Path) -> Any:
        """Return what stands at a path; None if nothing does. It counts as read, with all below it."""
        found = self.look(path)
        if found is not None:
            self._read.add(path)
            self._above_read.update(path[:count] for count in range(len(path)))
        return found

    def was_read(self, path: Path) -> bool:
        """Whether what stands at a path was asked for, itself and as a whole."""
        return path in self._read

    def was_read_below(self, path: Path) -> bool:
        """Whether anything below a path was asked for."""
        return path in self._above_read

    def numbers(self, below: Path = ("spec",)) -> Iterator[tuple[Path, str, bool]]:
        """Yield each value below a path that holds a figure: its path, itself, and whether it was read."""
        stack: list[tuple[Path, Any]] = [(below, self.look(below))]
        while stack:
            path, here = stack.pop()
            if isinstance(here, Mapping):
                stack += [((*path, key), value) for key, value in reversed(list(here.items()))]
            elif isinstance(here, list):
                stack += [((*path, index), value) for index, value in reversed(list(enumerate(here)))]
            elif isinstance(here, str) and _FIGURE.match(here):
                read = any(path[:count] in self._read for count in range(1, len(path) + 1))
                yield path, here, read

    def look(self, path: Path) -> Any:
        """Return what stands at a path; None if nothing does. It does not count as read."""
        return value_at(self.tree, path)

    def text(self, path: Path) -> str:
        """Return a text; empty if there is none."""
        value = self.find(path)
        if value is None or isinstance(value, str):
            return value or ""
        self.faults.add(path, "is not a text", value=value)
        return ""

    def mapping(self, path: Path) -> Mapping[str, Any]:
        """Return a mapping; empty if there is none. What is in it is not read by that."""
        value = self.look(path)
        if value is None or isinstance(value, dict):
            return value or {}
        self.faults.add(path, "is not a mapping", value=value)
        return {}

    def items(self, path: Path) -> list[Any]:
        """Return a list; empty if there is none. What is in it is not read by that."""
        value = self.look(path)
        if value is None or isinstance(value, list):
            return value or []
        self.faults.add(path, "is not a list", value=value)
        return []

    def whole(self, path: Path, otherwise: int, *, least: int = 0) -> int:
        """Return a whole number of at least `least`."""
        value = self.find(path)
        if value is None:
            return otherwise
        if not isinstance(value, str) or not _WHOLE.fullmatch(value) or int(value) < least:
            allowed = f"a whole number, at least {least}"
            self.faults.add(path, "is not a number Kubernetes takes here", value=value, allowed=allowed)
            return otherwise
        return int(value)

    def share(self, path: Path, otherwise: str, *, of: int) -> float:
        """Return a number of pods, or a percentage of them, as pods; not rounded."""
        value = self.find(path)
        text = otherwise if value is None else value
        percent = _PERCENT.fullmatch(text) if isinstance(text, str) else None
        if percent:
            return int(percent[1]) * of / 100.0
        if value is None and _WHOLE.fullmatch(otherwise):
            return float(otherwise)
        return float(self.whole(path, 0))


@dataclass(frozen=True, kw_only=True)
class Manifests:
    """What a text of manifests holds.

    Parameters
    ----------
    objects
        The objects, the items of lists among them.
    passed_over
        Where something stands that is no object, and what it begins with.
    """

    objects: list[Manifest]
    passed_over: tuple[tuple[Place, str], ...] = ()


def read_manifests(text: str, source: str) -> Manifests:
    """Return the objects of a multi-document text, the items of lists included.

    Raises
    ------
    InputError
        With the faults of every document that cannot be read, or if none is an object.
    """
    place = Place(source=source)
    if len(text) > LARGEST_BYTES:
        raise InputError(Fault(what="is too large", allowed=f"at most 10 MB; {_INSTEAD}", place=place))
    text = pruned(text, _REPORTED, whole=True)
    most_nodes = _MOST_OF_JSON if text.lstrip("\ufeff \t\r\n").startswith("{") else MOST_NODES
    manifests: list[Manifest] = []
    wrong: list[Fault] = []
    passed_over: list[tuple[Place, str]] = []
    for count, (first_line, part) in enumerate(_documents(text)):
        if count >= MOST_DOCUMENTS:
            allowed = f"at most {MOST_DOCUMENTS}; {_INSTEAD}"
            wrong.append(Fault(what="holds too many documents", allowed=allowed, place=place))
            break
        if _NOTES.match(part):  # whatever they say, Helm writes no object behind them
            passed_over.append((Place(source=source, line=first_line + 1), "NOTES:"))
            continue
        try:
            tree = read_tree(part, source, most_nodes=most_nodes, instead=_INSTEAD, plain=meaning_of)
        except InputError as error:
            if _is_said_besides(part):
                line = next(i for i, row in enumerate(part.splitlines()) if row.strip(" -"))
                stands = Place(source=source, line=first_line + line + 1)
                passed_over.append((stands, shown(part.splitlines()[line])))
            else:
                wrong += [_moved(fault, first_line) for fault in error.faults]
            continue
        odd = [_moved(fault, first_line) for fault in tree.faults]
        _move(tree.places, first_line)
        found, others = _objects(tree.document, Faults(source, tree.places), odd)
        manifests += found
        passed_over += [(Place(source=source, line=first_line + 1), shown(one)) for one in others]
    if not manifests and not wrong:
        allowed = "apiVersion, kind, metadata and spec"
        here = passed_over[0] if passed_over else (place, "")
        wrong.append(Fault(what="is no Kubernetes object", value=here[1], allowed=allowed, place=here[0]))
    raise_all(manifests, wrong)
    return Manifests(objects=manifests, passed_over=tuple(passed_over))


def together(read: Iterable[Manifests]) -> Manifests:
    """Return what several texts hold, as one."""
    every = list(read)
    return Manifests(
        objects=[one for each in every for one in each.objects],
        passed_over=tuple(one for each in every for one in each.passed_over),
    )


def raise_all(manifests: list[Manifest], others: list[Fault]) -> None:
    """Raise the faults of all objects, and others, together.

    Raises
    ------
    InputError
        If there is any.
    """
    together = Faults(manifests[0].faults.source if manifests else "")
    together.take(others)
    for faults in {id(manifest.faults): manifest.faults for manifest in manifests}.values():
        try:
            faults.raise_any()
        except InputError as error:
            together.take(error.faults)
    together.raise_any()


def _is_said_besides(part: str) -> bool:
    """Whether a part that is no YAML is none of the objects: what a tool prints beside them."""
    return not _KIND.search(part)


def _documents(text: str) -> Iterator[tuple[int, str]]:
    """Cut at document marks; each part with the number of lines before it.

    What `helm install --dry-run` prints after the last object (NOTES:) is a part of its own, without a mark.
    """
    text = _HELMS.sub("", text.removeprefix("\ufeff"))
    streamed = _stream(text)
    if streamed is not None:
        yield from streamed
        return
    ends = sorted(mark.start() for pattern in (_SPLIT, _NOTES) for mark in pattern.finditer(text))
    line = 0
    for start, end in zip([0, *ends], [*ends, len(text)], strict=True):
        part = text[start:end]
        if any(row.strip() and not row.lstrip().startswith(("#", "---")) for row in part.splitlines()):
            yield line, part
        line += part.count("\n")


def _stream(text: str) -> list[tuple[int, str]] | None:
    """Return the values of a JSON text that has several, or lines of a wrapper before; None for any other."""
    begin = _JSON.search(text)
    if begin is None or (begin.start() and _KIND.search(text, 0, begin.start())):
        return None
    at, line = begin.start(), text.count("\n", 0, begin.start())
    found = [(0, text[:at])] if text[:at].strip() else []
    while at < len(text) and len(found) <= MOST_DOCUMENTS:
        try:
            _, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return None
        found.append((line, text[at:end]))
        space = _SPACE.match(text, end)
        line += text.count("\n", at, space.end() if space is not None else end)
        at = space.end() if space is not None else end
    return found if len(found) > 1 else None


def _objects(document: object, faults: Faults, odd: Sequence[Fault]) -> tuple[list[Manifest], list[object]]:
    """Return the objects of one document, and what in it is none; nothing of an empty one."""
    items = document if isinstance(document, list) else None
    if isinstance(document, dict) and str(document.get("kind", "")).endswith("List"):
        items = _kinded(document, faults) if isinstance(document.get("items"), list) else None
    if items is not None:
        parts = [item for item in items if _is_object(item)]
        found = [Manifest(item, Faults(faults.source, _below(faults, item)), odd) for item in parts]
        return found, [item for item in items if not _is_object(item)]
    if _is_object(document):
        assert isinstance(document, dict)
        return [Manifest(document, faults, odd)], []
    return [], [] if document in ("", "null", "~", {}, []) else [document]


def _kinded(listed: Mapping[str, Any], faults: Faults) -> list[Any]:
    """Return the items of a list; those of a DeploymentList, as servers print it, say no kind."""
    kind, found = str(listed["kind"]).removesuffix("List"), []
    for item in listed["items"]:
        if kind and isinstance(item, dict) and "kind" not in item:
            told = {"apiVersion": str(listed.get("apiVersion", "")), "kind": kind, **item}
            if faults.places is not None:
                faults.places.marks[id(told)] = faults.places.marks.get(id(item), {})
            found.append(told)
        else:
            found.append(item)
    return found


def _is_object(document: object) -> bool:
    return isinstance(document, dict) and isinstance(document.get("kind"), str) and bool(document["kind"])


def _below(faults: Faults, item: object) -> Places | None:
    places = faults.places
    return Places(source=places.source, document=item, marks=places.marks) if places else None


def _moved(fault: Fault, lines: int) -> Fault:
    if fault.place is None or not fault.place.line:
        return fault
    return replace(fault, place=replace(fault.place, line=fault.place.line + lines))


def _move(places: Places, lines: int) -> None:
    for marks in places.marks.values():
        for key, (line, column) in marks.items():
            marks[key] = (line + lines, column)
