"""Which numbers do services get? One row a service for each phase, and the list of what they call.

Every number stands in the world, every meaning in `kernels.service` and `kernels.scaler`.

Shortcut: an instance that keeps a thread for each peer stops serving when there are more peers than
threads.
"""

from __future__ import annotations

import math

import numpy as np

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.scene import Scene, time_ns
from tidegate.simulate.size import Shrink, scaled_count, scaled_limit, scaled_workers
from tidegate.simulate.tables import Ints
from tidegate.world.service import Service

LAWS = ("exponential", "fixed", "lognormal")
SIGNALS = ("utilisation", "requests", "queue", "connections")
WHEN_DOWN = ("by_cause", "refuse", "wait", "silent")
QUEUE_MOST = 1_000_000


def service_table(scene: Scene) -> tuple[Ints, list[int]]:
    """Return what each service can do: (phases, services, columns), and whom their calls are of."""
    table = np.zeros((len(scene.worlds), len(scene.services), c.S_COLUMNS), dtype=np.int64)
    calls: list[int] = []
    for i, world in enumerate(scene.worlds):
        for s, name in enumerate(scene.services):
            service = world.services[name]
            table[i, s] = _service(service, scene.shrinks[name])
            table[i, s, c.S_CALL], table[i, s, c.S_CALLS] = len(calls), len(service.calls)
            table[i, s, c.S_BOOTERS] = -1
            if f"{name}/boot/0" in scene.names:
                table[i, s, c.S_BOOTERS] = scene.first_client[scene.names.index(f"{name}/boot/0")]
            calls += [scene.names.index(f"{name}/call/{n}") for n in range(len(service.calls))]
    return table, calls


def _service(service: Service, shrink: Shrink) -> Ints:
    out = np.zeros(c.S_COLUMNS, dtype=np.int64)
    size, fraction = scaled_workers(service, shrink), shrink.instances_ratio * shrink.places_ratio
    limit = service.peers_per_thread_count
    starved = limit is not None and service.instances_count - 1 > limit
    out[c.S_INSTANCES] = size.instances_count
    out[c.S_CONCURRENCY] = 0 if starved else size.concurrency_count
    out[c.S_MEAN] = time_ns(service.service_time_s * size.stretch_ratio)
    out[c.S_LAW] = LAWS.index(service.service_law)
    out[c.S_SIGMA_PPM] = round(math.sqrt(math.log1p(service.service_cv_ratio**2)) * 1e6)
    queue = QUEUE_MOST if service.queue_count is None else service.queue_count
    out[c.S_QUEUE] = scaled_limit(queue, fraction)
    out[c.S_LIFO] = service.queue_order == "lifo"
    out[c.S_SILENT] = service.queue_when_full == "silent"
    out[c.S_LEAVES] = service.abandoned_work == "leaves"
    out[c.S_ACKS_LATE] = service.request_ack == "with_answer"
    out[c.S_CONNECTIONS] = -1
    if service.connections_count is not None:
        out[c.S_CONNECTIONS] = _connections(service, service.connections_count, shrink)
    refuses = service.connections_when_full == "refuse"
    out[c.S_REFUSE] = refuses and service.connections_count is not None
    out[c.S_BACKLOG] = _backlog(service, fraction)
    out[c.S_DOWN] = WHEN_DOWN.index(service.when_down)
    out[c.S_ADDRESSES] = service.addresses_count
    out[c.S_AFTER] = 0 if service.retry_after_s is None else time_ns(service.retry_after_s)
    out[c.S_SETUP] = time_ns(service.setup_time_s * size.stretch_ratio)
    out[c.S_RESUMED] = time_ns(service.resumed_setup_time_s * size.stretch_ratio)
    saves = service.setup_time_s > service.resumed_setup_time_s
    out[c.S_RESUMPTION_PPM] = round(service.resumption_ratio * 1e6) if saves else 0
    out[c.S_BOOT] = time_ns(service.boot.time_s)
    _autoscaler(out, service, shrink)
    return out


def _backlog(service: Service, fraction: float) -> int:
    """Return how many connections wait to be accepted: none where there is no limit, or it refuses."""
    if service.connections_count is None:
        return 0
    if service.connections_when_full == "refuse":
        return QUEUE_MOST
    return scaled_limit(service.accept_backlog_count * max(service.instances_count, 1), fraction)


def _connections(service: Service, limit_count: int, shrink: Shrink) -> int:
    """Return the connections of one instance in millionths, so that those of all are never rounded up."""
    instances = max(1, scaled_workers(service, shrink).instances_count)
    whole = scaled_limit(limit_count * c.WHOLE, _per_instance(service, shrink))
    return max(whole, -(-c.WHOLE // instances))  # one connection is the least there is


def _per_instance(service: Service, shrink: Shrink) -> float:
    """Return how much of an instance one of the run stands for, or will stand for as it comes."""
    size = scaled_workers(service, shrink)
    if size.instances_count == 0:
        return shrink.places_ratio
    fraction = shrink.instances_ratio * shrink.places_ratio
    return fraction * service.instances_count / size.instances_count


def _autoscaler(out: Ints, service: Service, shrink: Shrink) -> None:
    scaler = service.autoscaler
    if scaler is None:
        return
    per_instance = _per_instance(service, shrink)
    target = scaler.target_count
    if scaler.signal != "utilisation":
        target *= per_instance
    instances = shrink.instances_ratio
    out[c.S_SIGNAL] = SIGNALS.index(scaler.signal)
    out[c.S_TARGET_PPM] = max(1, round(target * 1e6))
    out[c.S_LEAST] = scaled_count(scaler.least_count, instances)
    out[c.S_MOST] = scaled_count(scaler.most_count, instances)
    out[c.S_PERIOD] = time_ns(scaler.interval_s)
    out[c.S_TOLERANCE_PPM] = round(scaler.tolerance_ratio * 1e6)
    out[c.S_STEP_PPM] = round(scaler.step_ratio * 1e6)
    out[c.S_STEP] = scaled_count(scaler.step_instances_count, instances)
    out[c.S_DOWN_DELAY] = time_ns(scaler.scale_down_delay_s)
