"""How many instances does an autoscaler want? What it reads, who is not read yet, and what it does blindly.

How fast it gets there stands in `kernels.scaling`. An instance that boots, or was added lately, is idle on the way
up, and on the way down not there (Kubernetes' rules for the processor). Shortcuts: instances are equally busy, so that
those that are read stand for the others; what an activity adds is read at once; readings take no time, and
are missing where the service that is asked for them would not take a request.
"""

from __future__ import annotations

import math

from tidegate.simulate.kernels.compile import njit
from tidegate.simulate.kernels.instance import connected_count, waiting_count
from tidegate.simulate.kernels.nouns import Service
from tidegate.simulate.kernels.nouns.service import Signal
from tidegate.simulate.kernels.service import account, workers

UNKNOWN = -1
"""No size follows from what is read."""


@njit()
def calls(service: Service, change: int, t: int) -> None:
    """A request begins to wait for a call, or ends it: it works no longer, or again."""
    account(service, t)
    service.calling_count += change


@njit()
def _value(service: Service, signal: int, instances: int) -> float:
    """What is read of an instance."""
    per = max(instances, 1)
    if signal == Signal.UTILISATION:
        return service.busy_area_ns / (service.period_ns * per * max(service.concurrency_count, 1))
    if signal == Signal.CPU:
        working_ns = service.busy_area_ns - service.calling_area_ns
        return working_ns * 1e6 / (service.period_ns * per * max(service.cores_millionths, 1))
    if signal == Signal.REQUESTS:
        return service.arrived_count * 1e9 / service.period_ns / per
    if signal == Signal.QUEUE:
        return waiting_count(service) / per
    return connected_count(service) / per


@njit()
def _is_near(service: Service, ratio: float) -> bool:
    """Whether a ratio asks for no change."""
    tolerance = service.tolerance_ppm / 1e6
    if service.is_old == 1:
        return abs(1.0 - ratio) <= tolerance
    return 1.0 - tolerance <= ratio <= 1.0 + tolerance


@njit()
def _size(service: Service, signal: int, target_ppm: int, instances: int, asked: int) -> int:
    """How many instances bring a signal to its target, where so many are up and so many are asked for."""
    value = _value(service, signal, instances)
    if signal == Signal.CPU:  # cut to whole per cent
        value = math.floor(value * 100.0 + 1e-9) / 100.0
    ratio = value / (target_ppm * 1e-6)
    if signal != Signal.UTILISATION and signal != Signal.CPU:  # a sum, for those that boot as well
        wish = math.ceil(instances * ratio - 1e-9)
        return asked if _is_near(service, instances * ratio / max(asked, 1)) else wish
    read = instances - service.late_count
    if read <= 0:
        return UNKNOWN
    if ratio <= 1.0 or read == asked:
        return asked if _is_near(service, ratio) else math.ceil(read * ratio - 1e-9)
    again = ratio * read / asked  # who is not read counts as idle
    if again < 1.0 or _is_near(service, again):
        return asked
    return max(math.ceil(asked * again - 1e-9), asked)


@njit()
def wanted(service: Service, instances: int, asked: int) -> int:
    """How many instances an autoscaler wants, or `UNKNOWN`; what it has read begins anew."""
    size = UNKNOWN
    if service.metrics.exists and not _answers(service.metrics):
        service.missed_count += 1
        if service.fallback_count > 0 and service.missed_count >= service.metrics_failures_count:
            size = service.fallback_count
    else:
        service.missed_count = 0
        size = _size(service, service.signal, service.target_ppm, instances, asked)
        if service.second_target_ppm > 0:
            other = _size(service, service.second_signal, service.second_target_ppm, instances, asked)
            is_blind = size == UNKNOWN or other == UNKNOWN
            size = max(size, other)
            if is_blind and size < asked and service.is_old == 0:
                size = UNKNOWN
    service.busy_area_ns = 0
    service.calling_area_ns = 0
    service.arrived_count = 0
    return size


@njit()
def _answers(service: Service) -> bool:
    """Whether a request would be taken."""
    places = workers(service)
    return places > 0 and (service.busy_count < places or service.queued_count < service.queue_count)


@njit()
def waits_for_nodes(service: Service, instances: int, more: int) -> int:
    """How many of so many further instances must wait for a node, which is ordered."""
    if service.room_count < 0:
        return 0
    asked = instances + service.pending_count + more
    waiting = min(max(asked - service.room_count - service.grown_count, 0), more)
    service.grown_count += waiting
    return waiting
