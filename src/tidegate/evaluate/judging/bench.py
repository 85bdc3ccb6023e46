"""How are the worlds of one question run? One size, one chance, one rule for all of its cases.

Whoever asks whether an activity holds (check, ramp, protect, headroom) asks here, so that no two of them
can answer differently: it holds where `Bench.holds` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import cached_property

from tidegate.evaluate.arithmetic.exceeded import exceeded_limits
from tidegate.evaluate.judging.cornered import broken_ends, is_broken_at
from tidegate.evaluate.judging.cost_bound import Budget
from tidegate.evaluate.judging.decide import HOLDS_OVER_SHARE, Held, failed_objectives, fails, holds, passes
from tidegate.evaluate.judging.evidence import counted, evidence_of, gather
from tidegate.evaluate.judging.missing_runs import until_kept
from tidegate.evaluate.judging.verdict import Ranges
from tidegate.evaluate.reading.run_fate import missed_by
from tidegate.evaluate.variants.by_chance import fails_by_chance
from tidegate.evaluate.variants.corners import Corner
from tidegate.evaluate.variants.demand import (
    HARDER_COUNT,
    MOST_TIMES,
    RESOLUTION_RATIO,
    Louder,
    Tipping,
    agrees,
    ask_harder,
    find_tipping,
    patience_s,
)
from tidegate.evaluate.variants.doubt import doubts_of
from tidegate.evaluate.variants.fraction import choose_fraction, expected_events, smaller_fraction
from tidegate.evaluate.variants.louder import is_helped
from tidegate.evaluate.variants.ranges import (
    POINTS_COUNT,
    RangeRuns,
    holds_over_ranges,
    run_ranges,
    suspects_of,
    uncertain,
)
from tidegate.evaluate.variants.scope import script_of
from tidegate.evaluate.variants.step_size import StepSize, step_size
from tidegate.evaluate.variants.world_case import (
    DEAR_EVENTS,
    Case,
    CaseRuns,
    believed_case,
    case_tables,
    doubted_cases,
    run_case,
)
from tidegate.experiment.parts import Part, Whole, whole_from
from tidegate.experiment.replicate import BATCH_COUNT, DEAR_COUNT, SURE_COUNT, Rule
from tidegate.experiment.tail import Harder
from tidegate.world.file.digest import file_digest
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile

BELIEVED_MOST = 2000
COUNTER_MOST = 400
DECIDED_MOST = SURE_COUNT  # runs of each case where arithmetic has decided: they say what it looks like

Changes = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Runs the cases of one question, all in the same way.

    Parameters
    ----------
    file, activity
        The world, and what happens in it.
    seed
        Chooses the random streams; all cases share their chance.
    executor
        Where the runs happen; no answer depends on it.
    runs_count
        Runs of each case; None lets the stopping rule decide.
    progress
        Called with what is being run and how many runs are done; may raise to end.
    budget
        What all of it may cost. Runs that were asked for in so many words are made whatever they cost.
    shown_at
        The size at which runs only show what arithmetic has decided; None where they decide.
    """

    file: WorldFile
    activity: str | None
    seed: int
    executor: Executor
    runs_count: int | None = None
    progress: Callable[[str, int], None] | None = None
    budget: Budget = field(default_factory=Budget, compare=False)
    shown_at: float | None = None
    _begun: dict[tuple[object, ...], CaseRuns] = field(default_factory=dict, repr=False, compare=False)
    _alike: dict[tuple[bytes, float | None], CaseRuns] = field(
        default_factory=dict, repr=False, compare=False
    )

    @cached_property
    def fraction(self) -> float:
        """The size at which all its cases are run."""
        if self.shown_at is not None:
            return self.shown_at
        return choose_fraction(script_of(self.file, self.activity), self.file.world.horizon_s)

    @cached_property
    def smaller(self) -> float:
        """A smaller size, for points over the ranges and to see what size changes; the same where none is."""
        if self.shown_at is not None or self.fraction == 1.0:
            return self.fraction
        return smaller_fraction(script_of(self.file, self.activity), self.fraction)

    @property
    def acceptable(self) -> float:
        """The greatest acceptable probability of collapse."""
        return self.file.world.objectives.collapse_probability_ratio

    def run(
        self,
        case: Case,
        *,
        most: int = BELIEVED_MOST,
        fraction: float | None = None,
        is_proof: bool = False,
    ) -> CaseRuns:
        """Run a case until its probability of collapse is clear of what is acceptable, or never can be.

        Where none of the first runs collapses it is asked at a harder demand; only where that says too little
        it is counted on.
        """
        size = fraction or self.fraction
        first = self._first(case, size)
        if most <= BATCH_COUNT or first.harder is not None or first.whole is not None:
            return first
        if size == self.fraction and self._may_hold(first):
            harder = self._harder(first)
            if harder is not None:
                return self._keep(replace(first, harder=harder), size)
        elif size == self.fraction < 1.0 and self._is_mixed(first):
            whole = self._whole_of(first)
            if whole is not None and agrees(whole, first, size):
                return self._keep(replace(first, whole=whole), size)
        return self._counted(case, most, size, is_proof=is_proof, begun=first)

    def judged(self, case: Case, *, most: int = BELIEVED_MOST, is_proof: bool = False) -> CaseRuns:
        """Run a case as far as its answer hangs on it: no chance of a collapse undoes what was missed."""
        first = self.run(case, most=BATCH_COUNT)
        if self._has_missed(first):
            return first
        return self._keep(until_kept(self, self.run(case, most=most, is_proof=is_proof), most), self.fraction)

    def _first(self, case: Case, fraction: float) -> CaseRuns:
        """Return the first runs of a case, which are made once, whoever asks for them.

        Another case may change nothing that is run; then its runs are those of the one before it.
        """
        key = _key(case, fraction)
        if key not in self._begun:
            alike = case_tables(case, fraction).digest, case.file.world.objectives.recover_within_s
            begun = self._alike.get(alike)
            if begun is None:
                runs = self._first_counted(case, fraction)
            else:
                runs = self._counted(case, len(begun.replications.outcomes), fraction, begun=begun)
            self._begun[key] = self._alike[alike] = runs
        return replace(self._begun[key], case=case)

    def _first_counted(self, case: Case, fraction: float) -> CaseRuns:
        """Run a case first; where dear fewer do if each misses an objective, or nothing hangs on it."""
        if self.runs_count is not None or BATCH_COUNT * self.each_count(fraction) <= DEAR_EVENTS:
            return self._counted(case, BATCH_COUNT, fraction)
        few, wanted = self._counted(case, SURE_COUNT, fraction), case.file.world.objectives
        missed = all(missed_by(few.tables, one, wanted) for one in few.replications.outcomes)
        shown = case.about is not None and few.replications.count == 0  # not acting: it decides nothing
        return few if missed or shown else self._counted(case, BATCH_COUNT, fraction, begun=few)

    def _keep(self, runs: CaseRuns, fraction: float) -> CaseRuns:
        self._begun[_key(runs.case, fraction)] = runs
        return runs

    def _counted(
        self, case: Case, most: int, fraction: float, *, is_proof: bool = False, begun: CaseRuns | None = None
    ) -> CaseRuns:
        outcomes = () if begun is None else begun.replications.outcomes
        each_count = self.each_count(fraction)
        left = self.budget.runs_count(each_count, least=max(DEAR_COUNT - len(outcomes), 0), most=most)
        rule = Rule(
            threshold=self.acceptable,
            most_count=min(most, len(outcomes) + left),
            exact_count=self.runs_count,
            is_proof=is_proof,
        )
        runs = run_case(
            case,
            fraction=fraction,
            seed=self.seed,
            rule=rule,
            executor=self.executor,
            progress=self.budget.telling(self.progress, each_count),
            begun=outcomes,
        )
        self.budget.spend(sum(one.run.events_count for one in runs.replications.outcomes[len(outcomes) :]))
        return runs

    def each_count(self, fraction: float) -> float:
        """Return how many happenings a run as planned takes: counted once there are some, else guessed."""
        known = self._begun.get(_key(believed_case(self.file, self.activity), self.fraction))
        if known is None:
            script = script_of(self.file, self.activity)
            return expected_events(script, self.file.world.horizon_s, fraction)
        outcomes = known.replications.outcomes
        return fraction / self.fraction * sum(one.run.events_count for one in outcomes) / len(outcomes)

    def _has_missed(self, first: CaseRuns) -> bool:
        """Whether an objective decides although nothing collapses."""
        missed = first.replications.count == 0 and self.runs_count is None
        return missed and bool(failed_objectives(first.world, gather(first)))

    @cached_property
    def plan_has_missed(self) -> bool:
        """Whether an objective decides of the plan although nothing collapses."""
        return self._has_missed(self._first(believed_case(self.file, self.activity), self.fraction))

    def _may_hold(self, first: CaseRuns) -> bool:
        """Whether it is worth asking at a harder demand what the first runs leave open."""
        return first.replications.count == 0 and first.bounds[1] >= self.acceptable

    def _is_mixed(self, first: CaseRuns) -> bool:
        """Whether some of the first runs collapse and some do not: chance weighs less in the whole."""
        return self.runs_count is None and 0 < first.replications.count < len(first.replications.outcomes)

    def _harder(self, first: CaseRuns) -> Harder | None:
        """Return what is seen of a case at a harder demand, where that bounds what is acceptable."""
        case, horizon_s = first.case, first.world.horizon_s
        script = case.script
        by_chance = fails_by_chance(script, horizon_s, self.acceptable)
        if by_chance or self.budget.is_spent or self.tipping is None:
            return None
        planned = first.case.file is self.file
        found = self._asked_harder(first, self.tipping, as_planned=planned)
        if found is not None or planned:
            return found
        # It tips as near as is usual, or the plan says too little of it: where does it tip itself?
        own = self._tipping_of(first)
        return None if own is None else self._asked_harder(first, own, as_planned=True)

    def _asked_harder(self, first: CaseRuns, tipping: Tipping, *, as_planned: bool) -> Harder | None:
        found = ask_harder(
            self._louder(first),
            tipping,
            as_planned=as_planned,
            acceptable=self.acceptable,
            executor=self.executor,
            progress=self._telling(f"{first.case.title}, at more demand"),
        )
        many = HARDER_COUNT if found is None else found.runs_count
        self.budget.spend(many * self.each_count(self.fraction))
        return found

    @cached_property
    def tipping(self) -> Tipping | None:
        """At how many times today's demand the question tips as planned; None where that means nothing.

        More demand than today's may wake an autoscaler, and be the lesser evil.
        """
        if self.runs_count is not None:
            return None
        first = self._first(believed_case(self.file, self.activity), self.fraction)
        return self._tipping_of(first)

    @cached_property
    def whole(self) -> Whole | None:
        """Where the whole tips as planned, by where parts of it do; None where that is not known."""
        if self.tipping is None:
            return None
        return self._whole_of(self._first(believed_case(self.file, self.activity), self.fraction))

    @cached_property
    def step(self) -> StepSize | None:
        """The size of the activity's step; None where nothing of it could be more."""
        name = self.activity
        return None if name is None else step_size(self.file, name, most_times=MOST_TIMES)

    @cached_property
    def step_tipping(self) -> Tipping | None:
        """At how many times the planned step the question tips; None where that means nothing."""
        if self.step is None or self.runs_count is not None:
            return None
        first = self._first(believed_case(self.file, self.activity), self.fraction)
        return self._tipping_of(first, step=self.step)

    def _whole_of(self, first: CaseRuns) -> Whole | None:
        """Return where the whole of a case tips, from its part and a smaller one."""
        sizes = dict.fromkeys((self.fraction, self.smaller))
        planned = first.case.file is self.file and first.case.activity == self.activity
        parts = []
        for size in sizes:
            as_known = planned and size == self.fraction
            tipping = self.tipping if as_known else self._tipping_of(first, size)
            if tipping is None or tipping.is_far:
                return None  # a smaller part would say no more
            if tipping.all_known:
                parts.append(Part(fraction=size, tipping=tipping.seeds))
        return whole_from(parts, resolution_ratio=RESOLUTION_RATIO) if parts else None

    def _tipping_of(
        self, first: CaseRuns, fraction: float | None = None, step: StepSize | None = None
    ) -> Tipping | None:
        case = first.case
        if self.budget.is_spent or is_helped(case.script):
            return None
        what = "today's demand" if step is None else "the planned step"
        found = find_tipping(
            replace(self._louder(first), fraction=fraction or self.fraction, step=step),
            acceptable=self.acceptable,
            executor=self.executor,
            progress=self._telling(f"times {what}, seeds"),
        )
        self.budget.spend(found.runs_count * self.each_count(fraction or self.fraction))
        return found

    def _louder(self, first: CaseRuns) -> Louder:
        case = first.case
        within_s = patience_s(
            case.script,
            first.recoveries_s,
            recover_within_s=case.file.world.objectives.recover_within_s,
        )
        return Louder(case=case, fraction=self.fraction, seed=self.seed, within_s=within_s)

    def _telling(self, title: str) -> Callable[[int], None]:
        def told(count: int) -> None:
            if self.progress is not None:
                self.progress(title, count)

        return told

    def ranges(self, case: Case) -> RangeRuns | None:
        """Run a case over the ranges of its numbers; a number that its overlay sets is not varied."""
        estimates = uncertain(case.file, case.about or case.activity)
        if not estimates or self.budget.is_spent:
            return None
        by_arithmetic = self.shown_at is not None
        self.budget.spend(0.0 if by_arithmetic else POINTS_COUNT * self.each_count(self.smaller))
        return run_ranges(
            case,
            estimates,
            by_arithmetic=by_arithmetic,
            fraction=self.smaller,
            seed=self.seed,
            executor=self.executor,
            progress=self.progress,
        )

    @cached_property
    def ranges_as_planned(self) -> RangeRuns | None:
        """What comes of the question as planned over the ranges of its numbers."""
        return self.ranges(believed_case(self.file, self.activity))

    @cached_property
    def corners_as_planned(self) -> tuple[Corner, ...]:
        """The ends of assumed numbers at which the question as planned does not hold."""
        return broken_ends(self, believed_case(self.file, self.activity))

    def holds(
        self,
        name: str,
        title: str,
        changes: Changes,
        *,
        doubts: Mapping[str, Changes] | None = None,
        most: int = BELIEVED_MOST,
    ) -> Held | None:
        """Return the evidence that the activity holds with changes; None where that is not so.

        It must hold as believed and with each belief wrong that was never measured, over the ranges of
        the numbers, by arithmetic and for every objective. What is cheapest to refute is asked first.

        Parameters
        ----------
        name, title
            Of the case, as in `CaseEvidence`.
        changes
            The overlay; empty for the activity as planned.
        doubts
            What may be otherwise, by title; None means each belief that was never measured.
        most
            Runs of each case after which it counts as not shown.
        """
        believed = replace(believed_case(overlay(self.file, changes), self.activity), name=name, title=title)
        under = doubts_of(self.file.world) if doubts is None else doubts
        doubted = doubted_cases(self.file, believed, changes, under)
        cases = (*doubted.values(), believed)
        if self.budget.is_spent or any(exceeded_limits(script_of(c.file, c.activity)) for c in cases):
            return None
        is_held, ranges = self.over_ranges(believed)
        if not is_held:
            return None
        seen = {}
        for doubt, case in doubted.items():
            seen[doubt] = evidence_of(self.judged(case, most=min(most, COUNTER_MOST), is_proof=True))
            if not passes(self.file.world, seen[doubt], is_bounded=self.runs_count is not None):
                return None
        found = evidence_of(self.judged(believed, most=most, is_proof=True))
        if not passes(self.file.world, found, is_bounded=self.runs_count is not None):
            return None
        sure = all(holds(self.file.world, one) for one in (*seen.values(), found))
        return Held(evidence=found, sure=sure, doubted=seen, ranges=ranges)

    def may_hold(self, changes: Changes) -> bool:
        """Whether it looks as if it held with changes: by arithmetic, over the ranges, in few runs."""
        believed = replace(believed_case(overlay(self.file, changes), self.activity), name="may_hold")
        is_out = self.budget.is_spent or exceeded_limits(script_of(believed.file, believed.activity))
        if is_out or not self.over_ranges(believed)[0]:
            return False
        found = evidence_of(self.run(believed, most=BATCH_COUNT))
        return found.collapse.value <= self.acceptable and not fails(self.file.world, found)

    def over_ranges(self, case: Case) -> tuple[bool, Ranges | None]:
        """Return whether the ranges decide nothing, as `ranges` would find, and what they show where so."""
        estimates = uncertain(case.file, case.about or case.activity)
        if not estimates:
            return True, None
        self.budget.spend(0.5 * POINTS_COUNT * self.each_count(self.smaller))
        failed_count = holds_over_ranges(
            case,
            estimates,
            most_ratio=HOLDS_OVER_SHARE,
            fraction=self.smaller,
            seed=self.seed,
            executor=self.executor,
            suspects=suspects_of(self.__dict__.get("ranges_as_planned"), estimates),
            progress=self.progress,
        )
        known = self.__dict__.get("corners_as_planned", ())
        if failed_count is None or is_broken_at(self, case, known):
            return False, None
        share = counted(failed_count, POINTS_COUNT)
        return True, Ranges(case=case.name, collapse=share, numbers_count=len(estimates))


def _key(case: Case, fraction: float) -> tuple[object, ...]:
    return file_digest(case.file), case.activity, case.about, fraction
