"""Lower a world and its script to the tables a kernel runs on.

Lowering decides nothing about behaviour: every number stands in the world, every meaning in the
kernel. Shortcuts made here: background traffic takes its share of a device as a steady flow; costs
are whole nanoseconds; an instance that keeps a thread per peer stops serving when there are more
peers than threads.
"""

from __future__ import annotations

import math

import numpy as np

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.policies import NS, PolicyTable
from tidegate.simulate.rows import KINDS, Row, rows_of
from tidegate.simulate.script import Script, Wave
from tidegate.simulate.size import scaled_count, scaled_workers
from tidegate.simulate.tables import Floats, Ints, Tables
from tidegate.world.crossing import Crossing
from tidegate.world.service import Service
from tidegate.world.world import World

LAWS = ("exponential", "fixed", "lognormal")
SIGNALS = ("utilisation", "requests", "queue", "connections")
ON_FAILURE = ("eject", "restart", "drop_sessions")
NEW_EXCHANGE_PACKETS = 10
KEPT_EXCHANGE_PACKETS = 4
UNLIMITED_NS = 1 << 61
QUEUE_MOST = 1_000_000
NO_QUEUE_LIMIT = 1 << 30
MOST_BINS = 600
LEAST_BIN_S = 0.05


def _ns(seconds: float) -> int:
    return round(seconds * NS)


def _interval_ns(rate_per_s: float) -> int:
    return round(NS / rate_per_s) if rate_per_s > 0 else 0


class _Lowering:
    """One pass over all phases of a script; `tables` is the result."""

    def __init__(self, script: Script, horizon_s: float, fraction: float, bin_s: float) -> None:
        self.script = script
        self.bin_s = bin_s
        self.fraction = fraction
        self.horizon_s = horizon_s
        self.worlds = [phase.world for phase in script.phases]
        self.rows = [rows_of(world) for world in self.worlds]
        self.names = list(dict.fromkeys(name for rows in self.rows for name in rows))
        first = self.worlds[0]
        self.crossings = list(first.crossings)
        self.services = list(first.services)
        self.policies = PolicyTable()
        self.calls: list[int] = []
        self.caches: list[list[int]] = []
        self.effects: list[list[int]] = []
        self.waves: list[list[int]] = []
        self.steps: list[tuple[int, int, int, int]] = []
        self.slots = [max(self._slots(rows.get(name)) for rows in self.rows) for name in self.names]
        self.first_client = np.concatenate([[0], np.cumsum(self.slots)]).astype(np.int64)
        self.devices = [
            max(world.crossings[name].devices_count for world in self.worlds) for name in self.crossings
        ]
        self.first_device = np.concatenate([[0], np.cumsum(self.devices)]).astype(np.int64)

    def _count(self, row: Row) -> int:
        if row.kind in {"probe", "boot"}:
            service = self.worlds[0].services[row.owner]
            return max(1, scaled_workers(service, self.fraction).instances_count)
        return scaled_count(row.clients.population_count, self.fraction)

    def _slots(self, row: Row | None) -> int:
        if row is None:
            return 1
        stride = row.clients.pool_count if row.clients.connection == "pool" and row.kind != "call" else 1
        return max(1, self._count(row) * stride)

    # -- populations -------------------------------------------------------------------------

    def populations(self) -> Ints:
        table = np.zeros((len(self.worlds), len(self.names), c.P_COLUMNS), dtype=np.int64)
        for i, rows in enumerate(self.rows):
            for j, name in enumerate(self.names):
                row = rows.get(name)
                if row is None:
                    row = next(other[name] for other in self.rows if name in other)
                table[i, j] = self._population(i, j, row, absent=name not in rows)
        return table

    def _population(self, i: int, j: int, row: Row, *, absent: bool) -> Ints:
        out = np.zeros(c.P_COLUMNS, dtype=np.int64)
        clients, world = row.clients, self.worlds[i]
        kept = clients.connection != "per_request" and row.kind not in {"lookup", "probe", "boot"}
        pooled = kept and row.kind in {"open", "none", "call"}
        coarse = world.detail == "coarse"
        out[c.P_KIND] = KINDS.index(row.kind)
        out[c.P_SERVICE] = self.services.index(clients.service)
        out[c.P_COUNT] = 0 if absent else self._count(row)
        out[c.P_FIRST] = self.first_client[j]
        out[c.P_INTERVAL] = 0 if absent else self._interval(row)
        out[c.P_PACED] = row.kind == "probe" or clients.demand.arrivals == "paced"
        out[c.P_THINK] = _ns(clients.demand.think_s)
        out[c.P_TIMEOUT] = _ns(clients.timeout_s)
        out[c.P_CLOCK] = clients.timeout_clock == "send" and not coarse
        out[c.P_CONNECT] = _ns(clients.connect_timeout_s or clients.timeout_s)
        if out[c.P_CLOCK] == 0:
            out[c.P_CONNECT] = out[c.P_TIMEOUT]
        out[c.P_KEPT] = kept
        out[c.P_SLOTS] = pooled
        out[c.P_STRIDE] = clients.pool_count if pooled and row.kind != "call" else 1
        out[c.P_LAYER] = self.policies.policy(row.name, clients.retry, self.slots[j])
        out[c.P_SYN], out[c.P_SYNS] = self.policies.syn(clients.syn)
        out[c.P_HOPS] = len(row.route)
        out[c.P_HOP : c.P_HOP + len(row.route)] = [self.crossings.index(name) for name in row.route]
        out[c.P_DELAY] = _ns(sum(world.crossings[name].round_trip_s for name in row.route) / 2)
        out[c.P_LOOKUP] = self.names.index(f"{row.name}/lookup") if clients.lookup else -1
        out[c.P_DEFER] = clients.demand.unserved == "deferred"
        out[c.P_DRAIN] = _interval_ns(clients.demand.drain_per_s * self.fraction)
        out[c.P_KEEP] = clients.after_timeout == "keep"
        out[c.P_LATE] = clients.late_replies == "accepted"
        out[c.P_CACHE] = -1
        out[c.P_EFFECT] = -1
        out[c.P_DATAGRAM] = row.kind == "lookup" and not coarse
        if coarse:
            out[c.P_COARSE] = KEPT_EXCHANGE_PACKETS if kept else NEW_EXCHANGE_PACKETS
        self._special(out, row, world)
        if coarse and not row.route and not out[c.P_APART]:
            foreseen = row.kind == "open" and not kept and not out[c.P_LATE]
            out[c.P_DIRECT] = c.FORESEEN if foreseen else c.AT_ONCE
        return out

    def _interval(self, row: Row) -> int:
        if row.kind == "open":
            return _interval_ns(row.clients.demand.rate_per_s * self.fraction)
        if row.kind == "probe" and row.probe is not None:
            return max(1, _ns(row.probe.interval_s) // max(self._count(row), 1))
        return 0

    def _special(self, out: Ints, row: Row, world: World) -> None:
        if row.kind == "lookup":
            asked = world.clients[row.owner].lookup
            if asked is None:
                asked = next(w.clients[row.owner].lookup for w in self.worlds if w.clients[row.owner].lookup)
            assert asked is not None
            out[c.P_TTL] = _ns(asked.ttl_s)
            out[c.P_QUERIES] = asked.queries_count
            out[c.P_SYNS] = 0
        if row.cache is not None:
            out[c.P_CACHE] = self._cache(row)
        if row.probe is not None:
            out[c.P_EFFECT] = self._effect(row)
            out[c.P_APART] = not row.probe.busy_fails

    def _cache(self, row: Row) -> int:
        assert row.cache is not None
        keys = scaled_count(row.cache.keys_count, self.fraction)
        key = [keys, keys, round(row.cache.hit_ratio * 1e6), int(row.cache.fill == "look_aside")]
        names = [name for name in self.names if any(r.get(name) and r[name].cache for r in self.rows)]
        at = names.index(row.name)
        while len(self.caches) <= at:
            self.caches.append([0, 1, 0, 0])
        self.caches[at] = key
        return at

    def _effect(self, row: Row) -> int:
        assert row.probe is not None
        names = [name for name in self.names if any(r.get(name) and r[name].probe for r in self.rows)]
        at = names.index(row.name)
        while len(self.effects) <= at:
            self.effects.append([0] * c.F_ROW)
        effect = self.effects[at]
        effect[c.F_KIND] = ON_FAILURE.index(row.probe.on_failure)
        effect[c.F_SERVICE] = self.services.index(row.owner)
        effect[c.F_FAILURES] = row.probe.failures_count
        effect[c.F_SUCCESSES] = row.probe.successes_count
        effect[c.F_PANIC_PPM] = round(row.probe.panic_ratio * 1e6)
        return at

    # -- crossings and services ----------------------------------------------------------------

    def crossing_table(self) -> Ints:
        table = np.zeros((len(self.worlds), len(self.crossings), c.C_COLUMNS), dtype=np.int64)
        for i, world in enumerate(self.worlds):
            for k, name in enumerate(self.crossings):
                crossing = world.crossings[name]
                table[i, k, c.C_FIRST] = self.first_device[k]
                table[i, k, c.C_DEVICES] = crossing.devices_count
                table[i, k, c.C_SKEW_PPM] = round(crossing.skew_ratio * 1e6)
                table[i, k, c.C_REMAP_PPM] = round(crossing.remapped_ratio * 1e6)
                table[i, k, c.C_KEPT] = crossing.flow_state == "kept"
        return table

    def device_table(self) -> Ints:
        total = int(self.first_device[-1])
        table = np.zeros((len(self.worlds), total, c.D_COLUMNS), dtype=np.int64)
        for i, world in enumerate(self.worlds):
            for k, name in enumerate(self.crossings):
                row = self._device(world.crossings[name])
                table[i, self.first_device[k] : self.first_device[k + 1]] = row
        return table

    def _device(self, crossing: Crossing) -> Ints:
        f = self.fraction
        out = np.zeros(c.D_COLUMNS, dtype=np.int64)
        forward = setup = 0
        background = crossing.background
        if crossing.forwarding_per_s is not None:
            left_per_s = max(crossing.forwarding_per_s - background.packets_per_s, 1e-3)
            forward = round(NS / (left_per_s * f))
        if crossing.setup_per_s is not None:
            setup = round(NS / (crossing.setup_per_s * f))
        out[c.D_FORWARD] = forward
        out[c.D_SETUP] = max(setup, forward) if crossing.setup_processor == "shared" else setup
        out[c.D_SHARED] = crossing.setup_processor == "shared"
        out[c.D_QUEUE] = scaled_count(crossing.queue_packets_count, f) or NO_QUEUE_LIMIT
        out[c.D_VISIBLE] = crossing.queue_when_full == "visible"
        self._limits(out, crossing)
        return out

    def _limits(self, out: Ints, crossing: Crossing) -> None:
        f = self.fraction
        fates = ("drop", "refuse", "evict")
        out[[c.D_TABLE, c.D_PORTS, c.D_CONCURRENT]] = -1
        out[c.D_IDLE] = UNLIMITED_NS
        if crossing.table is not None:
            free = crossing.table.entries_count - crossing.background.flows_count
            out[c.D_TABLE] = scaled_count(max(free, 1), f)
            out[c.D_TABLE_FULL] = fates.index(crossing.table.when_full)
            out[c.D_UNANSWERED] = _ns(crossing.table.unanswered_hold_s)
            out[c.D_CLOSED] = _ns(crossing.table.closed_hold_s)
            out[c.D_IDLE] = _ns(crossing.table.idle_timeout_s)
        if crossing.ports is not None:
            out[c.D_PORTS] = scaled_count(crossing.ports.per_destination_count, f)
            out[c.D_PORTS_FULL] = fates.index(crossing.ports.when_full)
            out[c.D_PORT_HOLD] = _ns(crossing.ports.hold_s)
        limit = crossing.admission
        out[c.D_TRACKS] = (out[[c.D_TABLE, c.D_PORTS]] >= 0).any()
        if limit is None:
            return
        if limit.rate_per_s is not None:
            out[c.D_ADMIT] = _interval_ns(limit.rate_per_s * f)
            burst = scaled_count(limit.burst_count, f)
            out[c.D_ADMIT_BURST] = (burst - 1) * out[c.D_ADMIT]
        if limit.concurrent_count is not None:
            out[c.D_CONCURRENT] = scaled_count(limit.concurrent_count, f)
            out[c.D_TRACKS] = 1
        out[c.D_RESET] = limit.on_excess == "reset"
        if limit.per_source_per_s is not None:
            out[c.D_SOURCE] = _interval_ns(limit.per_source_per_s)
            out[c.D_SOURCE_BURST] = (limit.per_source_burst_count - 1) * out[c.D_SOURCE]

    def service_table(self) -> Ints:
        table = np.zeros((len(self.worlds), len(self.services), c.S_COLUMNS), dtype=np.int64)
        for i, world in enumerate(self.worlds):
            for s, name in enumerate(self.services):
                table[i, s] = self._service(world.services[name], name)
        return table

    def _service(self, service: Service, name: str) -> Ints:
        out = np.zeros(c.S_COLUMNS, dtype=np.int64)
        f = self.fraction
        size = scaled_workers(service, f)
        limit = service.peers_per_thread_count
        starved = limit is not None and service.instances_count - 1 > limit
        out[c.S_INSTANCES] = size.instances_count
        out[c.S_CONCURRENCY] = 0 if starved else size.concurrency_count
        out[c.S_MEAN] = _ns(service.service_time_s * size.stretch_ratio)
        out[c.S_LAW] = LAWS.index(service.service_law)
        out[c.S_SIGMA_PPM] = round(math.sqrt(math.log1p(service.service_cv_ratio**2)) * 1e6)
        queue = QUEUE_MOST if service.queue_count is None else service.queue_count
        out[c.S_QUEUE] = scaled_count(queue, f) if queue else 0
        out[c.S_LIFO] = service.queue_order == "lifo"
        out[c.S_SILENT] = service.queue_when_full == "silent"
        out[c.S_LEAVES] = service.abandoned_work == "leaves"
        out[c.S_CONNECTIONS] = -1
        per_instance = self._per_instance(service)
        if service.connections_count is not None:
            out[c.S_CONNECTIONS] = scaled_count(service.connections_count, per_instance)
        out[c.S_REFUSE] = service.connections_when_full == "refuse"
        out[c.S_BACKLOG] = scaled_count(service.accept_backlog_count * max(service.instances_count, 1), f)
        out[c.S_SETUP] = _ns(service.setup_time_s * size.stretch_ratio)
        out[c.S_RESUMED] = _ns(service.resumed_setup_time_s * size.stretch_ratio)
        out[c.S_RESUMPTION_PPM] = round(service.resumption_ratio * 1e6)
        out[c.S_CALL] = self._calls(name, len(service.calls))
        out[c.S_CALLS] = len(service.calls)
        out[c.S_BOOT] = _ns(service.boot.time_s)
        self._autoscaler(out, service)
        return out

    def _calls(self, name: str, count: int) -> int:
        first = len(self.calls)
        self.calls.extend(self.names.index(f"{name}/call/{i}") for i in range(count))
        return first

    def _per_instance(self, service: Service) -> float:
        """Return what one instance of the run stands for; a whole one where there are none."""
        size = scaled_workers(service, self.fraction)
        if size.instances_count == 0:
            return 1.0
        return self.fraction * service.instances_count / size.instances_count

    def _autoscaler(self, out: Ints, service: Service) -> None:
        scaler = service.autoscaler
        if scaler is None:
            return
        f = self.fraction
        per_instance = self._per_instance(service)
        target = scaler.target_count
        if scaler.signal != "utilisation":
            target *= per_instance
        instances = f / per_instance
        out[c.S_SIGNAL] = SIGNALS.index(scaler.signal)
        out[c.S_TARGET_PPM] = max(1, round(target * 1e6))
        out[c.S_LEAST] = scaled_count(scaler.least_count, instances)
        out[c.S_MOST] = scaled_count(scaler.most_count, instances)
        out[c.S_PERIOD] = _ns(scaler.interval_s)
        out[c.S_TOLERANCE_PPM] = round(scaler.tolerance_ratio * 1e6)
        out[c.S_STEP_PPM] = round(scaler.step_ratio * 1e6)
        out[c.S_STEP] = scaled_count(scaler.step_instances_count, instances)
        out[c.S_DOWN_DELAY] = _ns(scaler.scale_down_delay_s)

    # -- steps -------------------------------------------------------------------------------

    def lower_waves(self, P: Ints, S: Ints) -> None:
        for wave in self.script.waves:
            self._scripted(wave)
        self._growth(P)
        for i, effect in enumerate(self.effects):
            effect[c.F_WAVE] = len(self.waves)
            self._sessions(effect[c.F_SERVICE], boots=effect[c.F_KIND] == ON_FAILURE.index("restart"))
            self.effects[i][c.F_WAVES] = len(self.waves) - effect[c.F_WAVE]
        for s in range(len(self.services)):
            first = len(self.waves)
            if S[:, s, c.S_PERIOD].any():
                self._boots(s)
            S[:, s, c.S_UP], S[:, s, c.S_UPS] = first, len(self.waves) - first

    def _wave(self, name: str, kind: int, **columns: int) -> list[int]:
        row = [0] * c.W_ROW
        row[c.W_POP] = self.names.index(name)
        row[c.W_KIND] = kind
        row[c.W_LAYER] = columns.get("layer", -1)
        row[c.W_COUNT] = columns.get("count", 0)
        row[c.W_START] = columns.get("start", 0)
        row[c.W_SPREAD] = columns.get("spread", 0)
        row[c.W_COLD] = columns.get("cold", 0)
        row[c.W_OFFSET] = columns.get("offset", 0)
        self.waves.append(row)
        return row

    def _scripted(self, wave: Wave) -> None:
        start, spread = _ns(wave.at_s), _ns(wave.spread_s)
        if wave.kind == "boot":
            calls = self.worlds[0].services[wave.service].boot.calls
            assert wave.boot_call is not None
            name = f"{wave.service}/boot/{calls.index(wave.boot_call)}"
            count = scaled_count(wave.count * wave.boot_call.requests_count, self.fraction)
            self._wave(name, c.W_REQUESTS, count=count, start=start, spread=spread)
        else:
            j = self.names.index(wave.clients)
            layer = -1
            if wave.retry is not None:
                layer = self.policies.policy(wave.clients, wave.retry, self.slots[j])
            world = self.worlds[0]
            for phase in self.script.phases:
                if phase.at_s <= wave.at_s:
                    world = phase.world
            count = round(self._slots(rows_of(world)[wave.clients]) * wave.share_ratio)
            if count == 0:
                return
            self._wave(
                wave.clients, c.W_RECONNECT, count=count, start=start, spread=spread,
                layer=layer, cold=int(wave.cold),
            )
        self.steps.append((start, c.WAVE, len(self.waves) - 1, 0))

    def _growth(self, P: Ints) -> None:
        """Clients that a phase adds appear as a wave of their own."""
        for i in range(1, len(self.worlds)):
            at = _ns(self.script.phases[i].at_s)
            for j, name in enumerate(self.names):
                stride = P[i, j, c.P_STRIDE]
                was, now = (P[n, j, c.P_COUNT] * stride for n in (i - 1, i))
                if now > was and P[i, j, c.P_KIND] <= KINDS.index("none"):
                    row = self.rows[i][name]
                    if row.kind == "open" and not P[i, j, c.P_SLOTS]:
                        continue
                    spread = _ns(row.clients.start_spread_s)
                    self._wave(
                        name, c.W_CLIENTS, count=int(now - was), start=at, spread=spread, offset=int(was)
                    )
                    self.steps.append((at, c.WAVE, len(self.waves) - 1, 0))

    def _sessions(self, service: int, *, boots: bool) -> None:
        """Templates: who reconnects, and what boots, when one instance of a service restarts."""
        name = self.services[service]
        for row in self.rows[0].values():
            if row.clients.service == name and row.kind in {"open", "closed", "none"}:
                self._wave(row.name, c.W_RECONNECT, cold=1)
        if boots:
            self._boots(service)

    def _boots(self, service: int) -> None:
        name = self.services[service]
        for i, call in enumerate(self.worlds[0].services[name].boot.calls):
            self._wave(f"{name}/boot/{i}", c.W_REQUESTS, count=call.requests_count)

    # -- all of it ---------------------------------------------------------------------------

    def tables(self) -> Tables:
        P = self.populations()
        S = self.service_table()
        C, D = self.crossing_table(), self.device_table()
        for i in range(1, len(self.worlds)):
            self.steps.append((_ns(self.script.phases[i].at_s), c.PHASE, i, 0))
        self.lower_waves(P, S)
        bin_ns = _ns(self.bin_s)
        last_step_ns = max((step[0] for step in self.steps), default=0)
        self.steps.append((bin_ns, c.SAMPLE, 0, 0))
        for j in range(len(self.names)):
            if P[0, j, c.P_INTERVAL] > 0:
                self.steps.append((0, c.RENEW, j, 0))
        for s in range(len(self.services)):
            if S[0, s, c.S_PERIOD] > 0:
                self.steps.append((int(S[0, s, c.S_PERIOD]), c.TICK, s, 0))
        L, B, K, tokens, breakers, syn = self.policies.arrays()
        return Tables(
            fraction=self.fraction,
            populations=tuple(self.names),
            crossings=tuple(self.crossings),
            services=tuple(self.services),
            horizon_ns=_ns(self.horizon_s),
            bin_ns=bin_ns,
            disturbed_from_ns=_ns(min(self.script.disturbed_from_s, self.horizon_s)),
            disturbed_until_ns=_ns(min(self.script.disturbed_until_s, self.horizon_s)),
            last_step_ns=max(last_step_ns, _ns(self.script.disturbed_until_s)),
            P=P, C=C, D=D, S=S,
            flush=self._flush(),
            L=L, B=B, K=K, tokens=tokens,
            syn=syn,
            calls=np.array([*self.calls, 0], dtype=np.int64),
            W=np.array(self.waves, dtype=np.int64).reshape(-1, c.W_ROW),
            H=np.array(self.caches, dtype=np.int64).reshape(-1, c.H_ROW),
            F=np.array(self.effects, dtype=np.int64).reshape(-1, c.F_ROW),
            breaker_count=breakers,
            client_count=int(self.first_client[-1]),
            script=np.array(sorted(self.steps), dtype=np.int64).reshape(-1, 4),
            calm=self._calm(P),
            calm_ns=self._calm_ns(P, D),
            stuck_ns=self._stuck_ns(P, L),
            event_rate_per_s=self._event_rate_per_s(P),
        )

    def _flush(self) -> Ints:
        names = [name for name in self.names if any(r.get(name) and r[name].cache for r in self.rows)]
        table = np.zeros((len(self.worlds), len(names)), dtype=np.int64)
        for i, rows in enumerate(self.rows):
            for h, name in enumerate(names):
                cache = rows[name].cache if name in rows else None
                was = self.rows[i - 1][name].cache if i > 0 and name in self.rows[i - 1] else None
                table[i, h] = bool(cache and cache.flush and not (was and was.flush))
        return table

    def _calm(self, P: Ints) -> Ints:
        """As many unanswered as pass for usual: 5 % of clients, or of what a time-out brings in."""
        calm = np.zeros(len(self.names), dtype=np.int64)
        for j, name in enumerate(self.names):
            row = next(rows[name] for rows in self.rows if name in rows)
            base = float((P[:, j, c.P_COUNT] * P[:, j, c.P_STRIDE]).max())
            if row.kind == "open":
                base = row.clients.demand.rate_per_s * self.fraction * row.clients.timeout_s * 5.0
            calm[j] = 2 + round(0.05 * base)
        return calm

    def _calm_ns(self, P: Ints, D: Ints) -> int:
        """How long a calm must last to be believed: whatever still fills up shows by then."""
        holds = D[:, :, [c.D_UNANSWERED, c.D_CLOSED, c.D_PORT_HOLD]].max(initial=0)
        return int(max(2 * NS, 2 * P[:, :, c.P_TIMEOUT].max(), P[:, :, c.P_TTL].max(), holds))

    def _stuck_ns(self, P: Ints, L: Floats) -> int:
        """How long nothing may be served before a run counts as stuck; 0 where help may still come."""
        delays = L[:, c.L_CAP][L[:, c.L_LAW] > 0]
        waits = max(float(P[:, :, c.P_TIMEOUT].max()), float(delays.max(initial=0.0)))
        helped = any(s.autoscaler or s.health_probes for w in self.worlds for s in w.services.values())
        if helped or waits > self.horizon_s * NS / 20:
            return 0
        return int(max(5.0 * waits, 30.0 * NS))

    def _event_rate_per_s(self, P: Ints) -> float:
        rate = 100.0
        for j, name in enumerate(self.names):
            row = next(rows[name] for rows in self.rows if name in rows)
            packets = 17.0 if self.worlds[0].detail == "packet" else 3.0
            if row.kind == "open":
                rate += row.clients.demand.rate_per_s * self.fraction * packets
            elif row.kind in {"closed", "once"}:
                think_s = max(row.clients.demand.think_s, row.clients.timeout_s, 1e-3)
                rate += float(P[:, j, c.P_COUNT].max()) / think_s * packets
        return rate


def lower(
    script: Script, *, horizon_s: float, fraction: float = 1.0, bin_s: float | None = None
) -> Tables:
    """Return the tables of `script`, simulated for `horizon_s`, at `fraction` of its size.

    `bin_s` is the width of the time bins; None chooses one with at most 600 bins to the horizon.
    """
    width_s = max(LEAST_BIN_S, horizon_s / MOST_BINS) if bin_s is None else bin_s
    return _Lowering(script, horizon_s, fraction, width_s).tables()
