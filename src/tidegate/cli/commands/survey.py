"""`tidegate map`: the regions of a world over two of its numbers."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from tidegate.cli.app import app, width
from tidegate.cli.options import Activity, Out, Seed, Settings, World, emit, in_colour, in_unicode
from tidegate.cli.waiting import shown
from tidegate.cli.workers import Cluster, Jobs, workers
from tidegate.cli.world_source import read_source, with_changes
from tidegate.gate.command_line import Options

BEGINS, ENDS = (
    "otherwise its range, or a quarter of what it is",
    "otherwise its range, or four times what it is",
)


class Picture(StrEnum):
    """How a map is written."""

    TEXT = "text"
    HTML = "html"
    JSON = "json"


@app.command("map")
def survey_map(  # noqa: PLR0913  one parameter for each option
    world: World = None,
    *,
    x: Annotated[
        str | None,
        typer.Option("--x", help="The number across, as a path of file keys; without it some are offered."),
    ] = None,
    y: Annotated[str | None, typer.Option("--y", help="The number upwards.")] = None,
    x_from: Annotated[str | None, typer.Option(help=f"Where to begin; {BEGINS}.")] = None,
    x_to: Annotated[str | None, typer.Option(help=f"Where to end; {ENDS}.")] = None,
    y_from: Annotated[str | None, typer.Option(help=f"Where to begin; {BEGINS}.")] = None,
    y_to: Annotated[str | None, typer.Option(help=f"Where to end; {ENDS}.")] = None,
    columns: Annotated[int, typer.Option(min=9, max=257, help="About how many values across.")] = 33,
    rows: Annotated[int, typer.Option(min=9, max=257, help="About how many values upwards.")] = 17,
    activity: Activity = None,
    settings: Settings = None,
    seed: Seed = 7,
    keep: Annotated[
        str | None, typer.Option(help="Keep the points in this file, and go on from it if it is there.")
    ] = None,
    output: Annotated[Picture, typer.Option("--format", help="Text, HTML or JSON.")] = Picture.TEXT,
    out: Out = "-",
    jobs: Jobs = None,
    cluster: Cluster = None,
) -> None:
    """Draw where a world is stable, vulnerable, metastable or overloaded."""
    from tidegate.adapters.files.kept import keep_line, kept_lines
    from tidegate.present.report.map import map_page
    from tidegate.present.searches.map_text import map_json, map_text
    from tidegate.verbs import survey as verb

    source = read_source(world, Options())
    ask = verb.asked(
        with_changes(source.file, settings or []),
        activity or source.activity,
        x,
        y,
        x_ends=(x_from, x_to),
        y_ends=(y_from, y_to),
        columns_count=columns,
        rows_count=rows,
        seed=seed,
    )
    known = {}
    if keep is not None:
        lines = kept_lines(keep)
        known = verb.read_points(lines, ask)
        if not lines:
            keep_line(keep, verb.heading(ask))
    with shown() as progress, workers(jobs, cluster) as executor:
        found = verb.survey(
            ask,
            executor=executor,
            known=known,
            keep=None if keep is None else lambda cell, one: keep_line(keep, verb.point_line(cell, one)),
            progress=progress,
        )
    if output is Picture.TEXT:
        emit(out, map_text(found, width=width(), colour=out == "-" and in_colour(), unicode=in_unicode()))
    else:
        emit(out, map_page(found) if output is Picture.HTML else map_json(found))
