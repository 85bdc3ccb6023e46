"""Which numbers do services get? One row a service for each phase, and the list of what they call.

Every number stands in the world, every meaning in `kernels.service` and `kernels.scaler`.

Shortcuts: what the script adds to a service that is scaled by itself stays, as if the least had been raised.
An instance that keeps a thread for each peer stops serving when there are more peers than threads.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tidegate.simulate.kernels import nouns
from tidegate.simulate.kernels.nouns.service import WHOLE, PaceChoice, Signal, WhenDown
from tidegate.simulate.lower_instance import with_instances
from tidegate.simulate.policies import PolicyTable
from tidegate.simulate.scene import Scene, time_ns
from tidegate.simulate.size import Shrink, scaled_count, scaled_limit, scaled_workers
from tidegate.simulate.tables import Ints, blank
from tidegate.world.service import Service

QUEUE_MOST = 1_000_000
SHARES = ("utilisation", "cpu")  # signals that are a share of an instance


def service_table(scene: Scene, policies: PolicyTable) -> tuple[Ints, list[int]]:
    """Return what each service can do: (phases, services, columns), and whom their calls are of."""
    table = np.zeros((len(scene.worlds), len(scene.services), nouns.Service.PARAMETERS), dtype=np.int64)
    calls: list[int] = []
    for i, world in enumerate(scene.worlds):
        for s, name in enumerate(scene.services):
            service = world.services[name]
            row = _service(service, scene.shrinks[name], scene.services)
            row.law, row.stretches_at = policies.law(service.service_law)
            _paces(row, service, scene.shrinks[name], policies)
            row.calls_at, row.calls_count = len(calls), len(service.calls)
            row.booters = -1
            if f"{name}/boot/0" in scene.names:
                row.booters = int(scene.first_client[scene.names.index(f"{name}/boot/0")])
            if i > 0 and row.instances_count > table[0, s, nouns.Service.instances_count]:
                _keep_grown(row)
            table[i, s] = row.memory[: nouns.Service.PARAMETERS]
            calls += [scene.names.index(f"{name}/call/{n}") for n in range(len(service.calls))]
    return with_instances(scene, table), calls


def _keep_grown(row: nouns.Service) -> None:
    """Raise an autoscaler's bounds to what the script adds: else it would take that back at its next look."""
    row.least_count = max(row.least_count, row.instances_count)
    row.most_count = max(row.most_count, row.instances_count)


def _service(service: Service, shrink: Shrink, services: Sequence[str]) -> nouns.Service:
    row = blank(nouns.Service)
    row.first_instance = row.whole = row.sessions = row.callers = -1
    size, fraction = scaled_workers(service, shrink), shrink.instances_ratio * shrink.places_ratio
    limit = service.peers_per_thread_count
    starved = limit is not None and service.instances_count - 1 > limit
    row.instances_count = size.instances_count
    row.concurrency_count = 0 if starved else size.concurrency_count
    row.mean_ns = time_ns(service.service_time_s * size.stretch_ratio)
    row.sigma_ppm = round(math.sqrt(math.log1p(service.service_cv_ratio**2)) * 1e6)
    queue = QUEUE_MOST if service.queue_count is None else service.queue_count
    row.queue_count = scaled_limit(queue, fraction)
    row.is_lifo = service.queue_order == "lifo"
    row.is_silent = service.queue_when_full == "silent"
    row.drops_abandoned = service.abandoned_work == "leaves"
    row.acks_late = service.request_ack == "with_answer"
    row.connections_millionths = -1
    if service.accepted_count is not None:
        row.connections_millionths = _connections(service, service.accepted_count, shrink)
    row.refuses_connections = service.refuses_more and service.connections_count is not None
    row.backlog_count = _backlog(service, fraction)
    row.when_down = WhenDown[service.when_down.upper()]
    row.addresses_count = service.addresses_count
    row.retry_after_ns = 0 if service.retry_after_s is None else time_ns(service.retry_after_s)
    row.setup_ns = time_ns(service.setup_time_s * size.stretch_ratio)
    row.resumed_ns = time_ns(service.resumed_setup_time_s * size.stretch_ratio)
    row.handshake_bytes = service.handshake_size_bytes
    row.resumed_bytes = service.resumed_handshake_size_bytes
    row.resumption_ppm = round(service.resumption_ratio * 1e6) if service.saves_by_resumption else 0
    row.boot_ns = time_ns(service.boot.time_s)
    row.lists_busy = any(probe.on_failure == "restart" for probe in service.health_probes)
    if service.warm_up is not None:
        row.warm_ns = time_ns(service.warm_up.time_s)
        row.slowdown_ppm = round((service.warm_up.slowdown_ratio - 1.0) * 1e6)
    _autoscaler(row, service, shrink, services)
    _login(row, service, shrink)
    _memory(row, service, shrink)
    contention = service.contention
    if contention is not None:
        row.contended_count = service.concurrency_count
        row.serial_ppb = round(contention.serial_ratio * 1e9)
        row.crosstalk_ppb = round(contention.crosstalk_ratio * 1e9)
    return row


def _login(row: nouns.Service, service: Service, shrink: Shrink) -> None:
    """Say what connections are allowed that have not logged in."""
    login = service.login
    row.logins_millionths = -1
    if login is None:
        return
    row.counts_logins = 1
    row.login_ns = 0 if login.timeout_s is None else time_ns(login.timeout_s)
    if login.most_count is not None:
        row.logins_millionths = _connections(service, login.most_count, shrink)
        free = login.most_count if login.drop_from_count is None else login.drop_from_count
        ratio = free / login.most_count
        row.logins_free_millionths = int(row.logins_millionths * ratio)
        row.login_drop_ppm = round(login.drop_ratio * 1e6)


def _memory(row: nouns.Service, service: Service, shrink: Shrink) -> None:
    """Say what an instance may fill, and how it comes back once it was killed for more."""
    memory = service.memory
    if memory is None:
        return
    row.room_bytes = max(int(memory.room_bytes * _per_instance(service, shrink)), 1)
    row.connection_bytes, row.request_bytes = memory.per_connection_bytes, memory.per_request_bytes
    restart_s = service.boot.time_s if memory.restart_s is None else memory.restart_s
    row.away_ns = max(time_ns(restart_s), 1)
    if memory.restart_backoff is not None:
        row.backoff_ns = time_ns(memory.restart_backoff.base_s)
        row.backoff_most_ns = time_ns(memory.restart_backoff.most_s)


def _backlog(service: Service, fraction: float) -> int:
    """Return how many connections wait to be accepted: none where there is no limit."""
    if service.connections_count is None:
        return 0
    return scaled_limit(service.waiting_count * max(service.instances_count, 1), fraction)


def _connections(service: Service, limit_count: int, shrink: Shrink) -> int:
    """Return the connections of one instance in millionths, so that those of all are never rounded up."""
    instances = max(1, scaled_workers(service, shrink).instances_count)
    whole = scaled_limit(limit_count * WHOLE, _per_instance(service, shrink))
    least = -(-WHOLE // instances) if limit_count else 0  # one connection is the least there is
    return max(whole, least)


def _per_instance(service: Service, shrink: Shrink) -> float:
    """Return how much of an instance one of the run stands for, or will stand for as it comes."""
    size = scaled_workers(service, shrink)
    if size.instances_count == 0:
        return shrink.places_ratio
    fraction = shrink.instances_ratio * shrink.places_ratio
    return fraction * service.instances_count / size.instances_count


def _autoscaler(row: nouns.Service, service: Service, shrink: Shrink, services: Sequence[str]) -> None:
    row.metrics = row.room_count = -1
    scaler = service.autoscaler
    if scaler is None:
        return
    per_instance = _per_instance(service, shrink)
    instances = shrink.instances_ratio
    row.signal = Signal[scaler.signal.upper()]
    row.target_ppm = _target(scaler.signal, scaler.target_count, per_instance)
    row.least_count = scaled_count(scaler.least_count, instances)
    row.most_count = scaled_count(scaler.most_count, instances)
    row.period_ns = time_ns(scaler.interval_s)
    row.tolerance_ppm = round(scaler.tolerance_ratio * 1e6)
    row.is_old = scaler.kubernetes == "1.20"
    row.down_delay_ns = time_ns(scaler.scale_down_delay_s)
    row.up_delay_ns = time_ns(scaler.scale_up_delay_s)
    # One more than there are looks in a time: what is exactly as old no longer counts.
    longest_ns = max(row.down_delay_ns, row.up_delay_ns)
    row.wishes_most_count = longest_ns // max(row.period_ns, 1) + 2
    if scaler.also is not None:
        row.second_signal = Signal[scaler.also.signal.upper()]
        row.second_target_ppm = _target(scaler.also.signal, scaler.also.target_count, per_instance)
    row.reads_cpu = Signal.CPU in (row.signal, row.second_signal)
    cores = service.concurrency_count if scaler.cores_count is None else scaler.cores_count
    row.cores_millionths = round(cores * row.concurrency_count / max(service.concurrency_count, 1) * 1e6)
    row.counted_after_ns = time_ns(scaler.counted_after_s)
    if scaler.metrics is not None:
        row.metrics = services.index(scaler.metrics.service)
        row.metrics_failures_count = scaler.metrics.failures_count
        row.fallback_count = scaled_count(scaler.metrics.fallback_count or 0, instances)
    if scaler.room_count is not None:
        row.room_count = scaled_limit(scaler.room_count, instances)
        row.node_ns = time_ns(scaler.node_time_s)


def _paces(row: nouns.Service, service: Service, shrink: Shrink, policies: PolicyTable) -> None:
    """Say by how much an autoscaler may change the size at once; a share is below 0, in millionths."""
    scaler = service.autoscaler
    if scaler is None:
        return
    numbers = [
        number
        for one in (*scaler.budgets, *scaler.removal_budgets)
        for number in (
            time_ns(one.period_s),
            scaled_count(one.instances_count or 0, shrink.instances_ratio)
            if one.share_ratio is None
            else -round(one.share_ratio * 1e6),
        )
    ]
    row.paces_at = policies.numbers(numbers)
    row.paces_up_count, row.paces_down_count = len(scaler.budgets), len(scaler.removal_budgets)
    row.pace_up = PaceChoice[scaler.step_choice.upper()]
    row.pace_down = PaceChoice[scaler.removal_choice.upper()]
    row.changes_most_count = max(numbers[::2]) // max(row.period_ns, 1) + 2


def _target(signal: str, target_count: float, per_instance: float) -> int:
    """Return which value of a signal is aimed at; a share of an instance is one at any size."""
    if signal not in SHARES:
        target_count *= per_instance
    return max(1, round(target_count * 1e6))
