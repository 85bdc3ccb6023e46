"""Which of two worlds fares better, run by run under the same chance.

Run 17 of one and run 17 of the other meet the same arrivals, so chance cancels out of the difference:
far fewer runs tell two worlds apart than if each had its own.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from tidegate.evaluate.judging.evidence import probability
from tidegate.evaluate.judging.verdict import Probability
from tidegate.evaluate.reading.measures import Outcome, judged_rows
from tidegate.evaluate.variants.fraction import choose_fraction
from tidegate.evaluate.variants.scope import script_of
from tidegate.evaluate.variants.world_case import Case, run_case
from tidegate.experiment.replicate import Rule
from tidegate.simulate.tables import Tables
from tidegate.world.world import WorldFile

RUNS_COUNT = 200
_Z95 = 1.959964


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The second world less the first, over pairs of runs, with its 95 % interval.

    Parameters
    ----------
    quantity
        "collapse", "recovery" or "served".
    unit
        "ratio" or "s".
    first, second
        The means; None where no pair has the quantity.
    value, low, high
        The mean difference and its interval; None as above.
    pairs_count
        Pairs in which both have it.
    """

    quantity: str
    unit: str
    first: float | None
    second: float | None
    value: float | None
    low: float | None
    high: float | None
    pairs_count: int

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low is not None and self.high is not None and (self.low > 0.0 or self.high < 0.0)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two worlds beside each other.

    Parameters
    ----------
    names
        What they are called.
    collapse
        Of each.
    only_first_count, only_second_count
        Pairs in which only the one collapses.
    differences
        Of collapse, recovery and share served.
    fraction, runs_count, seed
        How they were run.
    """

    names: tuple[str, str]
    collapse: tuple[Probability, Probability]
    only_first_count: int
    only_second_count: int
    differences: tuple[Difference, ...]
    fraction: float
    runs_count: int
    seed: int


def paired_share(only_first: int, only_second: int, pairs_count: int) -> tuple[float, float, float]:
    """Return the difference of two paired shares and its 95 % interval.

    Half a pair is added to each of the four cells (Agresti and Min, Biostatistics 6, 2005), so that
    the interval has a width where no pair differs.
    """
    n = pairs_count + 2.0
    b, d = only_first + 0.5, only_second + 0.5
    middle = (d - b) / n
    half = _Z95 * math.sqrt(max((b + d) - (d - b) ** 2 / n, 0.0)) / n
    value = (only_second - only_first) / pairs_count
    return value, max(middle - half, -1.0), min(middle + half, 1.0)


def _means(quantity: str, unit: str, pairs: Sequence[tuple[float | None, float | None]]) -> Difference:
    both = [(a, b) for a, b in pairs if a is not None and b is not None]
    if len(both) < 2:
        return Difference(
            quantity=quantity, unit=unit, first=None, second=None, value=None, low=None, high=None,
            pairs_count=len(both),
        )  # fmt: skip
    apart = [b - a for a, b in both]
    value = statistics.fmean(apart)
    half = _Z95 * statistics.stdev(apart) / math.sqrt(len(apart))
    return Difference(
        quantity=quantity,
        unit=unit,
        first=statistics.fmean(a for a, _ in both),
        second=statistics.fmean(b for _, b in both),
        value=value,
        low=value - half,
        high=value + half,
        pairs_count=len(both),
    )


def _served(tables: Tables, outcome: Outcome) -> float | None:
    """Return the share of requests that were answered, of all wanted; None where none were.

    Who still waits when the run ends was not answered.
    """
    rows, bins_count = judged_rows(tables), outcome.run.bins_count
    y = outcome.run.populations.bins(end=bins_count)
    served, failed = float(y.served_count[:, rows].sum()), float(y.failed_count[:, rows].sum())
    wanted = served + failed + float(y.unanswered_count[-1, rows].sum())
    return served / wanted if wanted > 0 else None


def compare(
    first: tuple[str, WorldFile, str | None],
    second: tuple[str, WorldFile, str | None],
    *,
    seed: int,
    runs_count: int = RUNS_COUNT,
    executor: Executor,
    progress: Callable[[str, int], None] | None = None,
) -> Comparison:
    """Run two worlds with the same chance and return their differences.

    Parameters
    ----------
    first, second
        What each is called, the world, and what happens in it.
    seed
        Of both.
    runs_count
        Pairs of runs.
    executor
        Where the runs happen; the answer does not depend on it.
    progress
        Called with what is being run and how many runs are done; may raise to end.
    """
    # One size for both: chance is the same only between worlds of the same size.
    fraction = min(
        choose_fraction(script_of(file, activity), file.world.horizon_s)
        for _, file, activity in (first, second)
    )
    rule = Rule(threshold=0.0, exact_count=runs_count)
    runs = [
        run_case(
            Case(name=name, title=name, file=file, activity=activity),
            fraction=fraction,
            seed=seed,
            rule=rule,
            executor=executor,
            progress=progress,
        )
        for name, file, activity in (first, second)
    ]
    one, other = (run.replications.outcomes for run in runs)
    only_first = sum(a.collapsed and not b.collapsed for a, b in zip(one, other, strict=True))
    only_second = sum(b.collapsed and not a.collapsed for a, b in zip(one, other, strict=True))
    value, low, high = paired_share(only_first, only_second, runs_count)
    collapse = Difference(
        quantity="collapse",
        unit="ratio",
        first=runs[0].share,
        second=runs[1].share,
        value=value,
        low=low,
        high=high,
        pairs_count=runs_count,
    )
    recovery = [(a.recovery_s, b.recovery_s) for a, b in zip(one, other, strict=True)]
    served = [
        (_served(runs[0].tables, a), _served(runs[1].tables, b)) for a, b in zip(one, other, strict=True)
    ]
    found = [probability(r.replications.count, runs_count, r.bounds) for r in runs]
    return Comparison(
        names=(first[0], second[0]),
        collapse=(found[0], found[1]),
        only_first_count=only_first,
        only_second_count=only_second,
        differences=(collapse, _means("recovery", "s", recovery), _means("served", "ratio", served)),
        fraction=fraction,
        runs_count=runs_count,
        seed=seed,
    )
