"""`tidegate explain`: the chain of causes of one run, from trigger to symptom."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tidegate.cli.app import app, width
from tidegate.cli.options import Format, Seed, Settings, World, in_colour, in_unicode
from tidegate.cli.waiting import shown
from tidegate.cli.world_source import read_source, with_changes
from tidegate.gate.command_line import Options


@app.command()
def explain(
    world: World = None,
    *,
    activity: Annotated[
        str | None,
        typer.Option(
            help="The activity that happened; otherwise the record's, or only the triggers did. In a world "
            "without triggers its only activity."
        ),
    ] = None,
    belief: Annotated[
        str | None, typer.Option("--if-not", metavar="BELIEF", help="A belief of the world that is wrong.")
    ] = None,
    record: Annotated[
        str | None, typer.Option(help="The run's record, as `tidegate simulate` wrote it, instead of a run.")
    ] = None,
    settings: Settings = None,
    seed: Seed = 7,
    replication: Annotated[int, typer.Option(min=0, help="Which of the seed's runs.")] = 0,
    output: Annotated[Format, typer.Option("--format", help="Text or JSON.")] = Format.TEXT,
) -> None:
    """Tell what led to what in one run, from its own record."""
    from tidegate.present.explain_text import explain_json, explain_text
    from tidegate.verbs.explain import Asked, explained

    source = read_source(world, Options())
    asked = Asked(
        file=with_changes(source.file, settings or []),
        activity=activity or source.activity,
        wrong_belief=belief,
        record=record,
        seed=seed,
        replication=replication,
    )
    with shown():
        found, run_world = explained(asked)
    if output is Format.JSON:
        sys.stdout.write(explain_json(found, run_world))
    else:
        text = explain_text(found, run_world, width=width(), colour=in_colour(), unicode=in_unicode())
        sys.stdout.write(text)
