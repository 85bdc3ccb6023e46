"""`tidegate init` and `tidegate schema`: begin a world file, and complete it in an editor."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tidegate.cli.app import app
from tidegate.cli.options import Out, emit


@app.command()
def init(
    path: Annotated[str, typer.Argument(help="Where to write it.")] = "world.yaml",
    *,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write a commented starter world to fill in."""
    from tidegate.adapters.files.worlds import refuse_existing
    from tidegate.world.file.starter import starter_world

    if path != "-" and not force:
        refuse_existing(path)
    emit(path, starter_world())
    if path != "-":
        sys.stderr.write(f"{path} is written. Next: tidegate check {path}\n")


@app.command()
def schema(*, out: Out = "-") -> None:
    """Print the JSON Schema of world files, for editors."""
    import json

    from tidegate.world.file.schema import json_schema

    emit(out, json.dumps(json_schema(), indent=2) + "\n")
