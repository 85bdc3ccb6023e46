"""How many clients is one instance? What an activity grows in step must be countable before it grows."""

from __future__ import annotations

from tidegate.errors import Fault
from tidegate.world.world import World


def uncountable(world: World, name: str) -> Fault | None:
    """Return the fault of an activity whose `clients_added` cannot follow its instances; None without one.

    Parameters
    ----------
    world
        The world before the activity.
    name
        Of the activity.
    """
    activity = world.activities[name]
    clients, before = world.clients.get(activity.clients_added), activity.from_count
    if before is None and activity.service in world.services:
        before = world.services[activity.service].instances_count
    if clients is None or before is None or activity.kind not in {"scale", "restart"}:
        return None
    path, count = f"clients.{activity.clients_added}.population", clients.population_count
    if before == 0 and count > 0:
        what = f"is 0, so how many clients one instance is cannot be known ({path} is {count:,})"
        allowed = f"{path}: 0, so that each instance is one client, or from: the instances that they are"
    elif before > 0 and count == 0:
        what = f"is {before:,}, but {path} is 0, so that no client would ever come"
        allowed = f"from: 0, so that each instance is one client, or {path}: the clients that they are"
    elif before == 0 and clients.demand.kind == "open" and activity.to_count:
        what = f"is 0, and clients.{activity.clients_added}.demand is a rate, so what one asks for is unknown"
        allowed = "demand: {kind: closed, think: …}, or from: at least 1 with the rate of so many"
    else:
        return None
    return Fault(what=what, path=f"activities.{name}.from", value=f"{before:,}", allowed=allowed)
