"""How many requests meet a kept connection that a device has forgotten? Those that lay idle for too long.

Where clients that keep a connection each are asked for something at a rate, one lies idle for as long as all
the others have their turn. In runs a request takes whichever connection is free, so that few of many are
used and the others never tried: here each client is asked as often as any other.

Shortcut: requests come to each client by chance (Poisson), and to a pool as if it were one connection.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from tidegate.evaluate.arithmetic.limit import Limit, about
from tidegate.world.clients import Clients
from tidegate.world.graph import route
from tidegate.world.world import World


def at_tables(world: World) -> Iterator[Limit]:
    """Yield each table that forgets connections before they are used again, so that too many are lost."""
    for title, clients in world.clients.items():
        rate_per_s = clients.demand.rate_per_s
        keeps = clients.connection != "per_request" and clients.demand.kind == "open"
        if not keeps or rate_per_s <= 0.0 or not clients.population_count:
            continue
        idle_s = clients.population_count / rate_per_s
        for name in route(world, clients.network, world.services[clients.service].network) or ():
            yield from _at(world, name, clients, clients.title or title, idle_s)


def _at(world: World, name: str, clients: Clients, title: str, idle_s: float) -> Iterator[Limit]:
    """Yield the time that a device remembers, where it is shorter than what objectives of success need."""
    table = world.crossings[name].table
    needed_s = -math.log(1.0 - min(world.objectives.least_success_ratio, 1.0 - 1e-9)) * idle_s
    if (
        table is None
        or needed_s <= table.idle_timeout_s
        or _renewed_within(world, clients, table.idle_timeout_s)
    ):
        return
    forgotten_ratio = math.exp(-table.idle_timeout_s / idle_s)
    said = f"{name} forgets a flow after {about(table.idle_timeout_s)} s, and a connection of "
    said += f"{title} lies idle for {about(idle_s)} s: "
    said += f"{about(100.0 * forgotten_ratio)} % of the requests meet one that is forgotten"
    yield Limit(
        place_kind="crossing",
        place=name,
        path=f"crossings.{name}.table.idle_timeout",
        kind="time",
        wanted=needed_s,
        allowed=table.idle_timeout_s,
        least_wanted=needed_s,
        says=said,
        destination=clients.service,
    )


def _renewed_within(world: World, clients: Clients, lasts_s: float) -> bool:
    """Whether no connection becomes older than that, so that none lies idle for longer."""
    ages = (clients.connection_age, world.services[clients.service].connection_age)
    return any(one is not None and one.age_s * (1.0 + one.jitter_ratio) <= lasts_s for one in ages)
