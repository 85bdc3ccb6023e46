"""`tidegate calibrate`: what packets, flows and connections cost on this host."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

import typer

from tidegate.cli.app import app, width
from tidegate.cli.options import Out, emit, in_unicode

_USUAL = "45s"


class Shape(StrEnum):
    """How a calibration is printed."""

    TEXT = "text"
    JSON = "json"
    YAML = "yaml"


@app.command()
def calibrate(
    *,
    only: Annotated[
        str | None,
        typer.Option(
            metavar="GROUP,…",
            help="What to measure: forwarding, conntrack, nat, haproxy, nginx, envoy, tls; otherwise all.",
        ),
    ] = None,
    length: Annotated[str, typer.Option("--for", help="How long to measure in all.")] = _USUAL,
    output: Annotated[
        Shape, typer.Option("--format", help="A table, JSON, or YAML to paste into a world.")
    ] = Shape.TEXT,
    out: Out = "-",
) -> int:
    """Measure what packets, flows and connections cost on this host, in a sandbox."""
    from datetime import UTC, datetime
    from functools import partial

    from tidegate.adapters.files.worlds import refuse_unwritable
    from tidegate.adapters.linux.calibration.host_costs import machine, measure
    from tidegate.adapters.linux.sandbox.outside import needs_linux
    from tidegate.present import calibration_text as present
    from tidegate.verbs import calibrate as verb

    names, length_s = verb.asked(only, length)
    needs_linux()
    if out != "-":
        refuse_unwritable(out)
    with _watched() as on_message:
        found = verb.calibrate(
            names,
            length_s=length_s,
            machine=machine(),
            date=datetime.now(tz=UTC).date().isoformat(),
            measure=partial(measure, on_message=on_message),
        )
    if output is Shape.TEXT:
        text = present.calibration_text(found, width=width(), unicode=out != "-" or in_unicode())
    else:
        text = (present.calibration_json if output is Shape.JSON else present.calibration_yaml)(found)
    emit(out, text)
    return verb.exit_code(found)


@contextmanager
def _watched() -> Iterator[Callable[[Mapping[str, object]], None]]:
    """Show on a terminal what is being measured; yields what takes the messages from inside."""
    if not sys.stderr.isatty():
        yield lambda _message: None
        return
    from rich.console import Console

    from tidegate.rehearse.cost import KINDS

    with Console(stderr=True).status("making a sandbox", spinner="dots") as status:

        def on_message(message: Mapping[str, object]) -> None:
            ((doing, name),) = message.items()
            status.update(f"{doing}: {KINDS[str(name)].subject}")

        yield on_message
