"""`tidegate replay`: an outage again, beside what a world predicts."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tidegate.cli.app import app, width
from tidegate.cli.options import Format, Seed, emit, in_colour, in_unicode
from tidegate.cli.past_numbers import Credentials, SeriesFile, Sources, Told
from tidegate.cli.waiting import shown
from tidegate.cli.workers import Jobs, workers


@app.command()
def replay(  # noqa: PLR0913  one parameter for each option
    world: Annotated[str, typer.Argument(metavar="WORLD", help="The world that is to predict it.")],
    *,
    at: Annotated[str, typer.Option(help="When it began: 2021-12-07T07:30-08:00, or seconds since 1970.")],
    activity: Annotated[
        str | None, typer.Option(help="The activity that began it; otherwise the world's triggers did.")
    ] = None,
    sources: Sources = None,
    series: SeriesFile = None,
    credentials: Credentials = None,
    record: Annotated[
        str | None, typer.Option(metavar="FILE", help="What was said of it: a written record of a site.")
    ] = None,
    report: Annotated[
        str | None, typer.Option(help="Where a page with pictures of what was seen and predicted goes.")
    ] = None,
    no_verdict: Annotated[
        bool, typer.Option("--no-verdict", help="Only compare: ask for no verdict and no way out.")
    ] = False,
    seed: Seed = 7,
    output: Annotated[Format, typer.Option("--format", help="How it is printed.")] = Format.TEXT,
    jobs: Jobs = None,
) -> None:
    """Play an outage again from recorded series, beside what a world predicts of it."""
    from tidegate.adapters.files.measured import measured_beside
    from tidegate.adapters.files.worlds import read_text, read_world_text, refuse_unwritable
    from tidegate.cli.past_numbers import opened
    from tidegate.observe.series_table import table_moment
    from tidegate.present.replay_text import replay_json, replay_text
    from tidegate.present.report.replay import replay_page
    from tidegate.track.recorded import read_record
    from tidegate.track.said_then import said_then
    from tidegate.verbs.fit import Fit
    from tidegate.verbs.replay import LONGEST_BEFORE_S, exit_code
    from tidegate.verbs.replay import replay as again
    from tidegate.world.file.read import read_world

    if report is not None and report != "-":
        refuse_unwritable(report)
    text, source = read_world_text(world)
    measured = measured_beside(world)
    began_s = table_moment(at)
    answering, telemetry = opened(Told(sources or [], series, credentials))
    horizon_s = read_world(text, source, measured=measured).world.horizon_s
    asked = Fit(
        text=text, source=source, answering=answering, telemetry=telemetry,
        first_s=began_s - LONGEST_BEFORE_S, last_s=began_s + horizon_s, seed=seed, measured=measured,
    )  # fmt: skip
    told = [] if record is None else said_then(read_record(*read_text(record)))
    with workers(jobs) as executor, shown() as progress:
        found = again(
            asked,
            activity,
            began_s=began_s,
            told=told,
            asks=not no_verdict,
            executor=executor,
            heard=progress,
        )
    if report is not None:
        emit(report, replay_page(found))
    sys.stdout.write(
        replay_json(found)
        if output is Format.JSON
        else replay_text(found, width=width(), colour=in_colour(), unicode=in_unicode())
    )
    raise typer.Exit(exit_code(found))
