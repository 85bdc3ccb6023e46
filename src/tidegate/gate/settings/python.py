"""Which settings does a program's Python hold? Names with plain values, by its own parser, nothing run.

Assignments, keys of dictionaries and arguments of calls; each name is joined by dots with those around it
(`SQLALCHEMY_ENGINE_OPTIONS.pool_size`, `create_engine.pool_size`). What a call to the environment falls back
to (`os.environ.get("POOL", "20")`) stands for its value.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tidegate.errors import Fault, InputError, Place
from tidegate.gate.settings.text import Setting

_LONGEST = 1_000_000
_DEEPEST = 40
_ENVIRONMENT = frozenset({"get", "getenv", "env", "config", "setdefault", "int", "float", "str", "pop"})
_WRAPS = frozenset({"int", "float", "str"})


def python_settings(text: str, source: str, *, first_line: int = 1) -> list[Setting] | None:
    """Return the settings of a Python text; None where it is no Python that this version reads.

    Parameters
    ----------
    text, source
        The text and its name.
    first_line
        The line at which it begins in the source.

    Raises
    ------
    InputError
        If it is too large.
    """
    if len(text) > _LONGEST:
        allowed = f"at most {_LONGEST // 1_000_000} MB"
        raise InputError(Fault(what="is too large", allowed=allowed, place=Place(source=source)))
    try:
        tree = ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return [
        Setting(key=".".join(names), value=value, place=Place(source=source, line=line + first_line - 1))
        for names, value, line in _found(tree, (), 0)
    ]


def _found(node: ast.AST, names: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """Yield each plain value below a node with the names around it, and its line."""
    if depth > _DEEPEST:
        return
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if node.value is not None:
            yield from _valued(node.value, (*names, *_name(targets[0])), depth)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            named = (str(key.value),) if isinstance(key, ast.Constant) else ()
            yield from _valued(value, (*names, *named), depth)
    elif isinstance(node, ast.Call):
        yield from _of_call(node, names, depth)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _found(child, names, depth + 1)


def _of_call(
    node: ast.Call, names: tuple[str, ...], depth: int
) -> Iterator[tuple[tuple[str, ...], str, int]]:
    called = _name(node.func)[-1:]
    inner = names if called and called[0] in {"dict", "update", *_WRAPS} else (*names, *called)
    for argument in node.args:
        yield from _valued(argument, inner, depth)
    for one in node.keywords:
        yield from _valued(one.value, (*inner, *((one.arg,) if one.arg else ())), depth)


def _valued(node: ast.expr, names: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], str, int]]:
    plain = _plain(node)
    if plain is None:
        yield from _found(node, names, depth + 1)
    elif names:
        yield names, plain, node.lineno


def _plain(node: ast.expr) -> str | None:
    """Return a number or a text, also as what the environment falls back to; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float):
        return None if isinstance(node.value, bool) else str(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = _plain(node.operand)
        return f"-{number}" if number is not None and number[:1].isdecimal() else None
    called = _name(node.func)[-1:] if isinstance(node, ast.Call) else ()
    if not isinstance(node, ast.Call) or not called or called[0] not in _ENVIRONMENT:
        return None
    if called[0] in _WRAPS:
        return _plain(node.args[0]) if len(node.args) == 1 else None
    given = [*node.args[1:2], *(one.value for one in node.keywords if one.arg == "default")]
    return _plain(given[0]) if given else None


def _name(node: ast.AST) -> tuple[str, ...]:
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        return (*_name(node.value), node.attr)
    return ()
