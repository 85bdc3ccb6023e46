"""`tidegate backup` and `tidegate journal verify`: a copy that can be trusted, and whether one can be."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.app import app
from tidegate.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidegate.adapters.store.journal_file import JournalFile
    from tidegate.verbs.record.backup import Verified

journal = typer.Typer(name="journal", help="Check the record itself.", no_args_is_help=True)
app.add_typer(journal)

Data = Annotated[
    str, typer.Option("--data", envvar="TIDEGATE_DATA", help="The folder in which the journal is kept.")
]


@app.command()
def backup(
    to: Annotated[str, typer.Argument(metavar="TO", help="The new folder; nothing may be there yet.")],
    *,
    data: Data = "tidegate-data",
) -> None:
    """Copy a site's folder while it is in use, with every signature checked in the copy."""
    from pathlib import Path

    from tidegate.adapters.store.journal_begin import open_journal
    from tidegate.verbs.record.backup import back_up

    opened = open_journal(Path(data))
    try:
        found = back_up(opened, Path(to))
    finally:
        opened.close()
    _tell(found)
    sys.stdout.write(f"{to} is whole. It holds the site's key and secrets: keep it as closely as those.\n")


@journal.command("verify")
def verify_(
    *,
    data: Data = "tidegate-data",
    key: Annotated[
        list[str] | None,
        typer.Option(
            "--key", metavar="SITE=HEX", help="The key a site must be signed with; may be repeated."
        ),
    ] = None,
    archive: Annotated[
        str, typer.Option("--archive", metavar="FILE", help="Check what left the record instead.")
    ] = "",
) -> int:
    """Check every hash, link and signature; exit 5 where something is not what was signed."""
    from pathlib import Path

    from tidegate.adapters.store.journal_begin import open_journal
    from tidegate.errors import Fault, InputError
    from tidegate.verbs.record.backup import verify, wrong_keys

    if archive:
        return _archive_told(archive)
    expected = dict(one.partition("=")[::2] for one in key or [])
    for site, digits in expected.items():
        if len(digits) != 64 or not set(digits.lower()) <= set("0123456789abcdef"):
            raise InputError(
                Fault(what="is no key of a site", path="--key", value=f"{site}={digits}"[:100],
                      allowed="SITE= and 64 hexadecimal digits")
            )  # fmt: skip
    opened = open_journal(Path(data))
    try:
        found = verify(opened)
    finally:
        opened.close()
    _tell(found)
    for damage in found.damages:
        sys.stdout.write(f"damaged: {damage}\n")
    wrong = wrong_keys(found, expected)
    for site in wrong:
        sys.stdout.write(f"{site}: is not signed with the key that is expected\n")
    if found.unstated:
        sys.stdout.write(
            f"{found.unstated:,} entries have left, and no trusted site says that just these have\n"
        )
    return ExitCode.DOES_NOT_HOLD if found.damages or wrong or found.unstated else ExitCode.HOLDS


@journal.command("compact")
def compact_(
    *,
    before: Annotated[
        str,
        typer.Option(
            "--before", metavar="DATE", help="What nothing was said of since; without it, what is under way."
        ),
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without it, only say what would leave.")] = False,
    data: Data = "tidegate-data",
    by: Annotated[str, typer.Option("--by", envvar="TIDEGATE_BY", help="Who says so.")] = "operator",
) -> int:
    """Take closed cases and ended notices out of the record, at all sites, into a file beside it.

    All sites must say the same first; where one is not heard, exit 4, and nothing has left. Servers do the
    rest by themselves; where none runs, say it again with --yes.
    """
    from contextlib import closing

    from tidegate.cli.journal import journal_in
    from tidegate.journal.leaving_plan import Compacted, Waiting
    from tidegate.journal.moment import moment_or_day
    from tidegate.present.record.compacting_text import (
        compacted_lines,
        freed_line,
        plan_lines,
        standing_lines,
        waiting_lines,
    )
    from tidegate.verbs.record.compacting import compact, plan_before, standing
    from tidegate.verbs.record.site import members_of

    with closing(journal_in(data, begin=False)) as opened:
        if not yes:
            now = standing(opened)
            plan = plan_before(opened, moment_or_day(before)) if before else None
            _write(plan_lines(plan, members_of(opened)) if plan else standing_lines(now))
            return ExitCode.HOLDS
        found = compact(opened, moment_or_day(before) if before else None, by=by)
        if isinstance(found, Compacted):
            _write(compacted_lines(found, _shrunk(opened) if found.left_count else 0))
        elif found is None and (now := standing(opened)).left_count:
            _write([*standing_lines(now), freed_line(_shrunk(opened))])
        else:
            _write(waiting_lines(found))
    return ExitCode.CANNOT_TELL if isinstance(found, Waiting) else ExitCode.HOLDS


def _archive_told(file: str) -> int:
    """Say what a file holds that left the record."""
    from pathlib import Path

    from tidegate.adapters.between_sites.archive_file import archived
    from tidegate.journal.entry_chain import DamagedJournalError

    try:
        count = sum(1 for _ in archived(Path(file)))
    except DamagedJournalError as error:
        sys.stdout.write(f"damaged: {error.damage}\n")
        return ExitCode.DOES_NOT_HOLD
    sys.stdout.write(f"{count:,} entries that left, each as it was signed\n")
    return ExitCode.HOLDS


def _shrunk(opened: JournalFile) -> int | None:
    """Give back the room that is free in the file; None where a server works on it or there is no room."""
    from tidegate.adapters.store.database import NoSpaceError
    from tidegate.adapters.store.site_folder import owned
    from tidegate.errors import InputError

    try:
        with owned(opened.path.parent):
            return opened.shrink()
    except (NoSpaceError, InputError):
        return None


def _write(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")


def _tell(found: Verified) -> None:
    for one in found.chains:
        left = f" ({one.left_count:,} have left the record)" if one.left_count else ""
        sys.stdout.write(
            f"{one.site}: {one.entries_count:,} entries{left}, each as it was signed\n"
            f"  key   {one.public_key}\n  last  {one.last_hash}\n"
        )
