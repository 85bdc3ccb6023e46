"""At how many times today's demand does a world tip? The distance to the edge, in words people use.

Demand is what all clients ask: how many there are and how often they ask, before, during and after what
happens, the clients that it adds and the instances that boot included; what serves them stays as it is. Where
something is counted for each client (its pool, its budget, its share of a limit), more clients are no harder
for any of them: there it is asked both ways, by more clients and by each of them asking more. A run *tips* at
a demand where, either way, it is not normal again in several times as long as it takes today, or as the
objective allows, or was no longer normal before anything happened; that is sooner than where it collapses, so
that the edge is never further away than said.

Each seed tips somewhere. A few seeds are followed to that point once a question; they say where the edge is
and how much chance moves it. A case is then asked at a harder demand, and `experiment.tail` says how rare a
collapse is at today's.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from tidegate.evaluate.reading.answered import answered
from tidegate.evaluate.reading.measures import measure
from tidegate.evaluate.reading.run_fate import Late
from tidegate.evaluate.variants.louder import counted_each, louder
from tidegate.evaluate.variants.scope import script_of
from tidegate.evaluate.variants.step_size import StepSize
from tidegate.evaluate.variants.world_case import Case, CaseRuns
from tidegate.experiment.done_count import DoneCount
from tidegate.experiment.interval import beta_cdf
from tidegate.experiment.parts import Whole
from tidegate.experiment.seed_edge import Bracket, Found, Narrow, Span
from tidegate.experiment.tail import (
    MOST_SEEDS_COUNT,
    WIDEST_SCATTER,
    Harder,
    needed_times,
    scatter_bound,
    tail_bound,
)
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import Script
from tidegate.simulate.size import scaled_count
from tidegate.simulate.tables import Tables
from tidegate.world.clients import Clients

LEAST_TIMES, MOST_TIMES = 0.05, 4.0  # today's demand: where the edge is looked for
FIRST_TIMES, FIRST_STEP = 1.25, 0.25
RESOLUTION_RATIO = 0.02
STEP_SEEDS = 4  # followed before it is looked whether they say enough
HARDER_COUNT, HARDER_TOGETHER = 24, 6
"""Seeds that are asked at a harder demand, and how many of them before it is looked whether one tips. Of a
further way to ask for more so few are enough, at so much more that they bound the chance no less."""
LEAST_HARDER_TIMES = 1.05
"""Nearer to the edge than this it is counted at today's demand."""
USUAL_HARDER_TIMES, FARTHEST_HARDER_TIMES = 1.2, 2.0
LEAST_CHANGED_SCATTER = 0.05
"""Of a case that is not as planned: few worlds scatter less, unless nothing but arithmetic tips them."""
CLEAR_RATIO = 0.5  # of the acceptable probability: so far below it a bound is to be
FROM_EDGE_SCATTERS = 3.0  # so far from the edge it is asked, that none of so many seeds should tip
PATIENCE_TIMES, PATIENCE_TIMEOUTS, LEAST_PATIENCE_S = 4.0, 10.0, 30.0
LEAST_AGREEMENT = 0.01
"""The chance below which so many collapses are more than an edge explains."""
_SEEDS_FROM = 1_000_000
"""Replications from here on: chance that the runs at today's demand have not seen."""
_AILING_RATIO = 0.5


def patience_s(
    script: Script, recoveries_s: tuple[float, ...], *, recover_within_s: float | None = None
) -> float:
    """Return within what time from the disturbance on service must be normal again, not to have tipped.

    Four times as long as today's slowest recovery; no less than ten time-outs, or half a minute, after the
    last thing that happens; but no longer than the objective allows.
    """
    waves = (wave.at_s + wave.spread_s for wave in script.waves)
    last_s = max([script.disturbed_until_s, *(phase.at_s for phase in script.phases), *waves])
    timeouts_s = (clients.timeout_s for phase in script.phases for clients in phase.world.clients.values())
    settles_s = max(LEAST_PATIENCE_S, PATIENCE_TIMEOUTS * max(timeouts_s, default=0.0))
    least_s = max(last_s - script.disturbed_from_s, 0.0) + settles_s
    patient_s = max(least_s, PATIENCE_TIMES * max(recoveries_s, default=0.0))
    return patient_s if recover_within_s is None else min(patient_s, recover_within_s)


@dataclass(frozen=True, kw_only=True)
class Tipping:
    """Where seeds tip, as multiples of today's demand.

    Parameters
    ----------
    seeds
        Where each seed tips that does in what was looked at.
    above_count, below_count
        Seeds that do not tip up to `MOST_TIMES`, and that tip at `LEAST_TIMES`.
    runs_count
        Runs it took.
    """

    seeds: tuple[float, ...]
    above_count: int
    below_count: int
    runs_count: int

    @property
    def times(self) -> float | None:
        """At how many times today's demand half of the seeds tip; None where most of them tip nowhere."""
        many = len(self.seeds) + self.above_count + self.below_count
        if not many or 2 * max(self.above_count, self.below_count) >= many:
            return None
        return statistics.median([*self.seeds, *[math.inf] * self.above_count, *[0.0] * self.below_count])

    @property
    def all_known(self) -> bool:
        """Whether every seed tips within what was looked at."""
        return len(self.seeds) > 1 and self.above_count == self.below_count == 0

    @property
    def is_far(self) -> bool:
        """Whether no seed tips within what was looked at."""
        return self.above_count > 0 and not self.seeds and not self.below_count

    @property
    def scatter(self) -> float | None:
        """How much the logarithms of the tipping points scatter at most; None where it is not known."""
        if self.is_far:
            return WIDEST_SCATTER
        if not self.all_known:
            return None
        return scatter_bound(self.seeds, RESOLUTION_RATIO)

    @property
    def asked_most(self) -> float:
        """How hard it may be asked so that hardly one of so many seeds tips where it is as planned."""
        if not self.seeds:
            return FARTHEST_HARDER_TIMES
        logs = [math.log(one) for one in self.seeds]
        seen = max(statistics.stdev(logs) if len(logs) > 1 else 0.0, RESOLUTION_RATIO)
        return min(math.exp(statistics.fmean(logs) - FROM_EDGE_SCATTERS * seen), FARTHEST_HARDER_TIMES)


@dataclass(frozen=True, kw_only=True)
class Louder:
    """A case at any multiple of its demand, with the chance of any seed; safe to call from several threads.

    Parameters
    ----------
    case
        What is run.
    fraction, seed
        As in `run_case`.
    within_s
        As `patience_s` returns it.
    step
        What is multiplied instead, where it is the activity's own step.
    """

    case: Case
    fraction: float
    seed: int
    within_s: float
    step: StepSize | None = None
    _tables: dict[tuple[float, bool], Tables] = field(default_factory=dict, repr=False, compare=False)

    def tables(self, times: float, *, each: bool = False) -> Tables:
        """Return the tables at a multiple of the demand, or of the step; `each` as in `louder`."""
        kept = self._tables.get((times, each))
        if kept is None:
            horizon_s = self.case.file.world.horizon_s
            kept = lower(self._script(times, each=each), horizon_s=horizon_s, fraction=self.fraction)
            self._tables[times, each] = kept
        return kept

    def _script(self, times: float, *, each: bool = False) -> Script:
        case = self.case
        if self.step is not None:
            return script_of(self.step.at(case.file, times), case.activity)
        return louder(case.script, times, each=each)

    @cached_property
    def ways(self) -> tuple[bool, ...]:
        """In which ways it is asked for more: by more clients, and where that matters by each of them too."""
        if self.step is not None or not any(counted_each(one.world) for one in self._script(1.0).phases):
            return (False,)
        return (False, True)

    def __call__(self, times: float, seed: int) -> bool:
        """Whether a seed tips at a multiple of the demand, in whichever way that is asked."""
        return any(self.tips(times, seed, each) for each in self.ways)

    def tips(self, times: float, seed: int, each: bool) -> bool:
        """Whether a seed tips at a multiple of the demand that is asked in one way."""
        tables, number = self.tables(times, each=each), _SEEDS_FROM + seed

        def ask() -> bool:
            watch = Late(tables=tables, within_s=self.within_s).watch
            run = simulate(tables, seed=self.seed, replication=number, watch=watch)
            outcome = measure(tables, run, recover_within_s=self.within_s)
            return outcome.collapsed or outcome.ailing_ratio > _AILING_RATIO

        return answered(("tips", tables.digest, self.within_s, self.seed, number), ask)

    def reached(self, times: float) -> float:
        """Return how many times the demand really comes to: clients are whole, and may be few."""
        today, harder = self._script(1.0), self._script(times)
        pairs = zip(today.phases, harder.phases, strict=True)
        boots = [
            more.boot_call.requests_count / wave.boot_call.requests_count
            for wave, more in zip(today.waves, harder.waves, strict=True)
            if wave.boot_call is not None and more.boot_call is not None
        ]
        ratios = [
            _asked(more, self.fraction) / _asked(clients, self.fraction)
            for now, then in pairs
            for clients, more in zip(now.world.clients.values(), then.world.clients.values(), strict=True)
            if _asked(clients, self.fraction) > 0
        ]
        return min([times, *boots, *ratios])


def _asked(clients: Clients, fraction: float) -> float:
    """Return what of clients is counted in a run: requests a second of those that connect anew for each."""
    if clients.demand.kind == "open" and clients.connection == "per_request":
        return clients.demand.rate_per_s
    return scaled_count(clients.population_count, fraction)


@dataclass(frozen=True, kw_only=True)
class _Follow:
    """Follows a seed to where it tips; a value, to be sent to other processes.

    That is looked for in the first way to ask for more, and in a further one where it tips sooner in that.
    """

    runs: Louder
    span: Span
    step_ratio: float
    ways: tuple[bool, ...]

    def __call__(self, seed: int, near: float) -> tuple[Found, bool]:
        """Return where a seed tips, and in which way it does so first."""
        sooner, *further = self.ways
        found = self._found(sooner, seed, near)
        for each in further:
            tried = found.runs_count + 1
            if found.holds is not None and self.runs.tips(found.holds, seed, each):
                found, sooner = self._found(each, seed, found.holds), each
                tried += found.runs_count
            found = replace(found, runs_count=tried)
        return found, sooner

    def _found(self, each: bool, seed: int, near: float) -> Found:
        task = _InOneWay(runs=self.runs, each=each)
        begun = Bracket(task=task, span=self.span, step_ratio=self.step_ratio)(seed, near)
        return Narrow(task=task, span=self.span, resolution_ratio=RESOLUTION_RATIO)(begun)


@dataclass(frozen=True, kw_only=True)
class _InOneWay:
    """Whether seeds tip where more is asked in one way."""

    runs: Louder
    each: bool

    def __call__(self, times: float, seed: int) -> bool:
        return self.runs.tips(times, seed, self.each)


def find_tipping(
    runs: Louder, *, acceptable: float, executor: Executor, progress: Callable[[int], None] | None = None
) -> Tipping:
    """Follow a few seeds to where they tip: more of them where few do not say enough of their scatter.

    Parameters
    ----------
    runs
        The case.
    acceptable
        The probability that is to be bounded, between 0 and 1.
    executor
        Where the runs happen; the answer does not depend on it.
    progress
        Called with the number of seeds done; may raise to end.
    """
    most = MOST_TIMES if runs.step is None else runs.step.most_times
    span = Span(low=LEAST_TIMES, high=most, resolution_ratio=RESOLUTION_RATIO)
    first, sooner = _Follow(runs=runs, span=span, step_ratio=FIRST_STEP, ways=runs.ways)(0, FIRST_TIMES)
    near = _middle(first) or (most if first.collapses is None else LEAST_TIMES)
    ways = tuple(sorted(runs.ways, key=lambda each: each != sooner))
    follow = _Follow(runs=runs, span=span, step_ratio=2.0 * RESOLUTION_RATIO, ways=ways)
    found = [first]
    while True:
        following = len(found) + STEP_SEEDS - len(found) % STEP_SEEDS
        numbers = range(len(found), min(following, MOST_SEEDS_COUNT))
        found += [one for one, _ in executor.map(follow, numbers, [near] * len(numbers))]
        if progress is not None:
            progress(DoneCount(len(found), MOST_SEEDS_COUNT))
        tipping = _tipping(found)
        scatter = tipping.scatter
        if (
            runs.step is not None
            or len(found) >= MOST_SEEDS_COUNT
            or scatter is None
            or _says_enough(tipping, scatter, acceptable)
        ):
            return tipping


def _says_enough(tipping: Tipping, scatter: float, acceptable: float) -> bool:
    """Whether the scatter is known well enough to bound what is acceptable."""
    most = tipping.asked_most
    if most <= LEAST_HARDER_TIMES:
        most = FARTHEST_HARDER_TIMES  # then it is for what is changed that it is asked
    wanted = CLEAR_RATIO * acceptable
    return needed_times(wanted, HARDER_COUNT, scatter, most=most) is not None


def _tipping(found: list[Found]) -> Tipping:
    middles = [_middle(one) for one in found]
    return Tipping(
        seeds=tuple(one for one in middles if one is not None),
        above_count=sum(one.collapses is None for one in found),
        below_count=sum(one.holds is None for one in found),
        runs_count=sum(one.runs_count for one in found),
    )


def _middle(found: Found) -> float | None:
    if found.holds is None or found.collapses is None:
        return None
    return math.sqrt(found.holds * found.collapses)


def agrees(whole: Whole, runs: CaseRuns, fraction: float) -> bool:
    """Whether no more of the runs collapse than where the whole tips leads one to expect of that part of it.

    What collapses at any demand does not scatter about an edge, and does not weigh less in the whole.
    """
    count, many = runs.replications.count, len(runs.replications.outcomes)
    most = whole.share_bounds(fraction)[1]
    return most > 0.0 and beta_cdf(most, count, many - count + 1) >= LEAST_AGREEMENT


def ask_harder(
    runs: Louder,
    tipping: Tipping,
    *,
    as_planned: bool,
    acceptable: float,
    executor: Executor,
    progress: Callable[[int], None] | None = None,
) -> Harder | None:
    """Ask a case at a demand so hard that none of a few seeds tipping there bounds the chance at today's.

    Parameters
    ----------
    runs
        The case.
    tipping
        Of the question; its scatter stands for that of the case.
    as_planned
        Whether the case is what tips there. One that is changed may stand further from its edge, and scatter
        more about it: it is asked no nearer than usual, and its scatter counts as no less than is common.
    acceptable, executor, progress
        As in `find_tipping`.

    Returns
    -------
    Harder or None
        None where one tips, or nothing that hard can be asked: then it is to be counted.
    """
    scatter, most = tipping.scatter, tipping.asked_most if as_planned else FARTHEST_HARDER_TIMES
    if scatter is None or most <= LEAST_HARDER_TIMES:
        return None
    if not as_planned:
        scatter = max(scatter, LEAST_CHANGED_SCATTER)
    needed = needed_times(CLEAR_RATIO * acceptable, HARDER_COUNT, scatter, most=most)
    if needed is None:
        return None
    least = max(needed, LEAST_HARDER_TIMES if as_planned else USUAL_HARDER_TIMES)
    usual = max(least, min(USUAL_HARDER_TIMES, tipping.asked_most))
    for times in dict.fromkeys((usual, least)):
        high = tail_bound(runs.reached(times), HARDER_COUNT, scatter)
        if high >= acceptable:
            continue
        seeds = _Seeds(runs=runs, executor=executor, progress=progress)
        few = _few_times(
            runs,
            times,
            scatter=scatter if as_planned else WIDEST_SCATTER,
            most=MOST_TIMES if tipping.is_far else most,
        )
        if seeds.none_tips(times, few):
            return Harder(times=times, runs_count=HARDER_COUNT, high=high)
    return None


def _few_times(runs: Louder, times: float, *, scatter: float, most: float) -> float | None:
    """Return how hard a few seeds must be asked to bound the chance no less than all do at `times`.

    The more tipping points scatter the further away that is: of a case that is changed the widest scatter
    counts, for it was not measured there. None where it is further than `most`, or cannot be asked.
    """
    bound = tail_bound(runs.reached(times), HARDER_COUNT, scatter)
    needed = needed_times(bound, HARDER_TOGETHER, scatter, most=most)
    if needed is None:
        return None
    asked = needed * needed / runs.reached(needed)  # clients are whole
    is_enough = asked <= most and tail_bound(runs.reached(asked), HARDER_TOGETHER, scatter) <= bound
    return asked if is_enough else None


@dataclass(frozen=True, kw_only=True)
class _Seeds:
    """The seeds that a case is asked with at a harder demand."""

    runs: Louder
    executor: Executor
    progress: Callable[[int], None] | None

    def none_tips(self, times: float, few_times: float | None) -> bool:
        """Whether none of them tips at a multiple of the demand, in whichever way that is asked.

        Of the further ways a few seeds bound as much at `few_times`. Where one of these tips, or that is not
        known, it is asked of all of them.
        """
        first, *further = self.runs.ways
        all_at = partial(self._none, times, HARDER_COUNT)
        return all(
            (few_times is not None and self._none(few_times, HARDER_TOGETHER, each)) or all_at(each)
            for each in further
        ) and all_at(first)

    def _none(self, times: float, count: int, each: bool) -> bool:
        """Whether none of so many tips in one way; ended with the first that does."""
        for begin in range(0, count, HARDER_TOGETHER):
            numbers = range(begin, begin + HARDER_TOGETHER)
            many = [times] * HARDER_TOGETHER
            if any(self.executor.map(self.runs.tips, many, numbers, [each] * HARDER_TOGETHER)):
                return False
            if self.progress is not None:
                self.progress(DoneCount(numbers.stop, count))
        return True
