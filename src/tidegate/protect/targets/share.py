"""What share of a service's limit does each device before it get? Together they keep it.

An instance meets the connections of every device: two devices that each open 200 are 400 to it.
"""

from __future__ import annotations

from tidegate.protect.config_file import Draft
from tidegate.protect.protection import Element
from tidegate.protect.targets.behind import services_behind
from tidegate.world.world import World


def each_device_count(draft: Draft, crossing: str, service: str) -> int | None:
    """Return the connections that one device of a crossing may open to each instance of a service.

    None where nobody asks for a limit, or it cannot be shared: that is refused then.

    Parameters
    ----------
    draft
        What is to be said.
    crossing, service
        Which device stands before which service.
    """
    at = f"services.{service}.connections"
    full = f"{at}_when_full"
    count = draft.world.services[service].accepted_count
    if not asked(draft, service):
        return None
    if count is None:
        draft.refuse(at, "no limit is the absence of a line: remove the old one")
        draft.refuse(full, "there is no limit whose excess it would be")
        return None
    devices = draft.world.crossings[crossing].devices_count
    each = count // devices
    if each < 1:
        for path in (at, full):
            draft.refuse(path, f"{devices} devices share it, and each needs one connection at least")
        return None
    if devices > 1:
        shared(draft, draft.find(at), each, devices)
    return each


def asked(draft: Draft, service: str) -> list[Element]:
    """Return what is asked of the connections of a service: how many, and what becomes of the excess."""
    at = f"services.{service}.connections"
    found = (draft.find(at), draft.find(f"{at}_when_full"))
    return [element for element in found if element is not None]


def shared(draft: Draft, element: Element | None, each: int, devices: int) -> None:
    """Note that each of several devices gets its share, rounded down."""
    if element is not None:
        draft.note(
            f"{element.path} = {element.text} is written as {each} for each of {devices} devices: "
            "an instance meets all of them."
        )


def devices_before(world: World, service: str, crossing: str) -> int:
    """Return how many devices share what a service accepts: of a crossing, or of the only one before it.

    Parameters
    ----------
    world
        Where they stand.
    service
        What is behind them.
    crossing
        The one that is meant; empty where that is not known.
    """
    before = [name for name in world.crossings if service in services_behind(world, name)]
    meant = crossing if crossing in world.crossings else before[0] if len(before) == 1 else ""
    return world.crossings[meant].devices_count if meant else 1


def most_instances(world: World, service: str) -> int:
    """Return how many instances of a service may run at a time, those of an activity's surge included."""
    known = world.services[service]
    runs = max(known.instances_count, 0 if known.autoscaler is None else known.autoscaler.most_count)
    scaled = [one for one in world.activities.values() if one.service == service]
    goals = [max(one.to_count or 0, runs) + one.surge_count for one in scaled]
    return max(runs + known.standby_count, *goals, 0)
