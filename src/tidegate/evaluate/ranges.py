"""Over what share of the assumed ranges the outcome holds, and which number decides.

Two runs at each point of a Latin hypercube over every uncertain number at once, alike but for their
chance. Where they agree the numbers decide, where they differ chance does: so what is not known and
what is random are kept apart. The ranking compares, for each number, the half of the points where it
is low with the half where it is high.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from tidegate.evaluate.case import Case
from tidegate.evaluate.measures import measure
from tidegate.experiment.sampling import latin_hypercube
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.belief import Estimate
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile

POINTS_COUNT = 40
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
        Whether the run at each point collapsed.
    again
        Whether another run at each point, with other chance, did; empty where there was none.
    """

    case: str
    points: tuple[Mapping[str, float], ...]
    collapsed: tuple[bool, ...]
    again: tuple[bool, ...] = ()

    @property
    def mixed_count(self) -> int:
        """At how many points two runs differ: there chance decides, not the numbers."""
        return sum(one != other for one, other in zip(self.collapsed, self.again, strict=False))

    def _share(self, i: int) -> float:
        return 0.5 * (self.collapsed[i] + self.again[i]) if self.again else float(self.collapsed[i])

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


def uncertain(file: WorldFile) -> tuple[Estimate, ...]:
    """Return the numbers with a range that matter to somebody, in the order of the file.

    Those of a retry policy that nothing names are left out.
    """
    named = frozenset(_texts({key: part for key, part in file.document.items() if key != _POLICIES}))
    return tuple(
        estimate
        for path, estimate in file.estimates.items()
        if estimate.is_uncertain and (not path.startswith(f"{_POLICIES}.") or path.split(".")[1] in named)
    )


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
    progress: Callable[[str, int], None] | None = None,
) -> RangeRuns:
    """Run `case` twice at each point over the ranges of `estimates`.

    Parameters
    ----------
    case
        What is run.
    estimates
        The uncertain numbers.
    fraction, seed, executor, progress
        As in `run_case`.
    """
    points = latin_hypercube(estimates, POINTS_COUNT, seed)

    def task(i: int) -> tuple[bool, bool]:
        file = overlay(case.file, points[i])
        world = file.world
        tables = lower(write_script(file, case.activity), horizon_s=world.horizon_s, fraction=fraction)
        within_s = world.objectives.recover_within_s
        first, second = (
            measure(
                tables, simulate(tables, seed=seed, replication=replication), recover_within_s=within_s
            ).collapsed
            for replication in (i, POINTS_COUNT + i)
        )
        return first, second

    collapsed = []
    for outcome in executor.map(task, range(len(points))):
        collapsed.append(outcome)
        if progress is not None and len(collapsed) % 10 == 0:
            progress(f"{case.title}, over the ranges", 2 * len(collapsed))
    first, again = zip(*collapsed, strict=True)
    return RangeRuns(case=case.name, points=points, collapsed=first, again=again)
