"""Which numbers must be known before it can be told? All at once, so that nobody measures one a check.

One after the other is held at the end of its range towards which the activity is safe, until what is left of
the ranges no longer decides. Which one is next is read off the worlds drawn that still fail: the number whose
values tell them apart best. That it is one is then run: chance in the ranking costs one number too many.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.evaluate.judging.bench import Bench
from tidegate.evaluate.judging.decide import HOLDS_OVER_SHARE, fails
from tidegate.evaluate.judging.evidence import counted, evidence_of, probability
from tidegate.evaluate.judging.rest import Rest
from tidegate.evaluate.judging.rests import rest_of
from tidegate.evaluate.judging.verdict import Probability
from tidegate.evaluate.variants.ranges import RangeRuns, uncertain
from tidegate.evaluate.variants.world_case import Case, believed_case
from tidegate.experiment.replicate import BATCH_COUNT
from tidegate.world.belief import Estimate
from tidegate.world.file.overlay import overlay

NUMBERS_MOST = 3
"""So many are looked for; each costs one world at every point over the ranges."""
_TELLS_APART = 1.0  # standard deviations: below it nothing speaks for one number more than for another


@dataclass(frozen=True, kw_only=True)
class Needed:
    """The numbers that must be known.

    Parameters
    ----------
    numbers
        The one that decides most first.
    left
        Share that fails with each of these at its safe end: of the worlds drawn from the ranges of all
        others, of runs where there are no others; None where it was not run.
    """

    numbers: tuple[Rest, ...]
    left: Probability | None


def needed(bench: Bench, first: Rest | None) -> Needed:
    """Return the numbers that must be known to decide, as far as a few runs show.

    Parameters
    ----------
    bench
        The question, which its ranges decide.
    first
        The number that is known to decide; None where no single one is.
    """
    numbers = [first] if first is not None else []
    runs, left = bench.ranges_as_planned, None
    while True:
        if numbers and all(one.safe_end for one in numbers):
            held = overlay(bench.file, {one.path: one.safe_end for one in numbers})
            runs, left = _of_others(bench, believed_case(held, bench.activity))
        told = None
        if runs is not None and runs.share > HOLDS_OVER_SHARE and len(numbers) < NUMBERS_MOST:
            told = _tells_apart(runs, uncertain(bench.file, bench.activity))
        if runs is None or told is None:
            return Needed(numbers=tuple(numbers), left=left)
        estimate, worse = told
        effect = abs(runs.effect(estimate.path))
        numbers.append(rest_of(bench.file.world, estimate, effect=effect, worse=worse))


def _of_others(bench: Bench, case: Case) -> tuple[RangeRuns | None, Probability | None]:
    """Return what comes of the ranges that are left in a world, or of itself where there are none."""
    runs = bench.ranges(case)
    if runs is not None:
        many, count = len(runs.collapsed), sum(runs.collapsed)
        return runs, counted(count, many)
    if bench.budget.is_spent or uncertain(case.file, case.activity):
        return None, None
    found = evidence_of(bench.run(case, most=BATCH_COUNT))
    many = found.collapse.runs_count
    return None, probability(many, many, (0.0, 1.0)) if fails(case.file.world, found) else found.collapse


def _tells_apart(runs: RangeRuns, estimates: Sequence[Estimate]) -> tuple[Estimate, float] | None:
    """Return the number that tells the worlds that fail from the others, and whether high values do.

    By the rank-sum of Wilcoxon (1945), which a few worlds that fail are enough for.
    """
    scored = [(_rank_score(runs, one.path), one) for one in estimates if one.path in runs.points[0]]
    score, estimate = max(scored, key=lambda one: abs(one[0]), default=(0.0, None))
    return None if estimate is None or abs(score) < _TELLS_APART else (estimate, score)


def _rank_score(runs: RangeRuns, path: str) -> float:
    """Return by how many standard deviations the values at failing points rank higher than by chance."""
    many, failed_count = len(runs.points), sum(runs.collapsed)
    if failed_count in {0, many}:
        return 0.0
    ordered = sorted(range(many), key=lambda i: runs.points[i][path])
    ranks = sum(rank for rank, i in enumerate(ordered, start=1) if runs.collapsed[i])
    spread = math.sqrt(failed_count * (many - failed_count) * (many + 1) / 12.0)
    return (ranks - failed_count * (many + 1) / 2.0) / spread
