"""The command line's frame: its name, its help, how wide it writes. The commands hang on it."""

from __future__ import annotations

import os
import sys

import typer

_MOST_COLUMNS = 100
app = typer.Typer(
    name="tidegate",
    help="Know before you scale: would your clients' reaction overwhelm the devices in between?",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 holds, 1 our own fault, 2 bad input, 3 holds under conditions, 4 cannot tell, "
    "5 does not hold, 130 interrupted.",
)


def _version(*, wanted: bool) -> None:
    if wanted:
        from tidegate import __version__

        typer.echo(f"tidegate {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    *,
    version: bool = typer.Option(
        False, "--version", callback=lambda value: _version(wanted=value), is_eager=True
    ),
) -> None:
    pass


def width() -> int:
    """Columns to write for, at most 100: as COLUMNS states, or those of the terminal; 80 without one."""
    stated = os.environ.get("COLUMNS", "")
    if stated.isdecimal() and int(stated) > 0:
        return min(int(stated), _MOST_COLUMNS)
    try:
        return min(os.get_terminal_size(sys.stdout.fileno()).columns, _MOST_COLUMNS)
    except (AttributeError, OSError, ValueError):
        return 80
