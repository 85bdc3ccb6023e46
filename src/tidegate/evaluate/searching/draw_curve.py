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
        beyond="; ".join(lowest.exceeded),
    )


def _as_it_may_be(file: WorldFile) -> list[WorldFile]:
    """Return the world as it is believed to be, and with each belief wrong that was never measured."""
    counters = [one.counter for one in file.world.beliefs.values() if one.basis != "measured"]
    return [file, *(overlay(file, counter) for counter in counters)]


def _limit(
    at: float,
    worlds: Sequence[WorldFile],
    activity: str,
    *,
    seed: int,
    executor: Executor,
    progress: Callable[[str, int], None] | None,
) -> Limit:
    found = []
    for world in worlds:
        question = activity_question(world, activity)
        bench = Bench(file=world, activity=activity, seed=seed, executor=executor, progress=progress)
        found.append(headroom(bench, question))
    return _least(at, found)


def draw_limit(
    file: WorldFile,
    activity: str,
    *,
    seed: int,
    executor: Executor,
    progress: Callable[[str, int], None] | None = None,
) -> Limit:
    """Find how far an activity may go from the one size that it begins at: a point of its curve over sizes.

    Parameters
    ----------
    file, activity, seed, executor, progress
        As for `draw_curve`; the activity states from which size it begins.
    """
    at = file.world.activities[activity].from_count
    assert at is not None, "an activity that grows states from which size"
    return _limit(float(at), _as_it_may_be(file), activity, seed=seed, executor=executor, progress=progress)


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
    worlds = _as_it_may_be(file)
    points = [_points(world, activity, plan, over) for world in worlds]
    limits = [
        _limit(at, laid, activity, seed=seed, executor=executor, progress=progress)
        for at in sorted(points[0])
        for laid in [[overlay(world, laid_at[at]) for world, laid_at in zip(worlds, points, strict=True)]]
    ]
    return Curve(
        activity=activity,
        over=over,
        limits=tuple(limits),
        acceptable_ratio=file.world.objectives.collapse_probability_ratio,
        world_digest=file_digest(file),
        tidegate_version=__version__,
        seed=seed,
    )
