"""`tidegate catalogue`: known client behaviours and devices."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tidegate.cli.app import app, width
from tidegate.cli.options import Format, in_colour, in_unicode


@app.command()
def catalogue(
    name: Annotated[str | None, typer.Argument(help="Show one entry whole.")] = None,
    *,
    output: Annotated[Format, typer.Option("--format", help="Text or JSON.")] = Format.TEXT,
) -> None:
    """List client behaviours and devices, each number with its source and date."""
    from tidegate.present.catalogue_text import catalogue_json, catalogue_text, entry_text
    from tidegate.verbs.catalogue import entries, named

    found = entries() if name is None else named(name)
    if output is Format.JSON:
        text = catalogue_json(found)
    elif name is None:
        text = catalogue_text(found, width=width(), colour=in_colour(), unicode=in_unicode())
    else:
        shown = [entry_text(one, width=width(), colour=in_colour(), unicode=in_unicode()) for one in found]
        text = "\n".join(shown)
    sys.stdout.write(text)
