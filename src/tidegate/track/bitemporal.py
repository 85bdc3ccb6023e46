"""What was so at a time, and what had we said of it by then? Two clocks, never mixed.

Entries carry both: when it was so (`at_s`) and when it was said (`said_s`). A correction speaks about
the past anew; what was said before stays and can always be shown. What had been told of a whole outage
by some time is its story read up to there: `tidegate.track.outage_story.outage`.
"""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.track.component import Status
from tidegate.track.outage import Change, Outage
from tidegate.track.summary import component_steps


def everything_said(one: Outage, field: str) -> tuple[Change, ...]:
    """Return everything that was ever said of a field, in the order in which it was said."""
    return tuple(change for change in one.changes if change.name == field)


def components_at(one: Outage, at_s: float) -> Mapping[str, Status]:
    """Return how each affected component was at `at_s` (seconds since 1970), by all that is known now."""
    steps = component_steps(one)
    if at_s < one.since_s or (one.until_s is not None and at_s >= one.until_s):
        return dict.fromkeys(steps, Status.OPERATIONAL)
    return {name: _held(held, at_s) for name, held in steps.items()}


def _held(steps: list[tuple[float, Status]], at_s: float) -> Status:
    return next((status for since_s, status in reversed(steps) if since_s <= at_s), Status.OPERATIONAL)
