"""Headroom: how much more of an activity or of load a world takes, and where it tips."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from tidegate.errors import Fault, InputError
from tidegate.evaluate.judging.asked import DEFAULT_SEED, Check, activities_of
from tidegate.evaluate.judging.bench import COUNTER_MOST, Bench
from tidegate.evaluate.judging.decide import HOLDS_OVER_SHARE, fails, holds
from tidegate.evaluate.judging.evidence import evidence_of, probability
from tidegate.evaluate.judging.verdict import Probability
from tidegate.evaluate.searching.headroom import (
    Headroom,
    Question,
    activity_question,
    load_question,
    path_question,
)
from tidegate.evaluate.searching.headroom import headroom as find
from tidegate.evaluate.variants.world_case import believed_case, counter_cases
from tidegate.exit_codes import ExitCode
from tidegate.experiment.interval import share_interval
from tidegate.world.world import WorldFile


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
        raise InputError(
            Fault(what="a span needs the path it is of", kind="statement", allowed="--path PATH")
        )
    asked = [load_question(ask.file, activity)]
    if activity is not None:
        try:
            asked.insert(0, activity_question(ask.file, activity))
        except InputError:
            if ask.activity is not None and not asked[0].axis.paths:
                raise
    return activity, tuple(one for one in asked if one.axis.paths)


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """What takes the headroom away if it is otherwise.

    Parameters
    ----------
    otherwise
        What is then so: a belief is wrong, or a number lies elsewhere in its range.
    collapse
        Probability of collapse as planned, or the share of the ranges that collapses.
    kind
        "belief" or "ranges".
    surely
        Whether it is shown that what is planned does not hold then; else that was not shown to hold.
    """

    otherwise: str
    collapse: Probability
    kind: str = "belief"
    surely: bool = True


def doubts(
    ask: Ask, *, executor: Executor, progress: Callable[[str, int], None] | None = None
) -> tuple[Doubt, ...]:
    """Return the beliefs with which what is planned fails if they are wrong, and the ranges.

    Headroom is searched for as believed; what rests on a belief, or on a number that is only assumed,
    must not be called safe without it: the same that `check` asks.
    """
    activity = activities_of(Check(file=ask.file, activity=ask.activity))[0]
    bench = Bench(file=ask.file, activity=activity, seed=ask.seed, executor=executor, progress=progress)
    found = []
    for case in counter_cases(ask.file, activity):
        belief = ask.file.world.beliefs[case.name.removeprefix("counter:")]
        if belief.basis == "measured":
            continue
        seen = evidence_of(bench.run(case, most=COUNTER_MOST))
        if not holds(ask.file.world, seen):
            surely = fails(ask.file.world, seen)
            found.append(Doubt(otherwise=case.title, collapse=seen.collapse, surely=surely))
    varied = bench.ranges(believed_case(ask.file, activity))
    if varied is not None and varied.share > HOLDS_OVER_SHARE:
        many = len(varied.collapsed)
        interval = share_interval(sum(varied.collapsed), many)
        share = probability(sum(varied.collapsed), many, interval)
        found.append(Doubt(otherwise="a number lies elsewhere in its range", collapse=share, kind="ranges"))
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
    bench = Bench(file=ask.file, activity=activity, seed=ask.seed, executor=executor, progress=progress)
    return tuple(find(bench, question) for question in asked)


def exit_code(found: tuple[Headroom, ...], doubted: tuple[Doubt, ...] = ()) -> ExitCode:
    """Return 5 if a planned value lies beyond its safe limit, 4 if a limit was not proven, else 0.

    A limit that holds only as long as a belief does is none: 5 as well. One that holds at the numbers
    given, and not over their ranges, cannot be told: 4.
    """
    broken = any(doubt.kind == "belief" and doubt.surely for doubt in doubted)
    exceeded = any(one.safe is None and one.exceeded for one in found)
    if broken or exceeded or any(one.holds is False for one in found):
        return ExitCode.DOES_NOT_HOLD
    told = all(
        one.safe is not None and (one.holds is not None or one.question.planned is None) for one in found
    )
    return ExitCode.CANNOT_TELL if doubted or not told else ExitCode.HOLDS
