"""Judge one activity: run the cases, gather the evidence, decide."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from itertools import islice

from tidegate import __version__
from tidegate.evaluate.backoff import backoff_rest, unmeasured_backoff
from tidegate.evaluate.case import Case, CaseRuns, believed_case, counter_cases, run_case
from tidegate.evaluate.countable import exactly_full, exceeded_limits
from tidegate.evaluate.dark import goes_dark
from tidegate.evaluate.decide import Decision, decide, failed_objectives
from tidegate.evaluate.evidence import gather, probability
from tidegate.evaluate.fraction import choose_fraction
from tidegate.evaluate.instead import Instead, Runner, case_instead, holds_instead
from tidegate.evaluate.ranges import RangeRuns, run_ranges, uncertain
from tidegate.evaluate.rests import rank
from tidegate.evaluate.slower import NAME as SLOWER
from tidegate.evaluate.slower import slower
from tidegate.evaluate.trial import Trial
from tidegate.evaluate.verdict import CaseEvidence, Ranges, Remedy, Reproduction, Rest, Verdict
from tidegate.experiment.interval import share_interval
from tidegate.experiment.replicate import Rule
from tidegate.simulate.script import Script, write_script
from tidegate.world.world import WorldFile

COUNTER_MOST = 400
OTHER_SIDE_MOST = 40
SECOND_FRACTION_COUNT = 40
SCREENED_MOST = 6
PROVEN_MOST = 3

Remedies = Callable[[WorldFile, str | None], Iterable[Remedy]]
"""Which protections are worth a try, the ones that ask least first."""


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
        gradual = slower(file, activity)
        if gradual is not None:
            held.append(gather(self.run(case_instead(file, activity, gradual), most=OTHER_SIDE_MOST)))
        return tuple(held)

    def _runner(self) -> Runner:
        return Runner(run=lambda case: self.run(case, most=COUNTER_MOST), ranges=self.ranges)

    def slow_down(
        self, decision: Decision, others: tuple[CaseEvidence, ...]
    ) -> tuple[Decision, tuple[CaseEvidence, ...]]:
        """Where acting slower never collapsed in a few runs, ask whether that is sure."""
        file, activity = self.request.file, self.request.activity
        looked = next((one for one in others if one.name == SLOWER), None)
        gradual = slower(file, activity) if activity is not None else None
        if looked is None or gradual is None or looked.collapse.value > 0.0:
            return decision, others
        proven = holds_instead(file, activity, gradual, self._runner())
        if proven is None:
            return decision, others
        decided = replace(decision, verdict="slow_down", deciding="")
        return decided, tuple(proven if one.name == SLOWER else one for one in others)

    def protect_first(self, remedies: Iterable[Remedy]) -> tuple[Remedy, CaseEvidence] | None:
        """Return the first remedy that is proven: a few are screened, and fewer proven."""
        file, activity = self.request.file, self.request.activity
        trial = Trial(file, activity, seed=self.request.seed, executor=self.executor, progress=self.progress)
        passed = (
            remedy
            for remedy in islice(remedies, SCREENED_MOST)
            if trial.screen_all(remedy.changes, trial.worlds, ())
        )
        for remedy in islice(passed, PROVEN_MOST):
            instead = Instead(name="protected", title=f"with {remedy.name}", changes=remedy.changes)
            proven = holds_instead(file, activity, instead, self._runner())
            if proven is not None:
                return remedy, proven
        return None


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


def _counted(script: Script) -> tuple[str, ...]:
    """Return what arithmetic says of limits that are exceeded, or exactly full."""
    said = [f"By arithmetic: {limit}." for limit in exceeded_limits(script)]
    full = [f"{one.path} is {one.wanted_count:,} of {one.allowed_count:,}" for one in exactly_full(script)]
    return (*said, *([f"It leaves nothing: {'; '.join(full)}."] if full else []))


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


def _instead(
    bench: _Bench, decision: Decision, remedies: Remedies | None
) -> tuple[Decision, tuple[CaseEvidence, ...], Remedy | None]:
    """Where it may not go ahead as planned: not acting, acting slower, protecting first."""
    if decision.verdict == "proceed":
        return decision, (), None
    decision, others = bench.slow_down(decision, bench.other_side())
    if decision.verdict != "stop" or remedies is None:
        return decision, others, None
    found = bench.protect_first(remedies(bench.request.file, bench.request.activity))
    if found is None:
        return decision, others, None
    remedy, protected = found
    return replace(decision, verdict="protect_first"), (*others, protected), remedy


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
    request: Request,
    *,
    executor: Executor,
    remedies: Remedies | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> Verdict:
    """Answer whether an activity may go ahead.

    Parameters
    ----------
    request
        World, activity, seed.
    executor
        Where the runs happen; the answer does not depend on it.
    remedies
        Asked only where the answer would be *stop*; None tries no protection.
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
    notes = (
        *request.notes,
        *_counted(write_script(file, request.activity)),
        *_second_fraction(bench, runs[0]),
    )
    rests_on = rank(world, cases, uncertain(file), ranged)
    failed = failed_objectives(world, cases[0])
    ranges = tuple(_range_evidence(run) for run in ranged)
    decision = decide(world, cases, ranges, rests_on, failed)
    if decision.verdict == "proceed":
        decision, cases, rests_on = _doubt_backoff(bench, decision, cases, rests_on)
    decision, others, remedy = _instead(bench, decision, remedies)
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
        remedy=remedy,
        reproduction=Reproduction(
            seed=request.seed,
            tidegate_version=__version__,
            engine="packet by packet" if world.detail == "packet" else "coarse: one job per attempt",
            fractions=(bench.fraction,) if bench.fraction == 1.0 else (bench.fraction, bench.fraction / 2),
            runs_count=sum(len(run.replications.outcomes) for run in runs),
            stopping_rule=str(rule),
        ),
    )
