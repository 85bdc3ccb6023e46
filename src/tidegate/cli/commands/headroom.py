"""`tidegate headroom`: how much more a world takes, and where it tips."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tidegate.cli.app import app, width
from tidegate.cli.options import Activity, Format, Seed, Settings, World, in_unicode
from tidegate.cli.source import read_source, with_changes
from tidegate.cli.waiting import shown
from tidegate.cli.workers import Cluster, Jobs, workers
from tidegate.gate.command_line import Options


@app.command()
def headroom(  # noqa: PLR0913  one parameter for each option
    world: World = None,
    *,
    activity: Activity = None,
    path: Annotated[
        str | None,
        typer.Option(help="The number to vary; otherwise the activity's own size and the base load."),
    ] = None,
    low: Annotated[
        str | None, typer.Option("--from", help="Where to begin along --path; otherwise its range.")
    ] = None,
    high: Annotated[
        str | None, typer.Option("--to", help="Where to end along --path; otherwise its range.")
    ] = None,
    settings: Settings = None,
    seed: Seed = 7,
    output: Annotated[Format, typer.Option("--format", help="How the answer is printed.")] = Format.TEXT,
    jobs: Jobs = None,
    cluster: Cluster = None,
) -> int:
    """Find how much more of an activity, or of load, is safe, and where it tips."""
    from tidegate.verbs.headroom import Ask, exit_code, questions
    from tidegate.verbs.headroom import headroom as find

    source = read_source(world, Options())
    file = with_changes(source.file, settings or [])
    ask = Ask(file=file, activity=activity or source.activity, path=path, low=low, high=high, seed=seed)
    meant, _ = questions(ask)
    with shown() as progress, workers(jobs, cluster) as executor:
        found = find(ask, executor=executor, progress=progress)
    from tidegate.present.headroom_text import headroom_json, headroom_text

    if output is Format.JSON:
        sys.stdout.write(headroom_json(found))
    else:
        plan = file.world.activities[meant] if meant else None
        what = (plan.title or meant or "") if plan else "the triggers of this world"
        title = f"{file.world.name} · {what}"
        sys.stdout.write(headroom_text(title, found, width=width(), unicode=in_unicode()))
    return exit_code(found)
