"""`tidegate discover`: a first world from what there is."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.cli.app import app, width
from tidegate.cli.options import Format, emit, in_unicode
from tidegate.cli.past_numbers import PROMETHEUS, Credentials
from tidegate.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tidegate.adapters.files.given_texts import Given
    from tidegate.discover.discovered import Discovered, Recorded
    from tidegate.discover.stock import Stock
    from tidegate.gate.inventory.seen_thing import Inventory
    from tidegate.verbs.discover import Flows
    from tidegate.verbs.take_stock import Wanted

DEVICE = "linux-nat"
_NO_NAME, _LONGEST_NAME = re.compile(r"[/\\\x00-\x1f\x7f]"), 100
LEAST_OVER_S, MOST_OVER_S = 600.0, 30.0 * 86_400.0


@app.command()
def discover(  # noqa: PLR0913  one parameter for each option
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE]...",
            help="What shows it, in any combination: records of flows (of `tidegate record`, `conntrack`, "
            "`ss -tin`, pcap, VPC flow logs, nfdump, IPFIX; packed by gzip or not), objects of a cluster "
            "(`kubectl get … -A -o json`), a state of Terraform, descriptions of a cloud, configurations, "
            "prometheus=URL; - is standard input.",
        ),
    ] = None,
    *,
    out: Annotated[
        str, typer.Option("--out", "-o", help="Where to write the world; - is standard output.")
    ] = "-",
    name: Annotated[str, typer.Option(help="What the world is called.")] = "discovered",
    device: Annotated[
        str, typer.Option(help="What flows were recorded at: a device of the catalogue.")
    ] = DEVICE,
    kubeconfig: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Ask the cluster of this kubeconfig through kubectl; not for Secrets."
        ),
    ] = None,
    over: Annotated[str, typer.Option(metavar="TIME", help="How far back prometheus=URL is asked.")] = "1h",
    credentials: Credentials = None,
    pseudonyms: Annotated[
        bool, typer.Option("--pseudonyms", help="Leave names and addresses out of all that is said.")
    ] = False,
    no_rank: Annotated[
        bool, typer.Option("--no-rank", help="Do not look at which number decides most.")
    ] = False,
    sampled: Annotated[
        float,
        typer.Option(
            min=1.0, metavar="N", help="One of N packets was looked at: rates are scaled, lives left out."
        ),
    ] = 1.0,
    output: Annotated[Format, typer.Option("--format", help="How what was found is printed.")] = Format.TEXT,
) -> None:
    """Make a world of what there is: who asks what, how often, through what, with which limits."""
    from datetime import UTC, datetime

    from tidegate.adapters.cycle_collector import collector_rests
    from tidegate.adapters.files.worlds import refuse_unwritable
    from tidegate.verbs.take_stock import Wanted

    _refuse_name(name)
    if out != "-":
        refuse_unwritable(out)
    day = f"read on {datetime.now(UTC):%-d %B %Y}"
    wanted = Wanted(name=name, day=day, is_pseudonymous=pseudonyms, is_ranked=not no_rank)
    asked = _Asked(sources or [], kubeconfig, over, credentials, sampled)
    try:
        with collector_rests():  # of flows by the million none refers to itself
            found = _made(asked, wanted, device)
    except InputError as error:
        if not pseudonyms:
            raise
        from tidegate.verbs.take_stock import shown_without_names

        raise shown_without_names(error) from None
    _show(found, out, output)


def _refuse_name(name: str) -> None:
    """Refuse what cannot be a world's name: files are called by it, as the report of a check is."""
    from tidegate.errors import Fault
    from tidegate.world.file.nearest_name import shown

    if not name.strip() or name.strip(".") == "" or _NO_NAME.search(name) or len(name) > _LONGEST_NAME:
        allowed = "a name without / and \\, such as shop or shop-eu, for files are called by it"
        what = "is no name of a world"
        raise InputError(Fault(what=what, path="--name", value=shown(name) or '""', allowed=allowed))


@dataclass(frozen=True)
class _Asked:
    """What was typed of sources: names, and the values of options."""

    sources: Sequence[str]
    kubeconfig: str | None
    over: str
    credentials: str | None
    sampled_one_in: float


def _made(asked: _Asked, wanted: Wanted, device: str) -> Discovered | Stock:
    """Return what sources show: records of flows alone, or all of them together.

    Raises
    ------
    InputError
        If nothing is named, or something cannot be read.
    """
    from tidegate.adapters.files.given_texts import given_text
    from tidegate.errors import Fault
    from tidegate.gate.inventory.listing_kind import listing_kind

    urls = [one.removeprefix(PROMETHEUS) for one in asked.sources if one.startswith(PROMETHEUS)]
    names = [one for one in asked.sources if not one.startswith(PROMETHEUS)]
    if not asked.sources and asked.kubeconfig is None:
        allowed = "files, prometheus=URL, or --kubeconfig"
        raise InputError(Fault(what="nothing is named to make a world of", kind="statement", allowed=allowed))
    if asked.credentials is not None and not urls:
        what, allowed = "has nobody to be shown to", "with prometheus=URL"
        raise InputError(Fault(what=what, path="--credentials", allowed=allowed))
    given = [given_text(one, listing_kind) for one in names]
    records, listed = [one for one in given if not one.kind], [one for one in given if one.kind]
    if listed or urls or asked.kubeconfig is not None:
        return _stock(records, listed, asked, urls, wanted, device)
    from tidegate.discover.hidden_addresses import without_addresses
    from tidegate.verbs.discover import discover as made_of

    found = made_of(
        _recorded(records),
        name=wanted.name,
        device=device,
        day=wanted.day,
        is_pseudonymous=wanted.is_pseudonymous,
        sampled_one_in=asked.sampled_one_in,
    )
    return without_addresses(found) if wanted.is_pseudonymous else found


def _stock(
    records: Sequence[Given],
    listed: Sequence[Given],
    asked: _Asked,
    urls: Sequence[str],
    wanted: Wanted,
    device: str,
) -> Stock:
    from typing import cast

    from tidegate.cli.waiting import shown
    from tidegate.gate.inventory.listing_kind import Kind
    from tidegate.verbs.take_stock import Listing, take_stock

    if not records:
        _refuse_words_on_flows(device, asked.sampled_one_in)
    flows = _flows(records, wanted, device, asked.sampled_one_in) if records else None
    listings = [Listing(text=one.whole(), source=one.source, kind=cast("Kind", one.kind)) for one in listed]
    if asked.kubeconfig is not None:
        from tidegate.adapters.kubernetes_api.kubectl import listed_objects

        text = listed_objects(asked.kubeconfig)
        listings.append(Listing(text=text, source=f"kubectl of {asked.kubeconfig}", kind="kubernetes"))
    with shown() as tell:
        others = [_series(url, asked, wanted.day, tell) for url in urls]
        return take_stock(listings, wanted, others=others, flows=flows, progress=tell)


def _refuse_words_on_flows(device: str, sampled_one_in: float) -> None:
    """Refuse what is said of records of flows where none is given."""
    from tidegate.errors import Fault

    said = {"--device": device if device != DEVICE else "", "--sampled": "" if sampled_one_in == 1.0 else "N"}
    allowed = "beside a record of flows"
    faults = [
        Fault(what="has no record that it is said of", path=name, value=value, allowed=allowed)
        for name, value in said.items()
        if value
    ]
    if faults:
        raise InputError(*faults)


def _series(url: str, asked: _Asked, day: str, tell: Callable[[str, int], None]) -> Inventory:
    import time

    from tidegate.adapters.telemetry.prometheus import Prometheus
    from tidegate.cli.past_numbers import secret_of
    from tidegate.errors import Fault
    from tidegate.verbs.ask_metrics import ask_metrics
    from tidegate.world.file.quantity import parse_quantity

    over_s = parse_quantity(asked.over, "s")
    if not LEAST_OVER_S <= over_s <= MOST_OVER_S:
        allowed = "between 10min and 30d"
        raise InputError(
            Fault(what="is no time to look back", path="--over", value=asked.over, allowed=allowed)
        )
    source = Prometheus(url, credentials=secret_of(asked.credentials))
    return ask_metrics(source, now_s=time.time(), over_s=over_s, day=day, progress=tell)


def _flows(records: Sequence[Given], wanted: Wanted, device: str, sampled_one_in: float) -> Flows:
    from tidegate.verbs.discover import flows_of

    return flows_of(
        _recorded(records),
        name=wanted.name,
        device=device,
        day=wanted.day,
        is_pseudonymous=False,
        sampled_one_in=sampled_one_in,
    )


def _recorded(records: Sequence[Given]) -> list[Recorded]:
    from tidegate.discover.discovered import Recorded

    return [Recorded(source=one.source, pieces=one.pieces) for one in records]


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
