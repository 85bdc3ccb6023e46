"""`tidegate probe`: what the user's own client really does when its endpoint fails."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer

from tidegate.cli.app import app, width
from tidegate.cli.options import Format
from tidegate.exit_codes import ExitCode


@app.command()
def probe(
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="-- CMD…", help="The client program; {url}, {host} and {port} are filled in."),
    ] = None,
    *,
    protocol: Annotated[
        str, typer.Option(help="What the endpoint speaks: http, tcp, redis or postgres.")
    ] = "http",
    situations: Annotated[
        str, typer.Option(help="Which situations, separated by commas; otherwise all of the protocol.")
    ] = "",
    repeat: Annotated[int, typer.Option(help="Runs of the program in each situation.")] = 3,
    seconds: Annotated[float, typer.Option(help="How long a program that does not end is watched.")] = 20.0,
    name: Annotated[str, typer.Option(help="What the client is called from now on.")] = "my-client",
    out: Annotated[
        str, typer.Option("--out", "-o", help="File of measured clients that its entry goes into.")
    ] = "measured.yaml",
    output: Annotated[Format, typer.Option("--format", help="How the answer is printed.")] = Format.TEXT,
) -> int:
    """Measure a client: run it against an endpoint that fails in many ways, and write what it does."""
    from tidegate.adapters.files.measured import entries_in, write_entries
    from tidegate.adapters.files.worlds import refuse_unwritable
    from tidegate.adapters.linux.probing.lanes import Watch, watch
    from tidegate.present.probe_text import probe_text
    from tidegate.probe.catalogue_entry import merged
    from tidegate.verbs import probe as verb

    asked = verb.Probe(
        command=tuple(command or ()),
        protocol=protocol,
        situations=tuple(one.strip() for one in situations.split(",") if one.strip()),
        repeat_count=repeat,
        seconds=seconds,
        name=name,
    )
    refuse_unwritable(out)
    existing = entries_in(out)
    with _stages() as tell:
        probed = verb.probe(
            asked,
            watch=lambda names, wanted: watch(
                Watch(
                    command=wanted.command,
                    protocol=wanted.protocol,
                    situations=tuple(names),
                    repeat_count=wanted.repeat_count,
                    seconds=wanted.seconds,
                ),
                tell,
            ),
            measured_on=datetime.now(UTC).date().isoformat(),
        )
    write_entries(out, merged(existing, probed.entries, name))
    if output is Format.JSON:
        sys.stdout.write(json.dumps(probed.entries, indent=2) + "\n")
    else:
        names = tuple(probed.entries)
        sys.stdout.write(probe_text(probed.finding, probed.origin, names=names, file=out, width=width()))
    return ExitCode.HOLDS if verb.is_identified(probed) else ExitCode.CANNOT_TELL


@contextmanager
def _stages() -> Iterator[Callable[[str], None]]:
    """Show which situation is being played; nothing where nobody watches."""
    if not sys.stderr.isatty():
        yield lambda _says: None
        return
    from rich.console import Console

    with Console(stderr=True).status("making a network of its own", spinner="dots") as status:
        yield lambda says: status.update(f"playing {says}")
