"""In how many of the runs is an objective missed? What keeps most runs good may still fail in many.

Objectives other than recovering are read off the middle of the runs, and off each run by itself: where some
miss one, further runs say whether surely more of them do than may collapse, or surely fewer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from tidegate.evaluate.judging.cornered import Running
from tidegate.evaluate.judging.decide import fails
from tidegate.evaluate.judging.verdict import CaseEvidence
from tidegate.evaluate.reading.measures import Outcome
from tidegate.evaluate.reading.missed_objectives import misses_any
from tidegate.evaluate.variants.world_case import CaseRuns, run_case
from tidegate.experiment.replicate import Rule
from tidegate.simulate.tables import Tables
from tidegate.world.world import World

MOST_COUNT = 400
"""Runs after which it is left at that."""


class Counting(Running, Protocol):
    """What runs the cases of one question, and counts what comes of them: `bench.Bench`."""

    @property
    def acceptable(self) -> float:
        """The greatest acceptable probability."""

    @property
    def fraction(self) -> float:
        """At which size cases are run."""

    @property
    def runs_count(self) -> int | None:
        """Runs of each case; None lets the stopping rule decide."""

    @property
    def progress(self) -> Callable[[str, int], None] | None:
        """Called with what is being run and how many runs are done."""

    def each_count(self, fraction: float) -> float:
        """Return how many happenings a run takes."""


def missed_sentences(world: World, case: CaseEvidence) -> tuple[str, ...]:
    """Return who misses an objective in how many runs, where that is all that may stand against a case."""
    few = world.objectives.collapse_probability_ratio
    if fails(world, case):
        return ()
    return tuple(
        f"{clients.title}: objectives.{one.objective} is missed in "
        f"{round(one.share.value * one.share.runs_count):,} of {one.share.runs_count:,} runs, too few to say "
        "whether that is more often than may be."
        for clients in case.clients
        for one in clients.missed
        if one.share.low <= few <= one.share.high
    )


def until_kept(bench: Counting, runs: CaseRuns, most: int) -> CaseRuns:
    """Run a case on where some of its runs miss an objective, until it is clear how many do.

    Parameters
    ----------
    bench
        Where it is run.
    runs
        What came of it so far; as it is where no run misses any, or where so many runs were asked for.
    most
        Runs of it at most.
    """
    wanted, outcomes = runs.world.objectives, runs.replications.outcomes
    rule = Rule(threshold=bench.acceptable, most_count=max(min(most, MOST_COUNT), len(outcomes)))

    def misses(tables: Tables, outcome: Outcome) -> bool:
        return misses_any(tables, outcome, wanted)

    count = sum(misses(runs.tables, one) for one in outcomes)
    if count == 0 or bench.runs_count is not None or rule.is_clear(count, len(outcomes)):
        return runs
    more = run_case(
        runs.case,
        fraction=bench.fraction,
        seed=bench.seed,
        rule=rule,
        executor=bench.executor,
        progress=bench.budget.telling(bench.progress, bench.each_count(bench.fraction)),
        begun=outcomes,
        is_counted=misses,
    ).replications.outcomes
    bench.budget.spend(sum(one.run.events_count for one in more[len(outcomes) :]))
    collapsed = sum(one.collapsed for one in more)
    counted = replace(
        runs.replications, outcomes=more, count=collapsed, bounds=rule.bounds(collapsed, len(more))
    )
    return replace(runs, replications=counted)
