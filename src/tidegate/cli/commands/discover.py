"""`tidegate discover`: a first world from what there is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.app import app, width
from tidegate.cli.options import Format, emit, in_unicode
from tidegate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.adapters.files.given_texts import Given
    from tidegate.discover.discovered import Discovered
    from tidegate.discover.stock import Stock
    from tidegate.verbs.discover import Flows
    from tidegate.verbs.take_stock import Wanted


@app.command()
def discover(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE]...",
            help="What shows it, in any combination: records of flows (what `conntrack -E -o timestamp` and "
            "`conntrack -L` printed at a NAT …), objects of a cluster (`kubectl get … -A -o json`), a state of "
            "Terraform, descriptions of a cloud, configurations, prometheus=URL; - is standard input.",
        ),
    ] = None,
    *,
    out: Annotated[
        str, typer.Option("--out", "-o", help="Where to write the world; - is standard output.")
    ] = "-",
    name: Annotated[str, typer.Option(help="What the world is called.")] = "discovered",
    device: Annotated[
        str, typer.Option(help="What flows were recorded at: a device of the catalogue.")
    ] = "linux-nat",
    pseudonyms: Annotated[
        bool, typer.Option("--pseudonyms", help="Leave names and addresses out of all that is said.")
    ] = False,
    no_rank: Annotated[
        bool, typer.Option("--no-rank", help="Do not look at which number decides most.")
    ] = False,
    output: Annotated[Format, typer.Option("--format", help="How what was found is printed.")] = Format.TEXT,
) -> None:
    """Make a world of what there is: who asks what, how often, through what, with which limits."""
    from datetime import UTC, datetime

    from tidegate.adapters.files.worlds import refuse_unwritable
    from tidegate.verbs.take_stock import Wanted

    if out != "-":
        refuse_unwritable(out)
    day = f"read on {datetime.now(UTC):%-d %B %Y}"
    wanted = Wanted(name=name, day=day, is_pseudonymous=pseudonyms, is_ranked=not no_rank)
    try:
        found = _made(sources or [], wanted, device)
    except InputError as error:
        if not pseudonyms:
            raise
        from tidegate.verbs.take_stock import shown_without_names

        raise shown_without_names(error) from None
    _show(found, out, output)


def _made(sources: Sequence[str], wanted: Wanted, device: str) -> Discovered | Stock:
    """Return what sources show: records of flows alone, or all of them together.

    Raises
    ------
    InputError
        If nothing is named, or something cannot be read.
    """
    from tidegate.adapters.files.given_texts import given_text
    from tidegate.discover.hidden_addresses import without_addresses
    from tidegate.errors import Fault
    from tidegate.gate.inventory.listing_kind import listing_kind

    if not sources:
        allowed = "files, prometheus=URL, or --kubeconfig"
        raise InputError(Fault(what="nothing is named to make a world of", kind="statement", allowed=allowed))
    given = [given_text(one, listing_kind) for one in sources]
    records, listed = [one for one in given if not one.kind], [one for one in given if one.kind]
    if not listed:
        from tidegate.discover.discovered import Recorded
        from tidegate.verbs.discover import discover as made_of

        found = made_of(
            [Recorded(source=one.source, lines=one.lines) for one in records],
            name=wanted.name, device=device, day=wanted.day, is_pseudonymous=wanted.is_pseudonymous,
        )  # fmt: skip
        return without_addresses(found) if wanted.is_pseudonymous else found
    return _stock(records, listed, wanted, device)


def _stock(records: Sequence[Given], listed: Sequence[Given], wanted: Wanted, device: str) -> Stock:
    from typing import cast

    from tidegate.cli.waiting import shown
    from tidegate.gate.inventory.listing_kind import Kind
    from tidegate.verbs.take_stock import Listing, take_stock

    flows = _flows(records, wanted, device) if records else None
    listings = [Listing(text=one.whole(), source=one.source, kind=cast("Kind", one.kind)) for one in listed]
    with shown() as tell:
        return take_stock(listings, wanted, flows=flows, progress=tell)


def _flows(records: Sequence[Given], wanted: Wanted, device: str) -> Flows:
    from tidegate.discover.discovered import Recorded
    from tidegate.verbs.discover import flows_of

    return flows_of(
        [Recorded(source=one.source, lines=one.lines) for one in records],
        name=wanted.name, device=device, day=wanted.day, is_pseudonymous=False,
    )  # fmt: skip


def _show(found: Discovered | Stock, out: str, output: Format) -> None:
    from tidegate.discover.stock import Stock
    from tidegate.present.discovered_text import discovered_json, discovered_text
    from tidegate.present.stock_text import stock_json, stock_text

    if output is Format.JSON:
        sys.stdout.write(stock_json(found) if isinstance(found, Stock) else discovered_json(found))
        if out != "-":
            emit(out, found.text)
        return
    emit(out, found.text)
    if isinstance(found, Stock):
        said = stock_text(found, width=width(), unicode=in_unicode())
    else:
        said = discovered_text(found, width=width(), unicode=in_unicode())
    sys.stderr.write(said)
