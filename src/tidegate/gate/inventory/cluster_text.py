"""Which objects of Kubernetes does a text hold? As `kubectl get … -o json` prints them.

Lists, lists in lists, and several documents one after the other. YAML is read as manifests are: what a
cluster reports of its objects is left out there, so that pods have no addresses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tidegate.errors import Fault, InputError, Place
from tidegate.gate.manifest_text import Manifest, read_manifests
from tidegate.world.file.faults import Faults
from tidegate.world.file.nearest_name import shown

MOST_OBJECTS = 200_000
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)
_SPACE = re.compile(r"\s*")
_UNUSED = frozenset({"managedFields"})
_ALLOWED = "objects with apiVersion and kind, as `kubectl get … -A -o json` prints them"


def read_objects(text: str, source: str) -> list[Manifest]:
    """Return the objects of a text.

    Raises
    ------
    InputError
        If it is no JSON and no YAML, holds no object, or more than can be kept.
    """
    if not text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return read_manifests(text, source).objects
    place, wrong = Place(source=source), 0
    found: list[Manifest] = []
    for one in _objects(text.lstrip("\ufeff"), source):
        if not isinstance(one.get("kind"), str) or not isinstance(one.get("metadata"), dict):
            wrong += 1
            continue
        if len(found) >= MOST_OBJECTS:
            allowed = f"at most {MOST_OBJECTS:,}: the namespaces that are meant are enough"
            raise InputError(Fault(what="holds too many objects", allowed=allowed, place=place))
        found.append(Manifest(one, Faults(source)))
    if not found:
        raise InputError(Fault(what="holds no object of Kubernetes", allowed=_ALLOWED, place=place))
    if wrong:
        what = f"holds {wrong:,} that are no objects beside {len(found):,}"
        raise InputError(Fault(what=what, allowed=_ALLOWED, place=place))
    return found


def _objects(text: str, source: str) -> Iterator[dict[str, Any]]:
    try:
        for document in _documents(text):
            yield from _items(document, source)
    except (ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        line = getattr(error, "lineno", 0)
        what = "is nested too deep" if isinstance(error, RecursionError) else "is not JSON, or was cut off"
        raise InputError(Fault(what=what, allowed=_ALLOWED, place=Place(source=source, line=line))) from None


def _documents(text: str) -> Iterator[object]:
    space = _SPACE.match(text, 0)
    at = space.end() if space is not None else 0
    while at < len(text):
        value, at = _DECODER.raw_decode(text, at)
        yield value
        space = _SPACE.match(text, at)
        at = space.end() if space is not None else at


def _items(document: object, source: str) -> Iterator[dict[str, Any]]:
    if isinstance(document, list):
        for one in document:
            yield from _items(one, source)
    elif not isinstance(document, dict):
        place = Place(source=source)
        raise InputError(
            Fault(what="is no object", value=shown(str(document)), allowed=_ALLOWED, place=place)
        )
    elif str(document.get("kind", "")).endswith("List") and isinstance(document.get("items"), list):
        kind = str(document["kind"]).removesuffix("List")
        for one in document["items"]:
            told = {"kind": kind, **one} if kind and isinstance(one, dict) and "kind" not in one else one
            yield from _items(told, source)
    else:
        yield {str(key): _plain(value) for key, value in document.items()}


def _plain(value: Any) -> Any:
    """Return a tree whose scalars are texts, as those of manifests are."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items() if key not in _UNUSED}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, bool):
        return str(value).lower()
    return value
