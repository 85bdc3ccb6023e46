"""Whether acting slower is safe for sure: then the answer is *slow down*, not *stop*.

Slower is ten times as gradual, and it must hold where the plan does not: as believed, with every
belief wrong that was never measured, over the ranges of the numbers, and for every objective. How
fast it may be at most is not asked here; `tidegate ramp` finds that.
"""

from __future__ import annotations

from collections.abc import Callable

from tidegate.evaluate.case import Case, CaseRuns, slower_changes
from tidegate.evaluate.decide import HOLDS_OVER_SHARE, Decision, failed_objectives
from tidegate.evaluate.evidence import gather
from tidegate.evaluate.ranges import RangeRuns
from tidegate.evaluate.verdict import CaseEvidence
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile

TITLE = "ten times slower"


def slower_case(file: WorldFile, activity: str) -> Case:
    """Return the activity run ten times as gradually, as believed."""
    slowed = overlay(file, slower_changes(file.world, activity))
    return Case(name="slower", title=TITLE, file=slowed, activity=activity)


def _doubted(file: WorldFile, activity: str) -> tuple[Case, ...]:
    """Return the slower activity with each belief wrong that was never measured."""
    slow = slower_changes(file.world, activity)
    return tuple(
        Case(
            name="slower",
            title=f"{TITLE}, {belief.otherwise or f'not {name}'}",
            file=overlay(file, {**belief.counter, **slow}),
            activity=activity,
        )
        for name, belief in file.world.beliefs.items()
        if belief.basis != "measured"
    )


def slow_down(
    file: WorldFile,
    activity: str,
    decision: Decision,
    *,
    run: Callable[[Case], CaseRuns],
    ranges: Callable[[Case], RangeRuns | None],
) -> tuple[Decision, CaseEvidence | None]:
    """Return *slow down* and the evidence of it where acting slower holds; else what was decided.

    Parameters
    ----------
    file, activity
        The world and its activity.
    decision
        What was decided about the plan.
    run
        Runs a case until its probability of collapse is clear of what is acceptable.
    ranges
        Runs a case over the ranges of its numbers; None where there are none.
    """
    acceptable = file.world.objectives.collapse_probability_ratio
    found = None
    for case in (*_doubted(file, activity), slower_case(file, activity)):
        found = gather(run(case))
        if found.collapse.high >= acceptable:
            return decision, None
    assert found is not None
    varied = ranges(slower_case(file, activity))
    shares = sum(varied.collapsed) / len(varied.collapsed) if varied is not None else 0.0
    if shares > HOLDS_OVER_SHARE or failed_objectives(file.world, found):
        return decision, None
    return Decision(verdict="slow_down", condition=decision.condition), found
