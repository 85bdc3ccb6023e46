"""`tidegate site`: several sites, each complete and each writing, keep one record together."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.app import app
from tidegate.cli.journal import journal_in
from tidegate.cli.options import in_unicode
from tidegate.exit_codes import ExitCode

if TYPE_CHECKING:
    from tidegate.verbs.record.handing_over import HandedOver

site = typer.Typer(
    name="site", help="The sites that keep this record together: no leader, each complete.",
    no_args_is_help=True,
)  # fmt: skip
app.add_typer(site)

Data = Annotated[
    str, typer.Option("--data", envvar="TIDEGATE_DATA", help="The folder in which the journal is kept.")
]
By = Annotated[str, typer.Option("--by", envvar="TIDEGATE_BY", help="Who says so.")]


@site.command()
def init(
    name: Annotated[str, typer.Argument(help="This site's name, such as west.")],
    *,
    data: Data = "tidegate-data",
    title: Annotated[str, typer.Option("--title", help="What people call it.")] = "",
    again: Annotated[
        bool, typer.Option("--again", help="A site of this name was lost; the others have what it said.")
    ] = False,
) -> None:
    """Begin this site's journal with a key of its own, and say how others join it.

    In a folder that holds the key of a journal that was lost, the site comes back: `site join` again, and
    what it said comes from the others.
    """
    from pathlib import Path

    from tidegate.verbs.record.site import begin

    key = begin(Path(data), name, title, is_again=again)
    sys.stdout.write(
        f"Site {name} begins in {data}. Its key:\n  {key}\n"
        f"At each other site, so that it takes in what {name} says:\n"
        f"  tidegate site join {name} --key {key} --at https://WHERE-{name.upper()}-IS-ASKED\n"
        "And here the same for each of them: trust is said on both sides.\n"
    )


@site.command()
def join(
    name: Annotated[str, typer.Argument(help="The other site's name.")],
    *,
    key: Annotated[str, typer.Option("--key", help="Its key, as its owner shows it: 64 hexadecimal digits.")],
    at: Annotated[
        str, typer.Option("--at", metavar="URL", help="Where it is asked; may be said later.")
    ] = "",
    plain: Annotated[
        bool, typer.Option("--plain", help="Let it be asked without TLS over a private network.")
    ] = False,
    data: Data = "tidegate-data",
    by: By = "operator",
) -> None:
    """Take what another site says into the record, and whom it names. Also while the server runs."""
    from contextlib import closing

    from tidegate.verbs.record.site import join as admit
    from tidegate.verbs.record.site import own_key

    with closing(journal_in(data, begin=False)) as journal:
        admit(journal, name, key=key, address=at, by=by, may_be_plain=plain)
        sys.stdout.write(
            f"{journal.site} takes in what {name} says{f', and asks for it at {at}' if at else ''}.\n"
            f"There it must be said too:\n"
            f"  tidegate site join {journal.site} --key {own_key(journal)} --at URL\n"
        )


@site.command("list")
def list_(
    *,
    data: Data = "tidegate-data",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for machines.")] = False,
) -> int:
    """Show what is on record here of sites: their keys, how far each is known, when a server here heard it.

    It asks nobody: whether a site is there now, the console says. Exit 5 where a chain forks and nobody has
    said that they looked into it.
    """
    from contextlib import closing

    from tidegate.adapters.store.peers_file import noted_heard
    from tidegate.present.layout import plain
    from tidegate.present.record.site_text import site_lines, sites_json
    from tidegate.verbs.record.left_sheets import left_here
    from tidegate.verbs.record.site import known

    with closing(journal_in(data, begin=False)) as journal:
        found, heard = known(journal), noted_heard(journal.path.parent)
        left = left_here(journal)
        if as_json:
            sys.stdout.write(json.dumps(sites_json(found.members, found.ends, heard, left), indent=1) + "\n")
        else:
            for line in site_lines(found.members, found.ends, heard, left):
                sys.stdout.write(f"{plain(line, unicode=in_unicode())}\n")  # others' words are in it
    return ExitCode.DOES_NOT_HOLD if found.members.unseen_forks else ExitCode.HOLDS


@site.command()
def retire(
    name: Annotated[str, typer.Argument(help="The other site's name.")],
    *,
    because: Annotated[str, typer.Option("--because", help="Why; it is kept in the record.")] = "",
    data: Data = "tidegate-data",
    by: By = "operator",
) -> None:
    """Take nothing more from a site, at any site that hears of it; what it said until now stays."""
    from contextlib import closing

    from tidegate.verbs.record.site import retire as part

    with closing(journal_in(data, begin=False)) as journal:
        ends = part(journal, name, because=because, by=by)
    sys.stdout.write(f"Nothing more is taken from {name}.\n")
    for chain, end in ends.items():
        sys.stdout.write(f"  {chain} counts up to entry {end.partition(' ')[0]}\n")
    sys.stdout.write(
        f"The keys that {name} knows sign no session any more: everybody logs in again, and segments'\n"
        f"pages have other addresses. It still knows what it knew. Where it is not yours any more, or was\n"
        "broken into:\n"
        "  set every password anew (`tidegate account password NAME`), and\n"
        "  drop the API tokens and make others (console, Access).\n"
    )


@site.command()
def seen(
    chain: Annotated[str, typer.Argument(metavar="CHAIN", help="A chain that goes on in two ways.")],
    *,
    because: Annotated[str, typer.Option("--because", help="What was found, or done.")],
    data: Data = "tidegate-data",
    by: By = "operator",
) -> None:
    """Say that you looked into a chain that goes on in two ways: the alarm ends, the fork stays listed."""
    from contextlib import closing

    from tidegate.journal.chain_name import site_of
    from tidegate.verbs.record.see_fork import see_fork

    with closing(journal_in(data, begin=False)) as journal:
        is_believed = see_fork(journal, chain, because=because, by=by)
    sys.stdout.write(f"It is on record that {by} looked into {chain}: it stays listed, and is no alarm.\n")
    if not is_believed:
        sys.stdout.write(
            f"Other sites do not take that from {site_of(chain)} itself, as whoever wrote in its name could "
            "say so:\nsay it at one of them too.\n"
        )


@site.command()
def rotate(
    *,
    finish: Annotated[
        bool,
        typer.Option("--finish", help="Sign with the key that was announced; the server must be stopped."),
    ] = False,
    data: Data = "tidegate-data",
    by: By = "operator",
) -> None:
    """Announce another key of this site; then, when the others have heard of it, sign with it."""
    from contextlib import closing
    from pathlib import Path

    from tidegate.verbs.record.site import announce_key, change_key

    with closing(journal_in(data, begin=False)) as journal:
        if finish:
            chain = change_key(Path(data), journal)
            sys.stdout.write(f"{journal.site} signs with its new key from now on, in chain {chain}.\n")
            return
        key = announce_key(Path(data), journal, by=by)
        sys.stdout.write(
            f"{journal.site} will sign with\n  {key}\n"
            "When the others have heard of it (their `tidegate site list` shows it): stop the server, then\n"
            f"  tidegate site rotate --finish --data {data}\n"
        )


@site.command()
def exchange(
    place: Annotated[str, typer.Argument(metavar="PLACE", help="A folder that all sites reach, or s3://….")],
    *,
    data: Data = "tidegate-data",
) -> int:
    """Hand over and take in once through a place that other sites reach, as the server does all the time."""
    from contextlib import closing

    from tidegate.verbs.record.handing_over import exchange_through

    with closing(journal_in(data, begin=False)) as journal:
        done = exchange_through(journal, place)
    given = "1 entry was" if done.given_count == 1 else f"{done.given_count:,} entries were"
    new = f"{done.drawn.new_count:,} {'was' if done.drawn.new_count == 1 else 'were'}"
    sys.stdout.write(f"{given} handed over, {new} new here.\n")
    return _told(done)


@site.command("export")
def export_(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The new file; nothing may be there yet.")],
    *,
    data: Data = "tidegate-data",
) -> None:
    """Write all that is on record into one file, to be carried to another site: keep it closely."""
    from contextlib import closing
    from pathlib import Path

    from tidegate.verbs.record.handing_over import export

    with closing(journal_in(data, begin=False)) as journal:
        count = export(journal, Path(file))
    found = "1 entry is" if count == 1 else f"{count:,} entries are"
    sys.stdout.write(f"{found} in {file}. It holds what cases say: keep it closely.\n")


@site.command("import")
def import_(
    file: Annotated[str, typer.Argument(metavar="FILE", help="What `tidegate site export` wrote elsewhere.")],
    *,
    data: Data = "tidegate-data",
) -> int:
    """Take in what a carried file has and this site lacks; exit 5 where something is not to be taken."""
    from contextlib import closing
    from pathlib import Path

    from tidegate.verbs.record.handing_over import import_carried

    with closing(journal_in(data, begin=False)) as journal:
        done = import_carried(journal, Path(file))
    new = "1 entry was" if done.drawn.new_count == 1 else f"{done.drawn.new_count:,} entries were"
    sys.stdout.write(f"{new} new.\n")
    return _told(done)


def _told(done: HandedOver) -> int:
    """Say whose secrets came, what was not taken in or forks, and return the exit code."""
    drawn = done.drawn
    for name in done.sheets.told_by:
        sys.stdout.write(f"Passwords, tokens and keys that site {name} knows hold here too.\n")
    for damage in drawn.refused.values():
        sys.stderr.write(f"not taken: {damage}\n")
    for why in done.sheets.refused:
        sys.stderr.write(f"not taken: {why}\n")
    if drawn.unproven:
        sys.stderr.write(f"not believed: {drawn.unproven}\n")
    for chain, number in drawn.forks:
        sys.stderr.write(f"chain {chain} goes on in two ways from entry {number} on: both are kept\n")
    is_whole = not (drawn.refused or drawn.forks or drawn.unproven or done.sheets.refused)
    return ExitCode.HOLDS if is_whole else ExitCode.DOES_NOT_HOLD
