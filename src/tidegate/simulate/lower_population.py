"""Which numbers do populations get? One row each for each phase, and what caches and health checks add.

Every number stands in the world, every meaning in `kernels.client`. A policy is a row of its own,
in `policies`.
"""

from __future__ import annotations

import numpy as np

from tidegate.simulate.kernels.nouns import Cache, Effect, Population
from tidegate.simulate.kernels.nouns.effect import OnFailure
from tidegate.simulate.kernels.nouns.population import MOST_HOPS, Direct, Kind, Opening
from tidegate.simulate.lower_opening import Openings, openings_of
from tidegate.simulate.policies import PolicyTable
from tidegate.simulate.rows import Row, running_count
from tidegate.simulate.scene import Scene, interval_ns, time_ns
from tidegate.simulate.size import scaled_count, scaled_limit
from tidegate.simulate.tables import Ints, blank, table_of
from tidegate.world.clients import ClientLimit, Clients
from tidegate.world.crossing import EXCHANGE_PACKETS, KEPT_EXCHANGE_PACKETS
from tidegate.world.graph import MOST_PASSED_COUNT
from tidegate.world.service import ConnectionPool, HealthProbe, sizes_bytes
from tidegate.world.world import World

BARE = ("spare", "idle")  # connections on which nothing is asked
_PROMPT_S = 60.0
_PROMPT_TIMES = 10.0  # of all that has to be done: work may take longer than a minute
TRANSFER_BYTES = 65536
PACKET_BYTES = 1460
"""What a full packet carries."""
MOST_PACKETS = 60
"""So many travel together at most; larger requests than that fills are cheaper than they should be."""
"""A larger answer is a transfer, a smaller one passes at once."""
_WEIGHED = ("open", "closed", "once", "none", "call", "boot", "errand")
KEEP_NOTHING = ("lookup", "errand", "probe", "boot", *BARE)


def population_table(scene: Scene, policies: PolicyTable, openings: Openings) -> Ints:
    """Return what each population does: (phases, populations, columns); what it asks first is added."""
    table = np.zeros((len(scene.worlds), len(scene.names), Population.PARAMETERS), dtype=np.int64)
    each = [scene.row_in_each(name) for name in scene.names]
    for i, rows in enumerate(scene.rows):
        for j, name in enumerate(scene.names):
            row = _population(scene, policies, i, j, each[j][i], absent=name not in rows)
            first, count = openings_of(scene, i, each[j][i], openings)
            row.openings, row.openings_count = first, count
            if row.is_kept:
                row.reset_every_ns = time_ns(each[j][i].clients.reset_at_most_every_s)
            table[i, j] = row.memory[: Population.PARAMETERS]
    return table


def _population(scene: Scene, policies: PolicyTable, i: int, j: int, row: Row, *, absent: bool) -> Population:
    population = blank(Population)
    clients, world = row.clients, scene.worlds[i]
    coarse = world.detail == "coarse"
    population.kind = Kind[row.kind.upper()]
    population.service = scene.services.index(clients.service)
    population.clients_count = 0 if absent else scene.clients_count(row)
    if row.kind == "boot":  # those that boot are not counted among the instances that are up
        population.clients_count = scene.slots[j]
    population.first_client = int(scene.first_client[j])
    population.interval_ns = 0 if absent else _interval(scene, row)
    population.is_paced = row.kind in {"probe", "idle"} or clients.demand.arrivals == "paced"
    population.think_ns = time_ns(clients.demand.think_s)
    law = policies.law(clients.demand.think_law)
    population.think_law, population.think_stretches_at = law
    population.at_once_count = row.at_once_count
    _give_up(population, row, coarse=coarse)
    population.prompt_ns = _prompt_ns(clients, world)
    law = policies.law(clients.timeout_law)
    population.timeout_law, population.timeout_stretches_at = law
    population.policy = policies.policy(row.name, clients.retry, scene.slots[j])
    population.syn_at, population.syns_count = policies.syn(clients.syn)
    assert len(row.route) <= MOST_HOPS == MOST_PASSED_COUNT  # a world with a longer way is not read
    population.hops_count = len(row.route)
    for hop, name in enumerate(row.route):
        population.memory[population.way.at + hop] = scene.crossings.index(name)
    population.one_way_ns = time_ns(sum(world.crossings[name].round_trip_s for name in row.route) / 2)
    population.lookup = scene.names.index(f"{row.name}/lookup") if clients.lookup else -1
    spares = clients.spare_connections_count if f"{row.name}/spare" in scene.rows[i] else 0
    population.spares_count = spares
    population.spare = scene.names.index(f"{row.name}/spare") if spares else -1
    population.is_bare = row.kind in BARE
    population.connects_for = scene.names.index(row.owner) if population.is_bare else -1
    population.is_deferred = clients.demand.unserved == "deferred"
    population.drain_ns = interval_ns(clients.demand.drain_per_s * scene.fraction)
    population.cache = -1
    population.effect = -1
    population.owner = scene.services.index(row.owner) if row.kind == "boot" else -1
    population.is_datagram = row.kind == "lookup" and not coarse
    _errands(scene, population, row)
    if not coarse:
        _weigh(population, row, world)
    _connections(scene, population, row, coarse=coarse)
    if clients.limit is not None:
        _take_turns(scene, population, row, clients.limit)
    _ages(population, row, world)
    _special(scene, population, row, world)
    shared = world.services[clients.service].balancing is None  # else it is seen on arrival what is met
    if coarse and not row.route and not population.is_apart and not population.is_bare and shared:
        foreseen = row.kind == "open" and not population.is_kept and not population.accepts_late
        population.direct = Direct.FORESEEN if foreseen else Direct.AT_ONCE
    return population


def _weigh(population: Population, row: Row, world: World) -> None:
    """Say how large requests and answers are, and in which direction they pass each crossing."""
    clients, service = row.clients, world.services[row.clients.service]
    if row.kind in _WEIGHED:
        population.request_bytes, population.answer_bytes = sizes_bytes(clients, service)
    here, linked = row.clients.network, False
    for hop, name in enumerate(row.route):
        crossing = world.crossings[name]
        if crossing.between[1] == here:
            population.turned |= 1 << hop
        here = crossing.between[0] if crossing.between[1] == here else crossing.between[1]
        linked = linked or crossing.bandwidth_bit_per_s is not None
    population.is_bulk = linked and population.answer_bytes > TRANSFER_BYTES
    population.request_packets = _packets(population.request_bytes)
    population.answer_packets = 0 if population.is_bulk else _packets(population.answer_bytes)


def _packets(size_bytes: int) -> int:
    """Return how many packets so many bytes fill, where one does not do; else 0."""
    count = -(-size_bytes // PACKET_BYTES)
    return min(count, MOST_PACKETS) if count > 1 else 0


def _errands(scene: Scene, population: Population, row: Row) -> None:
    """Say who asks other services before a client connects, and who after that."""
    population.errand = population.next_errand = -1
    first, (owner, _, number) = f"{row.name}/errand/0", row.name.rpartition("/")
    following = f"{owner}/{int(number) + 1}" if row.kind == "errand" else ""
    if first in scene.names:
        population.errand = scene.names.index(first)
    if following in scene.names:
        population.next_errand = scene.names.index(following)


def _give_up(population: Population, row: Row, *, coarse: bool) -> None:
    """Say when an attempt is given up, and what becomes of it then."""
    clients = row.clients
    population.timeout_ns = time_ns(clients.timeout_s)
    population.clock_at_send = clients.timeout_clock == "send" and not coarse
    population.connect_timeout_ns = time_ns(clients.connect_timeout_s or clients.timeout_s)
    if population.clock_at_send == 0:
        population.connect_timeout_ns = population.timeout_ns
    population.connects_as_long = population.clock_at_send == 0 or clients.connect_timeout_s is None
    population.times_out_by_client = clients.timeout_per == "client"
    population.keeps_late = clients.after_timeout == "keep" and _keeps(row)
    # Who has asked nothing waits for no late answer: given up, a bare connection is closed.
    population.accepts_late = clients.late_replies == "accepted" and row.kind not in BARE


def _prompt_ns(clients: Clients, world: World) -> int:
    """Return within how long a demand must be answered: an attempt's patience, and hardly over a minute."""
    patience_s = clients.longest_attempt_s + (clients.connect_timeout_s or 0.0)
    asked_first_s = sum((one.service_time_s or 0.0) * one.requests_count for one in clients.on_connect)
    work_s = asked_first_s + sum(service.service_time_s for service in world.services.values())
    return time_ns(min(patience_s, max(_PROMPT_S, _PROMPT_TIMES * work_s)))


def _keeps(row: Row) -> bool:
    return row.clients.connection != "per_request" and row.kind not in KEEP_NOTHING


def _connections(scene: Scene, population: Population, row: Row, *, coarse: bool) -> None:
    """Say whether connections are kept, and by how many at once."""
    clients = row.clients
    kept = _keeps(row)
    pooled = kept and row.kind in {"open", "none", "call"}
    population.is_kept = kept
    population.is_pooled = pooled
    population.places_each_count = clients.pool_count if pooled and row.kind != "call" else 1
    if row.pool is not None and kept:
        _pool_of_instance(scene, population, row, row.pool)
    if coarse:
        population.coarse_count = KEPT_EXCHANGE_PACKETS if kept else EXCHANGE_PACKETS


def _pool_of_instance(scene: Scene, population: Population, row: Row, pool: ConnectionPool) -> None:
    """Say how each instance of a caller opens, lends and closes the connections of a call."""
    kept_count = scene.pooled_count(row, pool.kept_count)
    population.opening = Opening[pool.opened.upper()]
    population.wait_ns = 0 if pool.wait_s is None else time_ns(pool.wait_s)
    population.each_count = scene.each_instance_count(row)
    population.keeps_each_count = kept_count
    population.opens_each_count = kept_count if pool.opened == "eager" else 0
    # What is never closed has been needed at some moment of the day before.
    lasts = pool.idle_timeout_s is None
    population.stands_each_count = population.each_count if lasts else kept_count
    population.idle_ns = 0 if pool.idle_timeout_s is None else time_ns(pool.idle_timeout_s)


def _take_turns(scene: Scene, population: Population, row: Row, limit: ClientLimit) -> None:
    """Say how the limit that clients keep by themselves lets attempts go."""
    many = 1.0
    if row.kind == "call" and row.service is not None:
        many = max(running_count(row.service), 1) * scene.fraction
    elif population.is_pooled:
        many = max(row.clients.population_count, 1) * scene.fraction
    population.shares_turns = row.kind == "call" or population.is_pooled
    population.turn_ns = interval_ns(limit.rate_per_s * many)
    population.turn_burst_ns = (scaled_limit(limit.burst_count, many) - 1) * population.turn_ns
    longest_s = limit.longest_wait_s
    population.turn_longest_ns = -1 if longest_s is None else time_ns(longest_s)


def _ages(population: Population, row: Row, world: World) -> None:
    """Say how old kept connections become, as their client and as their service goes."""
    if not _keeps(row):
        return
    own, served = row.clients.connection_age, world.services[row.clients.service].connection_age
    if own is not None:
        population.age_ns = time_ns(own.age_s)
        population.age_jitter_ns = time_ns(own.age_s * own.jitter_ratio)
        population.age_grace_ns = -1 if own.grace_s is None else time_ns(own.grace_s)
    if served is not None:
        population.served_age_ns = time_ns(served.age_s)
        population.served_age_jitter_ns = time_ns(served.age_s * served.jitter_ratio)
        population.served_age_grace_ns = -1 if served.grace_s is None else time_ns(served.grace_s)
    population.reopens = row.kind != "call" and row.clients.reopen == "at_once"


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


def _special(scene: Scene, population: Population, row: Row, world: World) -> None:
    """Add what lookups, calls with a cache and health checks have that clients have not."""
    if row.kind == "lookup":
        asked = world.clients[row.owner].lookup
        if asked is None:
            asked = next(w.clients[row.owner].lookup for w in scene.worlds if w.clients[row.owner].lookup)
        assert asked is not None
        population.ttl_ns = time_ns(asked.ttl_s)
        population.queries_count = asked.queries_count
        # glibc sends the A and the AAAA query of a name from one socket, each name from one of its own.
        population.flows_count = (asked.queries_count + 1) // 2
        population.syns_count = 0
    if row.cache is not None:
        population.cache = scene.names_with("cache").index(row.name)
    if row.probe is not None:
        population.effect = scene.names_with("probe").index(row.name)
        population.is_apart = not row.probe.busy_fails


def cache_table(scene: Scene) -> Ints:
    """Return the caches as they stand in the last phase that has them."""
    table: list[Cache] = []
    for name in scene.names_with("cache"):
        cache = [row.cache for row in scene.row_in_each(name) if row.cache is not None][-1]
        keys = scaled_count(cache.keys_count, scene.fraction)
        row = blank(Cache)
        row.filled_count = row.keys_count = keys
        row.hit_ppm = round(cache.hit_ratio * 1e6)
        row.is_aside = cache.fill == "look_aside"
        table.append(row)
    rows: Ints = table_of(Cache, table)
    return rows


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


def effect_rows(scene: Scene) -> list[Effect]:
    """Return what a failed health check does, as it stands in the last phase that has it."""
    effects = []
    for name in scene.names_with("probe"):
        owner, probe = [(row.owner, row.probe) for row in scene.row_in_each(name) if row.probe is not None][
            -1
        ]
        effect = blank(Effect)
        effect.kind = OnFailure[probe.on_failure.upper()]
        effect.service = scene.services.index(owner)
        effect.failures_count = probe.failures_count
        effect.successes_count = probe.successes_count
        effect.panic_ppm = round(probe.panic_ratio * 1e6)
        _starts(effect, probe)
        effects.append(effect)
    return effects


def _starts(effect: Effect, probe: HealthProbe) -> None:
    """Say what a check has to do with the start of an instance."""
    effect.initial_delay_ns = -1 if probe.initial_delay_s is None else time_ns(probe.initial_delay_s)
    if probe.startup is not None:
        effect.startup_ns = max(1, time_ns(probe.startup.interval_s))
        effect.startup_failures_count = probe.startup.failures_count
    if probe.restart_backoff is not None:
        effect.backoff_ns = time_ns(probe.restart_backoff.base_s)
        effect.backoff_most_ns = time_ns(probe.restart_backoff.most_s)
