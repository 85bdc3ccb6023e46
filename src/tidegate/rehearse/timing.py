"""Which stretch of a world's time is rehearsed? A short calm, all that happens, and a while after it.

Nothing that happens is moved against anything else: only a long calm before the first step is cut,
and the end. Times of the world itself (time-outs, holds, delays) are never touched.
"""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.simulate.script import Script
from tidegate.world.world import World, WorldFile

CALM_S = 5.0
AFTER_S = 60.0
MOST_S = 180.0


@dataclass(frozen=True, kw_only=True)
class Timing:
    """What is changed of a world's times, as an overlay, and what is said about it."""

    changes: dict[str, object]
    said: tuple[str, ...]


def shortened(script: Script, file: WorldFile, activity: str | None) -> Timing:
    """Return how a world's time is cut to what a rehearsal needs.

    Parameters
    ----------
    script
        What happens in it.
    file
        The world.
    activity
        The activity that happens.
    """
    world = file.world
    from_s = min(script.disturbed_from_s, world.horizon_s)
    until_s = min(max(script.disturbed_until_s, from_s), world.horizon_s)
    earlier_s = round(max(from_s - calm_s(world), 0.0), 3)
    end_s = min(world.horizon_s - earlier_s, until_s - earlier_s + AFTER_S, MOST_S)
    said = []
    changes: dict[str, object] = {}
    if earlier_s > 0:
        said.append(f"The calm before it is {from_s - earlier_s:g} s instead of {from_s:g} s.")
        changes |= _moved(world, activity, earlier_s)
    if end_s < world.horizon_s - earlier_s:
        changes["horizon"] = end_s
        end = from_s - earlier_s
        said.append(f"It ends {end_s - end:g} s after the beginning: what happens later is not rehearsed.")
    elif earlier_s > 0:
        changes["horizon"] = end_s
    return Timing(changes=changes, said=tuple(said))


def calm_s(world: World) -> float:
    """Return how long a calm is needed before the first step: until what is held has filled up."""
    holds = [CALM_S]
    for crossing in world.crossings.values():
        if crossing.table is not None:
            holds.append(min(crossing.table.closed_hold_s, AFTER_S) + CALM_S)
        if crossing.ports is not None:
            holds.append(min(crossing.ports.hold_s, AFTER_S) + CALM_S)
    return max(holds)


def _moved(world: World, activity: str | None, earlier_s: float) -> dict[str, object]:
    changes: dict[str, object] = {
        f"triggers.{name}.at": max(trigger.at_s - earlier_s, 0.0) for name, trigger in world.triggers.items()
    }
    happen = () if activity is None else (activity, *world.activities[activity].beside)
    return changes | {
        f"activities.{name}.at": max(world.activities[name].at_s - earlier_s, 0.0) for name in happen
    }
