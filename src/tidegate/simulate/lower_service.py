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
from tidegate.simulate.size import scaled_count, scaled_workers
from tidegate.simulate.tables import Ints
from tidegate.world.service import Service

LAWS = ("exponential", "fixed", "lognormal")
SIGNALS = ("utilisation", "requests", "queue", "connections")
QUEUE_MOST = 1_000_000


def service_table(scene: Scene) -> tuple[Ints, list[int]]:
    """Return what each service can do: (phases, services, columns), and whom their calls are of."""
    table = np.zeros((len(scene.worlds), len(scene.services), c.S_COLUMNS), dtype=np.int64)
    calls: list[int] = []
    for i, world in enumerate(scene.worlds):
        for s, name in enumerate(scene.services):
            service = world.services[name]
            table[i, s] = _service(service, scene.fraction)
            table[i, s, c.S_CALL], table[i, s, c.S_CALLS] = len(calls), len(service.calls)
            calls += [scene.names.index(f"{name}/call/{n}") for n in range(len(service.calls))]
    return table, calls


def _service(service: Service, fraction: float) -> Ints:
    out = np.zeros(c.S_COLUMNS, dtype=np.int64)
    size = scaled_workers(service, fraction)
    limit = service.peers_per_thread_count
    starved = limit is not None and service.instances_count - 1 > limit
    out[c.S_INSTANCES] = size.instances_count
    out[c.S_CONCURRENCY] = 0 if starved else size.concurrency_count
    out[c.S_MEAN] = time_ns(service.service_time_s * size.stretch_ratio)
    out[c.S_LAW] = LAWS.index(service.service_law)
    out[c.S_SIGMA_PPM] = round(math.sqrt(math.log1p(service.service_cv_ratio**2)) * 1e6)
    queue = QUEUE_MOST if service.queue_count is None else service.queue_count
    out[c.S_QUEUE] = scaled_count(queue, fraction) if queue else 0
    out[c.S_LIFO] = service.queue_order == "lifo"
    out[c.S_SILENT] = service.queue_when_full == "silent"
    out[c.S_LEAVES] = service.abandoned_work == "leaves"
    out[c.S_ACKS_LATE] = service.request_ack == "with_answer"
    out[c.S_CONNECTIONS] = -1
    if service.connections_count is not None:
        out[c.S_CONNECTIONS] = scaled_count(service.connections_count, _per_instance(service, fraction))
    out[c.S_REFUSE] = service.connections_when_full == "refuse"
    backlog = service.accept_backlog_count * max(service.instances_count, 1)
    out[c.S_BACKLOG] = scaled_count(backlog, fraction)
    out[c.S_SETUP] = time_ns(service.setup_time_s * size.stretch_ratio)
    out[c.S_RESUMED] = time_ns(service.resumed_setup_time_s * size.stretch_ratio)
    out[c.S_RESUMPTION_PPM] = round(service.resumption_ratio * 1e6)
    out[c.S_BOOT] = time_ns(service.boot.time_s)
    _autoscaler(out, service, fraction)
    return out


def _per_instance(service: Service, fraction: float) -> float:
    """Return what one instance of the run stands for; a whole one where there are none."""
    size = scaled_workers(service, fraction)
    if size.instances_count == 0:
        return 1.0
    return fraction * service.instances_count / size.instances_count


def _autoscaler(out: Ints, service: Service, fraction: float) -> None:
    scaler = service.autoscaler
    if scaler is None:
        return
    per_instance = _per_instance(service, fraction)
    target = scaler.target_count
    if scaler.signal != "utilisation":
        target *= per_instance
    instances = fraction / per_instance
    out[c.S_SIGNAL] = SIGNALS.index(scaler.signal)
    out[c.S_TARGET_PPM] = max(1, round(target * 1e6))
    out[c.S_LEAST] = scaled_count(scaler.least_count, instances)
    out[c.S_MOST] = scaled_count(scaler.most_count, instances)
    out[c.S_PERIOD] = time_ns(scaler.interval_s)
    out[c.S_TOLERANCE_PPM] = round(scaler.tolerance_ratio * 1e6)
    out[c.S_STEP_PPM] = round(scaler.step_ratio * 1e6)
    out[c.S_STEP] = scaled_count(scaler.step_instances_count, instances)
    out[c.S_DOWN_DELAY] = time_ns(scaler.scale_down_delay_s)
