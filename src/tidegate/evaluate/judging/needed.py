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
from tidegate.evaluate.judging.decide import HOLDS_OVER_SHARE
from tidegate.evaluate.judging.rest import Rest
from tidegate.evaluate.judging.rests import rest_of
from tidegate.evaluate.variants.ranges import RangeRuns, uncertain
from tidegate.evaluate.variants.world_case import believed_case
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
        What came of the ranges of all others, with each of these at its safe end; None where it was not run.
    """

    numbers: tuple[Rest, ...]
    left: RangeRuns | None


def needed(bench: Bench, first: Rest | None) -> Needed:
    """Return the numbers that must be known to decide, as far as a few runs show.

    Parameters
    ----------
    bench
        The question, which its ranges decide.
    first
        The number that is known to decide; None where no single one is.
    """
    world, numbers = bench.file.world, [first] if first is not None else []
    runs = bench.ranges_as_planned
    while True:
        if numbers and all(one.safe_end for one in numbers):
            held = overlay(bench.file, {one.path: one.safe_end for one in numbers})
            runs = bench.ranges(believed_case(held, bench.activity))
        if runs is None or runs.share <= HOLDS_OVER_SHARE or len(numbers) == NUMBERS_MOST:
            return Needed(numbers=tuple(numbers), left=runs)
        varied = [one for one in uncertain(bench.file, bench.activity) if one.path in runs.points[0]]
        told = _tells_apart(runs, varied)
        if told is None:
            return Needed(numbers=tuple(numbers), left=runs)
        estimate, worse = told
        numbers.append(rest_of(world, estimate, effect=abs(runs.effect(estimate.path)), worse=worse))


def _tells_apart(runs: RangeRuns, estimates: Sequence[Estimate]) -> tuple[Estimate, float] | None:
    """Return the number that tells the worlds that fail from the others, and whether high values do.

    By the rank-sum of Wilcoxon (1945), which a few worlds that fail are enough for.
    """
    scored = [(_rank_score(runs, one.path), one) for one in estimates]
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
