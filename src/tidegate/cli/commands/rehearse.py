"""`tidegate rehearse`: whether a real network does what was predicted."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.adapters.files.worlds import append_text, refuse_unwritable, write_text
from tidegate.cli.app import app, width
from tidegate.cli.options import Activity, Format, Seed, Settings, World, in_colour, in_unicode
from tidegate.cli.records import records_name
from tidegate.cli.world_source import read_source, with_changes
from tidegate.errors import Fault, InputError
from tidegate.gate.command_line import Options

if TYPE_CHECKING:
    from tidegate.rehearse.rehearsal import Rehearsal
    from tidegate.verbs.rehearse import Asked, Ready

_REPORT = ".rehearsal.html"


class Limiter(StrEnum):
    """Whose written configuration can be switched on."""

    NFTABLES = "nftables"
    HAPROXY = "haproxy"
    ENVOY = "envoy"


class Server(StrEnum):
    """What answers in a rehearsal."""

    SLEEPING = "sleeping"
    HAPROXY = "haproxy"
    NGINX = "nginx"
    ENVOY = "envoy"


@app.command()
def rehearse(  # noqa: PLR0913  one parameter for each option
    world: World = None,
    *,
    activity: Activity = None,
    scale: Annotated[
        str | None,
        typer.Option(metavar="1/N", help="Size of the rehearsal over the world's own; chosen if not said."),
    ] = None,
    repeat: Annotated[int, typer.Option(min=1, max=100, help="Real runs.")] = 1,
    protection: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="PATH=VALUE", help="A protection to try on it; may be repeated."),
    ] = None,
    settings: Settings = None,
    server: Annotated[Server, typer.Option(help="What answers.")] = Server.SLEEPING,
    switch_on: Annotated[
        Limiter | None,
        typer.Option(help="Whose file, as `protect` writes it, limits in place of the rig's own rules."),
    ] = None,
    seed: Seed = 7,
    output: Annotated[Format, typer.Option("--format", help="How the answer is printed.")] = Format.TEXT,
    report: Annotated[
        str | None,
        typer.Option(help="Where the HTML report goes; by default beside you, as NAME.rehearsal.html."),
    ] = None,
    no_report: Annotated[bool, typer.Option("--no-report", help="Write no report.")] = False,
    records: Annotated[
        str | None,
        typer.Option(help="Where the record is added; by default beside you, as NAME.rehearsals.jsonl."),
    ] = None,
) -> int:
    """Rehearse a world on real Linux devices and sockets, and compare with the prediction."""
    from tidegate.verbs.rehearse import Asked, activity_of, exit_code

    source = read_source(world, Options())
    file = with_changes(source.file, [*(settings or []), *(protection or [])])
    name = file.world.name
    kept = records_name(name, records)
    written = None if no_report else report or f"{name}{_REPORT}"
    for path in filter(None, (kept, written)):
        refuse_unwritable(path)
    asked = Asked(
        file=file,
        activity=activity_of(file, activity or source.activity),
        scale=None if scale is None else _scale(scale),
        repeats_count=repeat,
        protections=tuple(protection or ()),
        server=server.value,
        switch_on=None if switch_on is None else switch_on.value,
        seed=seed,
    )
    done = _run(asked)
    _keep(done, kept, written)
    _print(done, output, kept, written)
    return exit_code(done)


def _scale(text: str) -> float:
    over, slash, under = text.partition("/")
    try:
        return float(over) / float(under) if slash else float(over)
    except (ValueError, ZeroDivisionError):
        raise InputError(
            Fault(what="no such scale", kind="absent", value=text, allowed="1/1000, or 0.001")
        ) from None


def _run(asked: Asked) -> Rehearsal:
    from concurrent.futures import ThreadPoolExecutor

    from tidegate.adapters.linux.rehearsal import measure
    from tidegate.adapters.linux.sandbox.outside import needs_linux
    from tidegate.verbs.rehearse import carry_out, prepare

    needs_linux()  # said before the time of a prediction is spent
    executor = ThreadPoolExecutor(os.cpu_count() or 1)
    try:
        with _status() as say:
            ready = prepare(asked, executor=executor, progress=lambda n: say(f"predicting: {n} runs"))
            _foretell(ready)
            say("building the network")
            return carry_out(ready, measure=measure, heard=_hearing(ready, say))
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _foretell(ready: Ready) -> None:
    """Say what is expected before anything is measured."""
    from tidegate.present.rehearsal.rehearsal_words import foretold_text

    text = foretold_text(ready.rehearsable, ready.prediction, repeats_count=ready.asked.repeats_count)
    sys.stderr.write(text.replace("\u00a0", " ") + "\n")
    sys.stderr.flush()


def _hearing(ready: Ready, say: Callable[[str], None]) -> Callable[[int, Mapping[str, object]], None]:
    runs, horizon_s = ready.asked.repeats_count, ready.rehearsable.file.world.horizon_s

    def heard(run: int, message: Mapping[str, object]) -> None:
        at = message.get("bin")
        if isinstance(at, int) and at % 5 == 0:
            say(f"real run {run + 1} of {runs}: {at / 10:.1f} of {horizon_s:g} s")

    return heard


@contextmanager
def _status() -> Iterator[Callable[[str], None]]:
    """Show a line on standard error that says what goes on, where somebody watches."""
    if not sys.stderr.isatty():
        yield lambda _says: None
        return
    from rich.console import Console

    with Console(stderr=True).status("predicting", spinner="dots") as status:
        yield status.update


def _keep(done: Rehearsal, records: str, report: str | None) -> None:
    from tidegate.rehearse.rehearsal_record import record_line, record_of

    today = datetime.now(tz=UTC).date().isoformat()
    append_text(records, record_line(record_of(done, today)))
    if report is not None:
        from tidegate.present.report.rehearsal import rehearsal_html

        write_text(report, rehearsal_html(done))


def _print(done: Rehearsal, output: Format, records: str, report: str | None) -> None:
    if output is Format.JSON:
        from tidegate.present.rehearsal.rehearsal_json import rehearsal_json

        sys.stdout.write(rehearsal_json(done))
        return
    from tidegate.present.rehearsal.rehearsal_text import rehearsal_text

    sys.stdout.write(
        rehearsal_text(
            done, width=width(), colour=in_colour(), unicode=in_unicode(), report=report, records=records
        )
    )
