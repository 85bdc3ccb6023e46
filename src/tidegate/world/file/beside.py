"""Which activities cannot happen beside each other? Those of which nobody could know what both come to."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.errors import Fault
from tidegate.world.activity import Activity
from tidegate.world.world import World


def cannot_be_together(world: World, name: str) -> Iterator[Fault]:
    """Yield the faults of the activities that an activity states beside it.

    Parameters
    ----------
    world
        The world.
    name
        Of the activity.
    """
    plan, path = world.activities[name], f"activities.{name}.beside"
    seen = {name}
    changed = dict.fromkeys(_changed(plan), name)
    for other in plan.beside:
        if other in seen:
            what = "names itself" if other == name else "names an activity twice"
            yield Fault(what=what, path=path, value=other, allowed="each other activity once")
            continue
        seen.add(other)
        beside = world.activities[other]
        if beside.beside:
            what = "names an activity that has others beside it"
            yield Fault(what=what, path=path, value=other, allowed="all of them here, and none there")
        for noun in _changed(beside):
            if noun in changed:
                what = f"names an activity that changes {noun} as {changed[noun]} does"
                yield Fault(what=what, path=path, value=other, allowed="one activity for both")
            changed[noun] = other
        if beside.at_once_most_count is not None:
            what = "names an activity that starts a few at a time (at_once_most)"
            allowed = f"that activity, with {name} beside it"
            yield Fault(what=what, path=path, value=other, allowed=allowed)


def _changed(plan: Activity) -> tuple[str, ...]:
    """Return the nouns whose numbers an activity changes."""
    own = [f"crossings.{plan.crossing}"] if plan.kind == "devices" else []
    own += [f"services.{plan.service}"] if plan.service and plan.kind in {"scale", "restart"} else []
    return (*own, *(f"clients.{one}" for one in plan.clients_added))
