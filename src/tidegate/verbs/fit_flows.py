"""What do flow records show of a world's readings? Flows of its own clients, by their addresses.

A flow that is made for one request is a request, and one that is open is one that waits. Connections that
are kept say nothing of requests, and are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from tidegate.discover.address_list import AND_MORE, named
from tidegate.discover.conntrack_text import Passed
from tidegate.discover.discovered import Recorded
from tidegate.discover.flow_book import FlowBook, Place
from tidegate.discover.place_names import known_as
from tidegate.discover.taken import take
from tidegate.errors import Fault, InputError
from tidegate.fit.courses import Course, Floats, History
from tidegate.world.world import World


def flow_history(world: World, records: Sequence[Recorded], every_s: float) -> History:
    """Return the readings that flow records have of a world.

    Parameters
    ----------
    world
        The world; `known_as` says at which address a service is asked, and which addresses clients have.
    records
        Of one NAT: what happened there, each flow by itself, and dumps of its table.
    every_s
        How far apart samples are taken.

    Raises
    ------
    InputError
        If the records hold none of the flows of this world, or do not tell of each flow by itself.
    """
    book = FlowBook()
    shows = take(records, book, Passed(), sampled_one_in=1.0).shows
    if shows is None or shows.is_sampled or not shows.has_order:
        what = f"tells of no flow when it began and ended ({'dumps' if shows is None else shows.title})"
        allowed = "what `tidegate record`, `conntrack -E -o timestamp` or a capture tells"
        raise InputError(Fault(what=what, value=records[0].source, allowed=allowed))
    book.finish()
    at_s = np.arange(book.first_s, book.last_s, every_s)
    found = dict(_of_clients(world, book, at_s)) if len(at_s) > 1 else {}
    if not found:
        allowed = "flows to an address that `services.*.known_as` has, from one that `clients.*.known_as` has"
        what = "holds no flow of this world"
        raise InputError(
            Fault(what=what, value=", ".join(one.source for one in records)[:200], allowed=allowed)
        )
    return found


def _of_clients(world: World, book: FlowBook, at_s: Floats) -> Iterator[tuple[str, Course]]:
    for name, clients in world.clients.items():
        if clients.connection != "per_request":
            continue
        asked = named(world.services[clients.service].known_as.values())
        own = named(clients.known_as.values())
        if AND_MORE in own:
            allowed = "all addresses that they have: `discover` the record anew, or write them"
            path = f"clients.{name}.known_as"
            raise InputError(Fault(what="names only some addresses", path=path, allowed=allowed))
        flows = [
            (begun, life)
            for (place, source), tally in book.tallies.items()
            if _is_known(place, asked) and source in own
            for begun, life in zip(tally.opened_s, tally.life_s, strict=True)
        ]
        if not flows:
            continue
        begun_s = np.sort(np.array([begun for begun, _ in flows]))
        ended_s = np.sort(np.array([begun + life for begun, life in flows]))
        requests = np.searchsorted(begun_s, at_s, side="right").astype(np.float64)
        waiting = requests - np.searchsorted(ended_s, at_s, side="right")
        is_torn = np.zeros(len(at_s) - 1, dtype=np.bool_)
        yield f"clients.{name}.requests", Course(at_s=at_s, values=requests, is_torn=is_torn)
        yield f"clients.{name}.waiting", Course(at_s=at_s, values=waiting, is_torn=is_torn)


def _is_known(place: Place, asked: frozenset[str]) -> bool:
    return known_as(place).split(" ", 1)[1] in asked
