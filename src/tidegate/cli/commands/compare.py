"""`tidegate compare`: two worlds, or one with and without a change, under the same chance."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tidegate.cli.app import app, width
from tidegate.cli.options import Activity, Format, Seed, Settings, in_colour, in_unicode
from tidegate.cli.waiting import shown
from tidegate.cli.workers import Cluster, Jobs, workers
from tidegate.cli.world_source import read_source, with_changes
from tidegate.gate.command_line import Options


@app.command()
def compare(  # noqa: PLR0913  one parameter for each option
    first: Annotated[str, typer.Argument(metavar="A", help="A world file or a bundled world.")],
    second: Annotated[
        str | None, typer.Argument(metavar="[B]", help="The other; otherwise A with --set-b.")
    ] = None,
    *,
    activity: Activity = None,
    activity_b: Annotated[str | None, typer.Option(help="Of B, if another than of A.")] = None,
    settings: Settings = None,
    settings_b: Annotated[
        list[str] | None, typer.Option("--set-b", metavar="PATH=VALUE", help="Change B alone.")
    ] = None,
    runs: Annotated[int, typer.Option(min=2, max=100_000, help="Pairs of runs.")] = 200,
    seed: Seed = 7,
    output: Annotated[Format, typer.Option("--format", help="How the answer is printed.")] = Format.TEXT,
    jobs: Jobs = None,
    cluster: Cluster = None,
) -> None:
    """Compare two worlds run by run under the same chance."""
    from tidegate.errors import Fault, InputError
    from tidegate.present.searches.compare_text import compare_json, compare_text
    from tidegate.verbs.compare import compare as run
    from tidegate.verbs.compare import meant

    if second is None and not settings_b and activity_b is None:
        raise InputError(
            Fault(
                what="nothing to compare with",
                kind="statement",
                allowed="a second world, or --set-b PATH=VALUE",
            )
        )
    source = read_source(first, Options())
    other = source if second is None else read_source(second, Options())
    changes = settings or []
    a = meant(first, with_changes(source.file, changes), activity or source.activity)
    named = second or first
    if settings_b:
        named = f"{named} with {', '.join(settings_b)}"
    b = meant(
        named,
        with_changes(other.file, [*changes, *(settings_b or [])]),
        activity_b or activity or other.activity,
    )
    with shown() as progress, workers(jobs, cluster) as executor:
        found = run(a, b, seed=seed, runs_count=runs, executor=executor, progress=progress)
    if output is Format.JSON:
        sys.stdout.write(compare_json(found))
    else:
        sys.stdout.write(compare_text(found, width=width(), colour=in_colour(), unicode=in_unicode()))
