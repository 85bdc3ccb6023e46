"""`tidegate discover`: a first world from what was recorded."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tidegate.cli.app import app, width
from tidegate.cli.options import Format, emit, in_unicode


@app.command()
def discover(
    records: Annotated[
        list[str],
        typer.Argument(
            metavar="RECORD...",
            help="Flow records: of `tidegate record`, `conntrack`, `ss -tin`, pcap, VPC flow logs, nfdump, "
            "IPFIX; packed by gzip or not. - is standard input.",
        ),
    ],
    *,
    out: Annotated[
        str, typer.Option("--out", "-o", help="Where to write the world; - is standard output.")
    ] = "-",
    name: Annotated[str, typer.Option(help="What the world is called.")] = "discovered",
    device: Annotated[
        str, typer.Option(help="What it was recorded at: a device of the catalogue.")
    ] = "linux-nat",
    pseudonyms: Annotated[
        bool, typer.Option("--pseudonyms", help="Leave addresses out of the world.")
    ] = False,
    sampled: Annotated[
        float,
        typer.Option(
            min=1.0, metavar="N", help="One of N packets was looked at: rates are scaled, lives left out."
        ),
    ] = 1.0,
    output: Annotated[Format, typer.Option("--format", help="How what was found is printed.")] = Format.TEXT,
) -> None:
    """Make a world of flow records: who asks what, how often, over how many connections."""
    import gc
    from datetime import UTC, datetime

    from tidegate.adapters.files.flow_records import read_pieces
    from tidegate.adapters.files.worlds import refuse_unwritable
    from tidegate.discover.discovered import Recorded
    from tidegate.present.discovered_text import discovered_json, discovered_text
    from tidegate.verbs.discover import discover as made_of

    if out != "-":
        refuse_unwritable(out)
    gc.disable()  # of flows by the million none refers to itself: to look for it takes a fifth of the time
    found = made_of(
        [Recorded(source=one, pieces=read_pieces(one)) for one in records],
        name=name,
        device=device,
        day=f"read on {datetime.now(UTC):%-d %B %Y}",
        is_pseudonymous=pseudonyms,
        sampled_one_in=sampled,
    )
    if output is Format.JSON:
        sys.stdout.write(discovered_json(found))
        if out != "-":
            emit(out, found.text)
        return
    emit(out, found.text)
    sys.stderr.write(discovered_text(found, width=width(), unicode=in_unicode()))
