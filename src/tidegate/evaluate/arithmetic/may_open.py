"""What may pools open together? More than a service accepts, though they do not on an ordinary day.

A pool that closes what is idle opens as many connections as are busy. Where the service is slow for a moment
all are busy, and what all pools allow is opened.
"""

from __future__ import annotations

from tidegate.evaluate.arithmetic.exceeded import exceeded
from tidegate.simulate.rows import running_count
from tidegate.simulate.script import Script
from tidegate.world.pooling import pool_of
from tidegate.world.world import World


def may_open(script: Script) -> tuple[str, ...]:
    """Return a sentence for each service whose callers' pools may open more than it accepts.

    Not for one whose connections are exceeded already.

    Parameters
    ----------
    script
        The phases to look at.
    """
    told = {limit.path for limit in exceeded(script)}
    most: dict[str, tuple[int, int]] = {}
    for phase in script.phases:
        for name, service in phase.world.services.items():
            pooled, all_of_them = _may_open(phase.world, name)
            accepted = (service.accepted_count or 0) * service.instances_count
            limited = service.accepted_count is not None and f"services.{name}.connections" not in told
            if limited and pooled and all_of_them > max(accepted, most.get(name, (0, 0))[0]) and accepted:
                most[name] = (all_of_them, accepted)
    titles = {name: service.title or name for name, service in script.phases[0].world.services.items()}
    return tuple(
        f"Pools may open {opened:,} connections to {titles[name]}, which accepts {accepted:,}: "
        "they do once its answers are slow."
        for name, (opened, accepted) in most.items()
    )


def _may_open(world: World, name: str) -> tuple[bool, int]:
    """Return whether any pool towards a service closes what is idle, and what all who keep any may open."""
    closes, count = False, 0
    for clients in world.clients.values():
        if clients.service == name and clients.connection != "per_request":
            count += clients.population_count * (clients.pool_count if clients.connection == "pool" else 1)
    for caller_name, caller in world.services.items():
        for call in caller.calls:
            if call.service == name and call.connection == "keep_alive":
                pool = pool_of(world, caller_name, call)
                closes |= pool is not None and pool.idle_timeout_s is not None
                count += running_count(caller) * caller.pool_count(pool)
    return closes, count
