"""`tidegate ramp`: how fast an activity may run, and the schedule for it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.app import app, width
from tidegate.cli.options import Activity, Out, Seed, Settings, World, emit, in_colour, in_unicode
from tidegate.cli.waiting import shown
from tidegate.cli.workers import Cluster, Jobs, workers
from tidegate.cli.world_source import read_source, with_changes
from tidegate.errors import Fault, InputError
from tidegate.gate.command_line import Options

if TYPE_CHECKING:
    from datetime import datetime

    from tidegate.evaluate.searching.ramp import RampAnswer
    from tidegate.world.world import WorldFile


class Schedule(StrEnum):
    """How a ramp is written."""

    TEXT = "text"
    JSON = "json"
    ICS = "ics"
    HPA = "hpa"
    SH = "sh"


@app.command()
def ramp(  # noqa: PLR0913  one parameter for each option
    world: World = None,
    *,
    activity: Activity = None,
    within: Annotated[
        str | None, typer.Option(help="The time it may take; by default ten times as planned, at least 1h.")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(help="The time it must be over by: 06:00, the next after --start, or 2026-12-01T06:00."),
    ] = None,
    multiple: Annotated[
        int,
        typer.Option(
            min=1, max=1_000_000, help="Whole racks of so many: instances in each batch are a multiple."
        ),
    ] = 1,
    no_spread: Annotated[
        bool, typer.Option("--no-spread", help="Clients cannot be told to spread their connecting.")
    ] = False,
    start: Annotated[
        str | None, typer.Option(help="When the first batch begins, in UTC unless it states its offset.")
    ] = None,
    settings: Settings = None,
    seed: Seed = 7,
    output: Annotated[
        Schedule, typer.Option("--format", help="Text, JSON, iCalendar, HPA behavior, or a shell loop.")
    ] = Schedule.TEXT,
    out: Out = "-",
    jobs: Jobs = None,
    cluster: Cluster = None,
) -> int:
    """Find the fastest safe way to run an activity, and write it as a schedule."""
    from tidegate.verbs.ramp import Ask, asked_of, exit_code
    from tidegate.verbs.ramp import ramp as find
    from tidegate.verbs.ramp_window import begins_at

    source = read_source(world, Options())
    file = with_changes(source.file, settings or [])
    begins = begins_at(start) if start is not None else None
    ask = Ask(
        file=file,
        activity=activity or source.activity,
        within=within,
        by=by,
        start=begins,
        multiple_count=multiple,
        spreads=not no_spread,
        seed=seed,
    )
    asked_of(ask)
    if output is Schedule.ICS and start is None:
        raise InputError(
            Fault(what="a calendar needs the time at which it begins", kind="statement", allowed="--start")
        )
    with shown() as progress, workers(jobs, cluster) as executor:
        answer = find(ask, executor=executor, progress=progress)
    emit(out, _written(file, answer, output, begins))
    return exit_code(answer)


def _written(file: WorldFile, answer: RampAnswer, output: Schedule, start: datetime | None) -> str:
    from tidegate.present.searches import ramp_schedule
    from tidegate.present.searches.ramp_text import ramp_json, ramp_text

    plan = file.world.activities[answer.activity]
    title = plan.title or answer.activity
    if output is Schedule.JSON:
        return ramp_json(answer, start)
    if output is Schedule.TEXT or answer.ramp is None:
        heading = f"{file.world.name} · {title}"
        from tidegate.evaluate.arithmetic.exceeded import exceeded_limits
        from tidegate.evaluate.variants.scope import script_of

        over = exceeded_limits(script_of(file, answer.activity)) if answer.ramp is None else ()
        return ramp_text(
            heading,
            answer,
            start=start,
            exceeded=over,
            width=width(),
            colour=in_colour(),
            unicode=in_unicode(),
        )
    if output is Schedule.HPA:
        return ramp_schedule.autoscaler_text(answer.ramp)
    if output is Schedule.ICS:
        assert start is not None
        return ramp_schedule.calendar_text(title, answer.ramp, start)
    return ramp_schedule.shell_text(title, answer.ramp, plan.known_as.get("kubernetes", ""))
