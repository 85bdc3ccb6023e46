"""How many clients one instance is, and what single instances cannot be asked for.

What an activity grows in step must be countable before it grows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tidegate.errors import Fault
from tidegate.world.file.faults import Faults, Path
from tidegate.world.instance import Balancing
from tidegate.world.service import Service
from tidegate.world.trigger import Trigger
from tidegate.world.world import World

MOST_WEIGHTS = 1000


def uncountable(world: World, name: str) -> tuple[Fault, ...]:
    """Return the faults of an activity whose `clients_added` cannot follow its instances.

    Parameters
    ----------
    world
        The world before the activity.
    name
        Of the activity.
    """
    activity = world.activities[name]
    before = activity.from_count
    if before is None and activity.service in world.services:
        before = world.services[activity.service].instances_count
    if before is None or activity.kind not in {"scale", "restart"}:
        return ()
    added = [one for one in activity.clients_added if one in world.clients]
    found = [_uncountable(world, one, before, activity.to_count) for one in added]
    at = f"activities.{name}.from"
    return tuple(replace(fault, path=at) for fault in found if fault is not None)


def _uncountable(world: World, name: str, before: int, after: int | None) -> Fault | None:
    """Return the fault of one population that cannot follow so many instances; None without one."""
    clients = world.clients[name]
    path, count = f"clients.{name}.population", clients.population_count
    if before == 0 and count > 0:
        what = f"is 0, so how many clients one instance is cannot be known ({path} is {count:,})"
        allowed = f"{path}: 0, so that each instance is one client, or from: the instances that they are"
    elif before > 0 and count == 0:
        what = f"is {before:,}, but {path} is 0, so that no client would ever come"
        allowed = f"from: 0, so that each instance is one client, or {path}: the clients that they are"
    elif before == 0 and clients.demand.kind == "open" and after:
        what = f"is 0, and clients.{name}.demand is a rate, so what one asks for is unknown"
        allowed = "demand: {kind: closed, think: …}, or from: at least 1 with the rate of so many"
    else:
        return None
    return Fault(what=what, value=f"{before:,}", allowed=allowed)


def unmodelled(world: World, name: str) -> Fault | None:
    """Return the fault of a service whose instances have queues of their own and what does not go with them.

    Parameters
    ----------
    world
        As it is run.
    name
        Of the service.
    """
    service = world.services[name]
    apart = {"sick": service.sick, "memory": service.memory}
    given = next((key for key, value in apart.items() if value is not None), None)
    if given is not None and service.balancing is None:
        what = "is given, but all instances share one queue"
        return Fault(what=what, path=f"services.{name}.{given}", allowed="leave it out, or state balancing")
    if service.balancing is None:
        return None
    if service.memory is not None and service.boot.calls:
        what = "is not modelled for instances that make boot calls"
        return Fault(what=what, path=f"services.{name}.memory", allowed="memory, or boot.calls")
    return _unpooled(name, service, service.balancing)


def _unpooled(name: str, service: Service, balancing: Balancing) -> Fault | None:
    """Return the fault of a pooler whose instances have pools of their own."""
    if service.holds_sessions and balancing.by_request:
        what = "is request, but in mode session a pooler's clients hold a server connection each"
        return Fault(what=what, path=f"services.{name}.balancing.each", allowed="connection")
    if service.pooler is not None and service.pooler.wait_s is not None:
        what = "is not modelled beside balancing: who finds no connection waits in the instance's queue"
        return Fault(what=what, path=f"services.{name}.pooler.wait", allowed="none, or no balancing")
    return None


def judge_balancing(path: Path, service: Service, faults: Faults, idle: Callable[..., None]) -> None:
    """Judge how connections or requests are spread over the instances of a service."""
    balancing, here = service.balancing, (*path, "balancing")
    if balancing is None:
        return
    idle((*here, "skew"), "has a meaning only for rule random", unless=balancing.rule == "random")
    idle((*here, "at"), "has a meaning only for each request", unless=balancing.by_request)
    if balancing.weights_count and balancing.skew_ratio > 0.0:
        faults.add((*here, "skew"), "is given beside weights", allowed="one of the two")
    if len(balancing.weights_count) > MOST_WEIGHTS:
        count = len(balancing.weights_count)
        allowed = f"at most {MOST_WEIGHTS}; all others count 1"
        faults.add((*here, "weights"), "has too many numbers", value=count, allowed=allowed)
    memory = service.memory
    if balancing.by_request and memory is not None and memory.per_connection_bytes > 0:
        what = "is no instance's where balancing.each is request: connections end before the instances"
        faults.add((*path, "memory", "per_connection"), what, allowed="0B, or what they take as per_request")


def judge_trigger(
    path: Path, trigger: Trigger, world: World, faults: Faults, idle: Callable[..., None]
) -> None:
    """Judge what a trigger does to single instances."""
    for name in world.services:
        for key in ("each", "at"):
            changed = f"services.{name}.balancing.{key}"
            if changed in trigger.set:
                what, value = "cannot change while the world runs", str(trigger.set[changed])[:60]
                faults.add((*path, "set", changed), what, value=value, allowed="rule, weights")
    counts = {f"services.{name}.instances" for name in world.services}
    here = (*path, "gone_connections")
    idle(here, "is given, but no instances are set", unless=bool(counts & trigger.set.keys()))
