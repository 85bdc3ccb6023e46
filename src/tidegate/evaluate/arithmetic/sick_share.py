"""How many requests come to an instance that is sick? Its share of the connections that clients keep to it.

In runs a request takes, of the kept connections that are free, the one used last: those to an instance that
answers nothing lie in their place, and the others serve. Here each connection is asked as often as any other,
as those of clients with one each and of round-robin pools are.

Shortcut: attempts of one request meet connections by chance; nobody leaves one that answered with an error.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from tidegate.evaluate.arithmetic.limit import Limit, about
from tidegate.simulate.script import Script
from tidegate.world.clients import Clients
from tidegate.world.service import Service

_DOES = {"error": "with errors", "silent": "nothing", "slow": "too late"}
_MINUTE_S = 60.0


def sick_limits(script: Script) -> Iterator[Limit]:
    """Yield each service whose sick instances get more in a minute than objectives let fail.

    Parameters
    ----------
    script
        What happens; instances are sick from a trigger's begin to its end.
    """
    last = script.phases[-1].world
    for title, clients in last.clients.items():
        steps = [
            (phase.at_s, _failing_ratio(phase.world.clients[title], phase.world.services[clients.service]))
            for phase in script.phases
        ]
        worst_ratio = _worst_minute(steps)
        if worst_ratio > 1.0 - last.objectives.least_success_ratio:
            sickest = max(script.phases, key=lambda phase: _sick_count(phase.world.services[clients.service]))
            service = sickest.world.services[clients.service]
            said = _says(clients.service, service, clients.title or title, worst_ratio)
            allowed_s = _MINUTE_S * (1.0 - last.objectives.least_success_ratio)
            yield _limit(clients.service, said, _MINUTE_S * worst_ratio, allowed_s)


def _sick_count(service: Service) -> int:
    return 0 if service.sick is None else min(service.sick.instances_count, service.instances_count)


def _failing_ratio(clients: Clients, service: Service) -> float:
    """Return the share of requests whose every attempt comes to an instance that is sick."""
    sick, balancing = service.sick, service.balancing
    is_kept = clients.connection != "per_request" and clients.demand.kind == "open"
    # What probes watch is taken away; and where each request gets an instance of its own, runs show it.
    is_theirs = balancing is not None and balancing.each == "connection" and not service.health_probes
    if sick is None or not (is_kept and is_theirs and clients.demand.rate_per_s and service.instances_count):
        return 0.0
    if sick.answers == "slow" and sick.time_s <= clients.timeout_s:
        return 0.0
    retries = (layer.retries_count for layer in clients.retry.layers)
    attempts_count = math.prod(math.inf if count is None else count + 1 for count in retries)
    return float((_sick_count(service) / service.instances_count) ** attempts_count)


def _worst_minute(steps: Sequence[tuple[float, float]]) -> float:
    """Return the greatest mean over a minute of what holds from moments on."""
    ends_s = [at_s for at_s, _ in steps[1:]] + [math.inf]

    def mean(from_s: float) -> float:
        until_s = from_s + _MINUTE_S
        return sum(
            ratio * max(min(end_s, until_s) - max(at_s, from_s), 0.0)
            for (at_s, ratio), end_s in zip(steps, ends_s, strict=True)
        ) / _MINUTE_S  # fmt: skip

    moments_s = [at_s for at_s, _ in steps] + [end_s - _MINUTE_S for end_s in ends_s[:-1]]
    return max(map(mean, moments_s))


def _says(name: str, service: Service, title: str, failing_ratio: float) -> str:
    how, count = _DOES[service.sick.answers] if service.sick is not None else "", _sick_count(service)
    share = f"{about(100.0 * failing_ratio)} % of the requests of {title} in a minute"
    return (
        f"{count} of {service.instances_count} instances of {name} answer{'s' * (count == 1)} {how}: {share} "
        "come on connections to them"
    )


def _limit(name: str, said: str, failing_s: float, allowed_s: float) -> Limit:
    return Limit(
        place_kind="service",
        place=name,
        path=f"services.{name}.sick.instances",
        kind="time",
        wanted=failing_s,
        allowed=allowed_s,
        least_wanted=failing_s,
        says=said,
        destination=name,
    )
