"""Who else connects to what was listed? Nothing that was given shows them, and yet they take of its limit.

Of a limit that was read somebody else may have all that is left beside those who are known: another
namespace, another cluster, a job, people. Where the limit itself is assumed, its range says that already.
"""

from __future__ import annotations

from tidegate.gate.inventory.seen_thing import Seen, assumed
from tidegate.gate.inventory.stated_services import kept_count, takes_without_limit
from tidegate.gate.inventory.world_in_making import (
    RETRY,
    Tree,
    WorldInMaking,
    count_of_quantity,
    network_of,
    own_name,
    put,
)

_COUNTED_BY = {
    "postgres": "`SELECT count(*) FROM pg_stat_activity`, less those of who is known",
    "mysql": "`SHOW STATUS LIKE 'Threads_connected'`, less those of who is known",
    "redis": "`CLIENT LIST`, less those of who is known",
}
_COUNT = "its open connections by client, less those of who is known"
_TIMEOUT = "30s"


def state_others(writing: WorldInMaking) -> None:
    """Write who else may connect to each service whose limit of connections was read: one at least."""
    for one in writing.things:
        limit = one.figures.get("connections")
        if limit is None or limit.basis == "assumed" or takes_without_limit(writing, one):
            continue
        name = writing.names[id(one)]
        left_count = limit.high * count_of_quantity(writing.services[name].get("instances"))
        left_count -= kept_count(writing, name)
        if "reserved_connections" in one.figures:
            left_count -= one.figures["reserved_connections"].value
        if left_count > 1.0:
            writing.clients[own_name(writing, f"others_of_{name}")] = _others(one, name, left_count)


def _others(one: Seen, name: str, left_count: float) -> Tree:
    measure = _COUNTED_BY.get(str(one.words.get("protocol")), _COUNT)
    tree: Tree = {
        "network": network_of(one),
        "service": name,
        "title": f"who else connects to {name}: nothing that was given shows them",
        "population": 1,
        "connection": "pool",
        "demand": {"kind": "none"},  # what they ask is part of what a service is known to serve
    }
    put(tree, "clients.any", "pool", assumed(1.0, 1.0, left_count, measure))
    return tree | {"timeout": _TIMEOUT, "retry": RETRY}
