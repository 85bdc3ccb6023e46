"""At which pace can an activity run? The candidates of a ramp: batches, pause, spread, as overlays.

Nothing is run here. A batch is a whole multiple of what is asked for (racks, zones); where new
endpoints make clients reconnect, every batch makes all of them do so, and spreading is what helps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from tidegate.errors import Fault, InputError
from tidegate.simulate.staircase import Staircase, count_before, stages
from tidegate.world.activity import Activity
from tidegate.world.world import World

MOST_BATCHES = 50
_SHAPES_COUNT = 6


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a ramp must keep to.

    Parameters
    ----------
    within_s
        It must be done after this.
    multiple_count
        Instances in each batch are a multiple of this.
    spreads
        Whether clients can be told to spread their connecting; else only batches and pause are free.
    """

    within_s: float
    multiple_count: int = 1
    spreads: bool = True

    def allows(self, one: Pace) -> bool:
        """Whether a pace that was not made for these bounds keeps them."""
        return self.multiple_count == 1 and (self.spreads or one.spread_s is None)


@dataclass(frozen=True, kw_only=True)
class Pace:
    """One way to run an activity.

    Parameters
    ----------
    activity
        Which.
    batches_count, pause_s
        Steps and the time between their starts; its mean where those of a plan are unequal.
    spread_s
        Over which clients connect at each step; None leaves it as it is.
    total_s
        From the first step until the last client has connected.
    """

    activity: str
    batches_count: int
    pause_s: float
    spread_s: float | None
    total_s: float


def sizes(world: World, activity: str, bounds: Bounds) -> tuple[int, ...]:
    """Return how many batches are possible, the fewest first.

    Raises
    ------
    InputError
        If the step is no whole number of multiples, or the activity has no batches.
    """
    plan = world.activities[activity]
    multiple = bounds.multiple_count
    if multiple == 1 and not _is_stepped(plan):
        return (1,)
    if plan.kind == "reconnect":
        what = "this activity only makes clients reconnect: it has no batches"
        raise InputError(Fault(what=what, value=str(multiple), allowed="1"))
    step = touched_count(world, plan)
    if step % multiple:
        allowed = f"a number that divides {step}"
        raise InputError(
            Fault(
                what="the step is no whole number of such batches",
                kind="statement",
                value=str(multiple),
                allowed=allowed,
            )
        )
    if step == 0 or not _is_stepped(plan):
        return (1,)
    whole = step // multiple
    counts = [n for n in range(1, min(whole, MOST_BATCHES) + 1) if whole % n == 0]
    if len(counts) <= _SHAPES_COUNT:
        return tuple(counts)
    picked = {counts[round(i * (len(counts) - 1) / (_SHAPES_COUNT - 1))] for i in range(_SHAPES_COUNT)}
    return tuple(sorted(picked))


def _is_stepped(plan: Activity) -> bool:
    """Whether smaller steps disturb less: not where each of them makes every client reconnect."""
    if plan.kind == "reconnect":
        return False
    return plan.kind == "restart" or not plan.reactions


def touched_count(world: World, plan: Activity) -> int:
    """Return how many instances (devices) an activity starts, stops or replaces."""
    before = count_before(world, plan)
    if plan.kind == "restart":
        return before
    return abs((plan.to_count if plan.to_count is not None else before) - before)


def started_in_turn_count(world: World, activity: str) -> int:
    """Return how many an activity starts, where the next can start as one is ready; else 0."""
    plan = world.activities[activity]
    kinds = {world.clients[name].demand.kind for name in plan.clients_added}
    boots = bool(plan.service) and bool(world.services[plan.service].boot.calls)
    if plan.surge_count or "open" in kinds or not (kinds or boots):
        return 0
    if plan.kind == "restart":
        return count_before(world, plan) if boots or not plan.service else 0
    if plan.kind != "scale":
        return 0
    return max((plan.to_count or 0) - count_before(world, plan), 0)


def pace(world: World, activity: str, *, batches_count: int, total_s: float, spreads: bool) -> Pace:
    """Return the pace that takes `total_s` in all, or a little more, with so many batches."""
    plan = world.activities[activity]
    # Whole seconds: people and automation have to follow it.
    each_s = float(max(1, ceil(total_s / batches_count - 1e-9)))
    can_spread = spreads and (bool(plan.reactions) or bool(plan.clients_added))
    return Pace(
        activity=activity,
        batches_count=batches_count,
        pause_s=each_s if batches_count > 1 else 0.0,
        spread_s=each_s if can_spread else None,
        total_s=each_s * batches_count,
    )


def planned_s(world: World, activity: str) -> float:
    """Return how long the activity takes as planned."""
    plan = world.activities[activity]
    spreads = [reaction.spread_s for reaction in plan.reactions]
    spreads += [world.clients[name].start_spread_s for name in plan.clients_added]
    last_s = plan.steps_last_s
    if plan.kind == "restart" and plan.at_once_most_count is not None:
        last_s = Staircase(world, plan).starts_s[-1] - plan.at_s
    return last_s + max(spreads, default=0.0)


def as_planned(world: World, activity: str) -> Pace:
    """Return the pace at which an activity is planned."""
    plan = world.activities[activity]
    total_s = planned_s(world, activity)
    return Pace(
        activity=activity,
        batches_count=plan.steps_count,
        pause_s=plan.step_pause_s,
        spread_s=None,
        total_s=total_s,
    )


def overlay_of(world: World, one: Pace) -> Mapping[str, object]:
    """Return the overlay that runs an activity at a pace, and leaves as long after it as was planned."""
    plan = world.activities[one.activity]
    path = f"activities.{one.activity}"
    changes: dict[str, object] = {f"{path}.batches": one.batches_count, f"{path}.pause": one.pause_s}
    if plan.steps and one.batches_count == 1:
        changes[f"{path}.steps"] = []
    if one.spread_s is not None:
        for i, _ in enumerate(plan.reactions):
            changes[f"{path}.reactions.{i}.spread"] = one.spread_s
        for name in plan.clients_added:
            changes[f"clients.{name}.start_spread"] = one.spread_s
    left_s = max(world.horizon_s - plan.at_s - planned_s(world, one.activity), 0.0)
    changes["horizon"] = max(world.horizon_s, plan.at_s + one.total_s + left_s)
    return changes


def steps(world: World, one: Pace) -> tuple[tuple[float, int], ...]:
    """Return when each batch begins, from the first, and how many instances (devices) there are then."""
    plan = world.activities[one.activity]
    if plan.kind in {"restart", "reconnect"}:
        many = count_before(world, plan) if plan.kind == "restart" or plan.service else 0
        n = one.batches_count
        return tuple((i * one.pause_s, round(many * (i + 1) / n)) for i in range(n))
    before = count_before(world, plan)
    after = plan.to_count if plan.to_count is not None else before
    if plan.is_unequal and one == as_planned(world, one.activity):
        return stages(plan, before, after)
    n = one.batches_count
    return tuple((i * one.pause_s, before + round((after - before) * (i + 1) / n)) for i in range(n))
