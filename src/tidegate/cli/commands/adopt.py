"""`tidegate adopt`: put what is deployed today into a world."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tidegate.cli.app import app, width
from tidegate.cli.options import Format, emit, in_unicode


@app.command()
def adopt(  # noqa: PLR0913  one parameter for each option
    world: Annotated[str, typer.Argument(metavar="WORLD", help="The world file to change.")],
    *,
    deployed: Annotated[
        str, typer.Option("--from", metavar="FILE", help="The configuration; - is standard input.")
    ],
    target: Annotated[
        str, typer.Option("--as", help="Whose it is (nftables, haproxy …); otherwise by its looks.")
    ] = "",
    crossing: Annotated[str, typer.Option(help="The crossing it is about.")] = "",
    client: Annotated[str, typer.Option(help="The clients it is about.")] = "",
    service: Annotated[str, typer.Option(help="The service it is about.")] = "",
    part: Annotated[
        str,
        typer.Option(help="Which part of a file with several: a profile, or a service or method of gRPC."),
    ] = "",
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", help="Where to write the changed world; - is standard output."),
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="How the changes are printed.")] = Format.TEXT,
) -> None:
    """Read a deployed configuration into a world: comments and layout stay as they are."""
    from tidegate.adapters.files.measured import measured_beside
    from tidegate.adapters.files.worlds import MOST_DEPLOYED_BYTES, read_text, read_world_text
    from tidegate.present.adopt_text import adoption_json, adoption_text
    from tidegate.verbs.adopt import Adopt
    from tidegate.verbs.adopt import adopt as taken

    world_text, world_source = read_world_text(world)
    text, source = read_text(deployed, most_bytes=MOST_DEPLOYED_BYTES)
    asked = Adopt(
        world_text=world_text,
        world_source=world_source,
        text=text,
        source=source,
        target=target,
        crossing=crossing,
        clients=client,
        service=service,
        part=part,
        measured=measured_beside(world),
    )
    found = taken(asked)
    if out is not None:
        emit(out, found.edited.text)
    said = sys.stderr if out == "-" else sys.stdout
    if output is Format.JSON:
        said.write(adoption_json(found.adopted, found.changes))
        return
    written_to = "" if out in {None, "-"} else str(out)
    said.write(
        adoption_text(
            found.adopted, found.changes, written_to=written_to, width=width(), unicode=in_unicode()
        )
    )
