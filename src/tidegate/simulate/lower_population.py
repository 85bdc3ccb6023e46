"""Which numbers do populations get? One row each for each phase, and what caches and health checks add.

Every number stands in the world, every meaning in `kernels.client`. A policy is a row of its own,
in `policies`.
"""

from __future__ import annotations

import numpy as np

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.policies import PolicyTable
from tidegate.simulate.rows import KINDS, Row
from tidegate.simulate.scene import Scene, interval_ns, time_ns
from tidegate.simulate.size import scaled_count
from tidegate.simulate.tables import Ints
from tidegate.world.crossing import EXCHANGE_PACKETS, KEPT_EXCHANGE_PACKETS
from tidegate.world.world import World

ON_FAILURE = ("eject", "restart", "drop_sessions")
BARE = ("spare", "idle")  # connections on which nothing is asked
KEEP_NOTHING = ("lookup", "probe", "boot", *BARE)


def population_table(scene: Scene, policies: PolicyTable) -> Ints:
    """Return what each population does: (phases, populations, columns)."""
    table = np.zeros((len(scene.worlds), len(scene.names), c.P_COLUMNS), dtype=np.int64)
    each = [scene.row_in_each(name) for name in scene.names]
    for i, rows in enumerate(scene.rows):
        for j, name in enumerate(scene.names):
            table[i, j] = _population(scene, policies, i, j, each[j][i], absent=name not in rows)
    return table


def _population(scene: Scene, policies: PolicyTable, i: int, j: int, row: Row, *, absent: bool) -> Ints:
    out = np.zeros(c.P_COLUMNS, dtype=np.int64)
    clients, world = row.clients, scene.worlds[i]
    coarse = world.detail == "coarse"
    out[c.P_KIND] = KINDS.index(row.kind)
    out[c.P_SERVICE] = scene.services.index(clients.service)
    out[c.P_COUNT] = 0 if absent else scene.clients_count(row)
    if row.kind == "boot":  # those that boot are not counted among the instances that are up
        out[c.P_COUNT] = scene.slots[j]
    out[c.P_FIRST] = scene.first_client[j]
    out[c.P_INTERVAL] = 0 if absent else _interval(scene, row)
    out[c.P_PACED] = row.kind in {"probe", "idle"} or clients.demand.arrivals == "paced"
    out[c.P_THINK] = time_ns(clients.demand.think_s)
    _give_up(out, row, coarse=coarse)
    out[c.P_LAYER] = policies.policy(row.name, clients.retry, scene.slots[j])
    out[c.P_SYN], out[c.P_SYNS] = policies.syn(clients.syn)
    out[c.P_HOPS] = len(row.route)
    out[c.P_HOP : c.P_HOP + len(row.route)] = [scene.crossings.index(name) for name in row.route]
    out[c.P_DELAY] = time_ns(sum(world.crossings[name].round_trip_s for name in row.route) / 2)
    out[c.P_LOOKUP] = scene.names.index(f"{row.name}/lookup") if clients.lookup else -1
    spares = clients.spare_connections_count if f"{row.name}/spare" in scene.rows[i] else 0
    out[c.P_SPARES] = spares
    out[c.P_SPARE] = scene.names.index(f"{row.name}/spare") if spares else -1
    out[c.P_BARE] = row.kind in BARE
    out[c.P_FOR] = scene.names.index(row.owner) if out[c.P_BARE] else -1
    out[c.P_DEFER] = clients.demand.unserved == "deferred"
    out[c.P_DRAIN] = interval_ns(clients.demand.drain_per_s * scene.fraction)
    out[c.P_CACHE] = -1
    out[c.P_EFFECT] = -1
    out[c.P_OWNER] = scene.services.index(row.owner) if row.kind == "boot" else -1
    out[c.P_DATAGRAM] = row.kind == "lookup" and not coarse
    _connections(out, row, coarse=coarse)
    _special(scene, out, row, world)
    if coarse and not row.route and not out[c.P_APART] and not out[c.P_BARE]:
        foreseen = row.kind == "open" and not out[c.P_KEPT] and not out[c.P_LATE]
        out[c.P_DIRECT] = c.FORESEEN if foreseen else c.AT_ONCE
    return out


def _give_up(out: Ints, row: Row, *, coarse: bool) -> None:
    """Say when an attempt is given up, and what becomes of it then."""
    clients = row.clients
    out[c.P_TIMEOUT] = time_ns(clients.timeout_s)
    out[c.P_CLOCK] = clients.timeout_clock == "send" and not coarse
    out[c.P_CONNECT] = time_ns(clients.connect_timeout_s or clients.timeout_s)
    if out[c.P_CLOCK] == 0:
        out[c.P_CONNECT] = out[c.P_TIMEOUT]
    out[c.P_KEEP] = clients.after_timeout == "keep" and _keeps(row)
    # Who has asked nothing waits for no late answer: given up, a bare connection is closed.
    out[c.P_LATE] = clients.late_replies == "accepted" and row.kind not in BARE


def _keeps(row: Row) -> bool:
    return row.clients.connection != "per_request" and row.kind not in KEEP_NOTHING


def _connections(out: Ints, row: Row, *, coarse: bool) -> None:
    """Say whether connections are kept, and by how many at once."""
    clients = row.clients
    kept = _keeps(row)
    pooled = kept and row.kind in {"open", "none", "call"}
    out[c.P_KEPT] = kept
    out[c.P_SLOTS] = pooled
    out[c.P_STRIDE] = clients.pool_count if pooled and row.kind != "call" else 1
    if coarse:
        out[c.P_COARSE] = KEPT_EXCHANGE_PACKETS if kept else EXCHANGE_PACKETS


def _interval(scene: Scene, row: Row) -> int:
    if row.kind == "open":
        return interval_ns(row.clients.demand.rate_per_s * scene.fraction)
    if row.kind == "probe" and row.probe is not None:
        count = scene.clients_count(row)
        return max(1, time_ns(row.probe.interval_s) // count) if count else 0
    if row.kind == "idle" and row.clients.idle_connect_every_s is not None:
        return _idle_interval(scene, row, row.clients.idle_connect_every_s)
    return 0


def _idle_interval(scene: Scene, row: Row, every_s: float) -> int:
    """Return the time between two clients that try to fill a gap; each client's pool tries as one."""
    owner = scene.worlds[0].clients[row.owner]
    taken_apart = owner.connection == "pool" and row.clients.connection != "pool"
    count = scene.clients_count(row) / (owner.pool_count if taken_apart else 1)
    return max(1, round(time_ns(every_s) / count)) if count > 0 else 0


def _special(scene: Scene, out: Ints, row: Row, world: World) -> None:
    """Add what lookups, calls with a cache and health checks have that clients have not."""
    if row.kind == "lookup":
        asked = world.clients[row.owner].lookup
        if asked is None:
            asked = next(w.clients[row.owner].lookup for w in scene.worlds if w.clients[row.owner].lookup)
        assert asked is not None
        out[c.P_TTL] = time_ns(asked.ttl_s)
        out[c.P_QUERIES] = asked.queries_count
        # glibc sends the A and the AAAA query of a name from one socket, each name from one of its own.
        out[c.P_FLOWS] = (asked.queries_count + 1) // 2
        out[c.P_SYNS] = 0
    if row.cache is not None:
        out[c.P_CACHE] = scene.names_with("cache").index(row.name)
    if row.probe is not None:
        out[c.P_EFFECT] = scene.names_with("probe").index(row.name)
        out[c.P_APART] = not row.probe.busy_fails


def cache_table(scene: Scene) -> Ints:
    """Return the caches as they stand in the last phase that has them."""
    table = []
    for name in scene.names_with("cache"):
        cache = [row.cache for row in scene.row_in_each(name) if row.cache is not None][-1]
        keys = scaled_count(cache.keys_count, scene.fraction)
        table.append([keys, keys, round(cache.hit_ratio * 1e6), int(cache.fill == "look_aside")])
    return np.array(table, dtype=np.int64).reshape(-1, c.H_ROW)


def flush_table(scene: Scene) -> Ints:
    """Return which caches each phase empties: (phases, caches)."""
    names = scene.names_with("cache")
    table = np.zeros((len(scene.worlds), len(names)), dtype=np.int64)
    for i, rows in enumerate(scene.rows):
        for h, name in enumerate(names):
            cache = rows[name].cache if name in rows else None
            was = scene.rows[i - 1][name].cache if i > 0 and name in scene.rows[i - 1] else None
            table[i, h] = bool(cache and cache.flush and not (was and was.flush))
    return table


def effect_rows(scene: Scene) -> list[list[int]]:
    """Return what a failed health check does, as it stands in the last phase that has it."""
    effects = []
    for name in scene.names_with("probe"):
        owner, probe = [(row.owner, row.probe) for row in scene.row_in_each(name) if row.probe is not None][
            -1
        ]
        effect = [0] * c.F_ROW
        effect[c.F_KIND] = ON_FAILURE.index(probe.on_failure)
        effect[c.F_SERVICE] = scene.services.index(owner)
        effect[c.F_FAILURES] = probe.failures_count
        effect[c.F_SUCCESSES] = probe.successes_count
        effect[c.F_PANIC_PPM] = round(probe.panic_ratio * 1e6)
        effects.append(effect)
    return effects
