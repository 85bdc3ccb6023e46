"""At which fractions does a world keep its grain? Nothing becomes too few, and no number is far off.

A fraction is refused that would leave fewer than four of what there were more of (clients, instances, places,
steps of an activity), that would move a number by more than 2 %, or that would round a limit so.

Shortcut: devices of a crossing are never fewer; what each of them does and holds is scaled.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from tidegate.simulate.rows import Row, rows_of
from tidegate.simulate.script import Script
from tidegate.simulate.size import (
    GRAIN_COUNT,
    MOST_DISTORTION_RATIO,
    instance_counts,
    is_counted_by_instance,
    keeps_grain,
    most_off_ratio,
    scaled_limit,
    shrink_of,
)
from tidegate.world.crossing import Crossing
from tidegate.world.retry import RetryPolicy
from tidegate.world.service import Service
from tidegate.world.world import World

LEAST_CLIENTS = 60
LEAST_QUEUE_PACKETS = 50
_QUICK_RATIO = 0.005  # of a time-out: so little that nobody notices how many places there are
_ALONE_RATIO = 0.05  # the same of a service that has one place, and keeps it: only its time is stretched
_STANDING = ("closed", "none")


@dataclass(kw_only=True)
class _Served:
    """One service in each of its phases, and the shortest time-out of those who use it."""

    phases: list[Service]
    timeout_s: float


@dataclass(kw_only=True)
class _Counts:
    """Every number that must keep its grain, each once."""

    whole: set[float] = field(default_factory=set)
    limits: set[float] = field(default_factory=set)
    crowds: set[float] = field(default_factory=set)
    queues: set[float] = field(default_factory=set)
    totals: set[float] = field(default_factory=set)
    is_whole: bool = False


class Grain:
    """What of a script must not become too few.

    Parameters
    ----------
    script
        What happens.
    """

    def __init__(self, script: Script) -> None:
        self._counts = _Counts()
        worlds = list({id(phase.world): phase.world for phase in script.phases}.values())
        rows = [rows_of(world) for world in worlds]
        for world, here in zip(worlds, rows, strict=True):
            self._add_world(world, here)
        for before, here in itertools.pairwise(rows):
            self._add_steps(before, here)
        self._add_waves(script, rows[0])
        self._services = [
            _Served(
                phases=[world.services[name] for world in worlds],
                timeout_s=min(_timeouts_s(name, rows), default=1.0),
            )
            for name in script.phases[0].world.services
        ]

    def kept_at(self, fraction: float) -> bool:
        """Whether a fraction leaves everything its grain."""
        if fraction >= 1.0:
            return True
        counts = self._counts
        return (
            not counts.is_whole
            and all(count * fraction >= LEAST_CLIENTS for count in counts.crowds)
            and all(scaled_limit(count, fraction) >= LEAST_QUEUE_PACKETS for count in counts.queues)
            and all(count * fraction >= GRAIN_COUNT for count in counts.totals)
            and all(keeps_grain(count, fraction) for count in counts.whole)
            and all(keeps_grain(count, fraction, limit=True) for count in counts.limits)
            and all(_service_kept(service, fraction) for service in self._services)
        )

    def _add_world(self, world: World, rows: dict[str, Row]) -> None:
        counts = self._counts
        for row in rows.values():
            counted = _counted(world, row)
            if counted:
                counts.whole.add(counted)
                if row.kind in _STANDING and counted > LEAST_CLIENTS:
                    counts.crowds.add(counted)
            blocks = (world.crossings[name].ports for name in row.route)
            if row.kind in {"call", "boot"} and any(ports and ports.block for ports in blocks):
                counts.is_whole = True  # an instance has its ports, whole or not at all
            if row.cache is not None:
                counts.limits.add(row.cache.keys_count)
            counts.totals.update(_shared_counts(row.clients.retry))
        for crossing in world.crossings.values():
            counts.limits.update(_limits(crossing))
            if crossing.forwarding_per_s is not None and crossing.queue_packets_count > LEAST_QUEUE_PACKETS:
                counts.queues.add(crossing.queue_packets_count)
        for service in world.services.values():
            if service.queue_count:
                parts = 1 if service.balancing is None else max(service.instances_count, 1)
                counts.limits.add(-(-service.queue_count // parts))

    def _add_steps(self, before: dict[str, Row], now: dict[str, Row]) -> None:
        """Add the steps that change a population by more than a breath."""
        for name, row in now.items():
            if row.service is not None or name not in before:
                continue
            was, size = before[name].clients.population_count, row.clients.population_count
            if abs(size - was) > MOST_DISTORTION_RATIO * max(size, was):
                self._counts.totals.add(abs(size - was))

    def _add_waves(self, script: Script, rows: dict[str, Row]) -> None:
        booted: dict[tuple[str, int], int] = {}
        for wave in script.waves:
            if wave.kind == "reconnect" and MOST_DISTORTION_RATIO < wave.share_ratio < 1.0:
                self._counts.totals.add(rows[wave.clients].clients.population_count * wave.share_ratio)
            elif wave.kind == "boot" and wave.boot_call is not None:
                key = (wave.service, id(wave.boot_call))
                booted[key] = booted.get(key, 0) + wave.count * wave.boot_call.requests_count
            if wave.in_turn and wave.kind != "break":
                clients_count = rows[wave.clients].clients.population_count if wave.clients else 0
                self._counts.limits.add(max(wave.acting_count, round(clients_count * wave.acting_ratio), 1))
        self._counts.totals.update(booted.values())


def _timeouts_s(service: str, rows: list[dict[str, Row]]) -> Iterator[float]:
    for here in rows:
        yield from (row.clients.timeout_s for row in here.values() if row.clients.service == service)


def _service_kept(served: _Served, fraction: float) -> bool:
    """Whether instances keep their grain, or else their places do, and then what each accepts as well."""
    services = served.phases
    shrink = shrink_of(services, fraction)
    if shrink.instances_ratio < 1.0:
        return all(keeps_grain(count, fraction) for count in instance_counts(services))
    most = most_off_ratio(services)
    for service in services:
        many = service.instances_count + service.standby_count
        joined = many if shrink.merged else 1
        places = service.concurrency_count * joined
        if not keeps_grain(places, fraction, most_ratio=most) and not _is_quick(service, served, fraction):
            return False
        accepted = (service.accepted_count or 0) * joined
        if service.pooler is not None:
            return False
        counts = [service.pool_count(call.pool) * joined for call in service.calls if call.pool is not None]
        counts += [accepted, _logins_count(service) * joined, *_held_counts(service)]
        if not all(keeps_grain(count, fraction, limit=True) for count in counts):
            return False
    return True


def _logins_count(service: Service) -> int:
    """Return how many connections of an instance may be there that have not logged in; 0 where any may."""
    return 0 if service.login is None else service.login.most_count or 0


def _held_counts(service: Service) -> Iterator[int]:
    """Yield how many requests, and how many connections, fill an instance's memory."""
    memory = service.memory
    for each_bytes in () if memory is None else (memory.per_request_bytes, memory.per_connection_bytes):
        if memory is not None and each_bytes > 0:
            yield max(memory.room_bytes // each_bytes, 1)


def _is_quick(service: Service, served: _Served, fraction: float) -> bool:
    """Whether so few places stretch a request's time to nothing that matters beside a time-out."""
    calls = service.calls or is_counted_by_instance(served.phases)
    places = service.instances_count * service.concurrency_count * fraction
    stretched_s = service.service_time_s * max(1.0, 1.0 / places) if places else 0.0
    alone = service.instances_count * service.concurrency_count == 1
    return not calls and stretched_s <= (_ALONE_RATIO if alone else _QUICK_RATIO) * served.timeout_s


def _counted(world: World, row: Row) -> int:
    """Return the size of a population where it counts: what asks at a rate is scaled by its rate."""
    if row.service is not None or row.kind == "lookup":
        return 0
    if row.kind != "open" or row.clients.connection != "per_request":
        return row.clients.population_count
    return row.clients.population_count if is_each_known(world, row) else 0


def is_each_known(world: World, row: Row) -> bool:
    """Return whether something is counted for each client: its budget, its breaker, its name, its share."""
    crossings = (world.crossings[name] for name in row.route)
    limited = any(
        (one.admission and one.admission.per_source_per_s is not None) or (one.ports and one.ports.block)
        for one in crossings
    )
    guards = [guard for layer in row.clients.retry.layers for guard in (layer.budget, layer.breaker)]
    return bool(limited or row.clients.lookup or row.clients.limit) or any(
        guard and guard.scope == "client" for guard in guards
    )


def _shared_counts(policy: RetryPolicy) -> Iterator[float]:
    """Yield what a whole population shares: how many retries its budget pays for, calls its breaker needs."""
    for layer in policy.layers:
        if layer.budget is not None and layer.budget.scope == "population":
            yield layer.budget.tokens_count / layer.budget.cost_count
        if layer.breaker is not None and layer.breaker.scope == "population":
            yield layer.breaker.least_calls_count


def _limits(crossing: Crossing) -> Iterator[int]:
    """Yield what a device holds at most."""
    if crossing.table is not None:
        yield max(crossing.table.entries_count - crossing.background.flows_count, 1)
    if crossing.ports is not None:
        yield crossing.ports.per_destination_count
    admission = crossing.admission
    if admission is not None:
        if admission.rate_per_s is not None and admission.burst_count > 1:
            yield admission.burst_count
        if admission.concurrent_count is not None:
            yield admission.concurrent_count
