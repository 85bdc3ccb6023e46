"""`tidegate decisions`: what the gate said, what became of it, and how often it was right."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.app import app

if TYPE_CHECKING:
    from contextlib import closing

    from tidegate.adapters.store.journal_file import JournalFile
    from tidegate.track.given_ruling import GivenRuling

decisions = typer.Typer(
    name="decisions", help="What the gate said, and how often it was right.", no_args_is_help=True
)
app.add_typer(decisions)

Data = Annotated[str, typer.Option("--data", help="The folder of the gate.")]


class Outcome(StrEnum):
    """Whether a ruling was right."""

    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN = "unknown"


class Shape(StrEnum):
    """How it is printed."""

    TEXT = "text"
    JSON = "json"


@decisions.command("list")
def list_(
    *,
    data: Data = "tidegate-gate",
    since: Annotated[
        str | None, typer.Option(help="Only what was said so long ago at most, such as 7d or 12h.")
    ] = None,
    world: Annotated[str | None, typer.Option(help="Only of this world.")] = None,
    shape: Annotated[Shape, typer.Option("--format", help="How it is printed.")] = Shape.TEXT,
) -> None:
    """Show tallies by world and verdict, and the newest rulings."""
    from tidegate.present.record.rulings_text import rulings_json, rulings_text
    from tidegate.world.file.quantity import parse_quantity

    ago_s = None if since is None else parse_quantity(since, "s")
    with _opened(data) as journal:
        first_s = float("-inf") if ago_s is None else journal.now_s() - ago_s
        given = [one for one in _rulings(journal) if one.at_s >= first_s and world in {None, one.world}]
    sys.stdout.write(rulings_json(given) if shape is Shape.JSON else rulings_text(given))


@decisions.command()
def score(
    ruling: Annotated[str, typer.Argument(help="Its id.")],
    outcome: Annotated[Outcome, typer.Argument(help="Whether it was right, by what happened.")],
    *,
    data: Data = "tidegate-gate",
    because: Annotated[str, typer.Option(help="What was seen.")] = "",
    by: Annotated[str, typer.Option("--by", envvar="TIDEGATE_BY", help="Who says so.")] = "operator",
) -> None:
    """Say whether a ruling was right; the last that is said counts, and all stays on record."""
    from tidegate.errors import Fault, InputError
    from tidegate.journal.entry import Draft

    with _opened(data) as journal:
        if all(one.id != ruling for one in _rulings(journal)):
            raise InputError(Fault(what="no such ruling", kind="absent", value=ruling))
        payload = {"outcome": outcome.value, **({"because": because} if because else {})}
        journal.append([Draft(kind="ruling.scored", subject=ruling, payload=payload, by=by)])


def _rulings(journal: JournalFile) -> tuple[GivenRuling, ...]:
    from tidegate.inform.state import State

    return State().take_all(entry for _, entry in journal.entries()).rulings()


def _opened(data: str) -> closing[JournalFile]:
    """Return the journal of a gate's folder, to be closed.

    Raises
    ------
    TidegateError
        If there is none.
    """
    from contextlib import closing
    from pathlib import Path

    from tidegate.adapters.store.journal_file import open_journal
    from tidegate.server.gate.gate_lifetime import RULINGS

    return closing(open_journal(Path(data) / RULINGS))
