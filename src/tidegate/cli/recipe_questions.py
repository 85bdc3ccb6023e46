"""Ask for the numbers of a recipe in the terminal: each with where it is found, each may be skipped."""

from __future__ import annotations

import sys

import typer

from tidegate.cli.app import width
from tidegate.errors import InputError
from tidegate.present.layout import wrap
from tidegate.world.file.read import read_world
from tidegate.world.file.recipe import Question, Recipe
from tidegate.world.file.value import value_at
from tidegate.world.file.write import flow_text

_INDENT = "    "


def asked(recipe: Recipe) -> dict[str, str]:
    """Return what was answered, by path; what was skipped is left out.

    Parameters
    ----------
    recipe
        Whose questions are asked. An answer that it cannot take is asked for again.
    """
    _tell("", f"{recipe.title}: {len(recipe.questions)} numbers. Enter skips one.")
    answers: dict[str, str] = {}
    for question in recipe.questions:
        path = question.paths[0]
        _tell("", "", question.asks)
        _tell(_INDENT, question.find)
        answer = _answer(recipe, question)
        if answer:
            answers[path] = answer
    return answers


def _answer(recipe: Recipe, question: Question) -> str:
    path = question.paths[0]
    guess = flow_text(path, value_at(read_world(recipe.text, recipe.name).world, path))
    while True:
        try:
            answer = str(typer.prompt(f"{_INDENT}guess {guess}", default="", show_default=False, err=True))
        except typer.Abort:  # the end of the input, or Ctrl-C: nothing is written
            raise KeyboardInterrupt from None
        try:
            if answer.strip():
                recipe.answered({path: answer.strip()})
        except InputError as error:
            for fault in error.faults:
                _tell(_INDENT, f"{answer.strip()}: {fault.what}. Allowed: {fault.allowed}")
            continue
        return answer.strip()


def _tell(indent: str, *texts: str) -> None:
    for text in texts:
        lines = wrap(text, width() - len(indent)) or [""]
        sys.stderr.write("".join(f"{indent}{line}\n" for line in lines))
