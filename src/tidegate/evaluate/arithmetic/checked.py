"""Does a check restart an instance that is only behind? Where it waits with the requests, or is turned away.

Shortcut: a check fails for as long as the service is behind; and what it calls takes its mean time, or is
spread exponentially about that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from tidegate.evaluate.arithmetic.limit import about
from tidegate.evaluate.arithmetic.work import calls_s
from tidegate.world.law import FIXED
from tidegate.world.service import HealthProbe, Service
from tidegate.world.world import World

_TOLD_COUNT = 1.0  # restarts within the horizon from which on they are told


@dataclass(frozen=True, kw_only=True)
class Calling:
    """A check that restarts instances although they are well: it waits for what they call.

    Parameters
    ----------
    service, index
        Whose check, and which.
    restarts_count
        How many restarts it makes within the horizon, in the mean.
    says
        The clause that says so.
    """

    service: str
    index: int
    restarts_count: float
    says: str


def calling(world: World) -> Iterator[Calling]:
    """Yield each check that makes an instance's calls and outwaits them so seldom that it restarts some."""
    for name, service in world.services.items():
        takes_s = calls_s(world, service)
        for i, probe in enumerate(service.health_probes):
            if takes_s <= 0.0 or probe.on_failure != "restart" or not probe.busy_fails:
                continue
            failing = _late_ratio(world, service, takes_s, probe.timeout_s - service.service_time_s)
            checks_count = service.instances_count * world.horizon_s / probe.interval_s
            restarts_count = checks_count * failing**probe.failures_count
            if restarts_count < _TOLD_COUNT:
                continue
            says = f"a check of {service.title or name} makes its calls, which take about {about(takes_s)} s"
            says += f", and gives up after {probe.timeout_s:.3g} s: {about(100 * failing)} % of them fail "
            says += f"while all is well, and {probe.failures_count} in a row restart an instance"
            yield Calling(service=name, index=i, restarts_count=restarts_count, says=says)


def _late_ratio(world: World, service: Service, takes_s: float, patience_s: float) -> float:
    """Return which share of checks is late, beside nothing but what they call."""
    called = [world.services[call.service] for call in service.calls]
    if patience_s <= 0.0:
        return 1.0
    if all(one.service_law == FIXED for one in called):
        return float(takes_s > patience_s)
    return math.exp(-patience_s / takes_s)


def restarted(service: Service, behind_s: float) -> str:
    """Return, as the end of a clause, that a check restarts it before it has caught up; may be empty.

    Parameters
    ----------
    service
        Of which each instance is checked.
    behind_s
        For how long after its boot it has more to do than it can.
    """
    acts_s = min(
        (
            _acts_after_s(service, probe)
            for probe in service.health_probes
            if probe.on_failure == "restart" and probe.busy_fails and probe.startup is None
        ),
        default=math.inf,
    )
    if acts_s >= service.boot.time_s + behind_s:
        return ""
    return f", and its checks may restart it {about(acts_s)} s after each start"


def _acts_after_s(service: Service, probe: HealthProbe) -> float:
    """Return how long after a start a check acts whose every try fails."""
    delay_s = service.boot.time_s if probe.initial_delay_s is None else probe.initial_delay_s
    return delay_s + probe.failures_count * probe.interval_s
