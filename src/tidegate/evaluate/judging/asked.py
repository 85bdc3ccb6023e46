"""What may be asked of a world, and which of its activities that is about; no more than can be read at once.

What answers it takes a quarter of a second to load (`check`): the first words need not wait for that.
"""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.errors import Fault, InputError
from tidegate.world.file.nearest_name import nearest
from tidegate.world.file.quantity import format_quantity
from tidegate.world.file.was_read import WasRead
from tidegate.world.world import World, WorldFile

DEFAULT_SEED = 7


@dataclass(frozen=True, kw_only=True)
class Check:
    """What is asked of a world.

    Parameters
    ----------
    file
        The world, overlays already laid.
    activity
        The activity to judge; None judges each, or the triggers alone where there is none.
    seed
        Chooses the random streams.
    runs_count
        Runs of each case; None lets the stopping rule decide.
    notes
        Sentences to carry into the verdict.
    read
        What was read in files, to carry into the verdict.
    """

    file: WorldFile
    activity: str | None = None
    seed: int = DEFAULT_SEED
    runs_count: int | None = None
    notes: tuple[str, ...] = ()
    read: tuple[WasRead, ...] = ()


def activities_of(check: Check) -> tuple[str | None, ...]:
    """Return what is to be judged: the activity named, each of the world's, or its triggers alone.

    Raises
    ------
    InputError
        If the world has no activity of that name, nothing happens in it at all, or an activity goes on beyond
        what is simulated: a file that says so is refused when it is read, but a shorter horizon may be laid
        over it afterwards.
    """
    named = _named(check)
    world = check.file.world
    happen = [(name, *world.activities[name].beside) for name in named if name is not None]
    endless = dict.fromkeys(fault for names in happen for name in names for fault in _endless(world, name))
    if endless:
        raise InputError(*endless)
    return named


def _endless(world: World, name: str) -> tuple[Fault, ...]:
    """Return what is wrong with an activity whose last steps would be cut off, and never judged."""
    activity = world.activities[name]
    last_s = activity.at_s + activity.steps_last_s
    if last_s < world.horizon_s:
        return ()
    at = format_quantity(last_s, "s")
    what, allowed = "is not over within the simulated time", f"a horizon beyond {at}"
    return (Fault(what=what, path=f"activities.{name}.at", value=at, allowed=allowed),)


def _named(check: Check) -> tuple[str | None, ...]:
    """Return the activity named, each of the world's, or none where only its triggers happen."""
    world = check.file.world
    if check.activity is not None:
        if check.activity not in world.activities:
            raise InputError(
                Fault(
                    what="no such activity",
                    kind="absent",
                    value=check.activity,
                    allowed=", ".join(world.activities) or "this world states none",
                    nearest=nearest(check.activity, world.activities),
                )
            )
        return (check.activity,)
    if world.activities:
        return tuple(world.activities)
    if not world.triggers:
        raise InputError(
            Fault(
                what="nothing happens in this world",
                kind="statement",
                value=check.file.source,
                allowed="at least one activity or trigger",
            )
        )
    return (None,)
