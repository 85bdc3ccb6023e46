"""`tidegate audit`: whether what reports on an event stands on what the event fills."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tidegate.adapters.files.worlds import refuse_unwritable, write_text
from tidegate.cli.app import app, width
from tidegate.cli.options import Format, Settings, World, in_colour, in_unicode
from tidegate.cli.world_source import read_source, with_changes
from tidegate.exit_codes import ExitCode
from tidegate.gate.command_line import Options


@app.command()
def audit(
    world: World = None,
    *,
    settings: Settings = None,
    output: Annotated[Format, typer.Option("--format", help="Text or JSON.")] = Format.TEXT,
    report: Annotated[str | None, typer.Option(help="Write an HTML page with a drawing there.")] = None,
) -> int:
    """Find monitoring, deployment, status and support tooling that goes down with what it reports on.

    It also reads a world file for faults without a verdict on anything: all are named at once (exit 2).
    """
    from tidegate.evaluate.judging.audit import audit as shared_fate
    from tidegate.present.audit_text import audit_json, audit_text
    from tidegate.present.report.audit_drawing import audit_html

    if report is not None:
        refuse_unwritable(report)
    found = shared_fate(with_changes(read_source(world, Options()).file, settings or []))
    if report is not None:
        write_text(report, audit_html(found))
    if output is Format.JSON:
        sys.stdout.write(audit_json(found))
    else:
        sys.stdout.write(audit_text(found, width=width(), colour=in_colour(), unicode=in_unicode()))
    return ExitCode.DOES_NOT_HOLD if found.shares_fate else ExitCode.HOLDS
