"""Docstrings say what CONTRIBUTING.md asks of them: all of what `tidegate.api` offers, and what raises."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

from tidegate import api

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "tidegate"
SECTION = re.compile(r"^(\w+)\n-{3,}$", re.MULTILINE)
RAISES_NOTHING = {"admit": "what it cannot tell is an answer"}
OURS = re.compile(r"raise (?!InternalError\b|NotImplementedError\b|error$)\w+")
"""What a caller may meet: no fault of our own, and nothing that is only passed on."""
TEXTS = "cli/commands"
"""Docstrings there are the help that a user reads; an error is told to that user in its own words."""


def sections(docstring):
    return set(SECTION.findall(inspect.cleandoc(docstring or "")))


@pytest.mark.parametrize("name", api.__all__)
def test_what_the_api_offers_says_all_of_itself(name):
    """Every parameter by name, what is returned, and what is raised."""
    offered = getattr(api, name)
    said = inspect.getdoc(offered)
    wanted = {"Parameters", "Returns"} | ({"Raises"} if name not in RAISES_NOTHING else set())
    assert wanted <= sections(said)
    told = said[said.index("Parameters") : said.index("Returns")]
    named = {one for line in re.findall(r"^(\w[\w, ]*)$", told, re.MULTILINE) for one in line.split(", ")}
    assert set(inspect.signature(offered).parameters) <= named


def own(function):
    """The statements of a function, without functions within it and without those whose errors it catches."""
    waiting = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.Try) and node.handlers:
            waiting += [*node.handlers, *node.orelse, *node.finalbody]
        elif isinstance(node, ast.stmt | ast.excepthandler | ast.match_case) and not isinstance(
            node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        ):
            waiting += ast.iter_child_nodes(node)


def silent(text):
    """Public functions of a module that raise by themselves and have no section that says so."""
    places = [("", ast.parse(text))]
    while places:
        inside, place = places.pop()
        for node in place.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.append((f"{node.name}.", node))
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
                continue
            raises = [one for one in own(node) if isinstance(one, ast.Raise)]
            is_told = "Raises" in sections(ast.get_docstring(node))
            if not is_told and any(OURS.match(ast.unparse(one)) for one in raises):
                yield f"{inside}{node.name}"


def test_a_function_that_raises_in_silence_is_found():
    """In a branch or a method; not one that says so, and not one that only passes on what it met."""
    text = (
        'def one():\n    """Do."""\n    if x:\n        raise InputError(x)\n'
        'def other():\n    """Do.\n\n    Raises\n    ------\n    InputError\n        If so.\n    """\n'
        "    raise InputError(x)\n"
        "class A:\n    async def third(self):\n        raise RigError\n"
        "    def _own(self):\n        raise RigError\n"
        "def fourth():\n    try:\n        x()\n    except E as error:\n        raise\n"
    )
    assert ["one", "A.third"] == list(silent(text))


def test_what_raises_says_so():
    """In public functions and methods, each with a section that says when."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(SOURCE.rglob("*.py"))}
    texts = {path.relative_to(SOURCE).as_posix(): text for path, text in texts.items() if "raise " in text}
    found = {path: list(silent(text)) for path, text in texts.items() if not path.startswith(TEXTS)}
    assert {} == {path: names for path, names in found.items() if names}
