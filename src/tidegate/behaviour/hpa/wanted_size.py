"""How many pods does one metric want? By its kind and by which pods are read.

Readings are whole numbers of thousandths, and are cut as the controller cuts them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.behaviour.hpa.release import NEWEST, Release

TOLERANCE_RATIO = 0.1
STARTING_S = 300.0
"""So long after its start a pod's processor is read only once it is ready (a flag of the controller)."""
_FIRST_READY_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """No change while the ratio of reading to target lies so near to 1."""

    up_ratio: float = TOLERANCE_RATIO
    down_ratio: float = TOLERANCE_RATIO
    by: Release = NEWEST

    def holds(self, ratio: float) -> bool:
        """Whether a ratio asks for no change."""
        if self.by.includes_tolerance:
            return 1.0 - self.down_ratio <= ratio <= 1.0 + self.up_ratio
        return abs(1.0 - ratio) <= self.up_ratio


@dataclass(frozen=True, kw_only=True)
class Pod:
    """One pod, as the controller sees it.

    Parameters
    ----------
    use_milli
        Its reading; None where there is none.
    request_milli
        What it asks for; None where it asks for nothing.
    is_gone
        Failed, or being deleted.
    is_pending
        Not started yet.
    is_ready
        Whether its readiness check passes; None where it was never said.
    age_s
        Since its start.
    changed_s
        Since its readiness changed last.
    window_s
        Over which its reading is taken.
    """

    use_milli: int | None = None
    request_milli: int | None = None
    is_gone: bool = False
    is_pending: bool = False
    is_ready: bool | None = True
    age_s: float = 3600.0
    changed_s: float = 3600.0
    window_s: float = 30.0

    def is_late(self, *, cpu: bool) -> bool:
        """Whether its reading does not count yet."""
        if self.is_pending:
            return True
        if not cpu or self.use_milli is None:
            return False
        if self.is_ready is None:
            return True
        if self.age_s < STARTING_S:
            return not self.is_ready or self.changed_s < self.window_s
        return not self.is_ready and self.age_s - self.changed_s < _FIRST_READY_S


@dataclass(frozen=True)
class _Read:
    """Pods by what is known of them."""

    read: tuple[Pod, ...]
    late: tuple[Pod, ...]
    missing: tuple[Pod, ...]


def _ratio(reading: float, target: float) -> float:
    """Return a quotient as floating point has it: of nothing by nothing there is none."""
    if target == 0.0:
        return math.nan if reading == 0.0 else math.inf
    return reading / target


def of_total(total_milli: int, target_milli: int, status: int, tolerance: Tolerance) -> int:
    """Return what an External or Object metric with an AverageValue wants.

    Parameters
    ----------
    total_milli, target_milli
        The reading, and its target for each pod.
    status
        Pods by the workload's status.
    tolerance
        Within which nothing changes.
    """
    ratio = _ratio(total_milli, target_milli * status)
    if tolerance.holds(ratio) or math.isnan(ratio):
        return status
    return math.ceil(total_milli / target_milli)


def of_value(value_milli: int, target_milli: int, size: int, ready: int, tolerance: Tolerance) -> int:
    """Return what an External or Object metric with a Value wants; the ready pods carry it."""
    ratio = value_milli / target_milli
    if size == 0:
        return math.ceil(ratio)
    return size if tolerance.holds(ratio) else math.ceil(ratio * ready)


def of_pods(
    pods: Sequence[Pod],
    target: int,
    size: int,
    tolerance: Tolerance,
    *,
    cpu: bool = False,
    resource: bool = False,
    utilisation: bool = False,
) -> int | None:
    """Return what a metric of the pods wants; None where it fails.

    Parameters
    ----------
    pods
        All that the workload selects.
    target
        Thousandths for each pod, or whole per cent of its request.
    size
        Pods asked for now.
    tolerance
        Within which nothing changes.
    cpu
        Whether it is the processor, whose readings of pods that start do not count.
    resource
        Whether it is a resource, whose size must not turn against its own ratio.
    utilisation
        Whether the target is a share of the requests.
    """
    sorted_pods = _sorted(pods, cpu=cpu)
    if not sorted_pods.read or (utilisation and any(pod.request_milli is None for pod in pods)):
        return None
    uses = [(pod.use_milli or 0, pod.request_milli or 0) for pod in sorted_pods.read]
    ratio = _mean_ratio(uses, target, utilisation=utilisation)
    late_counts = bool(sorted_pods.late) and ratio > 1.0
    if not late_counts and not sorted_pods.missing:
        return size if tolerance.holds(ratio) else math.ceil(ratio * len(uses))
    if ratio != 1.0 or not utilisation:
        uses += [
            (_filled(pod, ratio, target, tolerance.by, utilisation=utilisation), pod.request_milli or 0)
            for pod in sorted_pods.missing
        ]
    if late_counts:
        uses += [(0, pod.request_milli or 0) for pod in sorted_pods.late]
    again = _mean_ratio(uses, target, utilisation=utilisation)
    if tolerance.holds(again) or (ratio < 1.0 < again) or (again < 1.0 < ratio):
        return size
    wanted = math.ceil(again * len(uses))
    turned = (again < 1.0 and wanted > size) or (again > 1.0 and wanted < size)
    return size if resource and turned else wanted


def _sorted(pods: Sequence[Pod], *, cpu: bool) -> _Read:
    there = [pod for pod in pods if not pod.is_gone]
    late = tuple(pod for pod in there if pod.is_late(cpu=cpu))
    rest = [pod for pod in there if not pod.is_late(cpu=cpu)]
    return _Read(
        read=tuple(pod for pod in rest if pod.use_milli is not None),
        late=late,
        missing=tuple(pod for pod in rest if pod.use_milli is None),
    )


def _filled(pod: Pod, ratio: float, target: int, by: Release, *, utilisation: bool) -> int:
    """Return what a pod without a reading counts: all it may use on the way down, nothing on the way up."""
    if ratio >= 1.0:
        return 0
    if not utilisation:
        return target
    share = max(100, target) if by.fills_to_target else 100
    return (pod.request_milli or 0) * share // 100


def _mean_ratio(uses: Sequence[tuple[int, int]], target: int, *, utilisation: bool) -> float:
    total = sum(use for use, _ in uses)
    if utilisation:
        return _ratio(total * 100 // max(sum(request for _, request in uses), 1), target)
    return _ratio(total // len(uses), target)
