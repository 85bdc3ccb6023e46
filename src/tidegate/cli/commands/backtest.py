"""`tidegate backtest`: what the gate would have said of scalings that happened, before anybody trusts it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.app import app
from tidegate.cli.options import Format, Settings
from tidegate.cli.past_numbers import Credentials, SeriesFile, Sources, Told
from tidegate.cli.waiting import shown
from tidegate.cli.workers import Cluster, Jobs, workers

if TYPE_CHECKING:
    from tidegate.track.given_ruling import GivenRuling

_MOST_BYTES = 200 * 1024 * 1024


@app.command()
def backtest(  # noqa: PLR0913  one parameter for each option
    world: Annotated[str, typer.Argument(help="A world file or a bundled world.")],
    *,
    events: Annotated[
        list[str],
        typer.Option(
            "--events",
            metavar="FILE",
            help="What was scaled: `kubectl get events,hpa -A -o json`, replicas out of Prometheus, "
            "CloudTrail, `describe-scaling-activities`, or CSV (time, address, from, to); may be repeated.",
        ),
    ],
    sources: Sources = None,
    series: SeriesFile = None,
    credentials: Credentials = None,
    most: Annotated[
        int, typer.Option(min=1, max=10_000, help="How many different questions are worked out.")
    ] = 100,
    settings: Settings = None,
    output: Annotated[Format, typer.Option("--format", help="How the answer is printed.")] = Format.TEXT,
    jobs: Jobs = None,
    cluster: Cluster = None,
) -> int:
    """Say what the gate would have said of past scalings; with --from, whether it would have been right."""
    from tidegate.adapters.files.measured import load_world
    from tidegate.adapters.files.worlds import read_text
    from tidegate.cli.past_numbers import opened
    from tidegate.cli.world_source import with_changes
    from tidegate.gate.past.told_by import read_history
    from tidegate.present.record.replayed_text import replayed_json, replayed_text
    from tidegate.verbs.backtest import backtest as replay
    from tidegate.verbs.backtest import exit_code

    told = Told(sources or [], series, credentials)
    asked = opened(told) if sources or series or credentials else None
    file = with_changes(load_world(world), settings or [])
    past = read_history([read_text(one, most_bytes=_MOST_BYTES) for one in events])
    with shown() as progress, workers(jobs, cluster) as executor:
        found = replay(file, past, executor=executor, progress=progress, most=most)
    scored: list[GivenRuling] | None = None
    if asked is not None:
        import time

        from tidegate.verbs.score import scored_as_seen

        answering, telemetry = asked
        scored = scored_as_seen(found.rulings, answering, telemetry, now_s=time.time())
    write = replayed_json if output is Format.JSON else replayed_text
    sys.stdout.write(write(found, scored))
    return exit_code(found)
