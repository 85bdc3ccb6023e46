"""Health checks and load: a check that fails because its instance is busy takes that instance from the rest.

All instances share one queue, so the check of one fails when those of the others do. What is left is the
share that may not be ejected, or the share of time in which they are up.

Shortcut: checks fail one after the other at their interval, and pass again as soon as they may.
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.evaluate.arithmetic.feedback.burden import passes, usual_work_s, work_s
from tidegate.evaluate.arithmetic.feedback.naming import span
from tidegate.evaluate.arithmetic.feedback.place import Place, capacity_work, longest_wait_s
from tidegate.evaluate.arithmetic.feedback.pressed import Mechanisms, Slow
from tidegate.evaluate.arithmetic.feedback.retrying import delay, load, queue_edge
from tidegate.evaluate.arithmetic.feedback.rings import Edge, Quantity
from tidegate.evaluate.arithmetic.load import kept_connections, streams
from tidegate.evaluate.arithmetic.work import opening_work_s, setup_work_s, way_of
from tidegate.world.retry import RetryPolicy
from tidegate.world.service import HealthProbe, Service
from tidegate.world.world import World

_FELT_RATIO = 0.9  # of a check's time-out


def checking(world: World, place: Place, retries: dict[str, RetryPolicy]) -> Iterator[Edge]:
    """Yield the edges of all loops in which a slow place makes checks fail."""
    for name, service in world.services.items():
        for probe in service.health_probes:
            crossed = place.is_passed and place.name in way_of(world, probe.network, name)
            queued = place == Place("service", name) and probe.busy_fails
            if not (crossed or queued) or not service.instances_count:
                continue
            wait_s = longest_wait_s(world, place, opens=crossed)
            if wait_s >= _FELT_RATIO * probe.timeout_s:
                yield queue_edge(place, wait_s, probe.timeout_s)
                yield from _acting(world, place, name, probe, retries)


def _acting(
    world: World, place: Place, name: str, probe: HealthProbe, retries: dict[str, RetryPolicy]
) -> Iterator[Edge]:
    service, its = world.services[name], Place("service", name)
    failing_s = probe.failures_count * probe.interval_s
    checks = Quantity("checks", name)
    yield Edge(
        source=delay(place),
        target=checks,
        mechanism="health checks",
        says=f"a check of {name} that waits {span(probe.timeout_s)} fails, and after "
        f"{probe.failures_count} in a row ({span(failing_s)}) {_CONSEQUENCES[probe.on_failure]}",
        parts=(("services", name),),
    )
    work = _work(world, place, its, retries)
    breaks = probe.on_failure != "eject"
    again = _reopening_s(world, name) / _round_s(service, probe) if breaks else 0.0
    left_ratio = 1.0 if probe.on_failure == "drop_sessions" else _left_ratio(service, probe)
    able = capacity_work(world, its) * left_ratio
    if probe.on_failure == "drop_sessions" and again == 0.0:
        return
    share = "all the same" if left_ratio == 1.0 else f"with {100 * left_ratio:.0f} % of its instances left"
    yield Edge(
        source=checks,
        target=load(its),
        mechanism="health checks",
        says=f"{name} is asked for as much as before {share}"
        + (", and its connections are opened anew" if again else ""),
        gain=(work + again) / able,
        formula=f"asked ({100 * (work + again) / capacity_work(world, its):.0f} % of what all can do) ÷ "
        f"the share that is left ({100 * left_ratio:.0f} %)",
        parts=(its.part,),
        usual_ratio=_usual_ratio(world, its),
        timeout_s=probe.timeout_s,
    )


_CONSEQUENCES = {
    "eject": "no requests go to that instance",
    "restart": "that instance is restarted",
    "drop_sessions": "its connections are broken",
}


def _round_s(service: Service, probe: HealthProbe) -> float:
    """Return how long it takes until the same can happen to an instance again."""
    up_s = probe.failures_count * probe.interval_s
    if probe.on_failure == "restart":
        return up_s + service.boot.time_s
    return up_s


def _left_ratio(service: Service, probe: HealthProbe) -> float:
    """Return which share of the instances takes requests while checks fail."""
    up_s = probe.failures_count * probe.interval_s
    away_s = (
        service.boot.time_s if probe.on_failure == "restart" else probe.successes_count * probe.interval_s
    )
    restarts = probe.on_failure == "restart" and service.warm_up is not None
    speed_ratio = service.warm_up.speed_ratio(up_s) if restarts and service.warm_up else 1.0
    return max(probe.panic_ratio, speed_ratio * up_s / (up_s + away_s))


def _reopening_s(world: World, name: str) -> float:
    """Return the work of opening all connections to a service anew, what each carries first included."""
    setup_s = setup_work_s(world.services[name])
    return sum(
        kept_connections(one) * (setup_s + opening_work_s(world, name, one.openings))
        for one in world.clients.values()
        if one.service == name
    )


def _work(world: World, place: Place, its: Place, retries: dict[str, RetryPolicy]) -> float:
    """Return the seconds of work a second that are asked of the service while the place is slow."""
    slow = Slow(world, place, retries, Mechanisms())
    found = 0.0
    for one in slow.all.values():
        if passes(its, one.stream):
            usual = usual_work_s(world, its, one.stream)
            found += max(usual, one.per_s * work_s(world, its, one)) if one.is_late else usual
    return found


def _usual_ratio(world: World, its: Place) -> float:
    asked = sum(usual_work_s(world, its, one) for one in streams(world) if passes(its, one))
    return asked / capacity_work(world, its)
