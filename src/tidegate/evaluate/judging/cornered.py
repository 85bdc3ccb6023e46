"""Which single numbers break what would go ahead, and does a remedy hold there? As far as that may cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Protocol

from tidegate.evaluate.judging.cost_bound import Budget
from tidegate.evaluate.judging.decide import Gathered, decide
from tidegate.evaluate.judging.rests import rest_of
from tidegate.evaluate.variants.corners import MOST_RUN, RUNS_COUNT, Corner, ends_of, exceeding, failing
from tidegate.evaluate.variants.world_case import Case
from tidegate.world.world import World


class Running(Protocol):
    """What runs the cases of one question: `bench.Bench`."""

    @property
    def seed(self) -> int:
        """Chooses the random streams."""

    @property
    def executor(self) -> Executor:
        """Where runs happen."""

    @property
    def budget(self) -> Budget:
        """What all runs may cost."""

    @property
    def shown_at(self) -> float | None:
        """At which size runs only show what arithmetic has decided; None where they decide."""

    @property
    def smaller(self) -> float:
        """At which size ends are run."""

    def each_count(self, fraction: float) -> float:
        """Return what one run costs, in happenings."""


def broken_ends(bench: Running, case: Case) -> tuple[Corner, ...]:
    """Return the ends of assumed numbers at which a case does not hold: by arithmetic, else by runs."""
    ends = ends_of(case)
    found = exceeding(case, ends)
    paths = {one.estimate.path for one in found}
    return (*found, *_failing(bench, case, [one for one in ends if one.estimate.path not in paths]))


def is_broken_at(bench: Running, case: Case, known: Sequence[Corner]) -> bool:
    """Whether one number or two break a case: by arithmetic, or one where runs of the plan fail.

    Parameters
    ----------
    bench, case
        What runs it, and what is run.
    known
        The ends that break the plan.
    """
    ends = ends_of(case)
    if exceeding(case, ends):
        return True
    breaking = {(one.estimate.path, one.value) for one in known}
    asked = [one for one in ends if (one.estimate.path, one.value) in breaking]
    return bool(asked) and (bench.budget.is_spent or bool(_failing(bench, case, asked)))


def _failing(bench: Running, case: Case, ends: Sequence[Corner]) -> tuple[Corner, ...]:
    if not ends or bench.shown_at is not None or bench.budget.is_spent:
        return ()
    bench.budget.spend(RUNS_COUNT * min(len(ends), MOST_RUN) * bench.each_count(bench.smaller))
    return failing(case, ends, fraction=bench.smaller, seed=bench.seed, executor=bench.executor)


def cornered(world: World, known: Gathered, broken: Sequence[Corner]) -> Gathered:
    """Return what is known with the numbers that break by themselves what would go ahead, foremost.

    Parameters
    ----------
    world
        Whose numbers they are.
    known
        What is known so far.
    broken
        The ends that break it.
    """
    effects: Mapping[str, float] = {one.path: one.effect_ratio for one in known.rests_on}
    corners = {
        one.estimate.path: rest_of(
            world, one.estimate, effect=effects.get(one.estimate.path, 0.0), worse=one.worse, flips=True
        )
        for one in broken
    }
    rests = (*corners.values(), *(one for one in known.rests_on if one.path not in corners))
    return replace(known, corners=(*corners.values(),), rests_on=rests)


def goes_ahead(known: Gathered) -> bool:
    """Whether it would go ahead by what is known so far."""
    return decide(known).verdict == "proceed"
