"""Does a check restart an instance that is only behind? Where it waits with the requests, or is turned away.

Shortcut: a check fails for as long as the service is behind.
"""

from __future__ import annotations

import math

from tidegate.evaluate.arithmetic.limit import about
from tidegate.world.service import HealthProbe, Service


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
