"""`tidegate decisions`: what the gate said, what became of it, and how often it was right."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.app import app
from tidegate.cli.past_numbers import Credentials, SeriesFile, Sources, Told
from tidegate.errors import Fault, InputError

if TYPE_CHECKING:
    from contextlib import closing

    from tidegate.adapters.store.journal_file import JournalFile
    from tidegate.track.given_ruling import GivenRuling

decisions = typer.Typer(
    name="decisions", help="What the gate said, and how often it was right.", no_args_is_help=True
)
app.add_typer(decisions)

Data = Annotated[str, typer.Option("--data", help="The folder of the gate.")]
Since = Annotated[str | None, typer.Option(help="Only what was said so long ago at most, such as 7d or 12h.")]


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
    since: Since = None,
    world: Annotated[str | None, typer.Option(help="Only of this world.")] = None,
    shape: Annotated[Shape, typer.Option("--format", help="How it is printed.")] = Shape.TEXT,
) -> None:
    """Show tallies by world and verdict, and the newest rulings."""
    from tidegate.present.record.rulings_text import rulings_json, rulings_text

    with _opened(data) as journal:
        given = [one for one in _since(journal, since) if world in {None, one.world}]
    sys.stdout.write(rulings_json(given) if shape is Shape.JSON else rulings_text(given))


@decisions.command()
def summary(
    *,
    data: Data = "tidegate-gate",
    since: Since = None,
    shape: Annotated[Shape, typer.Option("--format", help="How it is printed.")] = Shape.TEXT,
) -> None:
    """Show how often it was right: misses and false alarms of each world, with how sure that is."""
    from tidegate.present.record.rulings_text import summary_json, summary_text

    with _opened(data) as journal:
        given = _since(journal, since)
    sys.stdout.write(summary_json(given) if shape is Shape.JSON else summary_text(given))


@decisions.command()
def show(ruling: Annotated[str, typer.Argument(help="Its id.")], *, data: Data = "tidegate-gate") -> None:
    """Show all that is on record of one ruling."""
    from tidegate.present.record.rulings_text import ruling_text

    with _opened(data) as journal:
        sys.stdout.write(ruling_text(_one(journal, ruling)))


@decisions.command()
def score(  # noqa: PLR0913  one parameter for each option
    ruling: Annotated[str | None, typer.Argument(help="Its id; all that have no score without it.")] = None,
    outcome: Annotated[Outcome | None, typer.Argument(help="Whether it was right, by what happened.")] = None,
    *,
    data: Data = "tidegate-gate",
    because: Annotated[str, typer.Option(help="What was seen.")] = "",
    by: Annotated[str, typer.Option("--by", envvar="TIDEGATE_BY", help="Who says so.")] = "operator",
    sources: Sources = None,
    series: SeriesFile = None,
    credentials: Credentials = None,
    again: Annotated[
        bool, typer.Option("--again", help="Look again at those that a source left unknown.")
    ] = False,
    most: Annotated[int, typer.Option(min=1, help="How many to look at in one go.")] = 1_000,
    shape: Annotated[Shape, typer.Option("--format", help="How it is printed.")] = Shape.TEXT,
) -> None:
    """Say whether a ruling was right, or read for all of them what happened; all stays on record."""
    if ruling is None:
        _score_all(data, Told(sources or [], series, credentials), again=again, most=most, shape=shape)
        return
    if outcome is None or sources or series:
        allowed = "RULING OUTCOME, or --from and --series alone"
        raise InputError(Fault(what="says half of it", path="score", value=ruling, allowed=allowed))
    from tidegate.journal.entry import Draft

    with _opened(data) as journal:
        _one(journal, ruling)
        payload = {"outcome": outcome.value, **({"because": because} if because else {})}
        journal.append([Draft(kind="ruling.scored", subject=ruling, payload=payload, by=by)])


def _score_all(data: str, told: Told, *, again: bool, most: int, shape: Shape) -> None:
    """Read what became of all rulings that have no score, and write it down."""
    import json
    from dataclasses import replace

    from tidegate.cli.past_numbers import opened
    from tidegate.journal.entry import Draft
    from tidegate.present.record.rulings_text import scored_text
    from tidegate.verbs.score import Passed, scores

    answering, telemetry = opened(told)
    passed, done = Passed(), []
    with _opened(data) as journal:
        given = _rulings(journal)
        found = scores(
            given, answering, telemetry, now_s=journal.now_s(), passed=passed, again=again, most=most
        )
        for one in found:
            said = {"outcome": one.score.outcome, "because": one.score.because, "mistake": one.score.mistake}
            payload = {key: word for key, word in said.items() if word} | {"source": one.source[:200]}
            journal.append([Draft(kind="ruling.scored", subject=one.ruling.id, payload=payload)])
            ruling = replace(one.ruling, outcome=one.score.outcome, mistake=one.score.mistake)
            done.append((ruling, one.score.outcome, one.score.because))
    if shape is Shape.JSON:
        rows = [
            {"id": one.id, "outcome": outcome, "mistake": one.mistake, "because": because}
            for one, outcome, because in done
        ]
        document = {"source": telemetry.name, "scored": rows, "passed_over": dict(passed.counts)}
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return
    sys.stdout.write(scored_text(done, sorted(passed.counts.items()), telemetry.name))


def _one(journal: JournalFile, ruling: str) -> GivenRuling:
    """Return a ruling by its id.

    Raises
    ------
    InputError
        If there is none.
    """
    found = next((one for one in _rulings(journal) if one.id == ruling), None)
    if found is None:
        raise InputError(Fault(what="no such ruling", kind="absent", value=ruling))
    return found


def _since(journal: JournalFile, since: str | None) -> list[GivenRuling]:
    """Return the rulings that were given so long ago at most."""
    from tidegate.world.file.quantity import parse_quantity

    ago_s = None if since is None else parse_quantity(since, "s")
    first_s = float("-inf") if ago_s is None else journal.now_s() - ago_s
    return [one for one in _rulings(journal) if one.at_s >= first_s]


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

    from tidegate.adapters.store.journal_begin import open_journal
    from tidegate.server.given_rulings import RULINGS

    return closing(open_journal(Path(data) / RULINGS))
