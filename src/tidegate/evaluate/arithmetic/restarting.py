"""Is nobody there while a restart goes on? For how long, by arithmetic, and how some always are.

A restart of all instances at once is dark for as long as they boot, whatever its clients do. That is the
plan's own darkness, and told apart from what a storm adds to it: what clients ask as they come back is for
the runs to judge.

Shortcut: a step waits as long again as instances boot, so that those of the one before have settled.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.evaluate.arithmetic.downtime import is_asked, longest_dark_s
from tidegate.simulate.script import Script
from tidegate.simulate.staircase import count_before
from tidegate.world.file.quantity import format_quantity

_MOST_BATCHES = 10
_BOOTS = 2.0  # between the starts of two steps
_WORTH_SAYING = 0.5  # of the time for which nobody need be answered
_MINUTE_S = 60.0
_LEAST_DARK_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Darkness:
    """A restart in which for a while no instance is there.

    Parameters
    ----------
    activity, service
        Which activity it is, and which service restarts.
    lasts_s
        For how long none of it is there.
    is_too_long
        Whether that alone is as long as anybody may be left without an answer.
    most_batches_count
        In how many steps it can be done within half of what is looked at, so that some are always there; 1
        where one instance is all there is, or there is no time.
    pause_s
        Between the starts of two steps.
    """

    activity: str
    service: str
    lasts_s: float
    is_too_long: bool
    most_batches_count: int
    pause_s: float


def darkness(script: Script, activity: str | None) -> Darkness | None:
    """Return for how long a restart leaves no instance; None where that hardly matters.

    Parameters
    ----------
    script
        With the activity in it.
    activity
        Its name; None for the triggers alone.
    """
    world = script.phases[0].world
    happen = () if activity is None else (activity, *world.activities[activity].beside)
    dark = (_darkness(script, name) for name in happen)
    return next((one for one in dark if one is not None), None)


def _darkness(script: Script, activity: str) -> Darkness | None:
    world = script.phases[0].world
    plan = world.activities[activity]
    if plan.kind != "restart" or not plan.service:
        return None
    lasts_s, allowed_s = longest_dark_s(script, plan.service), world.objectives.unserved_within_s
    # The worst minute has as little to spare, by the objective for it.
    least_s = min(_WORTH_SAYING * allowed_s, (1.0 - world.objectives.least_success_ratio) * _MINUTE_S)
    if lasts_s < max(least_s, _LEAST_DARK_S) or not is_asked(world, plan.service, lasts_s):
        return None
    pause_s = _BOOTS * world.services[plan.service].boot.time_s
    room = math.floor((world.horizon_s - plan.at_s) / 2.0 / pause_s) + 1
    return Darkness(
        activity=activity,
        service=plan.service,
        lasts_s=lasts_s,
        is_too_long=lasts_s >= allowed_s,
        most_batches_count=max(min(count_before(world, plan), room, _MOST_BATCHES), 1),
        pause_s=pause_s,
    )


def never_dark(dark: Darkness, batches_count: int) -> Mapping[str, object]:
    """Return the overlay with which some instances are always there: steps, or successors that come first."""
    path = f"activities.{dark.activity}"
    if batches_count < 2:
        return {f"{path}.surge": 1}
    return {f"{path}.batches": batches_count, f"{path}.pause": dark.pause_s}


def darkness_sentences(script: Script, activity: str | None) -> tuple[str, ...]:
    """Return, as a clause, for how long a restart is dark by itself, and how it is not."""
    dark = darkness(script, activity)
    if dark is None:
        return ()
    world = script.phases[0].world
    called, one = world.services[dark.service].title or dark.service, world.services[dark.service]
    whole = "all instances restart at once" if one.instances_count > 1 else "its only instance restarts"
    said = f"{called} is dark for at least {dark.lasts_s:.3g} s: {whole}"
    if dark.most_batches_count > 1:
        pause = format_quantity(float(f"{dark.pause_s:.3g}"), "s")
        return (f"{said}; in 2 batches, {pause} apart, it is not",)
    if one.instances_count == 1:
        return (f"{said}; with a successor that starts before it stops (`surge: 1`) it is not",)
    return (said,)
