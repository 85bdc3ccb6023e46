"""Compare: which of two worlds fares better, under the same chance."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor

from tidegate.evaluate.judging.asked import DEFAULT_SEED, Check, activities_of
from tidegate.evaluate.searching.compare import RUNS_COUNT, Comparison
from tidegate.evaluate.searching.compare import compare as run
from tidegate.world.world import WorldFile

Named = tuple[str, WorldFile, str | None]


def meant(name: str, file: WorldFile, activity: str | None) -> Named:
    """Return a world with what happens in it: the activity named, its first, or its triggers.

    Raises
    ------
    InputError
        If there is no such activity, or nothing happens at all.
    """
    return name, file, activities_of(Check(file=file, activity=activity))[0]


def compare(
    first: Named,
    second: Named,
    *,
    seed: int = DEFAULT_SEED,
    runs_count: int = RUNS_COUNT,
    executor: Executor,
    progress: Callable[[str, int], None] | None = None,
) -> Comparison:
    """Run both with the same chance and return the second less the first.

    Parameters
    ----------
    first, second
        As `meant` gives them.
    seed, runs_count
        Of the runs.
    executor
        Where they happen; the answer does not depend on it.
    progress
        Called with what is being run and how many runs are done; may raise to end.
    """
    return run(first, second, seed=seed, runs_count=runs_count, executor=executor, progress=progress)
