"""Options and habits that several commands share: how a world is named, where an answer is written."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tidegate.adapters.files.worlds import write_text

Worlds = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[WORLD]",
        help="A world file, a bundled world, or files that imply one together: Kubernetes manifests, "
        "settings of the program, pgbouncer.ini, postgresql.conf … - is standard input.",
    ),
]
World = Annotated[
    str | None,
    typer.Argument(
        metavar="[WORLD]",
        help="A world file, Kubernetes manifests, a bundled world, or - for standard input.",
    ),
]
Activity = Annotated[
    str | None,
    typer.Option(help="The activity meant; otherwise each in turn."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change the world, for this run only; may be repeated."),
]
Seed = Annotated[int, typer.Option(help="Chooses the random streams; the same seed gives the same bytes.")]
Out = Annotated[str, typer.Option("--out", "-o", help="Where to write; - is standard output.")]
TranslationsFile = Annotated[
    str,
    typer.Option(
        "--translations", envvar="TIDEGATE_TRANSLATIONS", metavar="FILE",
        help="What titles and segments' phrases are in other languages.",
    ),
]  # fmt: skip


class Format(StrEnum):
    """How an answer is printed."""

    TEXT = "text"
    JSON = "json"


def in_colour() -> bool:
    """Whether standard output is a terminal that wants colour."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def in_unicode() -> bool:
    """Whether standard output takes more than ASCII."""
    return (sys.stdout.encoding or "ascii").lower().replace("-", "").startswith("utf")


def emit(path: str, text: str) -> None:
    """Write `text` to the file `path`, or to standard output for -."""
    if path == "-":
        sys.stdout.write(text)
    else:
        write_text(path, text)


def nearest_path(name: str) -> str:
    """Return how a file is named from here, where that is shorter: a command is to fit a line."""
    if not Path(name).is_absolute():
        return name
    from_here = os.path.relpath(name)
    return from_here if len(from_here) < len(name) else name
