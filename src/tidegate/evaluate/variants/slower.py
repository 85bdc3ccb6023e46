"""What is acting slower, and what is it called? Where it holds for sure, the answer is *slow down*.

Slower is about ten times as gradual, or less where that would not be over in time to be judged; `quicker`
lies between that and the plan. How fast it may be at most, with margin, is not asked here; `tidegate ramp`
finds that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tidegate.evaluate.variants.axis import number_at
from tidegate.evaluate.variants.pace import Pace, as_planned, planned_s
from tidegate.evaluate.variants.world_case import slower_changes
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile

NAME = "slower"
_LEAST_RATIO = 1.05


@dataclass(frozen=True, kw_only=True)
class Gradual:
    """An activity run more gradually.

    Parameters
    ----------
    title
        Of the case, as in `CaseEvidence`.
    changes
        The overlay.
    pace
        What it comes to.
    """

    title: str
    changes: Mapping[str, object]
    pace: Pace


def slower(file: WorldFile, activity: str) -> Gradual | None:
    """Return an activity run more gradually; None where nothing more gradual is over in time."""
    changes = slower_changes(file.world, activity)
    before_s = planned_s(file.world, activity)
    laid = overlay(file, changes).world
    after_s = planned_s(laid, activity)
    plan = laid.activities[activity]
    is_cut_off = plan.at_s + plan.steps_last_s >= laid.horizon_s
    if is_cut_off or after_s <= _LEAST_RATIO * before_s:
        return None
    spreads_s = [value for path, value in changes.items() if path.endswith("spread")]
    slowed = as_planned(laid, activity)
    return Gradual(
        title=_title(before_s, after_s),
        changes=changes,
        pace=replace(slowed, spread_s=max(spreads_s, default=None)),
    )


def quicker(file: WorldFile, activity: str, slowed: Gradual, ratio: float) -> Gradual | None:
    """Return a pace between one that is slower and the plan; None where it would be neither.

    Parameters
    ----------
    file, activity
        As in `slower`.
    slowed
        What it found.
    ratio
        Which share of its times is taken, each rounded up to two figures and no shorter than planned.
    """
    changes: dict[str, object] = {}
    for path, value in slowed.changes.items():
        is_time = path.endswith(("pause", "spread"))
        least_s = number_at(file, path) or 0.0
        changes[path] = max(_rounded_up(ratio * float(str(value))), least_s) if is_time else value
    before_s = planned_s(file.world, activity)
    laid = overlay(file, changes).world
    after_s = planned_s(laid, activity)
    if after_s <= _LEAST_RATIO * before_s or _LEAST_RATIO * after_s >= slowed.pace.total_s:
        return None
    spreads_s = [float(str(value)) for path, value in changes.items() if path.endswith("spread")]
    made = replace(as_planned(laid, activity), spread_s=max(spreads_s, default=None))
    return Gradual(title=_title(before_s, after_s), changes=changes, pace=made)


def _rounded_up(value_s: float) -> float:
    """Return the next time of two figures that is no shorter."""
    if value_s <= 0.0:
        return 0.0
    step_s: float = 10.0 ** (math.floor(math.log10(value_s)) - 1)
    return float(f"{math.ceil(value_s / step_s - 1e-9) * step_s:.2g}")


def _title(before_s: float, after_s: float) -> str:
    """Return from what to what: ``over 20 s instead of 2 s``; never how many times, which nobody can set."""
    planned = f"of {_rounded(before_s)}" if before_s > 0.0 else "of at once"
    return f"over {_rounded(after_s)} instead {planned}"


def _rounded(duration_s: float) -> str:
    """Return a time with the two figures that matter, in the unit in which people say it."""
    for unit, size_s, until_s in (("ms", 1e-3, 1.0), ("s", 1.0, 120.0), ("min", 60.0, 7200.0)):
        if duration_s < until_s:
            return f"{_two_figures(duration_s / size_s)} {unit}"
    return f"{_two_figures(duration_s / 3600.0)} h"


def _two_figures(value: float) -> str:
    return f"{float(f'{value:.2g}'):g}"
