"""How are objects written as YAML? The same bytes for the same objects, whatever library is installed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9./_-]*")
_NOT_PLAIN = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
_UNPRINTED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_NO_BLOCK = re.compile("[^\t\n -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
STEP = "  "


def documents(objects: Iterable[Mapping[str, Any]]) -> str:
    """Return objects as a text of documents."""
    return "---\n".join("".join(f"{line}\n" for line in lines(one)) for one in objects)


def lines(node: Any, indent: str = "") -> Iterator[str]:
    """Give the lines of a mapping or a list."""
    if isinstance(node, Mapping):
        for key, one in node.items():
            yield from _under(f"{indent}{scalar(str(key))}:", one, indent)
    else:
        for one in node:
            yield from _member(one, indent)


def _under(head: str, node: Any, indent: str) -> Iterator[str]:
    if isinstance(node, Mapping | list) and node:
        yield head
        yield from lines(node, indent + STEP)
    elif isinstance(node, str) and (block := as_block(node, indent + STEP)):
        yield f"{head} {block[0]}"
        yield from block[1:]
    else:
        yield f"{head} {_empty(node)}"


def _member(node: Any, indent: str) -> Iterator[str]:
    if isinstance(node, Mapping | list) and node:
        inner = list(lines(node, indent + STEP))
        yield f"{indent}- {inner[0].removeprefix(indent + STEP)}"
        yield from inner[1:]
    else:
        yield f"{indent}- {_empty(node)}"


def _empty(node: Any) -> str:
    if isinstance(node, Mapping):
        return "{}"
    return "[]" if isinstance(node, list) else scalar(node)


def scalar(value: object) -> str:
    """Return a value that has no members."""
    if not isinstance(value, str):
        return json.dumps(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _NOT_PLAIN:
        return value
    return quoted(value)


def quoted(text: str) -> str:
    """Return a text in quotes."""
    return _UNPRINTED.sub(lambda one: f"\\u{ord(one[0]):04x}", json.dumps(text, ensure_ascii=False))


def as_block(text: str, indent: str) -> Sequence[str]:
    """Return the lines of a text of more than one; none where it does not go as it is."""
    if "\n" not in text or text.startswith((" ", "\t", "\n")) or _NO_BLOCK.search(text):
        return ()
    rows = text.split("\n")
    if rows[-1]:
        head = "|-"
    else:
        rows.pop()
        head = "|" if rows[-1] else "|+"
    return [head, *(f"{indent}{row}" if row else "" for row in rows)]
