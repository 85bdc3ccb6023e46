"""Over what share of the assumed ranges the outcome holds, and which number decides.

One run at each point of a Latin hypercube over every uncertain number at once, and another with other chance
where the first differs from most of its neighbours. Where two agree the numbers decide, where they differ
chance does: so what is not known and what is random are kept apart. The ranking compares, for each number,
the half of the points where it is low with the half where it is high.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from tidegate.evaluate.arithmetic.exceeded import exceeded
from tidegate.evaluate.reading.measures import Bools, Floats
from tidegate.evaluate.reading.run_fate import missed
from tidegate.evaluate.variants.scope import concern_of, script_of
from tidegate.evaluate.variants.world_case import Case
from tidegate.experiment.done_count import DoneCount
from tidegate.experiment.latin_hypercube import latin_hypercube
from tidegate.simulate.lower import lower
from tidegate.world.belief import Estimate
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile

POINTS_COUNT = 40
_TOGETHER = 4  # points, before it is looked whether more are needed
_NEIGHBOURS = 5
_POLICIES = "retry_policies"


@dataclass(frozen=True, kw_only=True)
class RangeRuns:
    """One case at points over the ranges.

    Parameters
    ----------
    case
        Its name.
    points
        The values given to the numbers, by path.
    collapsed
        Whether the run at each point collapsed or failed another objective, or arithmetic says that a limit
        is exceeded there.
    again
        Whether another run at a point, with other chance, did; None where none was made.
    missed
        What was missed at each point: "limit" by arithmetic, "collapse", or an objective's key; or "".
    """

    case: str
    points: tuple[Mapping[str, float], ...]
    collapsed: tuple[bool, ...]
    again: tuple[bool | None, ...] = ()
    missed: tuple[str, ...] = ()

    @property
    def mixed_count(self) -> int:
        """At how many points two runs differ: there chance decides, not the numbers."""
        pairs = zip(self.collapsed, self.again, strict=False)
        return sum(other is not None and one != other for one, other in pairs)

    @property
    def share(self) -> float:
        """Share of the points at which it collapses."""
        return sum(self.collapsed) / len(self.collapsed)

    def _share(self, i: int) -> float:
        again = self.again[i] if self.again else None
        return float(self.collapsed[i]) if again is None else 0.5 * (self.collapsed[i] + again)

    def effect(self, path: str) -> float:
        """Collapse share where the number is high, less that where it is low (-1 to 1).

        Zero for a number that this case does not vary.
        """
        if path not in self.points[0]:
            return 0.0
        ordered = sorted(range(len(self.points)), key=lambda i: self.points[i][path])
        half = len(ordered) // 2
        low, high = ordered[:half], ordered[len(ordered) - half :]
        return (sum(map(self._share, high)) - sum(map(self._share, low))) / max(half, 1)


def uncertain(file: WorldFile, activity: str | None = None) -> tuple[Estimate, ...]:
    """Return the numbers with a range that matter to an activity, in the order of the file."""
    if not any(estimate.is_uncertain for estimate in file.estimates.values()):
        return ()
    return tuple(estimate for estimate in of_concern(file, activity) if estimate.is_uncertain)


def of_concern(file: WorldFile, activity: str | None = None) -> tuple[Estimate, ...]:
    """Return the numbers of which more is said than their value, that matter to an activity.

    Those of what has nothing to do with it are left out, and those of a retry policy that nothing else
    names.
    """
    if not file.estimates:
        return ()
    concerns = concern_of(file, activity)
    named = frozenset(_texts(list(_nouns(file.document, concerns))))
    return tuple(
        estimate
        for path, estimate in file.estimates.items()
        if concerns(path) and (not path.startswith(f"{_POLICIES}.") or path.split(".")[1] in named)
    )


def _nouns(document: Mapping[str, object], concerns: Callable[[str], bool]) -> Iterator[object]:
    """Yield what of a document names retry policies and is of interest."""
    for section, part in document.items():
        if section != _POLICIES and isinstance(part, Mapping):
            yield from (noun for name, noun in part.items() if concerns(f"{section}.{name}"))


def _texts(tree: object) -> Iterator[str]:
    """Yield every text of a plain tree."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, Mapping):
        for part in tree.values():
            yield from _texts(part)
    elif isinstance(tree, Sequence):
        for part in tree:
            yield from _texts(part)


def run_ranges(
    case: Case,
    estimates: Sequence[Estimate],
    *,
    fraction: float,
    seed: int,
    executor: Executor,
    by_arithmetic: bool = False,
    progress: Callable[[str, int], None] | None = None,
) -> RangeRuns:
    """Run `case` at each point over the ranges of `estimates`, and again where it differs from those near it.

    Parameters
    ----------
    case
        What is run.
    estimates
        The uncertain numbers.
    fraction, seed, executor, progress
        As in `run_case`.
    by_arithmetic
        Whether nothing is run: only limits that are exceeded by arithmetic are looked for.
    """
    points = latin_hypercube(estimates, POINTS_COUNT, seed)

    def task(i: int) -> str:
        size = None if by_arithmetic else fraction
        return _missed(case, points[i % POINTS_COUNT], i, fraction=size, seed=seed)

    found: list[str] = []
    for outcome in executor.map(task, range(POINTS_COUNT)):
        found.append(outcome)
        if progress is not None and len(found) % 10 == 0:
            progress(f"{case.title}, over the ranges", DoneCount(len(found), POINTS_COUNT))
    collapsed = tuple(map(bool, found))
    again: list[bool | None] = [None] * POINTS_COUNT
    odd = _odd_ones(_placed(points, estimates), np.array(collapsed))
    for i, outcome in zip(odd, executor.map(task, [POINTS_COUNT + i for i in odd]), strict=True):
        again[i] = bool(outcome)
    return RangeRuns(
        case=case.name, points=points, collapsed=collapsed, again=tuple(again), missed=tuple(found)
    )


def _placed(points: Sequence[Mapping[str, float]], estimates: Sequence[Estimate]) -> Floats:
    """Return where points stand between the ends of each range, 0 to 1: (points, numbers)."""
    places = [[(point[one.path] - one.low) / (one.high - one.low) for one in estimates] for point in points]
    return np.array(places)


def _odd_ones(places: Floats, collapsed: Bools) -> list[int]:
    """Return the points whose outcome differs from that of most of the nearest ones."""
    apart = np.square(places[:, None, :] - places[None, :, :]).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    nearest = np.argsort(apart, axis=1, kind="stable")[:, :_NEIGHBOURS]
    share = collapsed[nearest].mean(axis=1)
    return [int(i) for i in np.nonzero((share > 0.5) != collapsed)[0]]


def holds_over_ranges(
    case: Case,
    estimates: Sequence[Estimate],
    *,
    most_ratio: float,
    fraction: float,
    seed: int,
    executor: Executor,
    suspects: Collection[int] = (),
    progress: Callable[[str, int], None] | None = None,
) -> int | None:
    """Return at how many of the points it collapses, where that is at most such a share; None once more do.

    Parameters
    ----------
    most_ratio
        The greatest share of the points at which it may collapse, between 0 and 1.
    case, estimates, fraction, seed, executor, progress
        As in `run_ranges`; what it runs a second time is not run here.
    suspects
        Numbers of the points that are to be asked first, since they collapse where nothing is changed.
    """
    points = latin_hypercube(estimates, POINTS_COUNT, seed)

    def task(i: int) -> bool:
        return bool(_missed(case, points[i], i, fraction=fraction, seed=seed))

    collapsed_count = 0
    ordered = sorted(range(len(points)), key=lambda i: (i not in suspects, i))
    for begin in range(0, len(points), _TOGETHER):
        numbers = ordered[begin : begin + _TOGETHER]
        collapsed_count += sum(executor.map(task, numbers))
        if progress is not None:
            done_count = DoneCount(begin + len(numbers), len(points))
            progress(f"{case.title}, over the ranges", done_count)
        if collapsed_count > most_ratio * len(points):
            return None
    return collapsed_count


def _missed(
    case: Case, point: Mapping[str, float], replication: int, *, fraction: float | None, seed: int
) -> str:
    """Return what a run at a point misses: "limit" by arithmetic, else as `missed` says; "" for nothing.

    Without a fraction nothing is run.
    """
    file = overlay(case.file, point)
    world, script = file.world, script_of(file, case.activity, about=case.about)
    if exceeded(script):
        return "limit"  # arithmetic settles it: nothing need be run
    if fraction is None:
        return ""
    tables = lower(script, horizon_s=world.horizon_s, fraction=fraction)
    return missed(tables, world.objectives, seed=seed, replication=replication)


def suspects_of(planned: RangeRuns | None, estimates: Sequence[Estimate]) -> tuple[int, ...]:
    """Return the points at which a plan collapses, where it was run at them before.

    Parameters
    ----------
    planned
        What came of the plan; None where it was not run.
    estimates
        The numbers that are asked about now.
    """
    if planned is None or not {one.path for one in estimates} <= set(planned.points[0]):
        return ()
    return tuple(i for i, collapsed in enumerate(planned.collapsed) if collapsed)
