"""What does a world state that happens, where somebody says its name alone? Growth, and connecting anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tidegate.gate.asking.intent import Resized, resizing
from tidegate.gate.change.plan import Plan, Reconnect
from tidegate.world.activity import Activity
from tidegate.world.world import World

_GROWING = frozenset({"scale", "devices"})
_ANEW = frozenset({"restart", "reconnect"})


def stated_step(worlds: Iterable[World], system: str, name: str) -> Plan | None:
    """Return the change that worlds state under a name; None where none states one.

    Where the same things have a name in another system too, as the Deployment that a workflow rolls out has
    one in Kubernetes, they go by that: whoever asks about them there asks about the same things.

    Parameters
    ----------
    worlds
        Where to look.
    system, name
        The name, as `known_as` has it.
    """
    found = [one for world in worlds for one in world.activities.values() if one.known_as.get(system) == name]
    common = _common(found, system)
    grown = [_resized(one, common) for one in found if one.kind in _GROWING]
    anew = tuple(
        Reconnect(address=one.known_as[common], why=f"is {one.kind} by {name}")
        for one in found
        if one.kind in _ANEW
    )
    if not grown and not anew:
        return None
    plan = resizing(common, *grown)
    return Plan(changes=plan.changes, reconnects=anew, system=common)


def _common(found: Sequence[Activity], system: str) -> str:
    """Return a system in which all of them have a name: another than the one asked by, if there is one."""
    return next(
        (one for one in (found[0].known_as if found else ()) if one != system and _all(found, one)), system
    )


def _all(found: Sequence[Activity], system: str) -> bool:
    return all(system in one.known_as for one in found)


def _resized(activity: Activity, system: str) -> Resized:
    return Resized(
        address=activity.known_as[system], before_count=activity.from_count, after_count=activity.to_count
    )
