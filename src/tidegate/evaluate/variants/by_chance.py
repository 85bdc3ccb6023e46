"""What fails by chance, whatever is asked? A harder demand says nothing of it: it is to be counted.

Two such failures follow from numbers alone: a check of an instance that stands idle and is too slow all the
same, as often in a row as acts; and requests that time out although nobody else is there.

Shortcut: only a service's own time is reckoned with, without the way to it and without what it calls.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import NormalDist

from tidegate.evaluate.reading.run_outage import FAILED_SHARE
from tidegate.simulate.script import Script
from tidegate.world.clients import Clients
from tidegate.world.law import Law
from tidegate.world.service import Service
from tidegate.world.world import World

_NOTICED = 0.1 * FAILED_SHARE
"""The share of failures below which chance hardly ever makes them enough to be bad."""
_TIMEOUTS = 1000
"""Time-outs that stand for all of a law."""


def fails_by_chance(script: Script, horizon_s: float, acceptable: float) -> bool:
    """Whether what fails by chance at any demand may matter beside the acceptable probability of collapse.

    Parameters
    ----------
    script
        What happens; before it and after it are asked about, not what it does meanwhile.
    horizon_s
        How long is simulated.
    acceptable
        Between 0 and 1.
    """
    ends = (script.phases[0].world, script.phases[-1].world)
    return any(
        _acting_checks(world, horizon_s) >= acceptable or _failing_ratio(world) >= _NOTICED for world in ends
    )


def slower_ratio(service: Service, than_s: float) -> float:
    """Return the share of requests that a service takes longer for, each of them alone.

    Examples
    --------
    >>> round(slower_ratio(Service(network="main", service_time_s=0.1), 0.5), 4)
    0.0067
    """
    mean_s, law = service.service_time_s, service.service_law
    if mean_s <= 0.0:
        return float(mean_s > than_s)
    if law.word != "lognormal":
        return law.longer_ratio(than_s / mean_s)
    variance = math.log1p(service.service_cv_ratio**2)
    if variance == 0.0:
        return float(mean_s > than_s)
    return NormalDist().cdf((math.log(mean_s / than_s) - 0.5 * variance) / math.sqrt(variance))


def _acting_checks(world: World, horizon_s: float) -> float:
    """Return how often checks of idle instances act until the horizon, at most."""
    return sum(
        service.instances_count
        * horizon_s
        / probe.interval_s
        * _slower_than_any(service, probe.timeout_s, probe.timeout_law) ** probe.failures_count
        for service in world.services.values()
        for probe in service.health_probes
        if probe.busy_fails
    )


def _failing_ratio(world: World) -> float:
    """Return the greatest share of a population's requests that fail although nobody else is there."""
    return max(_alone(world), default=0.0)


def _alone(world: World) -> Iterator[float]:
    for clients in world.clients.values():
        if clients.population_count and clients.demand.kind in {"open", "closed"}:
            yield _given_up(clients, late_ratio(world.services[clients.service], clients))


def late_ratio(service: Service, clients: Clients) -> float:
    """Return the share of attempts that a service takes longer for than their clients wait, each alone."""
    return _slower_than_any(service, clients.timeout_s, clients.timeout_law)


def _slower_than_any(service: Service, timeout_s: float, law: Law) -> float:
    """Return the share of requests that a service takes longer for than time-outs that vary, each alone."""
    if not law.varies:
        return slower_ratio(service, timeout_s)
    draws = ((i + 0.5) / _TIMEOUTS for i in range(_TIMEOUTS))
    waits_s = (timeout_s * law.times(u) for u in draws)
    return sum(slower_ratio(service, wait_s) for wait_s in waits_s) / _TIMEOUTS


def _given_up(clients: Clients, slow_ratio: float) -> float:
    """Return the share of requests whose every attempt is slow; what always is, is no matter of chance."""
    ratio = slow_ratio if slow_ratio < 1.0 else 0.0
    for layer in clients.retry.layers:
        ratio = 0.0 if layer.retries_count is None else ratio ** (1 + layer.retries_count)
    return ratio
