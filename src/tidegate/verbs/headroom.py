"""Headroom: how much more of an activity or of load a world takes, and where it tips."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from tidegate.errors import Fault, InputError
from tidegate.evaluate.case import counter_cases, run_case
from tidegate.evaluate.evidence import probability
from tidegate.evaluate.fraction import choose_fraction
from tidegate.evaluate.headroom import Headroom, Question, activity_question, load_question, path_question
from tidegate.evaluate.headroom import headroom as find
from tidegate.evaluate.verdict import Probability
from tidegate.experiment.replicate import Rule
from tidegate.simulate.script import write_script
from tidegate.verbs.check import DEFAULT_SEED, Check, activities_of
from tidegate.world.world import WorldFile

HOLDS, CANNOT_TELL, DOES_NOT_HOLD = 0, 4, 5
DOUBT_RUNS_COUNT = 20


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What headroom is asked for.

    Parameters
    ----------
    file
        The world, overlays already laid.
    activity
        The activity that happens; None for the world's first, or its triggers where it has none.
    path
        The number to vary; None asks for the activity's own size and for the base load.
    low, high
        Where to look along `path`, as a file writes it; None takes the number's range.
    seed
        Chooses the random streams.
    """

    file: WorldFile
    activity: str | None = None
    path: str | None = None
    low: str | None = None
    high: str | None = None
    seed: int = DEFAULT_SEED


def questions(ask: Ask) -> tuple[str | None, tuple[Question, ...]]:
    """Return the activity meant and what is asked of it.

    Raises
    ------
    InputError
        If the activity, the path or the span is wrong, or nothing can be varied.
    """
    activity = activities_of(Check(file=ask.file, activity=ask.activity))[0]
    if ask.path is not None:
        return activity, (path_question(ask.file, ask.path, low=ask.low, high=ask.high),)
    if ask.low is not None or ask.high is not None:
        raise InputError(Fault(what="a span needs the path it is of", allowed="--path PATH"))
    asked = [load_question(ask.file)]
    if activity is not None:
        try:
            asked.insert(0, activity_question(ask.file, activity))
        except InputError:
            if ask.activity is not None and not asked[0].axis.paths:
                raise
    return activity, tuple(one for one in asked if one.axis.paths)


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """A belief whose wrongness takes the headroom away.

    Parameters
    ----------
    otherwise
        What is then so.
    collapse
        Probability of collapse as planned.
    """

    otherwise: str
    collapse: Probability


def doubts(
    ask: Ask, *, executor: Executor, progress: Callable[[str, int], None] | None = None
) -> tuple[Doubt, ...]:
    """Return the beliefs with which what is planned collapses if they are wrong.

    Headroom is searched for as believed; what rests on a belief must not be called safe without it.
    """
    activity = activities_of(Check(file=ask.file, activity=ask.activity))[0]
    fraction = choose_fraction(write_script(ask.file, activity), ask.file.world.horizon_s)
    rule = Rule(threshold=0.5, exact_count=DOUBT_RUNS_COUNT)
    found = []
    for case in counter_cases(ask.file, activity):
        runs = run_case(
            case, fraction=fraction, seed=ask.seed, rule=rule, executor=executor, progress=progress
        ).replications
        if runs.count > 0:
            many = len(runs.outcomes)
            found.append(
                Doubt(otherwise=case.title, collapse=probability(runs.count, many, runs.interval))
            )
    return tuple(found)


def headroom(
    ask: Ask, *, executor: Executor, progress: Callable[[str, int], None] | None = None
) -> tuple[Headroom, ...]:
    """Answer each question in turn, as believed.

    Parameters
    ----------
    ask
        World, activity and axis.
    executor
        Where the runs happen; the answer does not depend on it.
    progress
        Called with what is being done and how much of it; may raise to end.
    """
    activity, asked = questions(ask)
    return tuple(
        find(ask.file, activity, question, seed=ask.seed, executor=executor, progress=progress)
        for question in asked
    )


def exit_code(found: tuple[Headroom, ...], doubted: tuple[Doubt, ...] = ()) -> int:
    """Return 5 if a planned value lies beyond its safe limit, 4 if a limit was not proven, else 0.

    A limit that holds only as long as a belief does is none: 5 as well.
    """
    if doubted or any(one.holds is False for one in found):
        return DOES_NOT_HOLD
    return CANNOT_TELL if any(one.safe is None for one in found) else HOLDS
