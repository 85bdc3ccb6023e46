"""Take stock: what world do all sources together show? Listings, series and flows in, a world file out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from tidegate.discover.stock import Stock
from tidegate.discover.unseen import Unseen
from tidegate.errors import Fault, InputError
from tidegate.evaluate.searching.measure_next import Telling, measure_next
from tidegate.gate.inventory.aws_listing import aws_inventory
from tidegate.gate.inventory.azure_listing import azure_inventory
from tidegate.gate.inventory.cluster_listing import cluster_inventory
from tidegate.gate.inventory.cluster_text import read_objects
from tidegate.gate.inventory.configured import adopted_into, check_tables, is_server, take_server
from tidegate.gate.inventory.flow_listing import bind_populations, flow_inventory
from tidegate.gate.inventory.gcloud_listing import gcloud_inventory
from tidegate.gate.inventory.joined import joined
from tidegate.gate.inventory.listing_kind import Kind
from tidegate.gate.inventory.one_host import settle_hosts
from tidegate.gate.inventory.only_database import settle_pools
from tidegate.gate.inventory.pseudonyms import hidden_kind, hidden_notes, with_pseudonyms, without_names
from tidegate.gate.inventory.seen_thing import Inventory
from tidegate.gate.inventory.stated_world import world_of
from tidegate.gate.inventory.terraform_state import terraform_inventory
from tidegate.gate.inventory.unjoined import FLOWS, unjoined
from tidegate.gate.inventory.world_in_making import printable
from tidegate.verbs.discover import Flows
from tidegate.world.file.called import called
from tidegate.world.file.quantity import format_quantity
from tidegate.world.file.read import read_world
from tidegate.world.file.shape import slot_at
from tidegate.world.file.write import write_world
from tidegate.world.world import World, WorldFile

__all__ = ["Listing", "Wanted", "shown_without_names", "take_stock"]
MOST_THINGS = 600
"""A world file holds some three hundred values for each; a change is judged by what it has to do with."""
_SECTIONS = ("services", "clients", "crossings")


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One text that lists what stands.

    Parameters
    ----------
    text, source
        Itself, and its name.
    kind
        What it is, as `listing_kind` tells.
    """

    text: str
    source: str
    kind: Kind


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """How a world is to be made.

    Parameters
    ----------
    name
        What it is called.
    day
        When all was read, to stand beside each number.
    is_pseudonymous
        Whether names and addresses are left out.
    is_ranked
        Whether it is looked at what decides.
    """

    name: str
    day: str
    is_pseudonymous: bool = False
    is_ranked: bool = True


_READERS: Mapping[str, Callable[[str, str, str], Inventory]] = {
    "kubernetes": lambda text, source, said: cluster_inventory(read_objects(text, source), said),
    "terraform": terraform_inventory,
    "gcloud": gcloud_inventory,
    "azure": azure_inventory,
}


def take_stock(
    listings: Sequence[Listing],
    wanted: Wanted,
    *,
    others: Sequence[Inventory] = (),
    flows: Flows | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> Stock:
    """Return the world that sources show together.

    Parameters
    ----------
    listings
        The texts.
    wanted
        How it is to be made.
    others
        What was seen by asking for series.
    flows
        What records of flows showed, with their addresses.
    progress
        Called with what is being looked at, and how many times it was; may raise to end.

    Raises
    ------
    InputError
        With the faults of every text; or if together they show nothing.
    """
    known = _known(listings, wanted, others, flows)
    told = f"{', '.join(known.sources)} {'shows' if len(known.sources) == 1 else 'show'}"
    title = f"what {told}" if len(known.sources) < 5 else "what was listed"
    configurations = [
        (one.text, one.source, f"{one.source}, {wanted.day}")
        for one in listings
        if one.kind == "configuration"
    ]
    for each in configurations:
        if is_server(each[0], each[1]):
            take_server(known, each)
    if flows is not None and flows.found.occupancy is not None:
        check_tables(known, flows.found.occupancy.dumped_count)
    tree = world_of(known, name=wanted.name, title=title)
    if not tree.get("services"):
        allowed = "workloads with Services, series of a mesh, or records of flows beside it"
        raise InputError(
            Fault(what="show nothing that answers", value=", ".join(known.sources), allowed=allowed)
        )
    rest = [each for each in configurations if not is_server(each[0], each[1])]
    tree = adopted_into(tree, rest, known)
    notes, unused = known.notes, known.unused
    if wanted.is_pseudonymous:
        tree, _ = with_pseudonyms(tree, known.sources)
        notes, unused = hidden_notes(notes), _hidden(unused)
    if len(known.seen) > MOST_THINGS:
        value = f"{len(known.seen):,} services, workloads and crossings"
        allowed = (
            f"at most {MOST_THINGS}: `kubectl get … -n NAMESPACE -o json` of the namespaces that are meant"
        )
        raise InputError(Fault(what="show more than one world holds", value=value, allowed=allowed))
    shown = printable(tree)
    assert isinstance(shown, dict)
    text = write_world(shown)
    file = read_world(text, "the discovered world")  # what is written can be read
    telling = _telling(file, wanted, progress)
    return Stock(
        text=text,
        counts={section: len(getattr(file.world, section)) for section in _SECTIONS},
        sources=() if wanted.is_pseudonymous else tuple(known.sources),
        notes=tuple(notes),
        unused=tuple((kind, why, count) for (kind, why), count in sorted(unused.items())),
        unseen=tuple(
            _unseen(file.world, one) for one in telling if one.flips or one.estimate.basis == "assumed"
        ),
        is_ranked=any(one.activity is not None for one in telling),
        flows=None if flows is None or wanted.is_pseudonymous else flows.found,
    )


def _known(
    listings: Sequence[Listing], wanted: Wanted, others: Sequence[Inventory], flows: Flows | None
) -> Inventory:
    whole = Inventory()
    faults: list[Fault] = []
    of_aws = [(one.text, one.source, f"{one.source}, {wanted.day}") for one in listings if one.kind == "aws"]
    for one in listings:
        if one.kind not in _READERS:
            continue
        try:
            whole.add(_READERS[one.kind](one.text, one.source, f"{one.source}, {wanted.day}"))
        except InputError as error:
            faults += error.faults
    try:
        if of_aws:
            whole.add(aws_inventory(of_aws))
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(*faults)
    for other in others:
        whole.add(other)
    if flows is not None:
        whole.add(flow_inventory(flows.tree, flows.found.places, f"{FLOWS}, {wanted.day}"))
    whole.notes += [*settle_hosts((), whole.seen), *unjoined(whole.seen, whole.sources)]
    known = joined(whole)
    protocols = {name: str(one.words.get("protocol", "")) for one in known.seen for name in one.names}
    settle_pools(known.seen, protocols)
    bind_populations(known)
    return known


def _hidden(unused: Mapping[tuple[str, str], int]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for (kind, why), count in unused.items():
        found[hidden_kind(kind), without_names(why)] += count
    return found


def _telling(
    file: WorldFile, wanted: Wanted, progress: Callable[[str, int], None] | None
) -> tuple[Telling, ...]:
    activities = list(file.world.activities) if wanted.is_ranked else []
    return measure_next(file, activities, progress=progress)


def _unseen(world: World, one: Telling) -> Unseen:
    estimate = one.estimate
    slot = slot_at(estimate.path)
    unit = slot.shape.unit if slot is not None else ""
    value, low, high = (format_quantity(each, unit) for each in (estimate.value, estimate.low, estimate.high))
    decides = ""
    if one.flips:
        decides = (
            f", which decides {one.activity}"
            if one.by == "arithmetic"
            else f", which decides {one.activity} as far as is estimated"
        )
    what = (
        f"{called(estimate.path, world)} ({estimate.path}): {estimate.basis} {value}, from {low} to "
        f"{high}{decides}"
    )
    return Unseen(what=what, measure=estimate.measure or estimate.source)


def shown_without_names(error: InputError) -> InputError:
    """Return an error that says what is wrong, and shows no value, name or address of what was read."""
    return InputError(
        *(
            replace(
                one,
                what=without_names(one.what),
                value="",
                nearest="",
                path="",
            )
            for one in error.faults
        )
    )
