"""`tidegate serve`: console, public site, API and case intake, from one process and one file."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from tidegate.cli.app import app


@app.command()
def serve(
    world: Annotated[
        str | None, typer.Argument(metavar="[WORLD]", help="A world file or bundled world: who needs what.")
    ] = None,
    *,
    data: Annotated[
        str | None, typer.Option("--data", help="The folder in which the journal is kept.")
    ] = None,
    host: Annotated[str | None, typer.Option("--host", help="The address to listen at.")] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="The port to listen at; 0 is any free one.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="What people call the public site.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="Where the public site is published.")] = None,
    settings: Annotated[
        str | None, typer.Option("--settings", envvar="TIDEGATE_SETTINGS", help="A settings file (YAML).")
    ] = None,
    check_config: Annotated[
        bool, typer.Option("--check-config", help="Say what the settings come to, and end.")
    ] = False,
) -> None:
    """Serve console, public site, API and case intake; SQLite, nothing else installed."""
    from tidegate.adapters.files.worlds import read_text
    from tidegate.server.logs import log_to
    from tidegate.server.run import serve as run
    from tidegate.server.setting import described, read_setting, shown

    flags = {"world": world, "data": data, "host": host, "port": port, "name": name, "url": url}
    found = read_setting(flags, os.environ, read_text(settings) if settings else None)
    if check_config:
        from tidegate.server.house import read_the_world

        read_the_world(found.world)
        for key, says, _ in described():
            value = getattr(found, key, None) if hasattr(found, key) else getattr(found, f"{key}_s")
            sys.stdout.write(f"{key}: {shown(value) or '-'}\n    {says}\n")
        return

    def tell(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    log_to()
    run(found, tell)
