"""`tidegate check`: whether an activity may go ahead."""

from __future__ import annotations

import shlex
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.adapters.files.worlds import refuse_unwritable, write_text
from tidegate.cli.app import app, width
from tidegate.cli.options import Seed, Settings, Worlds, in_unicode, nearest_path
from tidegate.cli.records import read_kept
from tidegate.cli.verdicts import REPORT, FailOn, Showing, VerdictFormat, show, show_nothing
from tidegate.cli.waiting import shown
from tidegate.cli.workers import Cluster, Jobs, workers
from tidegate.cli.world_source import Changes, read_growth
from tidegate.gate.command_line import Options
from tidegate.present.verdict.said import Asked, Made
from tidegate.world.world import WorldFile

if TYPE_CHECKING:
    from tidegate.evaluate.judging.asked import Check
    from tidegate.evaluate.judging.verdict import Verdict


@app.command()
def check(  # noqa: PLR0913  one parameter for each option
    world: Worlds = None,
    *,
    activity: Annotated[
        str | None,
        typer.Option(
            help="The activity meant; otherwise each in turn, and of a world that has none its triggers."
        ),
    ] = None,
    scale: Annotated[
        str | None, typer.Option(metavar="FROM:TO", help="Without a world file: instances before and after.")
    ] = None,
    pool: Annotated[str | None, typer.Option(help="Connections each instance keeps open.")] = None,
    spread: Annotated[str | None, typer.Option(help="Time over which new instances start.")] = None,
    retry: Annotated[str | None, typer.Option(help="How clients try again, by catalogue name.")] = None,
    through: Annotated[str | None, typer.Option(help="The device in between, by catalogue name.")] = None,
    to: Annotated[str | None, typer.Option(help="The service behind it.")] = None,
    timeout: Annotated[str | None, typer.Option(help="After which an attempt is given up.")] = None,
    rate: Annotated[str | None, typer.Option(help="Requests a second of each instance.")] = None,
    service_time: Annotated[str | None, typer.Option(help="Mean time to serve one request.")] = None,
    connections: Annotated[str | None, typer.Option(help="Connections the service accepts.")] = None,
    reconnect: Annotated[
        str | None, typer.Option(help="Share of existing clients that reconnect as well.")
    ] = None,
    kubernetes: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="Of the cluster, by whose rules an autoscaler goes: 1.29."),
    ] = None,
    workload: Annotated[
        str, typer.Option(help="Which Deployment or StatefulSet, where manifests hold several.")
    ] = "",
    settings: Settings = None,
    runs: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="Runs of each case, instead of the stopping rule.")
    ] = None,
    seed: Seed = 7,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--changes",
            "--terraform-plan",
            metavar="FILE",
            help="Judge what grows in the JSON of a Terraform plan, a change set or template of "
            "CloudFormation, or JSON of ECS and Auto Scaling; - reads it from standard input.",
        ),
    ] = None,
    before: Annotated[
        str | None, typer.Option(metavar="FILE", help="The template of CloudFormation that stands today.")
    ] = None,
    output: Annotated[
        VerdictFormat, typer.Option("--format", help="How the verdict is printed.")
    ] = VerdictFormat.TEXT,
    report: Annotated[
        str | None,
        typer.Option(help="Where the HTML report goes; by default beside you, as NAME.report.html."),
    ] = None,
    more: Annotated[
        bool, typer.Option("--more", help="Print below the answer all that does not fit one screen.")
    ] = False,
    author: Annotated[
        str,
        typer.Option(envvar="TIDEGATE_AUTHOR", help="Who asks, for the report; nothing is taken in silence."),
    ] = "",
    change: Annotated[
        str, typer.Option(envvar="TIDEGATE_CHANGE", help="Of which change: a commit, a pull request.")
    ] = "",
    date: Annotated[
        str | None,
        typer.Option(envvar="TIDEGATE_DATE", help="When, in UTC unless it states its offset; now is now."),
    ] = None,
    no_report: Annotated[bool, typer.Option("--no-report", help="Write no report.")] = False,
    rehearsed: Annotated[
        bool, typer.Option("--rehearsed", help="Carry how well rehearsals of this world agreed.")
    ] = False,
    records: Annotated[
        str | None, typer.Option(help="Where `rehearse` kept them, if not in NAME.rehearsals.jsonl.")
    ] = None,
    save: Annotated[str | None, typer.Option(help="Write the world that was implied.")] = None,
    fail_on: Annotated[
        FailOn, typer.Option(help="From which verdict on the exit code is not zero.")
    ] = FailOn.CONDITIONS,
    jobs: Jobs = None,
    cluster: Cluster = None,
) -> int:
    """Check a scaling activity before it runs: proceed, slow down, protect first, stop, or cannot tell."""
    from tidegate.evaluate.judging.asked import Check, activities_of

    began_s = time.perf_counter()
    made = Made(author=author, change=change, at=_asked_at(date))
    options = Options(
        scale=scale,
        pool=pool,
        spread=spread,
        retry=retry,
        through=through,
        to=to,
        timeout=timeout,
        rate=rate,
        service_time=service_time,
        connections=connections,
        reconnect=reconnect,
        kubernetes=kubernetes,
    )
    about = Changes(names=changes or [], before=before)
    source, growth = read_growth(world or [], options, workload, about, settings or [])
    if source is None:
        return show_nothing(growth.notes, growth.cannot_tell, output, fail_on)
    file = source.file
    if save is not None:
        from tidegate.world.file.write import write_world

        write_text(save, write_world(file.document))
    asked = [
        Check(file=file, activity=one, seed=seed, runs_count=runs, notes=source.notes, read=source.read)
        for one in ([activity] if activity else growth.activities)
    ]
    wanted = [name for one in asked for name in activities_of(one)]
    if not no_report:
        refuse_unwritable(report or f"{file.world.name}{REPORT}")
    kept = read_kept(file.world.name, records) if rehearsed or records else None
    if output is VerdictFormat.TEXT and wanted:
        _first_words(file, wanted[0])
    tells = output is VerdictFormat.TEXT and len(wanted) > 1
    verdicts = tuple(
        verdict
        for one in asked
        for name in activities_of(one)
        for verdict in _judge(replace(one, activity=name), jobs, cluster, tells=tells)
    )
    if kept is not None:
        from tidegate.verbs.rehearsed import with_rehearsals

        verdicts = with_rehearsals(verdicts, file.world, *kept)
    shown_as = Showing(
        output=output,
        fail_on=fail_on,
        report=report,
        written=not no_report,
        more=more,
        began_s=began_s,
        made=made,
        asked=_asked_again(world or [], options, changes, settings or [], len(file.world.activities)),
    )
    return show(verdicts, source, growth.cannot_tell, shown_as)


def _asked_at(date: str | None) -> datetime | None:
    """Return when it was asked, where that is said; `now` is the only way in which a clock is looked at.

    Raises
    ------
    InputError
        If it is no date and time.
    """
    if not date:
        return None
    if date == "now":
        return datetime.now(UTC).replace(microsecond=0)
    from tidegate.verbs.ramp_window import begins_at

    return begins_at(date)


def _asked_again(
    names: list[str], options: Options, changes: list[str] | None, settings: list[str], activities_count: int
) -> Asked:
    """Return how another command asks of the same world: by its file, where one alone states it."""
    stated = len(names) == 1 and names[0] != "-" and not options.said() and not changes
    words = [nearest_path(names[0]), *(word for one in settings for word in ("--set", one))] if stated else []
    return Asked(world=shlex.join(words), names_activity=activities_count > 1)


def _first_words(file: WorldFile, activity: str | None) -> None:
    from tidegate.present.verdict.first_words import closing_text, opening_text
    from tidegate.verbs.first_look import first_looks

    looks = first_looks(file, activity)
    sys.stderr.write(opening_text(next(looks), width=width(), unicode=in_unicode()))
    sys.stderr.flush()
    sys.stderr.write(f"{closing_text(next(looks), width=width(), unicode=in_unicode())}\n")
    sys.stderr.flush()


def _judge(asked: Check, jobs: int | None, cluster: str | None, *, tells: bool) -> tuple[Verdict, ...]:
    """Judge one activity; of several each is told in a line as soon as it is known."""
    from tidegate.verbs.check import check as judge

    with workers(jobs, cluster) as executor, shown() as progress:
        verdicts = judge(asked, executor=executor, progress=progress)
    if tells:
        from tidegate.present.verdict.headline import line_text

        sys.stderr.write("".join(f"{line_text(one)}\n" for one in verdicts))
        sys.stderr.flush()
    return verdicts
