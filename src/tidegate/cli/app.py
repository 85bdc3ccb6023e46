"""The command line's frame: its name, its help, how wide it writes. The commands hang on it."""

from __future__ import annotations

import copy
import os
import re
import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup
from typer.models import CommandInfo

from tidegate.exit_codes import ExitCode

_MOST_COLUMNS = 100


def _short(code: ExitCode) -> str:
    """Return the first clause of a code's meaning."""
    return re.split("[;:,]", code.meaning)[0]


class _Words(TyperGroup):
    """Finds a command by its name, which may be two words; the longer name goes before the shorter one."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return what was named, and what was typed after it."""
        named = " ".join(args[:2])
        if " " in named and named in self.commands:
            return named, self.commands[named], args[2:]
        return super().resolve_command(ctx, args)


app = typer.Typer(
    name="tidegate",
    cls=_Words,
    help="Know before you scale: would your clients' reaction overwhelm the devices in between?",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=f"Exit codes: {', '.join(f'{code} {_short(code)}' for code in ExitCode)}.",
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


def app_of(words: Sequence[str]) -> typer.Typer:
    """Return the command line with the one command that is named, else with all: to make those takes 0.15 s.

    Parameters
    ----------
    words
        What was typed after the program's name.
    """
    said = (" ".join(words[:2]), *words[:1])  # the longer name goes before the shorter one
    commands = [one for name in said for one in app.registered_commands if _name_of(one) == name][:1]
    if not commands:
        return app
    named = copy.copy(app)
    named.registered_commands, named.registered_groups = commands, []
    return named


def _name_of(command: CommandInfo) -> str:
    return command.name or getattr(command.callback, "__name__", "").replace("_", "-")


def width() -> int:
    """Columns to write for, at most 100: as COLUMNS states, or those of the terminal; 80 without one."""
    stated = os.environ.get("COLUMNS", "")
    if stated.isdecimal() and int(stated) > 0:
        return min(int(stated), _MOST_COLUMNS)
    try:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns
        return min(columns, _MOST_COLUMNS) if columns else 80  # some terminals do not say, and give 0
    except (AttributeError, OSError, ValueError):
        return 80
