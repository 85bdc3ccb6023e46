"""`tidegate simulate`: the time series of one run."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from tidegate.cli.app import app
from tidegate.cli.options import Out, Seed, Settings, World, emit
from tidegate.cli.waiting import shown
from tidegate.cli.world_source import read_source, with_changes
from tidegate.gate.command_line import Options


class Table(StrEnum):
    """How a time series is printed."""

    CSV = "csv"
    JSON = "json"


@app.command()
def simulate(
    world: World = None,
    *,
    activity: Annotated[
        str | None, typer.Option(help="The activity that happens; otherwise only the triggers do.")
    ] = None,
    settings: Settings = None,
    seed: Seed = 7,
    replication: Annotated[int, typer.Option(min=0, help="Which of the seed's runs.")] = 0,
    output: Annotated[Table, typer.Option("--format", help="CSV or JSON lines.")] = Table.CSV,
    out: Out = "-",
) -> None:
    """Write the time series of one run: offered, admitted, served, delay, occupancy."""
    from tidegate.evaluate.reading.run_record import samples, whose
    from tidegate.present.series_text import series_csv, series_json
    from tidegate.verbs.simulate import run_once

    source = read_source(world, Options())
    file = with_changes(source.file, settings or [])
    wanted = activity or source.activity
    if wanted is None and file.world.activities:
        stated = ", ".join(file.world.activities)
        sys.stderr.write(f"No activity is named, so only the triggers happen; this world states: {stated}\n")
    with shown():
        tables, run = run_once(file, wanted, seed=seed, replication=replication)
    text = series_csv if output is Table.CSV else series_json
    emit(out, text(samples(tables, run), whose(file, wanted, seed=seed, replication=replication)))
