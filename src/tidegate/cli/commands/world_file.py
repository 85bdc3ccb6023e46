"""`tidegate init` and `tidegate schema`: begin a world file, and complete it in an editor."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from tidegate.cli.app import app
from tidegate.cli.options import Out, emit


class Begin(StrEnum):
    """Which of the worlds that everybody has."""

    KUBERNETES_DATABASE = "kubernetes-database"
    NAT_EGRESS = "nat-egress"
    MESH = "mesh"
    DNS = "dns"
    BROKER = "broker"


@app.command()
def init(
    path: Annotated[str, typer.Argument(help="Where to write it.")] = "world.yaml",
    *,
    begin: Annotated[
        Begin | None,
        typer.Option(
            "--for", help="One of the worlds that everybody has; its numbers are asked for in a terminal."
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="A number to write into it; may be repeated."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write a commented starter world to fill in, or one of those that everybody has."""
    from tidegate.adapters.files.worlds import refuse_existing
    from tidegate.cli.recipe_questions import asked
    from tidegate.cli.world_source import stated
    from tidegate.world.file.recipe import RECIPES, STARTER

    if path != "-" and not force:
        refuse_existing(path)
    recipe = next((one for one in RECIPES if one.name == begin), STARTER)
    answers: dict[str, object] = dict(stated(settings or ()))
    text = recipe.answered(answers)
    if not answers and recipe.questions and sys.stdin.isatty() and sys.stderr.isatty():
        answers |= asked(recipe)
        text = recipe.answered(answers)
    emit(path, text)
    if path != "-":
        told = f"{path} is written. A number in braces is a guess; `measure` says where yours is found.\n"
        left = ", ".join(recipe.taken_for_true(answers))
        told += f"Nobody said these, and they are taken for true: {left}.\n" if left else ""
        sys.stderr.write(f"{told}Next: tidegate check {path}\n")


@app.command()
def schema(*, out: Out = "-") -> None:
    """Print the JSON Schema of world files, for editors."""
    import json

    from tidegate.world.file.schema import json_schema

    emit(out, json.dumps(json_schema(), indent=2) + "\n")
