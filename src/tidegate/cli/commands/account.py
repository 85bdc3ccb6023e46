"""`tidegate account`: a way back in for whoever owns the folder."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tidegate.cli.app import app
from tidegate.cli.journal import desk_in

account = typer.Typer(
    name="account", help="Operators' accounts, on the machine itself.", no_args_is_help=True
)
app.add_typer(account)


@account.command()
def password(
    name: Annotated[str, typer.Argument(help="Whose; the account of the first start if left out.")] = "admin",
    *,
    data: Annotated[
        str, typer.Option("--data", envvar="TIDEGATE_DATA", help="The folder in which the journal is kept.")
    ] = "tidegate-data",
    by: Annotated[str, typer.Option("--by", envvar="TIDEGATE_BY", help="Who says so.")] = "operator",
) -> None:
    """Set a new password and show it once; also while the server runs. Sessions of the account end."""
    from pathlib import Path

    from tidegate.adapters.store.secrets_file import SecretsFile
    from tidegate.verbs.record.account import set_password_again

    with desk_in(data, by=by) as (desk, _):
        found = set_password_again(desk, SecretsFile(Path(data)), name)
    sys.stdout.write(f"The new password is shown this once:\n  name      {name}\n  password  {found}\n")
