"""What is acting slower, and what is it called? Where it holds for sure, the answer is *slow down*.

Slower is about ten times as gradual, or less where that would not be over in time to be judged. How fast
it may be at most is not asked here; `tidegate ramp` finds that.
"""

from __future__ import annotations

from tidegate.evaluate.case import slower_changes
from tidegate.evaluate.instead import Instead
from tidegate.evaluate.pace import planned_s
from tidegate.world.file.overlay import overlay
from tidegate.world.file.quantity import format_quantity
from tidegate.world.world import WorldFile

NAME = "slower"
_LEAST_RATIO = 1.05


def slower(file: WorldFile, activity: str) -> Instead | None:
    """Return an activity run more gradually; None where nothing more gradual is over in time."""
    changes = slower_changes(file.world, activity)
    before_s = planned_s(file.world, activity)
    after_s = planned_s(overlay(file, changes).world, activity)
    if after_s <= _LEAST_RATIO * before_s:
        return None
    # A plan that takes no time at all has no multiple.
    if before_s > 0.0:
        title = f"{after_s / before_s:.2g} times slower"
    else:
        title = f"over {format_quantity(float(f'{after_s:.2g}'), 's')} instead of at once"
    return Instead(name=NAME, title=title, changes=changes)
