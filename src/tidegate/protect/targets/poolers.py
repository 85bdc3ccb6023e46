"""Which poolers stand before a PostgreSQL service? And how many of its connections each may open.

A pooler is a service that speaks PostgreSQL and calls another that does. All instances of all poolers share
what the database accepts, and so do clients that go past them.
"""

from __future__ import annotations

import math

from tidegate.evaluate.arithmetic.load import kept_connections
from tidegate.protect.targets.share import most_instances
from tidegate.world.activity import Activity
from tidegate.world.protocol import spoken
from tidegate.world.world import World

POSTGRES = "postgres"


def speaks_postgres(world: World, service: str) -> bool:
    """Return whether a service speaks PostgreSQL beyond doubt."""
    return spoken(service, world.services[service]) == POSTGRES


def pooled_by(world: World, service: str) -> tuple[str, ...]:
    """Return the databases that a service pools; none where it is no pooler."""
    if not speaks_postgres(world, service):
        return ()
    called = dict.fromkeys(call.service for call in world.services[service].calls)
    return tuple(name for name in called if speaks_postgres(world, name))


def poolers_of(world: World, database: str) -> tuple[str, ...]:
    """Return the poolers of a database."""
    return tuple(name for name in world.services if database in pooled_by(world, name))


def poolers_count(world: World, database: str) -> int:
    """Return how many pooler processes share a database, when each pooler has grown as far as it may."""
    return sum(most_instances(world, name) for name in poolers_of(world, database))


def past_poolers_count(world: World, database: str) -> int:
    """Return the connections that clients without a pooler keep to a database, grown as far as they may."""
    kept = 0
    for name, clients in world.clients.items():
        if clients.service == database:
            grown = [_grown_ratio(one) for one in world.activities.values() if name in one.clients_added]
            kept += math.ceil(kept_connections(clients) * max(1.0, *grown, 1.0))
    return kept


def _grown_ratio(activity: Activity) -> float:
    """Return how many times as many clients an activity makes, old and new together."""
    if not activity.from_count:
        return 1.0
    return (max(activity.from_count, activity.to_count or 0) + activity.surge_count) / activity.from_count


def each_pooler_count(world: World, database: str) -> int | None:
    """Return the connections that each pooler process may open to a database; None without a limit."""
    accepts = world.services[database].accepted_count
    if accepts is None:
        return None
    return max(accepts - past_poolers_count(world, database), 0) // max(poolers_count(world, database), 1)
