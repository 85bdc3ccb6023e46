"""Where does the outcome tip? The edge between holding and collapsing, with its width, seed by seed.

Every seed (a replication) has its own edge, because its chance is the same at every value: the draws
are keyed by seed, replication, cause and entity, never by the point. It is found by bisection, from
where a cheap screen (the fluid engine) says the edge is. The spread of the seeds' edges *is* the
width of the edge. What is bisected, and what a run means, is not known here.

Bisection needs that a seed which collapses at one value collapses at every greater one. That is
looked at while running: some seeds are tried further away on both sides, and if any contradicts,
the edge is found again by the sequential test of `replicate`, which needs no such thing of a seed.

Shortcut: the edges of the seeds are taken to follow a normal law, so that forty of them say where
1 % collapse. A safe limit must not rest on that: it is proven by runs of its own.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from tidegate.experiment.done_count import DoneCount
from tidegate.experiment.replicate import Rule, replicate
from tidegate.experiment.seed_edge import FIRST_STEP, Bracket, Elsewhere, Found, Narrow, Span, Task

SHARES = (0.01, 0.5, 0.99)
_CHECKED_EACH = 5  # every fifth seed is tried elsewhere as well
_COARSE = 0.02  # of the value: bisection begins with this
_FEW = 8  # seeds that speak for all where all agree so far
_Z95 = 1.959964


@dataclass(frozen=True, kw_only=True)
class Quantile:
    """The value at which a share of the seeds collapses.

    Parameters
    ----------
    share
        Between 0 and 1.
    value
        None where it lies outside of what was searched.
    low, high
        Its 95 % interval.
    """

    share: float
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class Edge:
    """The edge between holding and collapsing.

    Parameters
    ----------
    span
        What was searched.
    quantiles
        Where 1 %, 50 % and 99 % of the seeds collapse.
    method
        "per_seed"; or "sequential" where a seed was seen to hold above a value at which it collapses.
    below_count, above_count
        Seeds that collapse everywhere in the span, and nowhere in it.
    runs_count
        Runs it took.
    checks_count, contradictions_count
        Tries away from the edge, and how many of them contradicted it.
    """

    span: Span
    quantiles: tuple[Quantile, ...]
    method: str
    below_count: int
    above_count: int
    runs_count: int
    checks_count: int
    contradictions_count: int

    def at(self, share: float) -> Quantile:
        """Return one of the quantiles.

        Raises
        ------
        StopIteration
            If it is none of `SHARES`.
        """
        return next(one for one in self.quantiles if one.share == share)

    @property
    def width(self) -> float:
        """How much the seeds' edges differ: their standard deviation; 0 where it is not known."""
        low, middle = self.at(0.01).value, self.at(0.5).value
        if low is None or middle is None:
            return 0.0
        return (low - middle) / statistics.NormalDist().inv_cdf(0.01)


def screen_edge(screen: Callable[[float], bool], span: Span, *, ratio: float = 0.02) -> float:
    """Return about where a cheap estimate tips, by bisection; an end of the span where it never does.

    Parameters
    ----------
    screen
        Whether it says collapse at a value.
    span
        Where to look.
    ratio
        How near is near enough.
    """
    low, high = span.low, span.high
    if not screen(span.at(high)):
        return high
    if screen(span.at(low)):
        return low
    while high - low > max(ratio * abs(high), 1.0 if span.whole else 0.0):
        middle = 0.5 * (low + high)
        if screen(span.at(middle)):
            high = middle
        else:
            low = middle
    return 0.5 * (low + high)


def find_edge(
    task: Task,
    span: Span,
    *,
    near: float,
    executor: Executor,
    progress: Callable[[int], None] | None = None,
) -> Edge:
    """Find where `task` tips.

    Parameters
    ----------
    task
        One run; safe to call from several threads, and to be sent elsewhere if the executor does so.
    span
        Where to look, how finely and with how many seeds.
    near
        Where the edge is thought to be; a wrong guess costs runs, never truth.
    executor
        Any `concurrent.futures.Executor`; the result does not depend on it.
    progress
        Called with the number of seeds done; may raise to end.
    """
    work = Bracket(task=task, span=span)
    seeds: list[Found] = []
    for found in executor.map(work, range(span.seeds_count), [near] * span.seeds_count):
        seeds.append(found)
        if progress is not None:
            progress(DoneCount(len(seeds), span.seeds_count))
    return _edge(task, span, _narrowed(task, span, seeds, executor), executor, progress)


def _edge(
    task: Task,
    span: Span,
    seeds: list[Found],
    executor: Executor,
    progress: Callable[[int], None] | None,
) -> Edge:
    """Look at a few seeds elsewhere and make one edge of all of them."""
    tried = list(executor.map(Elsewhere(task=task, span=span), seeds[::_CHECKED_EACH]))
    seeds[::_CHECKED_EACH] = tried
    runs = sum(seed.runs_count for seed in seeds)
    wrong = sum(seed.contradictions_count for seed in seeds)
    if wrong:
        quantiles, more = _sequential(task, span, executor, progress)
        runs += more
    else:
        quantiles = _quantiles(seeds)
    return Edge(
        span=span,
        quantiles=quantiles,
        method="sequential" if wrong else "per_seed",
        below_count=sum(seed.holds is None for seed in seeds),
        above_count=sum(seed.collapses is None for seed in seeds),
        runs_count=runs,
        checks_count=sum(seed.checks_count for seed in seeds),
        contradictions_count=wrong,
    )


def _narrowed(task: Task, span: Span, seeds: list[Found], executor: Executor) -> list[Found]:
    """Bisect until the steps are finer than the seeds differ, or as fine as was asked for."""
    resolution_ratio = _COARSE
    while True:
        narrow = Narrow(task=task, span=span, resolution_ratio=resolution_ratio)
        if resolution_ratio < _COARSE and len({(seed.holds, seed.collapses) for seed in seeds}) == 1:
            few = list(executor.map(narrow, seeds[:_FEW]))
            if len({(seed.holds, seed.collapses) for seed in few}) == 1:
                # A hard limit that chance does not move: the others need not be asked again.
                rest = [replace(one, holds=few[0].holds, collapses=few[0].collapses) for one in seeds[_FEW:]]
                return few + rest
            seeds[:_FEW] = few
        seeds = list(executor.map(narrow, seeds))
        if resolution_ratio <= span.resolution_ratio or _is_wide(seeds, resolution_ratio):
            return seeds
        resolution_ratio = max(resolution_ratio / 4.0, span.resolution_ratio)


def trace(
    tasks: Sequence[Task],
    span: Span,
    *,
    near: float,
    executor: Executor,
    progress: Callable[[int], None] | None = None,
) -> tuple[Edge, ...]:
    """Find the edges of neighbouring tasks, each begun where the one before it tipped.

    Parameters
    ----------
    tasks
        In an order in which the edge moves little from one to the next.
    span, near, executor
        As in `find_edge`.
    progress
        Called with the number of edges found.
    """
    edges: list[Edge] = []
    nears = [near] * span.seeds_count
    step_ratio = FIRST_STEP
    for task in tasks:
        # A seed's chance is the same from task to task, so its own last edge is the best guess.
        work = Bracket(task=task, span=span, step_ratio=step_ratio)
        found = list(executor.map(work, range(span.seeds_count), nears))
        seeds = _narrowed(task, span, found, executor)
        edges.append(_edge(task, span, seeds, executor, None))
        nears = [_middle(seed, guess) for seed, guess in zip(seeds, nears, strict=True)]
        step_ratio = _COARSE
        if progress is not None:
            progress(len(edges))
    return tuple(edges)


def _middle(seed: Found, guess: float) -> float:
    if seed.holds is None or seed.collapses is None:
        return guess
    return 0.5 * (seed.holds + seed.collapses)


def _edges(seeds: Sequence[Found]) -> list[float]:
    """Return the edges of the seeds that have one in the span, in order of size."""
    return sorted(
        0.5 * (seed.holds + seed.collapses)
        for seed in seeds
        if seed.holds is not None and seed.collapses is not None
    )


def _is_wide(seeds: Sequence[Found], resolution_ratio: float) -> bool:
    """Whether the seeds differ by more than the steps they were bisected to."""
    edges = _edges(seeds)
    return len(edges) > 1 and statistics.stdev(edges) > resolution_ratio * abs(statistics.median(edges))


def _quantiles(seeds: Sequence[Found]) -> tuple[Quantile, ...]:
    edges = _edges(seeds)
    if len(edges) == len(seeds) and len(edges) > 1:
        return tuple(_normal(edges, share) for share in SHARES)
    below = sum(seed.holds is None for seed in seeds)
    return tuple(_ordered(edges, share, below=below, many=len(seeds)) for share in SHARES)


def _normal(edges: Sequence[float], share: float) -> Quantile:
    """Return a quantile of the normal law that the edges follow, and its interval (delta method)."""
    z = statistics.NormalDist().inv_cdf(share)
    middle, width = statistics.fmean(edges), statistics.stdev(edges)
    value = middle + z * width
    error = _Z95 * width * math.sqrt((1.0 + 0.5 * z * z) / len(edges))
    return Quantile(share=share, value=value, low=value - error, high=value + error)


def _ordered(edges: Sequence[float], share: float, *, below: int, many: int) -> Quantile:
    """Return a quantile by counting, where some seeds tip outside of the span; None where it does so."""
    error = _Z95 * math.sqrt(share * (1.0 - share) * many)

    def ranked(rank: float) -> float | None:
        i = round(rank) - below
        return edges[i] if 0 <= i < len(edges) else None

    rank = share * (many - 1)
    return Quantile(share=share, value=ranked(rank), low=ranked(rank - error), high=ranked(rank + error))


def _sequential(
    task: Task, span: Span, executor: Executor, progress: Callable[[int], None] | None
) -> tuple[tuple[Quantile, ...], int]:
    """Find each quantile by bisection over the share itself, tested at each value until it is clear."""
    quantiles, runs = [], 0
    for share in SHARES:
        low, high = span.low, span.high
        rule = Rule(threshold=share, most_count=span.tests_most_count)
        while not span.is_fine(low, high, span.resolution_ratio):
            middle = span.at(0.5 * (low + high))
            if middle in {low, high}:
                break
            tried = replicate(
                _At(task=task, value=middle), bool, rule=rule, executor=executor, progress=progress
            )
            runs += len(tried.outcomes)
            if tried.count / len(tried.outcomes) > share:
                high = middle
            else:
                low = middle
        outside = high == span.high or low == span.low
        middle = 0.5 * (low + high)
        quantiles.append(
            Quantile(share=share, value=None)
            if outside
            else Quantile(share=share, value=middle, low=low, high=high)
        )
    return tuple(quantiles), runs


@dataclass(frozen=True, kw_only=True)
class _At:
    """One value's runs; a value, so that it can be sent to another process."""

    task: Task
    value: float

    def __call__(self, replication: int) -> bool:
        return self.task(self.value, replication)
