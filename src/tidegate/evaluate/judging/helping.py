"""What helps where a plan may not go ahead? What is enough, else what is so at the numbers given.

Enough is what keeps every objective over all ranges; much less may be worth knowing, and so is what was tried
and is not enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tidegate.evaluate.judging.bench import Bench
from tidegate.evaluate.judging.decide import Gathered, Held, decide, fails
from tidegate.evaluate.judging.easing import eased
from tidegate.evaluate.judging.evidence import evidence_of
from tidegate.evaluate.judging.fits import fits
from tidegate.evaluate.judging.instead import kept_pace
from tidegate.evaluate.judging.remedy import Instead, Partial, Remedy, Setting, Tried
from tidegate.evaluate.judging.trying import HELPED, PROTECTED, Attempt, few_runs, try_each
from tidegate.evaluate.judging.verdict import CaseEvidence
from tidegate.evaluate.variants.slower import NAME as SLOWER
from tidegate.evaluate.variants.world_case import Case
from tidegate.experiment.replicate import BATCH_COUNT
from tidegate.world.file.overlay import overlay


@dataclass(frozen=True, kw_only=True)
class Sought:
    """What was looked for beside a slower pace, and found.

    Parameters
    ----------
    remedy, held
        What is enough, and what shows it; None where nothing was shown to be.
    partial, shown
        What helps where nothing is enough, and what shows it; None where there is no such thing.
    tried
        What was run and is not enough, or only at the numbers given.
    fits
        What keeps every limit by arithmetic, without what runs refute.
    instead
        What is enough at the planned pace where a slower one is the answer; None where nothing was found.
    """

    remedy: Remedy | None = None
    held: Held | None = None
    partial: Partial | None = None
    shown: CaseEvidence | None = None
    tried: tuple[Tried, ...] = ()
    fits: tuple[Setting, ...] = ()
    instead: Instead | None = None


def sought(
    bench: Bench,
    known: Gathered,
    looked: CaseEvidence | None,
    remedies: Callable[[bool], Iterable[Remedy]] | None,
) -> Sought:
    """Look for what is enough, or helps, where a plan may not go ahead as it is.

    Parameters
    ----------
    bench, known
        The question, and what is known of it, with how it goes slower.
    looked
        What came of acting slower; None where nothing is slower.
    remedies
        What may be set, that which asks least in front, given whether only single settings are wanted; None
        tries nothing.
    """
    word = decide(known)
    fit = fits(bench.file, bench.activity)
    # Where the numbers that are not known decide, a setting may make it hold whatever they are.
    singly = word.verdict == "cannot_tell" and bool(word.deciding)
    if remedies is not None and word.verdict == "slow_down":
        kept = kept_pace(bench, known, remedies(True), condition=word.condition)
        return Sought(instead=kept.instead, tried=kept.tried, fits=fit)
    if remedies is None or not (word.verdict == "stop" or singly):
        return Sought(fits=fit)
    found, attempts = try_each(bench, known, remedies(singly), singly=singly)
    if found is not None:
        remedy, held = eased(bench, PROTECTED, *found) if singly else found
        return Sought(remedy=remedy, held=held, fits=fit)
    fit, fitted = _fitting(bench, known, fit)
    tried = [*(one.told for one in attempts), *fitted]
    if looked is not None and (singly or (known.cases[0].exceeded and _is_enough(known, looked))):
        tried.insert(0, Tried(name=looked.title, settings=(), is_enough_as_given=_is_enough(known, looked)))
    if singly:
        return Sought(tried=tuple(tried), fits=fit)
    helped = _partly(bench, known, looked, attempts)
    partial, shown = (None, None) if helped is None else helped
    return Sought(partial=partial, shown=shown, tried=tuple(tried), fits=fit)


def _partly(
    bench: Bench, known: Gathered, looked: CaseEvidence | None, tried: Sequence[Attempt]
) -> tuple[Partial, CaseEvidence] | None:
    """Return what keeps all objectives at the numbers given, else what at least lets service come back.

    Where arithmetic has decided, or the plan fails only if a belief is wrong, nothing is looked for.
    """
    world = bench.file.world
    believed = known.cases[0]
    if bench.shown_at is not None or believed.exceeded or not fails(world, believed):
        return None
    if looked is not None and _is_enough(known, looked):
        return Partial(case=SLOWER, settings=(), keeps_objectives=True), looked
    collapses = believed.collapse.value > 0.0
    first = sorted((one for one in tried if one.comes_back), key=lambda one: not one.keeps)
    for attempt in first if collapses else (one for one in first if one.keeps):
        remedy = attempt.remedy
        laid = overlay(bench.file, remedy.changes)
        case = Case(name=HELPED, title=f"with {remedy.name}", file=laid, activity=bench.activity)
        seen = evidence_of(bench.run(case, most=BATCH_COUNT))
        keeps = not fails(world, seen)
        if seen.collapse.value == 0.0 and (keeps or collapses):
            return Partial(case=HELPED, settings=remedy.settings, keeps_objectives=keeps), seen
    return None


def _is_enough(known: Gathered, seen: CaseEvidence) -> bool:
    return seen.collapse.value == 0.0 and not fails(known.world, seen)


def _fitting(
    bench: Bench, known: Gathered, settings: Sequence[Setting]
) -> tuple[tuple[Setting, ...], tuple[Tried, ...]]:
    """Return which settings that fit by arithmetic also hold in a few runs, and what came of each.

    Where no limit is exceeded as believed, or runs cannot decide, all are returned as they are.
    """
    if bench.shown_at is not None or not known.cases[0].exceeded:
        return tuple(settings), ()
    left: list[Setting] = []
    tried: list[Tried] = []
    for one in settings:
        seen = few_runs(bench, f"with {one.name}", (one,), sure=False)
        holds = seen is not None and _is_enough(known, seen)
        left += [one] if holds else []
        tried.append(Tried(name=one.name, settings=(one,), is_enough_as_given=holds, fits=True))
    return tuple(left), tuple(tried)
