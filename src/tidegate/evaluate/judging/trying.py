"""Which of what could be set is enough? Each is run at the numbers given first, then over their ranges.

What comes of each is kept and told: whoever asks would think of the same, and else try it again. The fluid
engine says what is tried first. What it refuses comes after that, since exact runs may say otherwise.

Shortcut: that something is not enough three runs say, and that it is at the numbers given nine (three where
they are dear, or arithmetic has decided).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

from tidegate.errors import InputError
from tidegate.evaluate.arithmetic.exceeded import exceeded
from tidegate.evaluate.judging.bench import COUNTER_MOST, Bench
from tidegate.evaluate.judging.decide import Gathered, Held, fails
from tidegate.evaluate.judging.evidence import evidence_of
from tidegate.evaluate.judging.remedy import Remedy, Setting, Tried
from tidegate.evaluate.judging.trial import Trial
from tidegate.evaluate.judging.verdict import CaseEvidence
from tidegate.evaluate.reading.measures import Outcome
from tidegate.evaluate.variants.doubt import in_doubt
from tidegate.evaluate.variants.scope import script_of
from tidegate.evaluate.variants.world_case import DEAR_EVENTS, Case, CaseRuns, run_case
from tidegate.experiment.replicate import BATCH_COUNT, DEAR_COUNT, SURE_COUNT, Rule
from tidegate.world.file.overlay import overlay

PROTECTED = "protected"
HELPED = "helped"
SCREENED_MOST = 12
PROVEN_MOST = 5
SINGLES_MOST = 12
TRIED_MOST = 8
"""So many are run at the numbers given of those that the fluid engine refuses, all tried counted."""
_DEAR_MOST = 5  # where each run is dear


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One remedy that was run, and what came of it.

    Parameters
    ----------
    remedy
        What was set.
    keeps
        Whether it keeps every objective at the numbers given; None where that says nothing, since they are
        kept without it.
    comes_back
        Whether service comes back with it, at least.
    """

    remedy: Remedy
    keeps: bool | None
    comes_back: bool = False

    @property
    def told(self) -> Tried:
        """What there is to say of it."""
        return Tried(
            name=self.remedy.name, settings=self.remedy.settings, is_enough_as_given=bool(self.keeps)
        )


def try_each(
    bench: Bench, known: Gathered, remedies: Iterable[Remedy], *, singly: bool
) -> tuple[tuple[Remedy, Held] | None, tuple[Attempt, ...]]:
    """Return the first remedy that is proven, and what was tried before it and is not enough.

    Parameters
    ----------
    bench, known
        The question, and what is known of it.
    remedies
        What may be set, that which asks least in front.
    singly
        Whether they are single settings, where the ranges decide: which are not enough few runs show.
    """
    if bench.shown_at is not None:
        return None, ()
    tried: list[Attempt] = []
    proven_most = SINGLES_MOST if singly else PROVEN_MOST
    fails_as_given = fails(bench.file.world, known.cases[0])
    few = islice(remedies, SINGLES_MOST if singly else SCREENED_MOST)
    for remedy in _in_order(bench, few, tried, refused_too=fails_as_given):
        attempt = Attempt(remedy=remedy, keeps=None)
        # What goes further than something that is enough at the numbers given is so, too.
        goes_further = any(one.keeps and one.remedy.is_part_of(remedy) for one in tried)
        if fails_as_given and not goes_further:
            attempt = _at_given(bench, remedy, sure=not (_is_dear(bench) or known.cases[0].exceeded))
        if attempt.keeps is not False and proven_most:
            proven_most -= 1
            held = bench.holds(PROTECTED, f"with {remedy.name}", remedy.changes, most=COUNTER_MOST)
            if held is not None:
                return (remedy, held), tuple(tried)
        tried += [] if goes_further else [attempt]
        if bench.budget.is_spent or (_is_dear(bench) and len(tried) >= _DEAR_MOST):
            break
    return None, tuple(tried)


def _in_order(
    bench: Bench, remedies: Iterable[Remedy], tried: Sequence[Attempt], *, refused_too: bool
) -> Iterator[Remedy]:
    """Yield what the fluid engine lets through, then some of what only it refuses, and no limit."""
    trial = Trial(
        bench.file, bench.activity, seed=bench.seed, executor=bench.executor, progress=bench.progress
    )
    refused: list[Remedy] = []
    for remedy in remedies:
        if trial.screen_all(remedy.changes, trial.worlds, ()):
            yield remedy
        elif refused_too and not exceeded(script_of(overlay(bench.file, remedy.changes), bench.activity)):
            refused.append(remedy)
    most = _DEAR_MOST if _is_dear(bench) else TRIED_MOST
    for remedy in refused:
        if len(tried) >= most:
            return
        yield remedy


def _is_dear(bench: Bench) -> bool:
    return BATCH_COUNT * bench.each_count(bench.fraction) > DEAR_EVENTS


def _at_given(bench: Bench, remedy: Remedy, *, sure: bool) -> Attempt:
    """Return what a remedy comes to at the numbers given, in few runs."""
    seen = few_runs(bench, f"with {remedy.name}", remedy.settings, sure=sure)
    if seen is None:
        return Attempt(remedy=remedy, keeps=False)
    comes_back = seen.collapse.value == 0.0 and not seen.exceeded
    keeps = comes_back and not fails(bench.file.world, seen)
    return Attempt(remedy=remedy, keeps=keeps, comes_back=comes_back)


def few_runs(
    bench: Bench,
    title: str,
    settings: Iterable[Setting],
    *,
    sure: bool,
    under: Mapping[str, object] = MappingProxyType({}),
) -> CaseEvidence | None:
    """Return what settings come to in three runs, or nine of them if all of the three are well and `sure`.

    What is otherwise besides stands in `under`. None where a world with them contradicts itself.
    """
    try:
        laid = overlay(bench.file, in_doubt(bench.file, under, {one.path: one.value for one in settings}))
        case = Case(name=HELPED, title=title, file=laid, activity=bench.activity)
        runs = _counted(bench, case, DEAR_COUNT, ())
    except InputError:
        return None
    found = evidence_of(runs)
    if not sure or found.collapse.value > 0.0 or fails(bench.file.world, found):
        return found
    return evidence_of(_counted(bench, case, SURE_COUNT, runs.replications.outcomes))


def _counted(bench: Bench, case: Case, most_count: int, begun: Sequence[Outcome]) -> CaseRuns:
    each_count = bench.each_count(bench.fraction)
    runs = run_case(
        case,
        fraction=bench.fraction,
        seed=bench.seed,
        rule=Rule(threshold=bench.acceptable, most_count=most_count),
        executor=bench.executor,
        progress=bench.budget.telling(bench.progress, each_count),
        begun=begun,
    )
    bench.budget.spend(sum(one.run.events_count for one in runs.replications.outcomes[len(begun) :]))
    return runs
