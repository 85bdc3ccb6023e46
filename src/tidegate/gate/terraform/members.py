"""Which members has a JSON object, without keeping them all? A plan holds all of each resource, twice."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


class NotOneObjectError(Exception):
    """What stands there is JSON, but no object, or no list where one must be."""


def members(
    text: str, begin: int, *, item_by_item: Collection[str], may_follow: re.Pattern[str] | None = None
) -> Iterator[tuple[str, Any]]:
    """Yield the members of the object of a text, one after the other.

    Parameters
    ----------
    text, begin
        The text, and where its object begins.
    item_by_item
        Members that are lists, of which each item is yielded by itself; null counts as an empty one.
    may_follow
        What may stand after the object; None for nothing.

    Raises
    ------
    NotOneObjectError
        If the text is no object, or such a member no list.
    ValueError
        If it is not JSON.
    """
    at = _past_space(text, begin)
    if text[at : at + 1] != "{":
        _DECODER.decode(text[begin:])
        raise NotOneObjectError("not an object")
    at = _past_space(text, at + 1)
    while text[at : at + 1] != "}":
        key, at = _DECODER.raw_decode(text, at)
        at = _past(text, at, ":")
        if not isinstance(key, str):
            raise json.JSONDecodeError("a name was expected", text, at)
        if key in item_by_item and text[at : at + 1] == "[":
            at = _past_space(text, at + 1)
            while text[at : at + 1] != "]":
                item, at = _DECODER.raw_decode(text, at)
                yield key, item
                at = _next(text, at, "]")
            at += 1
        else:
            value, at = _DECODER.raw_decode(text, at)
            if key in item_by_item and value is not None:
                raise NotOneObjectError(f"{key} is no list")
            if key not in item_by_item:
                yield key, value
        at = _next(text, at, "}")
    if may_follow is not None and may_follow.match(text, at + 1):
        return
    if text[at + 1 :].strip():
        raise json.JSONDecodeError("more stands after it", text, at + 1)


def _past_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found is not None else at


def _past(text: str, at: int, mark: str) -> int:
    at = _past_space(text, at)
    if text[at : at + 1] != mark:
        raise json.JSONDecodeError(f"{mark} was expected", text, at)
    return _past_space(text, at + 1)


def _next(text: str, at: int, end: str) -> int:
    """Return where the next part begins, or the end of all stands."""
    at = _past_space(text, at)
    if text[at : at + 1] == end:
        return at
    at = _past(text, at, ",")
    if text[at : at + 1] == end:
        raise json.JSONDecodeError("a part was expected", text, at)
    return at
