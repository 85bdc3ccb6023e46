"""`tidegate case …`: take in, read and answer customers' requests for help, with no server and no network."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.app import app, width
from tidegate.cli.journal import desk_in
from tidegate.cli.options import in_unicode

if TYPE_CHECKING:
    from tidegate.track.case import Case

case = typer.Typer(name="case", help="Customers' requests for help.", no_args_is_help=True)
app.add_typer(case)

DATA = "tidegate-data"
Data = Annotated[
    str, typer.Option("--data", envvar="TIDEGATE_DATA", help="The folder in which the journal is kept.")
]
By = Annotated[str, typer.Option("--by", envvar="TIDEGATE_BY", help="Who says so.")]
Which = Annotated[str, typer.Argument(metavar="CASE", help="Its id or the beginning of it.")]
Text = Annotated[str, typer.Argument(help="The words; - reads standard input.")]


_WHERE = {
    "HERE": "it is here: `tidegate case show {case}` shows it",
    "ARCHIVED": "it was closed and has left the record: a file in the folder's `archive` may hold it still",
    "NOT_HEARD": "this site has not heard of it yet: it is kept there, and comes when they hear each other",
    "NOT_COUNTED": "what was accepted there then is not with us: it must be asked for once more",
}


def _words(text: str) -> str:
    return sys.stdin.read() if text == "-" else text


def _write(text: str) -> None:
    from tidegate.present.layout import plain

    lines = (plain(line, unicode=in_unicode()) for line in text.split("\n"))
    sys.stdout.write("\n".join(lines) + "\n")


@case.command()
def new(
    text: Text,
    *,
    data: Data = DATA,
    contact: Annotated[str, typer.Option("--contact", help="Where to answer.")] = "",
    segment: Annotated[str, typer.Option("--segment", help="The customer's segment.")] = "",
    component: Annotated[
        list[str] | None, typer.Option("--component", help="What is broken; may be repeated.")
    ] = None,
    outage: Annotated[str, typer.Option("--outage", help="The outage it belongs to.")] = "",
    key: Annotated[
        str, typer.Option("--key", help="The same key, contact and text again are the same case.")
    ] = "",
) -> None:
    """Take a case in, as from the telephone, and print its signed receipt."""
    import os
    from pathlib import Path

    from tidegate.adapters.store.journal_begin import open_journal
    from tidegate.adapters.store.journal_file import KEY_NAME
    from tidegate.adapters.store.site_key import read_key
    from tidegate.track.case import receipt
    from tidegate.track.receipt import signed_receipt
    from tidegate.verbs.record.case import Submission, received, received_entry

    submission = Submission(
        text=_words(text), contact=contact, segment=segment, components=component or [], outage=outage,
        key=key, channel="command line",
    )  # fmt: skip
    journal = open_journal(Path(data))
    try:
        draft = received(submission, os.urandom(16))
        entry = received_entry(journal.about(draft.subject)) or journal.append([draft])[0]
        given = receipt(entry, journal.site)
        _write(signed_receipt(given, read_key(Path(data) / KEY_NAME)).rstrip("\n"))
    finally:
        journal.close()


@case.command("list")
def list_(*, data: Data = DATA) -> None:
    """List the open cases, those to be answered first first."""
    from tidegate.present.record.case_text import cases_text
    from tidegate.verbs.record.case import waiting

    with desk_in(data, by="operator") as (desk, _):
        sys.stdout.write(cases_text(waiting(desk.state), desk.clock(), width=width(), unicode=in_unicode()))


@case.command()
def show(which: Which, *, data: Data = DATA) -> None:
    """Show a case with everything that was said."""
    from tidegate.present.record.case_text import case_text
    from tidegate.verbs.record.case import find_case

    with desk_in(data, by="operator") as (desk, journal):
        one = find_case(desk.state, which)
        _write(case_text(one, journal.about(one.id)))


@case.command("reply")
def reply_(
    text: Text,
    which: Annotated[
        list[str] | None, typer.Argument(metavar="[CASE]...", help="The cases to answer.")
    ] = None,
    *,
    outage: Annotated[str, typer.Option("--outage", help="Answer all open cases of this outage.")] = "",
    data: Data = DATA,
    by: By = "operator",
) -> None:
    """Answer cases, or all open cases of an outage, each in its own thread."""
    from tidegate.verbs.record.case import find_case, reply, waiting
    from tidegate.verbs.record.outage import find_outage

    with desk_in(data, by=by) as (desk, _):
        cases: list[Case] = [find_case(desk.state, name) for name in which or []]
        if outage:
            cases += waiting(desk.state, outage=find_outage(desk.state, outage).id)
        reply(desk, cases, _words(text))
        sys.stdout.write(f"answered {len(cases):,} case{'s' if len(cases) != 1 else ''}\n")


@case.command("close")
def close_(
    which: Which,
    *,
    because: Annotated[str, typer.Option("--because", help="Why.")] = "",
    data: Data = DATA,
    by: By = "operator",
) -> None:
    """Say that a case is done."""
    from tidegate.verbs.record.case import close, find_case

    with desk_in(data, by=by) as (desk, _):
        count = close(desk, [find_case(desk.state, which)], because)
        sys.stdout.write("closed\n" if count else "it was closed already\n")


@case.command()
def verify(
    receipt: Annotated[str, typer.Argument(help="A file with a receipt; - reads standard input.")] = "-",
    *,
    key: Annotated[
        list[str] | None,
        typer.Option(
            "--key", help="A site's public key, 64 hexadecimal digits; repeated, any of them will do."
        ),
    ] = None,
) -> None:
    """Verify a receipt, without asking anybody; exit 2 where it is none or was changed.

    A site that shows a receipt of another again signs it with its own key, and the receipt says so: name
    the keys of all sites that you trust.
    """
    from tidegate.adapters.files.worlds import read_text
    from tidegate.journal.moment import moment_text
    from tidegate.track.receipt import read_receipt

    found = read_receipt(read_text(receipt)[0], named=key or ())
    whose = "a key that was named" if key else "the key it names itself; name the site's with --key"
    shown = f"shown again by site {found.shown_by}, " if found.shown_by else ""
    _write(
        f"case {found.case} was accepted at {moment_text(found.said_s)} by "
        f"site {found.site}\n{shown}signed with {whose}"
    )


@case.command()
def find(
    receipt: Annotated[str, typer.Argument(help="A file with a receipt; - reads standard input.")] = "-",
    *,
    data: Data = DATA,
) -> int:
    """Find the case of a receipt that any site of this record gave; exit 5 where it is not here yet."""
    from contextlib import closing

    from tidegate.adapters.files.worlds import read_text
    from tidegate.cli.journal import journal_in
    from tidegate.exit_codes import ExitCode
    from tidegate.journal.moment import moment_text
    from tidegate.verbs.record.receipted import Whereabouts, find_receipted
    from tidegate.verbs.record.site import members_of

    text = read_text(receipt)[0]
    with closing(journal_in(data, begin=False)) as journal:
        found = find_receipted(journal, members_of(journal), text)
    _write(
        f"case {found.receipt.case} was accepted at {moment_text(found.receipt.said_s)} "
        f"by site {found.site}\n"
        f"{_WHERE[found.where.name].format(case=found.receipt.case)}"
    )
    return ExitCode.HOLDS if found.where is Whereabouts.HERE else ExitCode.DOES_NOT_HOLD
