"""`tidegate escape`: the way out of a collapse."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tidegate.cli.app import app, width
from tidegate.cli.options import Format, Seed, Settings, World, in_colour, in_unicode
from tidegate.cli.waiting import shown
from tidegate.cli.workers import Cluster, Jobs, workers
from tidegate.cli.world_source import read_source, with_changes
from tidegate.exit_codes import ExitCode
from tidegate.gate.command_line import Options


@app.command()
def escape(
    world: World = None,
    *,
    activity: Annotated[
        str | None, typer.Option(help="The activity that makes it collapse; otherwise the triggers do.")
    ] = None,
    belief: Annotated[
        str | None, typer.Option("--if-not", metavar="BELIEF", help="A belief of the world that is wrong.")
    ] = None,
    settings: Settings = None,
    seed: Seed = 7,
    output: Annotated[Format, typer.Option("--format", help="Text or JSON.")] = Format.TEXT,
    jobs: Jobs = None,
    cluster: Cluster = None,
) -> int:
    """Find the load below which a collapse heals, and the action that ends it with the least harm."""
    from tidegate.present.searches.escape_text import escape_json, escape_text
    from tidegate.verbs.escape import ways_out

    source = read_source(world, Options())
    file = with_changes(source.file, settings or [])
    with workers(jobs, cluster) as executor, shown() as progress:
        found = ways_out(
            file,
            activity or source.activity or next(iter(file.world.activities), None),
            wrong_belief=belief,
            seed=seed,
            executor=executor,
            progress=progress,
        )
    if output is Format.JSON:
        sys.stdout.write(escape_json(found.escape, found.done))
    else:
        text = escape_text(found.escape, found.done, width=width(), colour=in_colour(), unicode=in_unicode())
        sys.stdout.write(text)
    return ExitCode.DOES_NOT_HOLD if found.escape.way_out is None else ExitCode.HOLDS
