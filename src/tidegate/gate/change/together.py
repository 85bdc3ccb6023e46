"""What one plan does to several things happens at once, and is judged as one: alone each looks harmless."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.errors import InputError
from tidegate.world.activity import Activity
from tidegate.world.file.overlay import overlay
from tidegate.world.world import World, WorldFile


@dataclass(frozen=True, kw_only=True)
class Together:
    """What is judged as one.

    Parameters
    ----------
    file
        The world, in which one activity has the others beside it.
    activities
        Names of the activities to judge: that one, or each where they cannot be laid beside each other.
    notes
        Sentences to carry into the verdict.
    cannot_tell
        Sentences on why all of them cannot be judged as one.
    """

    file: WorldFile
    activities: tuple[str, ...]
    notes: tuple[str, ...] = ()
    cannot_tell: tuple[str, ...] = ()


def together(file: WorldFile, activities: Sequence[str]) -> Together:
    """Return activities as one that has the others beside it, all from the same moment on.

    Parameters
    ----------
    file
        The world, with the sizes of the plans laid over it.
    activities
        What the plans do, by its name in the world.
    """
    names = tuple(dict.fromkeys(activities))
    if len(names) < 2:
        return Together(file=file, activities=names)
    main = max(names, key=lambda name: _weight(file.world, file.world.activities[name]))
    stated = (one for name in names for one in file.world.activities[name].beside)
    beside = tuple(one for one in dict.fromkeys((*names, *stated)) if one != main)
    at_s = file.world.activities[main].at_s
    changes: dict[str, object] = {f"activities.{one}.beside": [] for one in beside}
    changes |= {f"activities.{one}.at": at_s for one in beside}
    said = ", ".join(names)
    try:
        laid = overlay(file, {**changes, f"activities.{main}.beside": list(beside)})
    except InputError as error:
        why = "; ".join(fault.what for fault in error.faults)
        sentence = (
            f"{said} are done by the same change, and what they come to together cannot be told "
            f"({why}): describe all of it as one activity."
        )
        return Together(file=file, activities=names, cannot_tell=(sentence,))
    note = f"{said} are judged as one, all at the same moment: that is how one change may do them."
    return Together(file=laid, activities=(main,), notes=(note,))


def _weight(world: World, plan: Activity) -> tuple[bool, float]:
    """Return how much an activity decides: who starts a few at a time first, then who adds or moves most."""
    before_count = plan.from_count or 1
    grown = max((plan.to_count or before_count) / before_count - 1.0, 0.0)
    added = sum(world.clients[one].population_count for one in plan.clients_added) * grown
    moved = sum(world.clients[one.clients].population_count * one.reconnect_ratio for one in plan.reactions)
    return plan.at_once_most_count is not None, max(added, moved)
