"""Which connections does each instance of a service keep for a call? Its own pool, or what a pooler opens.

Shortcuts: a pooler in session mode opens a server connection for each connection that its clients keep and
it lets in, as these come, and one at least; where the database refuses some of them, requests meet a session
without one by as many as there are; who asks on a connection of its own for each request uses these where
there are any, else what such requests need. Who beyond its server connections asks waits until the service's
own time-outs, since kept connections do not end, and keeps a place among those let in until then. Statement
mode is transaction mode, for requests are one statement here. A reserve is there at once. Where each
instance of a pooler has a queue of its own, it serves as many requests at a time as it has server
connections; which of all of them it uses is not told apart, so that an instance that goes takes every so
many of all along.
"""

from __future__ import annotations

import math
from dataclasses import replace

from tidegate.world.service import Call, ConnectionPool
from tidegate.world.world import World


def pool_of(world: World, name: str, call: Call) -> ConnectionPool | None:
    """Return the pool that each instance of a service keeps for a call; None: one connection a place.

    Parameters
    ----------
    world, name
        The service.
    call
        One of its calls.
    """
    service = world.services[name]
    pooler = service.pooler
    if pooler is None:
        return call.pool
    if pooler.mode != "session":
        return ConnectionPool(
            most_count=pooler.open_count, wait_s=pooler.wait_s, idle_timeout_s=pooler.idle_timeout_s
        )
    most_count = service.accepted_count or pooler.open_count
    sessions = sessions_count(world, name)
    if sessions == 0 and _is_asked_singly(world, name):
        idle_s = pooler.idle_timeout_s
        return ConnectionPool(most_count=most_count, wait_s=pooler.wait_s, idle_timeout_s=idle_s)
    each = min(most_count, max(math.ceil(sessions / max(service.instances_count, 1)), 1))
    # As one connection a place, and not as a pool: a session has no other than its own.
    return ConnectionPool(most_count=each, least_count=each, opened="at_once", wait_s=pooler.wait_s)


def _is_asked_singly(world: World, name: str) -> bool:
    """Whether any connection to a service lives as long as its request."""
    of_clients = [one.connection for one in world.clients.values() if one.service == name]
    calls = [call for one in world.services.values() for call in one.calls if call.service == name]
    return "per_request" in (*of_clients, *(call.connection for call in calls))


def sessions_count(world: World, name: str) -> int:
    """Return how many connections are kept to a service by all its clients and callers."""
    kept = 0
    for clients in world.clients.values():
        if clients.service == name and clients.connection != "per_request":
            kept += clients.population_count * (clients.pool_count if clients.connection == "pool" else 1)
    for caller_name, caller in world.services.items():
        for call in caller.calls:
            if call.service == name and call.connection == "keep_alive":
                running = caller.instances_count + caller.standby_count
                kept += running * caller.pool_count(pool_of(world, caller_name, call))
    return kept


def with_own_places(world: World) -> World:
    """Return a world in which who finds no connection at an instance of a pooler waits in its own queue.

    Parameters
    ----------
    world
        As it was written.
    """
    apart = {
        name: replace(service, concurrency_count=min(service.concurrency_count, service.pooler.open_count))
        for name, service in world.services.items()
        if service.pooler is not None and service.balancing is not None
    }
    return replace(world, services={**world.services, **apart}) if apart else world
