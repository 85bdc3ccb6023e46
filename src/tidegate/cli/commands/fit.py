"""`tidegate fit`: the numbers of a world from its history."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tidegate.cli.app import app, width
from tidegate.cli.options import Format, Seed, emit, in_unicode
from tidegate.cli.past_numbers import Credentials, SeriesFile, Since, Sources, Told
from tidegate.cli.waiting import shown
from tidegate.errors import Fault, InputError


@app.command()
def fit(  # noqa: PLR0913  one parameter for each option
    world: Annotated[str, typer.Argument(metavar="WORLD", help="The world file to change.")],
    *,
    sources: Sources = None,
    series: SeriesFile = None,
    credentials: Credentials = None,
    since: Since = None,
    every: Annotated[
        str | None,
        typer.Option("--every", help="How far apart samples are, where no --series says it; else 15s."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write no world: only say what would be.")
    ] = False,
    out: Annotated[
        str | None,
        typer.Option(
            "--out", "-o", help="Where the changed world goes, if not into WORLD; - is standard output."
        ),
    ] = None,
    report: Annotated[
        str | None, typer.Option(help="Where a page with pictures of what was seen and reproduced goes.")
    ] = None,
    seed: Seed = 7,
    output: Annotated[Format, typer.Option("--format", help="How the numbers are printed.")] = Format.TEXT,
) -> None:
    """Fit the numbers of a world to its history; what the engine does not reproduce keeps its old value."""
    from tidegate.adapters.files.measured import measured_beside
    from tidegate.adapters.files.worlds import is_file, read_world_text, refuse_unwritable
    from tidegate.cli.past_numbers import bound_source, flow_records, opened, span
    from tidegate.present.fit_text import fit_json, fit_text
    from tidegate.present.report.fit import fit_page
    from tidegate.verbs.fit import Fit
    from tidegate.verbs.fit import fit as fitted

    target = "" if dry_run else out or world
    if not dry_run and out is None and not is_file(world):
        allowed = "a file of yours, --out FILE, or --dry-run"
        raise InputError(Fault(what="is not written in place", path="WORLD", value=world, allowed=allowed))
    for path in (target, report):
        if path and path != "-":
            refuse_unwritable(path)
    text, source = read_world_text(world)
    flows, others = flow_records(sources or [])
    told = Told(others, series, credentials)
    bound = None if series else bound_source(told)
    is_stated = bound is None and (others or series or not flows)
    answering, telemetry = opened(told) if is_stated else (None, None)
    first_s, last_s = span(told, since)
    asked = Fit(
        flows=flows, text=text, source=source, answering=answering, telemetry=telemetry, first_s=first_s,
        last_s=last_s, seed=seed, measured=measured_beside(world), bound=bound,
        stated_every_s=_every_s(every, series, is_bound=bound is not None),
    )  # fmt: skip
    with shown() as progress:
        found = fitted(asked, progress)
    changes = found.edited.text != text
    if target and (changes or out is not None):
        emit(target, found.edited.text)
    if report is not None:
        emit(report, fit_page(found))
    to = sys.stderr if target == "-" else sys.stdout
    written_to = target if target not in {"", "-"} and changes else ""
    to.write(
        fit_json(found)
        if output is Format.JSON
        else fit_text(found, written_to=written_to, width=width(), unicode=in_unicode())
    )
    raise typer.Exit(found.exit_code)


def _every_s(every: str | None, series: str | None, *, is_bound: bool) -> float:
    """Return how far apart samples are, where no file says it."""
    from tidegate.observe.answering import EVERY_S
    from tidegate.verbs.fit import FLOWS_EVERY_S
    from tidegate.world.file.quantity import parse_quantity

    if every is None:
        return EVERY_S if is_bound else FLOWS_EVERY_S
    if series is not None:
        allowed = "`every:` in that file"
        raise InputError(Fault(what="is said beside --series", path="--every", value=every, allowed=allowed))
    every_s = parse_quantity(every, "s")
    if every_s <= 0:
        allowed = "more than 0 s"
        raise InputError(Fault(what="is too short", path="--every", value=every, allowed=allowed))
    return every_s
