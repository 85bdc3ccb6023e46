"""`tidegate watch`: what goes on at each place of a world, continuously, or once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.app import app, width
from tidegate.cli.options import Format, Out, emit, in_unicode
from tidegate.cli.past_numbers import Credentials, SeriesFile
from tidegate.errors import Fault, InputError
from tidegate.exit_codes import ExitCode

if TYPE_CHECKING:
    from tidegate.observe.answering import Answering
    from tidegate.observe.place_reading import Watched

_LEAST_LOOK_S = 1.0

World = Annotated[str, typer.Argument(metavar="WORLD", help="A world file, or a bundled world.")]
Sources = Annotated[
    list[str] | None,
    typer.Option(
        "--from",
        metavar="KIND=PLACE",
        help="Where series come from: prometheus=URL, files=FILE, otlp=:4318, cloudwatch=FILE or "
        "cloudwatch='COMMAND …'; may be repeated.",
    ),
]
Every = Annotated[str, typer.Option("--every", help="How far apart samples are, until that is seen.")]
FalseAlarms = Annotated[
    str, typer.Option("--false-alarms", help="How often a surge may be seen in one number where none is.")
]


@app.command()
def watch(  # noqa: PLR0913  one parameter for each option
    world: World,
    *,
    sources: Sources = None,
    series: SeriesFile = None,
    credentials: Credentials = None,
    every: Every = "15s",
    false_alarms: FalseAlarms = "1/week",
    share: Annotated[str, typer.Option(help="From which share of a limit on it is said.")] = "80%",
    reach: Annotated[str, typer.Option(help="Within how long a limit must not be reached.")] = "5min",
    once: Annotated[
        bool,
        typer.Option("--once", help="Look once, and end with 0 (fine), 5 (broken, or a surge) or 4 (blind)."),
    ] = False,
    lasts: Annotated[str | None, typer.Option("--for", help="End after so long; else when told to.")] = None,
    data: Annotated[
        str | None,
        typer.Option("--data", help="The folder of a record in which outages are opened; else none are."),
    ] = None,
    output: Annotated[
        Format, typer.Option("--format", help="How it is printed: json is one document a line.")
    ] = Format.TEXT,
) -> int:
    """Watch a world's places: whether a surge begins, how far limits are, and what is not seen."""
    from tidegate.adapters.files.worlds import read_world_text
    from tidegate.cli.live_looking import RecordKept, looking
    from tidegate.observe.watching import Manner
    from tidegate.verbs.watch import false_alarm_s
    from tidegate.world.file.quantity import parse_quantity
    from tidegate.world.file.read import read_world

    file = read_world(*read_world_text(world))
    answering = _answering(series)
    every_s = answering.every_s if answering is not None else parse_quantity(every, "s")
    manner = Manner(
        every_s=max(every_s, _LEAST_LOOK_S),
        false_alarm_s=false_alarm_s(false_alarms),
        share_ratio=_share_ratio(share),
        reach_s=parse_quantity(reach, "s"),
    )
    shown = _Shown(output)
    kept = None if data is None else RecordKept(data, file.world)

    def show(found: Watched) -> None:
        shown(found)
        if kept is not None:
            kept.take(found)

    with looking(file, answering, sources or [], manner=manner, credentials=credentials) as watched:
        last = watched.run(show, lasts_s=None if lasts is None else parse_quantity(lasts, "s"), once=once)
    if not once or last is None:
        return ExitCode.HOLDS
    return _CODES[last.state.value]


def _share_ratio(said: str) -> float:
    """Return the share of a limit that a word means; beyond the whole it would never be said."""
    from tidegate.world.file.quantity import parse_quantity

    ratio = parse_quantity(said, "ratio")
    if not 0.0 < ratio <= 1.0:
        allowed = "a share of more than 0 % and at most 100 %, such as 80%"
        fault = Fault(what="is no share of a limit", path="--share", value=said[:60], allowed=allowed)
        raise InputError(fault)
    return ratio


_CODES = {
    "fine": ExitCode.HOLDS,
    "broken": ExitCode.DOES_NOT_HOLD,
    "blind": ExitCode.CANNOT_TELL,
}


class _Shown:
    """Prints what is seen: all of it at first, then what changes; as JSON all of it each time."""

    def __init__(self, output: Format) -> None:
        self._output = output
        self._before: Watched | None = None

    def __call__(self, found: Watched) -> None:
        import json

        from tidegate.observe.place_reading import watched_json
        from tidegate.present.watched_text import changed_text, watched_text

        if self._output is Format.JSON:
            said = json.dumps(watched_json(found), separators=(",", ":"), allow_nan=False) + "\n"
        elif self._before is None:
            said = watched_text(found, width=width(), unicode=in_unicode())
        else:
            said = changed_text(self._before, found, width=width(), unicode=in_unicode())
        self._before = found
        if said:
            sys.stdout.write(said)
            sys.stdout.flush()


def _answering(series: str | None) -> Answering | None:
    from tidegate.adapters.files.worlds import read_text
    from tidegate.observe.answering import read_answering

    return None if series is None else read_answering(*read_text(series))


@app.command("watch rules")
def watch_rules(
    world: World,
    *,
    series: SeriesFile = None,
    every: Every = "15s",
    share: Annotated[str, typer.Option(help="From which share of a limit on it fires.")] = "80%",
    reach: Annotated[str, typer.Option(help="Within how long a limit must not be reached.")] = "5min",
    out: Out = "-",
) -> None:
    """Write Prometheus' rules for a world: its limits, and the absence of each number that it reads."""
    from tidegate.adapters.files.worlds import read_world_text
    from tidegate.observe.watching import Manner
    from tidegate.present.alerting_rules import alerting_rules
    from tidegate.verbs.watch import read_numbers
    from tidegate.world.file.quantity import parse_quantity
    from tidegate.world.file.read import read_world

    file = read_world(*read_world_text(world))
    answering = _answering(series)
    every_s = answering.every_s if answering is not None else parse_quantity(every, "s")
    manner = Manner(every_s=every_s, share_ratio=_share_ratio(share), reach_s=parse_quantity(reach, "s"))
    emit(out, alerting_rules(file.world, read_numbers(file, answering), manner))
