"""`tidegate serve`: console, public site, API and case intake, from one process and one file."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.app import app

if TYPE_CHECKING:
    from tidegate.server.setting import ServerSetting

SiteName = Annotated[
    str | None, typer.Option("--site", help="This site's name in the record, where it is begun.")
]
PeerAddresses = Annotated[
    list[str] | None,
    typer.Option(
        "--peers", metavar="NAME=URL", help="Where another site is asked; may be repeated, or by commas."
    ),
]


@app.command()
def serve(  # noqa: PLR0913  one parameter for each option
    world: Annotated[
        str | None, typer.Argument(metavar="[WORLD]", help="A world file or bundled world: who needs what.")
    ] = None,
    *,
    data: Annotated[
        str | None, typer.Option("--data", help="The folder in which the journal is kept.")
    ] = None,
    site: SiteName = None,
    peers: PeerAddresses = None,
    host: Annotated[str | None, typer.Option("--host", help="The address to listen at.")] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="The port to listen at; 0 is any free one.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="What people call the public site.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="Where the public site is published.")] = None,
    mail_server: Annotated[
        str | None,
        typer.Option("--mail-server", help="smtp://host:25, smtp+starttls://… or smtps://…, for notices."),
    ] = None,
    mail_from: Annotated[
        str | None, typer.Option("--mail-from", help="The address that mail comes from.")
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option("--network", help="A private network webhooks may be in; may be repeated."),
    ] = None,
    operators: Annotated[
        list[str] | None,
        typer.Option(
            "--operators",
            metavar="NAME=ADDRESS",
            help="An operators' channel and its Apprise address; may be repeated.",
        ),
    ] = None,
    settings: Annotated[
        str | None, typer.Option("--settings", envvar="TIDEGATE_SETTINGS", help="A settings file (YAML).")
    ] = None,
    check_config: Annotated[
        bool, typer.Option("--check-config", help="Say what the settings come to, and end.")
    ] = False,
) -> None:
    """Serve console, public site, API and case intake; SQLite, nothing else installed."""
    from pathlib import Path

    from tidegate.adapters.files.worlds import read_text
    from tidegate.server.duties.watch import check_watch
    from tidegate.server.lifetime import serve as run
    from tidegate.server.logs import log_to
    from tidegate.server.named_sites import members_in, unknown_peers
    from tidegate.server.setting import described, read_setting, shown_of

    flags = {
        "world": world, "data": data, "site": site, "peers": ",".join(peers) if peers else None,
        "host": host, "port": port, "name": name, "url": url,
        "mail_server": mail_server, "mail_from": mail_from, "networks": network, "operators": operators,
    }  # fmt: skip
    found = read_setting(flags, os.environ, read_text(settings) if settings else None)
    # Before anything is made: a start that is refused leaves nothing behind.
    _check(found)
    if check_config:
        check_watch(found)
        for key, says, _ in described():
            sys.stdout.write(f"{key}: {shown_of(found, key) or '-'}\n    {says}\n")
        for line in unknown_peers(found, members_in(Path(found.data))):
            sys.stderr.write(f"Warning: {line}\n")
        return

    log_to()
    run(found, _tell)


def _check(found: ServerSetting) -> None:
    """Refuse settings that go with no file that they name, or with no folder."""
    from tidegate.adapters.files.translations import read_translations
    from tidegate.server.house import read_the_world
    from tidegate.server.named_sites import check_own_site

    check_own_site(found)
    read_the_world(found.world)
    read_translations(found.translations)


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
