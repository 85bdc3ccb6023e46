"""No module knows itself by way of others, type hints and imports inside functions included."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "tidegate"
LAZY = {("tidegate", "tidegate.api")}  # the names a caller sees first, loaded when they are used
ONE = "tidegate.simulate.kernels.nouns"
"""Rows of one memory lead to each other: to a reader of it the package is one thing."""


def module_name(path):
    return ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__")


SEVEN = ("client", "effect", "exchange", "population", "request", "service", "wave")


def as_one(name):
    return ONE if name.startswith(f"{ONE}.") else name


def imported(path, known):
    """Modules of ours that a module names in any import statement."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            wholes = [f"{node.module}.{name.name}" for name in node.names]
            yield from (whole if whole in known else node.module for whole in wholes)


def graph(folder=SOURCE, known_as=as_one):
    paths = {module_name(path): path for path in sorted(folder.rglob("*.py"))}
    links = {known_as(name): set() for name in paths}
    for name, path in paths.items():
        found = {one for one in imported(path, paths) if one in paths and (name, one) not in LAZY}
        links[known_as(name)] |= {known_as(one) for one in found} - {known_as(name)}
    return links


def circles(links):
    """Groups of modules each of which leads to every other: Tarjan's strongly connected components."""
    order, lowest, waiting, found = {}, {}, [], []

    def visit(name):
        order[name] = lowest[name] = len(order)
        waiting.append(name)
        for other in sorted(links[name]):
            if other not in order:
                visit(other)
            if other in waiting:
                lowest[name] = min(lowest[name], lowest[other])
        if lowest[name] == order[name]:
            at = waiting.index(name)
            found.append(sorted(waiting[at:]))
            del waiting[at:]

    for name in links:
        if name not in order:
            visit(name)
    return [group for group in found if len(group) > 1]


def test_a_circle_is_found():
    """Two modules that name each other, and one that leads to them."""
    assert [["a", "b"]] == circles({"a": {"b"}, "b": {"a"}, "c": {"a"}})


def test_no_import_goes_in_a_circle():
    """The graph of all imports has an order."""
    assert [] == circles(graph())


def test_the_circle_that_there_is_has_the_members_that_are_written_down():
    """Seven rows of the engine's memory, in ARCHITECTURE.md with the reason; an eighth is added there."""
    folder = SOURCE.parent.joinpath(*ONE.split("."))
    assert [[f"{ONE}.{name}" for name in SEVEN]] == circles(graph(folder, known_as=str))
    said = (SOURCE.parents[1] / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert ", ".join(f"`{name}`" for name in SEVEN) in said
