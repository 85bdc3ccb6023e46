"""Does an activity hold for sure if something is changed first? Its pace, or what protects it.

It must hold where the plan does not: as believed, with every belief wrong that was never measured, over
the ranges of the numbers, and for every objective. Which changes are worth a try is not known here, and
no margin is asked for beyond those ranges.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tidegate.evaluate.case import Case, CaseRuns
from tidegate.evaluate.decide import HOLDS_OVER_SHARE, failed_objectives
from tidegate.evaluate.doubt import in_doubt
from tidegate.evaluate.evidence import gather
from tidegate.evaluate.ranges import RangeRuns
from tidegate.evaluate.verdict import CaseEvidence
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile


@dataclass(frozen=True, kw_only=True)
class Instead:
    """Changes laid over a world before its activity runs.

    Parameters
    ----------
    name, title
        Of the case in which they hold; as in `CaseEvidence`.
    changes
        The overlay.
    """

    name: str
    title: str
    changes: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Runner:
    """How cases are run; the same for everything that is asked about one activity.

    Parameters
    ----------
    run
        Runs a case until its probability of collapse is clear of what is acceptable.
    ranges
        Runs a case over the ranges of its numbers; None where there are none.
    """

    run: Callable[[Case], CaseRuns]
    ranges: Callable[[Case], RangeRuns | None]


def case_instead(file: WorldFile, activity: str | None, instead: Instead) -> Case:
    """Return the activity with the changes, as believed."""
    changed = overlay(file, instead.changes)
    return Case(name=instead.name, title=instead.title, file=changed, activity=activity)


def _doubted(file: WorldFile, activity: str | None, instead: Instead) -> tuple[Case, ...]:
    """Return the activity with the changes, with each belief wrong that was never measured."""
    return tuple(
        Case(
            name=instead.name,
            title=f"{instead.title}, {belief.otherwise or f'not {name}'}",
            file=overlay(file, in_doubt(file, belief.counter, instead.changes)),
            activity=activity,
        )
        for name, belief in file.world.beliefs.items()
        if belief.basis != "measured"
    )


def holds_instead(
    file: WorldFile, activity: str | None, instead: Instead, runner: Runner
) -> CaseEvidence | None:
    """Return the evidence, as believed, that an activity holds with changes; None where that is not sure.

    Parameters
    ----------
    file, activity
        The world and what happens in it.
    instead
        The changes.
    runner
        How cases are run.
    """
    acceptable = file.world.objectives.collapse_probability_ratio
    believed = case_instead(file, activity, instead)
    for case in _doubted(file, activity, instead):
        if gather(runner.run(case)).collapse.high >= acceptable:
            return None
    found = gather(runner.run(believed))
    if found.collapse.high >= acceptable or failed_objectives(file.world, found):
        return None
    varied = runner.ranges(believed)
    share = sum(varied.collapsed) / len(varied.collapsed) if varied is not None else 0.0
    return None if share > HOLDS_OVER_SHARE else found
