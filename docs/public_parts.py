"""Which part of a public file is meant? `PATH#N`: the N-th JSON text that it holds, from nought on.

Pages of documentation show what a tool prints; recordings of tests hold the answers of a server.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_OPENS = re.compile(r"^([ \t]*)\{[ \t]*$", re.MULTILINE)


def part_of(text: str, number: int) -> str:
    """Return the N-th JSON text of a page, or the N-th change set of a recording."""
    found = list(_change_sets(json.loads(text)) if text.lstrip().startswith("{") else _blocks(text))
    return found[number]


def _blocks(page: str) -> Iterator[str]:
    """Yield each object that stands by itself, from its brace to the one that ends it at the same place."""
    page, at = page.replace("\r", ""), 0
    while (begin := _OPENS.search(page, at)) is not None:
        end = re.compile(rf"^{begin[1]}\}}[ \t]*$", re.MULTILINE).search(page, begin.end())
        if end is None:
            return
        at, text = end.end(), page[begin.start() : end.end()]
        block = "\n".join(row.removeprefix(begin[1]) for row in text.splitlines())
        try:
            json.loads(block)
        except ValueError:
            continue
        yield block


def _change_sets(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "Changes" in value and {"ChangeSetName", "ChangeSetId"} & set(value):
            yield json.dumps(value, indent=1)
        for one in value.values():
            yield from _change_sets(one)
    elif isinstance(value, list):
        for one in value:
            yield from _change_sets(one)
