"""How far may an activity go at other loads, and from other sizes? Headroom at each point of a curve.

At each point the least of what is safe as believed and with each belief wrong that was never measured: who
looks a limit up does not ask whether a belief holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor

from tidegate import __version__
from tidegate.errors import Fault, InputError
from tidegate.evaluate.judging.bench import Bench
from tidegate.evaluate.searching.curve import Curve, Limit
from tidegate.evaluate.searching.headroom import Headroom, activity_question, headroom, load_paths
from tidegate.evaluate.variants.beginning import begun_at
from tidegate.world.activity import Activity
from tidegate.world.file.digest import file_digest
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile

LOADS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
_SIZES = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)


def _points(file: WorldFile, activity: str, plan: Activity, over: str) -> dict[float, Mapping[str, object]]:
    """Return the overlay of each point by where it lies."""
    if over == "load":
        loads = {path: value for path, value in load_paths(file, activity).items() if _free(path, plan)}
        if not loads:
            raise InputError(
                Fault(
                    what="no load of this world is not the activity's own",
                    kind="statement",
                    value=file.world.name,
                    allowed="--over size",
                )
            )
        return {load: {path: _of(path, load * value) for path, value in loads.items()} for load in LOADS}
    assert plan.from_count is not None
    points: dict[float, Mapping[str, object]] = {}
    for share in _SIZES:
        before = max(round(share * plan.from_count), 1)
        # As great a step as planned is looked at from each size, and eight times as far.
        after = before + (plan.to_count or before) - plan.from_count
        changes = {**begun_at(file, activity, before), f"activities.{activity}.to": after}
        points[float(before)] = changes
    return points


def _of(path: str, value: float) -> float:
    return max(float(round(value)), 1.0) if path.endswith(".population") else value


def _free(path: str, plan: Activity) -> bool:
    """Whether a path is of the load, and not of what the activity itself makes grow."""
    return path not in {f"clients.{name}.population" for name in plan.clients_added}


def _least(at: float, found: Sequence[Headroom]) -> Limit:
    """Return the lowest limit of several worlds; none where one of them has none."""
    lowest = min(found, key=lambda one: -1.0 if one.safe is None else one.safe)
    return Limit(
        at=at,
        safe_count=None if lowest.safe is None else int(lowest.safe),
        collapse_high_ratio=None if lowest.proof is None else lowest.proof.high,
        runs_count=sum(one.runs_count for one in found),
    )


def draw_curve(
    file: WorldFile,
    activity: str,
    *,
    over: str,
    seed: int,
    executor: Executor,
    progress: Callable[[str, int], None] | None = None,
) -> Curve:
    """Find how far an activity may go at each point, each limit proven by whole runs.

    Parameters
    ----------
    file, activity
        The world, and a step of it that has a size.
    over
        "load" or "size"; see `Curve`.
    seed
        Chooses the random streams.
    executor
        Where the runs happen; the answer does not depend on it.
    progress
        Called with what is being done and how much of it; may raise to end.

    Raises
    ------
    InputError
        If the activity does not go from one size to a greater one.
    """
    plan = file.world.activities[activity]
    if plan.kind != "scale" or plan.from_count is None or (plan.to_count or 0) <= plan.from_count:
        raise InputError(
            Fault(
                what="this activity has no size to look up",
                kind="statement",
                value=activity,
                allowed="one that scales up",
            )
        )
    counters = [one.counter for one in file.world.beliefs.values() if one.basis != "measured"]
    worlds = [file, *(overlay(file, counter) for counter in counters)]
    points = [_points(world, activity, plan, over) for world in worlds]
    limits = []
    for at in sorted(points[0]):
        found = []
        for world, laid_at in zip(worlds, points, strict=True):
            laid = overlay(world, laid_at[at])
            question = activity_question(laid, activity)
            bench = Bench(file=laid, activity=activity, seed=seed, executor=executor, progress=progress)
            found.append(headroom(bench, question))
        limits.append(_least(at, found))
    return Curve(
        activity=activity,
        over=over,
        limits=tuple(limits),
        acceptable_ratio=file.world.objectives.collapse_probability_ratio,
        world_digest=file_digest(file),
        tidegate_version=__version__,
        seed=seed,
    )
