"""Judge one activity: run the cases, gather the evidence, decide."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from tidegate import __version__
from tidegate.evaluate.backoff import backoff_rest, unmeasured_backoff
from tidegate.evaluate.case import Case, CaseRuns, believed_case, counter_cases, run_case
from tidegate.evaluate.countable import exceeded_limits
from tidegate.evaluate.dark import goes_dark
from tidegate.evaluate.decide import Decision, decide, failed_objectives
from tidegate.evaluate.evidence import gather, probability
from tidegate.evaluate.fraction import choose_fraction
from tidegate.evaluate.ranges import RangeRuns, run_ranges, uncertain
from tidegate.evaluate.rests import rank
from tidegate.evaluate.slower import slow_down, slower_case
from tidegate.evaluate.verdict import CaseEvidence, Ranges, Reproduction, Rest, Verdict
from tidegate.experiment.interval import share_interval
from tidegate.experiment.replicate import Rule
from tidegate.simulate.script import write_script
from tidegate.world.world import WorldFile

COUNTER_MOST = 400
OTHER_SIDE_MOST = 40
SECOND_FRACTION_COUNT = 40


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked.

    Parameters
    ----------
    file
        The world.
    activity
        Which activity; None judges the world's triggers alone.
    seed
        Chooses the random streams.
    runs_count
        Runs of each case; None lets the stopping rule decide.
    notes
        Sentences to carry into the verdict.
    """

    file: WorldFile
    activity: str | None
    seed: int
    runs_count: int | None = None
    notes: tuple[str, ...] = ()


class _Bench:
    """Runs cases of one request, all in the same way."""

    def __init__(
        self, request: Request, executor: Executor, progress: Callable[[str, int], None] | None
    ) -> None:
        self.request = request
        self.executor = executor
        self.progress = progress
        world = request.file.world
        script = write_script(request.file, request.activity)
        self.fraction = choose_fraction(script, world.horizon_s)
        self.acceptable = world.objectives.collapse_probability_ratio

    def run(self, case: Case, *, most: int = 2000, fraction: float | None = None) -> CaseRuns:
        rule = Rule(threshold=self.acceptable, most_count=most, exact_count=self.request.runs_count)
        return run_case(
            case,
            fraction=fraction or self.fraction,
            seed=self.request.seed,
            rule=rule,
            executor=self.executor,
            progress=self.progress,
        )

    def ranges(self, case: Case) -> RangeRuns | None:
        # A number that a counter-belief sets is not varied in its case.
        estimates = uncertain(case.file)
        if not estimates:
            return None
        return run_ranges(
            case,
            estimates,
            fraction=self.fraction / 2 if self.fraction < 1.0 else 1.0,
            seed=self.request.seed,
            executor=self.executor,
            progress=self.progress,
        )

    def other_side(self) -> tuple[CaseEvidence, ...]:
        """Not acting, and acting slower, under the same load."""
        file, activity = self.request.file, self.request.activity
        if activity is None:
            return ()
        calm = Case(name="not_acting", title="not acting", file=file, activity=None)
        script = write_script(file, None)
        small = choose_fraction(script, file.world.horizon_s, whole_horizon=True)
        held = [gather(self.run(calm, most=20, fraction=min(small, self.fraction)))]
        held.append(gather(self.run(slower_case(file, activity), most=OTHER_SIDE_MOST)))
        return tuple(held)

    def slow_down(
        self, decision: Decision, others: tuple[CaseEvidence, ...]
    ) -> tuple[Decision, tuple[CaseEvidence, ...]]:
        """Where acting slower never collapsed in a few runs, ask whether that is sure."""
        file, activity = self.request.file, self.request.activity
        slower = next((one for one in others if one.name == "slower"), None)
        if activity is None or slower is None or slower.collapse.value > 0.0:
            return decision, others
        decided, proven = slow_down(
            file,
            activity,
            decision,
            run=lambda case: self.run(case, most=COUNTER_MOST),
            ranges=self.ranges,
        )
        if proven is None:
            return decided, others
        return decided, tuple(proven if one.name == "slower" else one for one in others)


def _second_fraction(bench: _Bench, believed: CaseRuns) -> tuple[str, ...]:
    """Where a fraction was run, say what half of it gives and what follows for the whole.

    Chance shrinks as one over the square root of the size, so the share of runs that collapse
    moves away from one half as the world grows: if it is on the same side at both fractions, the
    whole world is further on that side.
    """
    if bench.fraction == 1.0:
        return ()
    half = bench.fraction / 2
    runs = bench.run(believed.case, most=SECOND_FRACTION_COUNT, fraction=half)
    many = len(runs.replications.outcomes)
    said = (
        f"Run at {_one_in(bench.fraction)} of the world's size; at {_one_in(half)} of it "
        f"{runs.replications.count} of {many} runs collapse. "
    )
    if (runs.share < 0.5) == (believed.share < 0.5):
        return (said + "Chance weighs less in a larger world: the whole one goes the same way more surely.",)
    return (said + "The two disagree: this is near the edge, and the whole world may go either way.",)


def _one_in(fraction: float) -> str:
    return f"1/{round(1 / fraction):,}"


def _doubt_backoff(
    bench: _Bench, decision: Decision, cases: list[CaseEvidence], rests_on: tuple[Rest, ...]
) -> tuple[Decision, list[CaseEvidence], tuple[Rest, ...]]:
    """Before it may go ahead: say so if that rests on a back-off that nobody measured or wrote down."""
    case = unmeasured_backoff(bench.request.file, bench.request.activity)
    if case is None:
        return decision, cases, rests_on
    failed = gather(bench.run(case, most=OTHER_SIDE_MOST))
    if failed.collapse.low <= bench.acceptable:
        return decision, cases, rests_on
    rest = backoff_rest(cases[0], failed)
    return replace(decision, condition=rest.path), [*cases, failed], (rest, *rests_on)


def _range_evidence(runs: RangeRuns) -> Ranges:
    count = sum(runs.collapsed)
    interval = share_interval(count, len(runs.collapsed))
    return Ranges(
        case=runs.case,
        collapse=probability(count, len(runs.collapsed), interval),
        numbers_count=len(runs.points[0]) if runs.points else 0,
        mixed_count=runs.mixed_count,
    )


def judge(
    request: Request, *, executor: Executor, progress: Callable[[str, int], None] | None = None
) -> Verdict:
    """Answer whether an activity may go ahead.

    Parameters
    ----------
    request
        World, activity, seed.
    executor
        Where the runs happen; the answer does not depend on it.
    progress
        Called with what is being run and how many runs are done; may raise to end.
    """
    file, world = request.file, request.file.world
    bench = _Bench(request, executor, progress)
    believed = believed_case(file, request.activity)
    counters = counter_cases(file, request.activity)
    runs = [bench.run(believed), *(bench.run(case, most=COUNTER_MOST) for case in counters)]
    cases = [gather(run) for run in runs]
    ranged = [r for r in (bench.ranges(case) for case in (believed, *counters)) if r is not None]
    limits = [f"By arithmetic: {limit}." for limit in exceeded_limits(write_script(file, request.activity))]
    notes = (*request.notes, *limits, *_second_fraction(bench, runs[0]))
    rests_on = rank(world, cases, uncertain(file), ranged)
    failed = failed_objectives(world, cases[0])
    ranges = tuple(_range_evidence(run) for run in ranged)
    decision = decide(world, cases, ranges, rests_on, failed)
    if decision.verdict == "proceed":
        decision, cases, rests_on = _doubt_backoff(bench, decision, cases, rests_on)
    others = bench.other_side() if decision.verdict != "proceed" else ()
    decision, others = bench.slow_down(decision, others)
    rule = Rule(threshold=bench.acceptable, exact_count=request.runs_count)
    worst = max(case.collapse.value for case in cases)
    plan = world.activities[request.activity] if request.activity else None
    return Verdict(
        verdict=decision.verdict,
        condition=decision.condition,
        deciding=decision.deciding,
        world=world.name,
        title=world.title,
        activity=request.activity or "",
        activity_title=plan.title or request.activity or "" if plan else "the triggers of this world",
        horizon_s=world.horizon_s,
        acceptable_ratio=bench.acceptable,
        cases=(*cases, *others),
        ranges=ranges,
        dark=goes_dark(world, cases),
        rests_on=rests_on,
        holding_back_is_worse=any(o.name == "not_acting" and o.collapse.low > worst for o in others),
        failed_objectives=failed,
        notes=notes,
        reproduction=Reproduction(
            seed=request.seed,
            tidegate_version=__version__,
            engine="packet by packet" if world.detail == "packet" else "coarse: one job per attempt",
            fractions=(bench.fraction,) if bench.fraction == 1.0 else (bench.fraction, bench.fraction / 2),
            runs_count=sum(len(run.replications.outcomes) for run in runs),
            stopping_rule=str(rule),
        ),
    )
