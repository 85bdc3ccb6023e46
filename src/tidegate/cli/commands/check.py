"""`tidegate check`: whether an activity may go ahead."""

from __future__ import annotations

import os
import sys
import time
from enum import StrEnum
from typing import Annotated, Any

import typer

from tidegate.adapters.files.worlds import refuse_unwritable, write_text
from tidegate.cli.app import app, width
from tidegate.cli.options import Activity, Format, Seed, Settings, World, in_colour, in_unicode
from tidegate.cli.source import read_source, with_changes
from tidegate.cli.waiting import shown
from tidegate.gate.command_line import Options
from tidegate.world.world import WorldFile

_REPORT = ".report.html"


class FailOn(StrEnum):
    """From which verdict on the exit code is not zero."""

    CONDITIONS = "conditions"
    CANNOT_TELL = "cannot_tell"
    STOP = "stop"


@app.command()
def check(  # noqa: PLR0913  one parameter for each option
    world: World = None,
    *,
    activity: Activity = None,
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
    workload: Annotated[
        str, typer.Option(help="Which Deployment or StatefulSet, where manifests hold several.")
    ] = "",
    settings: Settings = None,
    runs: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="Runs of each case, instead of the stopping rule.")
    ] = None,
    seed: Seed = 7,
    output: Annotated[Format, typer.Option("--format", help="How the verdict is printed.")] = Format.TEXT,
    report: Annotated[
        str | None,
        typer.Option(help="Where the HTML report goes; by default beside you, as NAME.report.html."),
    ] = None,
    no_report: Annotated[bool, typer.Option("--no-report", help="Write no report.")] = False,
    save: Annotated[str | None, typer.Option(help="Write the world that was implied.")] = None,
    fail_on: Annotated[
        FailOn, typer.Option(help="From which verdict on the exit code is not zero.")
    ] = FailOn.CONDITIONS,
    jobs: Annotated[
        int | None, typer.Option(min=1, max=256, help="Threads; by default one for each core.")
    ] = None,
) -> int:
    """Check a scaling activity before it runs: proceed, stop, or cannot tell, and why."""
    from tidegate.verbs.check import Check, activities_of

    began_s = time.perf_counter()
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
    )
    source = read_source(world, options, workload)
    file = with_changes(source.file, settings or [])
    if save is not None:
        from tidegate.world.file.write import write_world

        write_text(save, write_world(file.document))
    asked = Check(
        file=file, activity=activity or source.activity, seed=seed, runs_count=runs, notes=source.notes
    )
    wanted = activities_of(asked)
    if not no_report:
        refuse_unwritable(report or f"{file.world.name}{_REPORT}")
    if output is Format.TEXT:
        _first_words(file, wanted[0])
    return _judge(asked, began_s, output, None if no_report else report, fail_on, jobs, written=not no_report)


def _first_words(file: WorldFile, activity: str | None) -> None:
    from tidegate.present.first_words import closing_text, opening_text
    from tidegate.verbs.first_look import first_looks

    looks = first_looks(file, activity)
    sys.stderr.write(opening_text(next(looks), width=width(), unicode=in_unicode()))
    sys.stderr.flush()
    sys.stderr.write(closing_text(next(looks), width=width(), unicode=in_unicode()))
    sys.stderr.flush()


def _judge(
    asked: Any,
    began_s: float,
    output: Format,
    report: str | None,
    fail_on: FailOn,
    jobs: int | None,
    *,
    written: bool,
) -> int:
    from concurrent.futures import ThreadPoolExecutor

    from tidegate.verbs.check import check as judge
    from tidegate.verbs.check import exit_code

    executor = ThreadPoolExecutor(jobs or os.cpu_count() or 1)
    try:
        with shown() as progress:
            verdicts = judge(asked, executor=executor, progress=progress)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
    reports = [
        _report(verdict, asked.file, report, len(verdicts)) if written else None for verdict in verdicts
    ]
    if output is Format.JSON:
        from tidegate.present.json_text import verdicts_json

        sys.stdout.write(verdicts_json(verdicts))
    else:
        from tidegate.present.terminal import verdict_text

        for verdict, path in zip(verdicts, reports, strict=True):
            elapsed_s = time.perf_counter() - began_s
            sys.stdout.write(
                "\n"
                + verdict_text(
                    verdict,
                    width=width(),
                    colour=in_colour(),
                    unicode=in_unicode(),
                    elapsed_s=elapsed_s,
                    report=path,
                )
            )
    return exit_code(verdicts, fail_on.value)


def _report(verdict: Any, file: WorldFile, path: str | None, many: int) -> str:
    from tidegate.present.report import report_html

    wanted = path or f"{verdict.world}{_REPORT}"
    ending = next((one for one in (_REPORT, ".html") if wanted.endswith(one)), "")
    part = f".{verdict.activity}" if many > 1 and verdict.activity else ""
    target = f"{wanted.removesuffix(ending)}{part}{ending}"
    write_text(target, report_html(verdict, file.world))
    return target
