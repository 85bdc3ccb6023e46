"""`tidegate backup` and `tidegate journal verify`: a copy that can be trusted, and whether one can be."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.app import app
from tidegate.exit_codes import ExitCode

if TYPE_CHECKING:
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
) -> int:
    """Check every hash, link and signature; exit 5 where something is not what was signed."""
    from pathlib import Path

    from tidegate.adapters.store.journal_begin import open_journal
    from tidegate.errors import Fault, InputError
    from tidegate.verbs.record.backup import verify, wrong_keys

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
    return ExitCode.DOES_NOT_HOLD if found.damages or wrong else ExitCode.HOLDS


def _tell(found: Verified) -> None:
    for one in found.chains:
        sys.stdout.write(
            f"{one.site}: {one.entries_count:,} entries, each as it was signed\n"
            f"  key   {one.public_key}\n  last  {one.last_hash}\n"
        )
