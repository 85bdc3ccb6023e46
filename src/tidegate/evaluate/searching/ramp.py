"""The fastest pace at which an activity is safe, with margin; or what would make one safe.

An activity that holds as planned, by the rule that `check` decides by, is run as planned; whatever else is
proposed holds by that rule, too. So the two never contradict each other. Margin is asked for beyond that,
and where no pace has it in every number those without are named.

The total time is found on the fluid engine, for each possible number of batches, until every belief
that was never measured may be wrong and every assumed number a third worse. The fastest is then
proven on the event engine as a whole, each batch from the state the one before it left, with fresh
chance; where that fails it is slowed down and proven again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from tidegate.evaluate.judging.trial import Proof, Trial
from tidegate.evaluate.variants.margin import MARGIN_RATIO, Variant, margin_variants
from tidegate.evaluate.variants.pace import (
    Bounds,
    Pace,
    as_planned,
    overlay_of,
    pace,
    planned_s,
    sizes,
    started_in_turn_count,
    steps,
)
from tidegate.evaluate.variants.slower import slower
from tidegate.experiment.search import least
from tidegate.simulate.staircase import count_before
from tidegate.world.file.quantity import format_quantity
from tidegate.world.file.shape import slot_at
from tidegate.world.world import WorldFile

_LEAST_S = 1.0
_NEAR_RATIO = 0.1
_ROUNDS_COUNT = 4  # of finding a pace and asking every number again
_SLOWER = 1.3
_PROOFS_COUNT = 8
_NEEDS_COUNT = 4
_SIZES_COUNT, _FEWER = 4, 4  # of what may start at a time: each so many times smaller than the one before


@dataclass(frozen=True, kw_only=True)
class Need:
    """One thing that stands in the way of every pace, and what it would have to be.

    Parameters
    ----------
    kind
        "belief", "number" or "size".
    path
        The belief's title, or the number's path.
    now, needed
        The number as it is and as it would have to be; None for a belief.
    unit
        Of both.
    """

    kind: str
    path: str
    now: float | None = None
    needed: float | None = None
    unit: str = "count"


@dataclass(frozen=True, kw_only=True)
class Ramp:
    """A pace that was proven.

    Parameters
    ----------
    pace
        Batches, pause, spread and total time.
    steps
        When each batch begins, counted from the first, and how many instances there are from then.
    changes
        The overlay that runs the activity like this.
    proof
        What proves it.
    counted
        What there are so many of: "instances" or "devices".
    thin
        Paths of assumed numbers in which it has no margin.
    before_count
        Instances before it; None where it changes no number of instances.
    """

    pace: Pace
    steps: tuple[tuple[float, int], ...]
    changes: Mapping[str, object]
    proof: Proof
    counted: str = "instances"
    thin: tuple[str, ...] = ()
    before_count: int | None = None

    @property
    def is_plan(self) -> bool:
        """Whether it is the activity as planned."""
        return not self.changes


@dataclass(frozen=True, kw_only=True)
class RampAnswer:
    """The fastest safe ramp, or why there is none.

    Parameters
    ----------
    activity
        Which activity.
    bounds
        What was to be kept to.
    planned_s
        How long it takes as planned.
    margin_ratio
        By how much every assumed number may be worse.
    ramp
        None where none was proven.
    needs
        Where there is none: what would make one.
    screened_count, runs_count
        Fluid runs and exact runs it took.
    at_once_count
        How many may start at a time where the next starts as one is ready, and all else is as planned: the
        most of a few sizes that holds as `check` asks. None where the plan holds, nothing can start so, or
        none of them holds.
    """

    activity: str
    bounds: Bounds
    planned_s: float
    margin_ratio: float
    ramp: Ramp | None
    needs: tuple[Need, ...]
    screened_count: int
    runs_count: int
    at_once_count: int | None = None


class _Finder:
    def __init__(self, trial: Trial, bounds: Bounds) -> None:
        assert trial.activity is not None
        self.trial, self.bounds, self.activity = trial, bounds, trial.activity
        self.world = trial.file.world
        set_here = set(overlay_of(self.world, self.at(1, bounds.within_s)))
        self.variants = margin_variants(trial.file, self.activity, but=set_here)
        self.asked: list[Variant] = []
        self.found = ""  # what is known so far, for whoever waits

    def at(self, batches_count: int, total_s: float) -> Pace:
        # A pace is in whole seconds and rounded up, which must not carry it over its bound.
        most_s = float(batches_count * int(self.bounds.within_s / batches_count))
        return pace(
            self.world,
            self.activity,
            batches_count=batches_count,
            total_s=min(total_s, most_s),
            spreads=self.bounds.spreads,
        )

    def screened(self, one: Pace) -> bool:
        if one.total_s > self.bounds.within_s and one.batches_count > 1:
            return False
        return self.trial.screen_all(overlay_of(self.world, one), self.trial.worlds, self.asked)

    def fastest(self, batches: tuple[int, ...], from_s: float) -> Pace | None:
        """Return the fastest pace that passes the screen, of any number of batches."""
        found: Pace | None = None
        for count in batches:
            most_s = self.bounds.within_s if found is None else found.total_s / (1.0 + _NEAR_RATIO)
            if most_s < from_s:
                break
            total_s = least(
                lambda total_s, n=count: self.screened(self.at(n, total_s)),  # type: ignore[misc]
                low=from_s,
                high=most_s,
                ratio=_NEAR_RATIO,
            )
            if total_s is not None:
                found = self.at(count, total_s)
        return found

    def with_margin(self, batches: tuple[int, ...]) -> Pace | None:
        """Return the fastest pace that passes the screen with every assumed number moved."""
        self.trial.about = ""  # many paces at once
        from_s = min(max(planned_s(self.world, self.activity), _LEAST_S), self.bounds.within_s)
        found = self.fastest(batches, from_s)
        for _ in range(_ROUNDS_COUNT):
            if found is None:
                return None
            changes = overlay_of(self.world, found)
            worse = [v for v in self.variants if not self.trial.screen(v.changes, changes)]
            if not worse:
                return found
            self.asked += [variant for variant in worse if variant not in self.asked]
            found = self.fastest(batches, from_s)
        return found

    def proven(self, one: Pace) -> Ramp | None:
        """Slow a pace down until it is proven, by more each time, then find how much of that is needed.

        None where none is proven within the bounds.
        """
        ratio, failed_s = _SLOWER, one.total_s
        for _ in range(_PROOFS_COUNT):
            ramp = self._proof(one)
            if ramp is not None:
                return self._nearer(ramp, failed_s)
            if one.total_s >= self.bounds.within_s:
                break
            failed_s, ratio = one.total_s, ratio * _SLOWER
            one = self.at(one.batches_count, min(one.total_s * ratio, self.bounds.within_s))
        return None

    def _nearer(self, ramp: Ramp, failed_s: float) -> Ramp:
        """Return the fastest that is proven between a pace that failed and one that holds."""
        while ramp.pace.total_s > _SLOWER * failed_s:
            self.found = f", where {_time_text(ramp.pace)} is safe"
            middle = self.at(ramp.pace.batches_count, math.sqrt(failed_s * ramp.pace.total_s))
            if not failed_s < middle.total_s < ramp.pace.total_s:
                break
            found = self._proof(middle)
            ramp, failed_s = (ramp, middle.total_s) if found is None else (found, failed_s)
        return ramp

    def _proof(self, one: Pace) -> Ramp | None:
        ramp = self.thin(one, overlay_of(self.world, one))
        return ramp if ramp is not None and not ramp.thin else None

    def thin(self, one: Pace, changes: Mapping[str, object]) -> Ramp | None:
        """Return a pace that holds as `check` asks, whatever its margin; None where it does not."""
        self.trial.about = f"taking {_time_text(one)}{self.found}; "
        held = self.trial.holds(changes)
        if held is None:
            return None
        proof = self.trial.margin(held, changes, self.variants)
        if isinstance(proof, Proof):
            return self._ramp(one, changes, proof)
        bare = Proof.without_margin(held, self.trial.seed)
        thin = tuple(dict.fromkeys(variant.path for variant in proof))
        return replace(self._ramp(one, changes, bare), thin=thin)

    def _ramp(self, one: Pace, changes: Mapping[str, object], proof: Proof) -> Ramp:
        plan = self.world.activities[self.activity]
        devices = plan.kind == "devices"
        return Ramp(
            pace=one,
            steps=steps(self.world, one),
            changes=changes,
            proof=proof,
            counted="devices" if devices else "instances",
            before_count=count_before(self.world, plan) if plan.kind == "scale" else None,
        )


def _time_text(one: Pace) -> str:
    return format_quantity(one.total_s, "s")


def find_ramp(
    file: WorldFile,
    activity: str,
    bounds: Bounds,
    *,
    seed: int,
    executor: Executor,
    progress: Callable[[str, int], None] | None = None,
) -> RampAnswer:
    """Find the fastest pace at which an activity is safe.

    Parameters
    ----------
    file, activity
        The world, and which of its activities.
    bounds
        What the ramp must keep to.
    seed
        Of the search; the proof uses another.
    executor
        Where exact runs happen; the answer does not depend on it.
    progress
        Called with what is being done and how much of it; may raise to end.

    Raises
    ------
    InputError
        If the bounds contradict each other.
    """
    trial = Trial(file, activity, seed=seed, executor=executor, progress=progress)
    batches = sizes(file.world, activity, bounds)
    finder = _Finder(trial, bounds)
    ramp = _found(finder, batches)
    slowest = finder.at(_most_batches(batches, bounds), bounds.within_s)
    trial.about = "no pace is safe, finding what would make one; "
    needs = () if ramp is not None else _needs(finder, slowest)
    at_once_count = None if ramp is not None and ramp.is_plan else _in_turn(finder)
    return RampAnswer(
        activity=activity,
        bounds=bounds,
        planned_s=planned_s(file.world, activity),
        margin_ratio=MARGIN_RATIO,
        ramp=ramp,
        needs=needs,
        screened_count=trial.screened_count,
        runs_count=trial.runs_count,
        at_once_count=at_once_count,
    )


def _in_turn(finder: _Finder) -> int | None:
    """Return how many may start at a time where the next starts as one is ready."""
    trial, activity = finder.trial, finder.activity
    started = started_in_turn_count(finder.world, activity)
    if not started or finder.world.activities[activity].at_once_most_count is not None:
        return None
    count = started
    for _ in range(_SIZES_COUNT):
        count = max(1, count // _FEWER)
        trial.about = f"at most {count:,} starting at a time; "
        if trial.holds({f"activities.{activity}.at_once_most": count}) is not None:
            return count
        if count == 1:
            break
    return None


def _found(finder: _Finder, batches: tuple[int, ...]) -> Ramp | None:
    """Return the plan where it holds; else the fastest pace with margin; else the one that `check` tries."""
    file, activity = finder.trial.file, finder.activity
    planned = as_planned(finder.world, activity)
    if planned.total_s <= finder.bounds.within_s:
        ramp = finder.thin(planned, {})
        if ramp is not None:
            return ramp
    found = finder.with_margin(batches)
    ramp = finder.proven(found) if found is not None else None
    gradual = slower(file, activity) if ramp is None else None
    if gradual is None or gradual.pace.total_s > finder.bounds.within_s:
        return ramp
    return finder.thin(gradual.pace, gradual.changes) if finder.bounds.allows(gradual.pace) else None


def _most_batches(batches: tuple[int, ...], bounds: Bounds) -> int:
    """Return the most batches that fit into the time, a second each."""
    return max((count for count in batches if count <= bounds.within_s), default=batches[0])


def _needs(finder: _Finder, slowest: Pace) -> tuple[Need, ...]:
    """Return what stands in the way at the slowest pace allowed, and what it would have to be."""
    trial = finder.trial
    changes = overlay_of(finder.world, slowest)
    beliefs = [title for title, under in trial.worlds.items() if under and not trial.few(under, changes)]
    needs = [Need(kind="belief", path=title) for title in beliefs]
    if trial.few(changes):
        failing = trial.failing(changes, finder.variants)
        needs += [_number(finder, changes, variant) for variant in failing[:_NEEDS_COUNT]]
    size = _size(finder, changes)
    return tuple(needs) if size is None else (*needs, size)


def _number(finder: _Finder, changes: Mapping[str, object], variant: Variant) -> Need:
    """Return what a number would have to be so that it holds with margin."""
    fails, holds = variant.value, variant.was
    for _ in range(6):
        middle = 0.5 * (fails + holds)
        if finder.trial.few({variant.path: middle}, changes):
            holds = middle
        else:
            fails = middle
    slot = slot_at(variant.path)
    unit = slot.shape.unit if slot is not None else "count"
    needed = holds * variant.was / variant.value
    return Need(kind="number", path=variant.path, now=variant.was, needed=needed, unit=unit)


def _size(finder: _Finder, changes: Mapping[str, object]) -> Need | None:
    """Return to how many instances it could go with margin; None where it is not a matter of size."""
    plan = finder.world.activities[finder.activity]
    if plan.kind != "scale" or plan.to_count is None or plan.from_count is None:
        return None
    if plan.to_count <= plan.from_count + 1:
        return None
    path = f"activities.{finder.activity}.to"
    others = [variant for variant in finder.variants if variant.path != path]
    # First without margin; the numbers that break it there are asked about in the second search.
    bare = _greatest(finder, changes, path, ())
    failing = finder.trial.failing({**changes, path: bare}, others)
    needed = _greatest(finder, changes, path, failing) if failing else bare
    return Need(kind="size", path=path, now=float(plan.to_count), needed=float(needed))


def _greatest(finder: _Finder, changes: Mapping[str, object], path: str, failing: tuple[Variant, ...]) -> int:
    """Return the greatest size that holds, to a thirty-second of the step."""
    plan = finder.world.activities[finder.activity]
    assert plan.from_count is not None
    assert plan.to_count is not None
    low, high = plan.from_count, plan.to_count
    while high - low > max(1, (plan.to_count - plan.from_count) // 32):
        middle = (low + high) // 2
        size = {**changes, path: float(middle)}
        held = finder.trial.few(size) and not finder.trial.failing(size, failing)
        low, high = (middle, high) if held else (low, middle)
    return low
