"""Which assumed number should be measured first? The one whose ends change what comes of an activity.

Each number that is assumed, or has a range, is put at either end, the others as believed: by arithmetic, and
where that decides nothing by the fluid engine. Nothing is run, so this is an order of work and no verdict.

Shortcut: numbers that decide only together are ordered by how near one alone brings a limit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tidegate.errors import InputError
from tidegate.evaluate.arithmetic.exceeded import limits
from tidegate.evaluate.arithmetic.load import streams
from tidegate.evaluate.variants.scope import concern_of, script_of
from tidegate.simulate.fluid import run_fluid
from tidegate.world.belief import Estimate
from tidegate.world.file.overlay import overlay
from tidegate.world.world import World, WorldFile

MOST_SUMS = 40_000
"""So many sums are made in all, each counted as the power 1.5 of how many streams of requests a world has."""
MOST_ESTIMATES = 400
"""Likewise by the fluid engine, of the numbers that press hardest."""
MOST_WORLDS = 40
MOST_ACTIVITIES = 4
_MOST_RATIO = 1e9
_WORLDS_OF_ONE = 2
_LEAST_NUMBERS = 10
_MOVED_RATIO = 1e-3


@dataclass(frozen=True, kw_only=True)
class Telling:
    """One number, and what its range could change.

    Parameters
    ----------
    estimate
        The number.
    activity
        Of which activity it changes most; None where nothing but triggers happens.
    flips
        Whether one end holds and the other does not.
    by
        "arithmetic" or "estimate", where it flips; else empty.
    pressure_ratio
        How much of the limit that is nearest is wanted at its worse end.
    """

    estimate: Estimate
    activity: str | None
    flips: bool
    by: str
    pressure_ratio: float


@dataclass(frozen=True)
class _Outcome:
    """What arithmetic says of one world: whether a limit is exceeded, and how much of each is wanted."""

    fails: bool
    pressures: Mapping[tuple[str, str], float]

    def moved_to_ratio(self, before: _Outcome) -> float:
        """Return how much is wanted of the limit that is nearest, of those of which it is another amount."""
        known = before.pressures
        moved = (
            ratio for key, ratio in self.pressures.items() if abs(ratio - known.get(key, 0.0)) > _MOVED_RATIO
        )
        return max(moved, default=0.0)


def measure_next(
    file: WorldFile, activities: Sequence[str | None], *, progress: Callable[[str, int], None] | None = None
) -> tuple[Telling, ...]:
    """Return the numbers of a world that are not known, the most telling first.

    Parameters
    ----------
    file, activities
        The world, and of which of its activities; the first few are looked at.
    progress
        Called with what is being looked at, and how many times it was; may raise to end.
    """
    unsure = [one for one in file.estimates.values() if one.is_uncertain and one.basis != "published"]
    found: dict[str, Telling] = {}
    looked_at = activities[:MOST_ACTIVITIES]
    size = int(max(len(streams(file.world)), 1) ** 1.5) if looked_at else 1
    left = [min(MOST_ESTIMATES // size, MOST_WORLDS)]
    most = MOST_SUMS // size // (2 * max(len(looked_at), 1))
    if most < _LEAST_NUMBERS:
        looked_at = ()  # too large: as it stands, what is nearest to the first activity first
    for activity in looked_at:
        near = sorted(unsure, key=lambda one: _far(file.world, activity, one.path))[:most]
        for one in _of_activity(file, activity, near, left, progress):
            before = found.get(one.estimate.path)
            if before is None or _rank(one) < _rank(before):
                found[one.estimate.path] = one
    seen = {one.estimate.path for one in found.values()}
    rest = [
        Telling(estimate=one, activity=None, flips=False, by="", pressure_ratio=0.0)
        for one in unsure
        if one.path not in seen
    ]
    first = activities[0] if activities else None
    rest.sort(key=lambda one: _far(file.world, first, one.estimate.path))
    return (*sorted(found.values(), key=_rank), *rest)


def _far(world: World, activity: str | None, path: str) -> int:
    """Return how far a path is from what an activity changes: 0 itself, 1 what that asks, else 2."""
    section, name, *_ = (*path.split("."), "")
    if activity is None or section not in {"services", "clients"}:
        return 2
    plan = world.activities[activity]
    own = {("services", plan.service), *(("clients", one) for one in plan.clients_added)}
    asked = {call.service for call in world.services[plan.service].calls} if plan.service else set()
    asked |= {world.clients[one].service for one in plan.clients_added}
    if (section, name) in own:
        return 0
    return 1 if section == "services" and name in asked else 2


def _rank(one: Telling) -> tuple[bool, bool, float, float, str]:
    width = one.estimate.high / one.estimate.low if one.estimate.low > 0 else math.inf
    return (not one.flips, one.by != "arithmetic", -one.pressure_ratio, -width, one.estimate.path)


def _of_activity(
    file: WorldFile,
    activity: str | None,
    unsure: Sequence[Estimate],
    left: list[int],
    progress: Callable[[str, int], None] | None,
) -> Iterator[Telling]:
    concerns = concern_of(file, activity)
    believed = _sums(file, activity, "", 0.0) if unsure else None
    if believed is None:
        return
    ends: list[tuple[float, Estimate, _Outcome, _Outcome]] = []
    for number, one in enumerate(unsure):
        if not concerns(one.path):
            continue
        if progress is not None:
            progress("which number decides, by arithmetic", number + 1)
        low, high = (_sums(file, activity, one.path, value) or believed for value in (one.low, one.high))
        pressure_ratio = max(low.moved_to_ratio(believed), high.moved_to_ratio(believed))
        ends.append((pressure_ratio, one, low, high))
    ends.sort(key=lambda each: (-each[0], each[1].path))
    estimated = (
        None if believed.fails or left[0] < _WORLDS_OF_ONE else _collapses(file, activity, "", 0.0, left)
    )
    for number, (pressure_ratio, one, low, high) in enumerate(ends, 1):
        by = "arithmetic" if low.fails != high.fails else ""
        if not by and estimated is not None and not low.fails and left[0] >= _WORLDS_OF_ONE:
            if progress is not None:
                progress("which number decides, by an estimate", number)
            said = [_collapses(file, activity, one.path, value, left) for value in (one.low, one.high)]
            by = "estimate" if said[0] != said[1] else ""
        yield Telling(estimate=one, activity=activity, flips=bool(by), by=by, pressure_ratio=pressure_ratio)


def _sums(file: WorldFile, activity: str | None, path: str, value: float) -> _Outcome | None:
    """Return what arithmetic says where a number has a value; None of a world that contradicts itself."""
    try:
        script = script_of(overlay(file, {path: value}) if path else file, activity)
    except InputError:
        return None
    found = limits(script)
    pressures = {(one.path, one.destination): min(one.pressure_ratio, _MOST_RATIO) for one in found}
    return _Outcome(any(one.is_exceeded for one in found), pressures)


def _collapses(file: WorldFile, activity: str | None, path: str, value: float, left: list[int]) -> bool:
    left[0] -= 1
    try:
        return run_fluid(script_of(overlay(file, {path: value}) if path else file, activity)).collapsed
    except InputError:
        return False
