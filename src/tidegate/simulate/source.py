"""Which source is each client of? Devices may give each source a block of ports.

A client is a source, with all connections of its pool; so is an instance, with its calls and boot requests;
who checks health is one.
"""

from __future__ import annotations

import numpy as np

from tidegate.simulate.rows import Row
from tidegate.simulate.scene import Scene
from tidegate.simulate.tables import Ints

NO_SOURCES: Ints = np.zeros(0, dtype=np.int64)


def sources_of_clients(scene: Scene) -> Ints:
    """Return the number of each client's source; empty where no device has blocks of ports."""
    crossings = (crossing for world in scene.worlds for crossing in world.crossings.values())
    if not any(crossing.ports is not None and crossing.ports.block is not None for crossing in crossings):
        return NO_SOURCES
    found = np.zeros(int(scene.first_client[-1]), dtype=np.int64)
    first: dict[str, int] = {}
    following = 0
    for j, name in enumerate(scene.names):
        row = scene.row_in_any(name)
        numbers = np.arange(scene.slots[j]) // clients_each_count(scene, row)
        if row.kind == "probe":
            numbers[:] = 0
        elif row.kind == "open" and row.clients.connection == "pool":
            numbers %= max(scene.clients_count(row), 1)  # a look-up counts the places of the pool
        owner = row.owner if row.kind in {"call", "boot"} else name
        if owner not in first:
            # The instances of a service are the sources of all that it calls and asks as it boots.
            first[owner] = following
            following += _sources_most(scene, owner) if row.kind in {"call", "boot"} else numbers.max() + 1
        at = int(scene.first_client[j])
        found[at : at + scene.slots[j]] = first[owner] + numbers
    return found


def _sources_most(scene: Scene, service: str) -> int:
    """Return how many instances of a service call or boot at most."""
    counts = []
    for j, name in enumerate(scene.names):
        row = scene.row_in_any(name)
        if row.owner == service and row.kind in {"call", "boot"}:
            counts.append(-(-scene.slots[j] // clients_each_count(scene, row)))
    return max(counts)


def clients_each_count(scene: Scene, row: Row) -> int:
    """Return how many clients of the run are one source: the places of an instance, the pool of a client."""
    if row.kind == "call":
        return max(scene.each_instance_count(row), 1)
    if row.kind == "closed":  # each connection of its pool is a client of the run
        clients = scene.worlds[0].clients[row.name]
        return clients.pool_count if clients.connection == "pool" else 1
    return 1
