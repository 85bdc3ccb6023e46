"""Judge one activity: run the cases, gather the evidence, decide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from typing import Protocol

from tidegate import __version__
from tidegate.evaluate.arithmetic.again import again_sentences
from tidegate.evaluate.arithmetic.arithmetic_notes import BY_ARITHMETIC, arithmetic_notes
from tidegate.evaluate.arithmetic.connecting import connects_nearly
from tidegate.evaluate.arithmetic.exceeded import exceeded, nearest
from tidegate.evaluate.arithmetic.may_open import may_open
from tidegate.evaluate.arithmetic.narrowest import narrowest
from tidegate.evaluate.arithmetic.restarting import darkness_sentences
from tidegate.evaluate.arithmetic.scaling import reading_sentences
from tidegate.evaluate.judging.asked import Check
from tidegate.evaluate.judging.assumed_backoff import backoff_rest, unmeasured_backoff
from tidegate.evaluate.judging.bench import BELIEVED_MOST, COUNTER_MOST, DECIDED_MOST, Bench
from tidegate.evaluate.judging.cornered import cornered, goes_ahead
from tidegate.evaluate.judging.cost_bound import (
    DECIDED_HAPPENINGS,
    MOST_HAPPENINGS,
    VAST_EVENTS,
    Budget,
    seconds_text,
)
from tidegate.evaluate.judging.dark import goes_dark
from tidegate.evaluate.judging.decide import (
    HOLDS_OVER_SHARE,
    Decision,
    Gathered,
    Held,
    belief_of,
    decide,
    failed_objectives,
    fails,
    ill_without,
    is_doubted,
)
from tidegate.evaluate.judging.edges import edges_of
from tidegate.evaluate.judging.ends import end_sentences
from tidegate.evaluate.judging.evidence import evidence_of, probability
from tidegate.evaluate.judging.fastest import fastest
from tidegate.evaluate.judging.feeding import fed_by
from tidegate.evaluate.judging.fits import fits_where_it_decides
from tidegate.evaluate.judging.helping import Sought, sought
from tidegate.evaluate.judging.missing_runs import missed_sentences
from tidegate.evaluate.judging.needed import NUMBERS_MOST, Needed, needed
from tidegate.evaluate.judging.remedy import Remedy
from tidegate.evaluate.judging.rest import Rest
from tidegate.evaluate.judging.rests import rank, widest
from tidegate.evaluate.judging.spells import spell_sentences
from tidegate.evaluate.judging.verdict import CaseEvidence, Ranges, Reproduction, Verdict
from tidegate.evaluate.variants.fraction import choose_fraction, expected_events, showing_fraction
from tidegate.evaluate.variants.ranges import RangeRuns, of_concern, uncertain
from tidegate.evaluate.variants.scope import left_out_sentences, script_of
from tidegate.evaluate.variants.slower import NAME as SLOWER
from tidegate.evaluate.variants.slower import slower
from tidegate.evaluate.variants.world_case import (
    Case,
    CaseRuns,
    believed_case,
    calm_case,
    counter_cases,
    deciding_case,
)
from tidegate.experiment.interval import share_interval
from tidegate.experiment.replicate import BATCH_COUNT, Rule
from tidegate.simulate.idle import idle_sentences
from tidegate.simulate.idle_key import idle_keys
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile

OTHER_SIDE_MOST = BATCH_COUNT
WHOLE_FOLLOWS = "how much the whole can take was worked out from that"
ONE_SIZE_MIXED = (
    " Some runs recover and some do not: chance weighs less in the whole world, which may go otherwise."
)


class Remedies(Protocol):
    """Which protections are worth a try, the ones that ask least first."""

    def __call__(self, file: WorldFile, activity: str | None, *, singly: bool = False) -> Iterable[Remedy]:
        """Yield them; `singly` only those that are one setting, all there are."""


def _bench(asked: Check, executor: Executor, progress: Callable[[str, int], None] | None) -> Bench:
    """Return how all cases are run; where arithmetic has decided, runs only show what it looks like."""
    script, horizon_s = script_of(asked.file, asked.activity), asked.file.world.horizon_s
    decided, shown_at = exceeded(script), None
    if decided and expected_events(script, horizon_s, choose_fraction(script, horizon_s)) > VAST_EVENTS:
        shown_at = showing_fraction(script, horizon_s)
    return Bench(
        file=asked.file,
        activity=asked.activity,
        seed=asked.seed,
        executor=executor,
        runs_count=asked.runs_count or (DECIDED_MOST if decided else None),
        progress=progress,
        budget=Budget(most_count=DECIDED_HAPPENINGS if decided else MOST_HAPPENINGS),
        shown_at=shown_at,
    )


def _size(bench: Bench, believed: CaseRuns) -> tuple[str, ...]:
    """Return at which sizes it was run where that is not the whole, and what follows for the whole."""
    if bench.fraction == 1.0:
        return ()
    sizes = " and ".join(map(_one_in, dict.fromkeys((bench.fraction, bench.smaller))))
    whole = None if bench.plan_has_missed else bench.whole
    if whole is None:
        few = "; less would leave too few of something" * (bench.smaller == bench.fraction)
        mixed = ONE_SIZE_MIXED * (0.0 < believed.share < 1.0)
        return (f"Run at {_one_in(bench.fraction)} of the world's size{few}.{mixed}",)
    said = f"Run at {sizes} of the world's size; {WHOLE_FOLLOWS}."
    return (said + " How much that is changes with the size, which was reckoned with." * whole.drifts,)


def _cost(bench: Bench) -> tuple[str, ...]:
    """Return what was not run because of what it costs."""
    if bench.shown_at is not None:
        said = (
            f"Arithmetic has decided, and this world is large: runs at {_one_in(bench.shown_at)} of its size "
        )
        said += "only show what it looks like. Whether it holds more slowly or protected was not run; "
        return (f"{said}`tidegate ramp` and `tidegate protect` search for that.",)
    if bench.budget.is_spent:
        most = bench.budget.most_count
        said = f"The runs were ended after {most / 1e9:.0f} billion happenings, about "
        said += f"{seconds_text(most)} of one core; `--runs N` makes N of each case, "
        return (f"{said}whatever they take.",)
    return ()


def _one_in(fraction: float) -> str:
    return f"1/{round(1 / fraction):,}"


def _backoff(bench: Bench, cases: Sequence[CaseEvidence]) -> tuple[Rest, CaseEvidence] | None:
    """Return what it rests on where it fails without a back-off that nobody measured or wrote down."""
    case = unmeasured_backoff(bench.file, bench.activity)
    if case is None:
        return None
    failed = evidence_of(bench.run(case, most=OTHER_SIDE_MOST))
    return (backoff_rest(cases[0], failed), failed) if fails(bench.file.world, failed) else None


def _not_acting(bench: Bench) -> CaseEvidence | None:
    """Return what comes of not acting, under the same load, at the same size and over the same time."""
    calm = calm_case(bench.file, bench.activity)
    return None if calm is None else evidence_of(bench.run(calm, most=OTHER_SIDE_MOST))


def _slower(bench: Bench) -> tuple[CaseEvidence | None, Held | None]:
    """Return what comes of acting slower, and what shows that it holds; None where nothing does."""
    gradual = slower(bench.file, bench.activity) if bench.activity is not None else None
    if gradual is None or bench.shown_at is not None:
        return None, None
    changed = overlay(bench.file, gradual.changes)
    case = Case(name=SLOWER, title=gradual.title, file=changed, activity=bench.activity)
    if exceeded(script_of(changed, bench.activity)):
        return None, None  # a limit that is exceeded at any pace
    looked = evidence_of(bench.run(case, most=OTHER_SIDE_MOST))
    if looked.collapse.value > 0.0 or fails(bench.file.world, looked):
        return looked, None
    held = bench.holds(SLOWER, gradual.title, gradual.changes)
    if held is None:
        return looked, None
    _, held = fastest(bench, gradual, held)
    return held.evidence, held


def _range_evidence(runs: RangeRuns) -> Ranges:
    count = sum(runs.collapsed)
    interval = share_interval(count, len(runs.collapsed))
    return Ranges(
        case=runs.case,
        collapse=probability(count, len(runs.collapsed), interval),
        numbers_count=len(runs.points[0]) if runs.points else 0,
        mixed_count=runs.mixed_count,
        missed=tuple(filter(None, runs.missed)),
    )


def judge(
    asked: Check,
    *,
    executor: Executor,
    remedies: Remedies | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> Verdict:
    """Answer whether an activity may go ahead.

    Parameters
    ----------
    asked
        The world and the activity; where that is None the world's triggers alone are judged.
    executor
        Where the runs happen; the answer does not depend on it.
    remedies
        Asked only where it may not go ahead as planned; None tries no protection.
    progress
        Called with what is being run and how many runs are done; may raise to end.
    """
    bench = _bench(asked, executor, progress)
    known, notes = _as_planned(bench)
    known = replace(known, is_cut=bench.budget.is_spent)
    if goes_ahead(known):
        known = cornered(bench.file.world, known, bench.corners_as_planned)
    decision = decide(known)
    others: list[CaseEvidence] = []
    found = Sought()
    if decision.verdict == "proceed":
        known = replace(known, backoff=_backoff(bench, known.cases))
    else:
        idle, (looked, held) = _not_acting(bench), _slower(bench)
        known = replace(known, slower=held)
        offered = None if remedies is None else partial(_offered, remedies, asked)
        found = sought(bench, known, looked, offered)
        shown = None if found.held is None else found.held.evidence
        known = replace(known, protected=found.held, is_cut=bench.budget.is_spent)
        seen = (idle, looked, shown, found.shown if found.shown is not looked else None)
        others = [one for one in seen if one is not None]
    if known.backoff is not None:
        rest, failed = known.backoff
        known, others = replace(known, rests_on=(rest, *known.rests_on)), [failed]
    return _verdict(bench, asked, known, (*others,), found, notes)


def _offered(remedies: Remedies, asked: Check, singly: bool) -> Iterable[Remedy]:
    return remedies(asked.file, asked.activity, singly=singly)


def _as_planned(bench: Bench) -> tuple[Gathered, tuple[str, ...]]:
    """Return the evidence on the activity as planned, believed and not, and what there is to note."""
    file, world = bench.file, bench.file.world
    counters = counter_cases(file, bench.activity)
    script = script_of(file, bench.activity)
    decided = bool(exceeded(script))
    runs = [bench.judged(believed_case(file, bench.activity), most=BELIEVED_MOST)]
    # Where the plan misses an objective anyway, what else could be wrong is only shown.
    most = BATCH_COUNT if bench.plan_has_missed else COUNTER_MOST
    runs += [bench.judged(case, most=most) for case in counters]
    cases = tuple(map(evidence_of, runs))
    ranged = [one for one in (bench.ranges_as_planned, *map(bench.ranges, counters)) if one is not None]
    known = Gathered(
        world=world,
        cases=cases,
        ranges=tuple(map(_range_evidence, ranged)),
        rests_on=rank(world, cases, uncertain(file, bench.activity), ranged),
    )
    size = () if decided else _size(bench, runs[0])
    again = () if decided else (*again_sentences(script, bench.activity), *spell_sentences(runs[0]))
    return known, (
        *idle_sentences(file, bench.activity),
        *idle_keys(file),
        *left_out_sentences(file, bench.activity),
        *arithmetic_notes(script, bench.activity),
        *may_open(script),
        *reading_sentences(script),
        *again,
        *missed_sentences(world, cases[0]),
        *size,
    )


def _verdict(
    bench: Bench,
    asked: Check,
    known: Gathered,
    others: tuple[CaseEvidence, ...],
    found: Sought,
    notes: tuple[str, ...],
) -> Verdict:
    world, decision = bench.file.world, decide(known)
    worst = max(case.collapse.value for case in known.cases)
    planned = (believed_case(bench.file, bench.activity), *counter_cases(bench.file, bench.activity))
    decides = deciding_case(bench.file, bench.activity, decision.condition)
    remedied = known.slower if decision.verdict == "slow_down" else known.protected
    lacking, edges = _needed(bench, known, decision), edges_of(bench)
    return Verdict(
        verdict=decision.verdict,
        condition=decision.condition,
        condition_settles=decision.condition_settles,
        deciding=decision.deciding,
        world=world.name,
        title=world.title,
        activity=asked.activity or "",
        activity_title=world.happening(asked.activity),
        horizon_s=world.horizon_s,
        acceptable_ratio=bench.acceptable,
        cases=(*known.cases, *others),
        ranges=(*known.ranges, *((remedied.ranges,) if remedied and remedied.ranges else ())),
        dark=goes_dark(world, [known.cases[0], *(one for one in known.cases[1:] if is_doubted(world, one))]),
        rests_on=tuple(known.rests_on),
        holding_back_is_worse=asked.activity is not None
        and any(o.name == "not_acting" and o.collapse.low > worst for o in others),
        ill_without=ill_without(world, next((one for one in others if one.name == "not_acting"), None)),
        failed_objectives=_failed(known, decision.condition),
        notes=(*asked.notes, *_cost(bench), *_mechanism(bench, decision, notes), *notes),
        read=asked.read,
        remedy=found.remedy,
        partial=found.partial,
        tried=found.tried,
        instead=found.instead,
        fits=found.fits
        if known.cases[0].exceeded
        else fits_where_it_decides(
            bench.file, bench.activity, condition=decision.condition, otherwise=decides.file
        ),
        nearest=nearest(script_of(bench.file, asked.activity)),
        narrowest=narrowest(script_of(decides.file, decides.activity)),
        sure=decision.sure,
        fed_by=fed_by(list(zip(planned, known.cases, strict=True))),
        reproduction=_reproduction(bench, known, asked_count=asked.runs_count),
        demand_edge=edges.demand,
        step_edge=edges.step,
        edge_unknown=edges.unknown,
        widest=()
        if decision.deciding or decision.verdict != "cannot_tell"
        else widest(world, uncertain(bench.file, bench.activity)),
        needed=lacking.numbers,
        needed_left=lacking.left,
        guesses_count=sum(one.basis == "assumed" for one in of_concern(bench.file, bench.activity)),
        remedy_runs=() if remedied is None else remedied.collapses,
    )


def _needed(bench: Bench, known: Gathered, decision: Decision) -> Needed:
    """Return which numbers must be known, where it is the ranges that nothing can be told for."""
    if decision.verdict == "cannot_tell" and known.corners:
        return Needed(numbers=known.corners[:NUMBERS_MOST], left=None)
    drawn = next((one for one in known.ranges if one.case == known.cases[0].name), None)
    undecided = decision.verdict == "cannot_tell" and drawn is not None
    if not undecided or drawn is None or drawn.collapse.value <= HOLDS_OVER_SHARE:
        return Needed(numbers=(), left=None)
    first = next((one for one in known.rests_on if one.path == decision.deciding), None)
    return needed(bench, first)


def _failed(known: Gathered, condition: str) -> tuple[str, ...]:
    """Return which objectives do not hold as believed; else with the belief wrong, if they alone decide."""
    believed = failed_objectives(known.world, known.cases[0])
    if believed:
        return believed
    few = known.world.objectives.collapse_probability_ratio
    doubted = [
        one
        for one in known.cases[1:]
        if belief_of(one) == condition and not one.exceeded and one.collapse.low <= few
    ]
    return tuple(f"If {one.title}: {said}" for one in doubted for said in failed_objectives(known.world, one))


def _mechanism(bench: Bench, decision: Decision, notes: Sequence[str]) -> tuple[str, ...]:
    """Return the sum that stands behind an answer which only runs decided: at the bad end, or the nearest.

    Where arithmetic says something of the plan itself, that is it.
    """
    if decision.verdict == "proceed":
        return ()
    ends = end_sentences(bench.file, bench.activity, decision.deciding) if decision.deciding else ()
    script = script_of(bench.file, bench.activity)
    # That a restart is dark by itself says nothing of what its clients do then.
    dark = {f"{BY_ARITHMETIC}: {one}." for one in darkness_sentences(script, bench.activity)}
    said = any(note.startswith(BY_ARITHMETIC) and note not in dark for note in notes)
    near = () if said or ends else connects_nearly(script)
    return (*ends, *(f"{BY_ARITHMETIC}: {one}." for one in near))


def _reproduction(bench: Bench, known: Gathered, *, asked_count: int | None) -> Reproduction:
    rule = Rule(threshold=bench.acceptable, exact_count=bench.runs_count)
    packets = bench.file.world.detail == "packet"
    return Reproduction(
        seed=bench.seed,
        tidegate_version=__version__,
        engine="packet by packet" if packets else "coarse: one job per attempt",
        fractions=tuple(dict.fromkeys((bench.fraction, bench.smaller))),
        runs_count=sum(one.collapse.runs_count + one.collapse.harder_runs_count for one in known.cases),
        stopping_rule=str(rule)
        if bench.runs_count == asked_count
        else f"{bench.runs_count} runs of each case, since arithmetic has decided",
    )
