"""Which health checks are made on a rig, and what does a row of failures do? Plans and streaks.

The meaning is that of the event engine (`simulate/kernels/steps.py`). Nothing here sends anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

EJECT, RESTORE, BREAK = "eject", "restore", "break"
"""What the server is told: an instance takes no requests, takes them again, or loses its connections."""


@dataclass(frozen=True, kw_only=True)
class CheckPlan:
    """The health checks of one service from one network.

    Parameters
    ----------
    name, service, namespace, address
        What they are called, what they check, from where.
    server_namespace, endpoint
        Where the service listens.
    instances
        How many instances there are, and from when on.
    interval_s, timeout_s
        Between two checks of one instance, and when a check fails.
    failures_count, successes_count, on_failure, panic_ratio, boot_s
        What so many in a row do; see `world.service.HealthProbe`.
    apart
        Whether a check is answered apart from the requests.
    """

    name: str
    service: str
    namespace: str
    address: str
    server_namespace: str
    endpoint: tuple[str, int]
    instances: tuple[tuple[float, int], ...]
    interval_s: float
    timeout_s: float
    failures_count: int
    successes_count: int
    on_failure: str
    panic_ratio: float
    boot_s: float
    apart: bool

    def as_json(self) -> dict[str, Any]:
        """Return the plan as a JSON object."""
        return asdict(self)


class Watch:
    """What the checks of one service have found so far.

    Parameters
    ----------
    plan
        The checks.

    Attributes
    ----------
    instances_count
        Instances there are now.
    """

    def __init__(self, plan: CheckPlan) -> None:
        self._plan = plan
        self._streaks: dict[int, int] = {}  # above zero: failures in a row; below: successes
        self._out: set[int] = set()
        self.instances_count = plan.instances[0][1]

    def found(self, instance: int, *, passed: bool) -> Iterator[str]:
        """Note one check and yield what it does to that instance.

        An instance that restarts is out until `booted`.
        """
        plan = self._plan
        streak = self._streaks.get(instance, 0)
        streak = min(streak, 0) - 1 if passed else max(streak, 0) + 1
        self._streaks[instance] = streak
        if instance in self._out:
            if plan.on_failure == "eject" and -streak >= plan.successes_count:
                yield from self.booted(instance)
            return
        if streak < plan.failures_count:
            return
        self._streaks[instance] = 0
        if plan.on_failure != "drop_sessions":
            left_count = self.instances_count - len(self._out) - 1
            if left_count < plan.panic_ratio * self.instances_count:
                return
            self._out.add(instance)
            yield EJECT
        if plan.on_failure != "eject":
            yield BREAK

    def booted(self, instance: int) -> Iterator[str]:
        """Take an instance back that was out."""
        if instance in self._out:
            self._out.remove(instance)
            self._streaks[instance] = 0
            yield RESTORE
