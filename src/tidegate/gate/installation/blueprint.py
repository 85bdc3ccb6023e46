"""One tree that both the plain objects and the chart's templates are made of, so that they cannot differ.

A tree is what YAML knows (mappings, lists, texts, numbers), and in between the nodes below, which stand for
what a user says. `filled` puts values in; `chart_text` writes the same tree as a template.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Values = Mapping[str, Any]
HOLE = re.compile(r"\{([A-Za-z.]+)\}")
ITEM = "item"
"""What the holes of a repeated node call the one at hand."""


@dataclass(frozen=True)
class Said:
    """A value, as it is.

    Parameters
    ----------
    path
        Its dotted name.
    kind
        What it is, for who writes it as a template.
    """

    path: str
    kind: Literal["text", "number", "tree"] = "text"


@dataclass(frozen=True)
class Text:
    """A text with values in it.

    Parameters
    ----------
    pattern
        The text; `{namespace}` stands for the value of that name.
    """

    pattern: str


@dataclass(frozen=True)
class Set:
    """A condition: a value is there and not empty, or is a certain one.

    Parameters
    ----------
    path
        Its dotted name.
    to
        The one; empty where any will do.
    """

    path: str
    to: str = ""


@dataclass(frozen=True)
class Since:
    """A condition: the server of Kubernetes is of this version or a newer one.

    Parameters
    ----------
    minor
        The second number of the version; the first is 1.
    """

    minor: int


Condition = Set | Since


@dataclass(frozen=True)
class When:
    """A node that is there under a condition.

    Parameters
    ----------
    asked
        The condition.
    node
        What is there.
    otherwise
        What is there instead; None for nothing.
    """

    asked: Condition
    node: Any
    otherwise: Any = None


@dataclass(frozen=True)
class Each:
    """Members of a list, one for each of a value's: of a list its members, of a mapping its keys.

    Parameters
    ----------
    path
        The value's dotted name.
    node
        A member; its holes call the one at hand `item`.
    keys
        Whether the value is a mapping.
    """

    path: str
    node: Any
    keys: bool = False


_NOTHING = object()


def minor_of(version: str) -> int:
    """Return the second number of a version of Kubernetes, such as 30 of v1.30.2; -1 where it is none."""
    found = re.fullmatch(r"v?1\.(\d{1,3})(\.\d+)?([-+].*)?", version)
    return int(found[1]) if found else -1


def looked_up(path: str, values: Values) -> Any:
    """Return the value of a dotted name."""
    found: Any = values
    for word in path.split("."):
        found = found[word]
    return found


def holds(asked: Condition, values: Values) -> bool:
    """Return whether a condition holds."""
    if isinstance(asked, Since):
        return minor_of(looked_up("kubernetesVersion", values)) >= asked.minor
    found = looked_up(asked.path, values)
    return bool(found == asked.to if asked.to else found)


def filled(node: Any, values: Values) -> Any:
    """Return a tree with its values, as YAML knows it.

    Parameters
    ----------
    node
        The tree.
    values
        What the user says, by name.
    """
    found = _filled(node, values)
    return None if found is _NOTHING else found


def _filled(node: Any, values: Values) -> Any:
    if isinstance(node, When):
        if holds(node.asked, values):
            return _filled(node.node, values)
        return _NOTHING if node.otherwise is None else _filled(node.otherwise, values)
    if isinstance(node, Said):
        return looked_up(node.path, values)
    if isinstance(node, Text):
        return HOLE.sub(lambda hole: str(looked_up(hole[1], values)), node.pattern)
    return list(_members(node, values)) if isinstance(node, list | tuple) else _with_keys(node, values)


def _with_keys(node: Any, values: Values) -> Any:
    if not isinstance(node, Mapping):
        return node
    members = {key: _filled(one, values) for key, one in node.items()}
    return {key: one for key, one in members.items() if one is not _NOTHING}


def _members(nodes: list[Any] | tuple[Any, ...], values: Values) -> Iterator[Any]:
    for node in nodes:
        if isinstance(node, Each):
            for item in sorted(looked_up(node.path, values)) if node.keys else looked_up(node.path, values):
                yield _filled(node.node, {**values, ITEM: item})
        elif (found := _filled(node, values)) is not _NOTHING:
            yield found
