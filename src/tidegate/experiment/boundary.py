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

from tidegate.experiment.replicate import Rule, replicate

SHARES = (0.01, 0.5, 0.99)
SEEDS_COUNT = 40
_CHECKED_EACH = 5  # every fifth seed is tried elsewhere as well
_GOLDEN = 0.6180339887498949  # spreads the places of those tries evenly
_FIRST_STEP = 0.04  # of the value: about one and a half times the width of a usual edge
_COARSE = 0.02  # of the value: bisection begins with this
_FEW = 8  # seeds that speak for all where all agree so far
_SEQUENTIAL_MOST = 400
_Z95 = 1.959964

Task = Callable[[float, int], bool]
"""Whether the run at a value, with a replication's chance, collapses."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """Where an edge is looked for, and how finely.

    Parameters
    ----------
    low, high
        The values between which it is looked for.
    resolution_ratio
        The finest step, as a share of the value: seeds are bisected until the steps are finer than
        the width of their edges, or as fine as this.
    whole
        Whether only whole values have a meaning.
    seeds_count
        How many seeds; the statistical error shrinks with its square root.
    """

    low: float
    high: float
    resolution_ratio: float = 0.002
    whole: bool = False
    seeds_count: int = SEEDS_COUNT

    def at(self, value: float) -> float:
        """Return the nearest value that may be tried."""
        inside = min(max(value, self.low), self.high)
        return float(round(inside)) if self.whole else inside

    def under(self, value: float) -> float:
        """Return the greatest value that may be tried and is not above `value`, within the span."""
        inside = min(max(value, self.low), self.high)
        return float(math.floor(inside)) if self.whole else inside

    def is_fine(self, low: float, high: float, resolution_ratio: float) -> bool:
        """Whether two values are as near to each other as asked for."""
        least = 1.0 if self.whole else 0.0
        return high - low <= max(resolution_ratio * abs(high), least) * (1.0 + 1e-9)


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


@dataclass(frozen=True, kw_only=True)
class _Found:
    """One seed's edge: the greatest value that held and the least that collapsed, where there are."""

    seed: int
    holds: float | None
    collapses: float | None
    runs_count: int
    checks_count: int = 0
    contradictions_count: int = 0


@dataclass(frozen=True, kw_only=True)
class _Bracket:
    """Finds two values of one seed between which it tips; a value, to be sent to other processes."""

    task: Task
    span: Span
    near: float

    def __call__(self, seed: int) -> _Found:
        """Step away from where the edge should be, ever further, until it has been crossed."""
        span = self.span
        value = span.at(self.near)
        first = self.task(value, seed)
        reach = max(_FIRST_STEP * abs(value), 1.0 if span.whole else 1e-12 * (span.high - span.low))
        held, fell, runs = (None, value, 1) if first else (value, None, 1)
        end = span.low if first else span.high
        while value != end:
            value = span.at(self.near - reach if first else self.near + reach)
            runs += 1
            if self.task(value, seed):
                fell = value
            else:
                held = value
            if held is not None and fell is not None:
                break
            reach *= 2.0
        return _Found(seed=seed, holds=held, collapses=fell, runs_count=runs)


@dataclass(frozen=True, kw_only=True)
class _Narrow:
    """Bisects what a seed's edge lies between until it is fine enough."""

    task: Task
    span: Span
    resolution_ratio: float

    def __call__(self, found: _Found) -> _Found:
        low, high, runs = found.holds, found.collapses, found.runs_count
        if low is None or high is None:
            return found
        while not self.span.is_fine(low, high, self.resolution_ratio):
            middle = self.span.at(0.5 * (low + high))
            if middle in {low, high}:
                break
            runs += 1
            if self.task(middle, found.seed):
                high = middle
            else:
                low = middle
        return replace(found, holds=low, collapses=high, runs_count=runs)


@dataclass(frozen=True, kw_only=True)
class _Elsewhere:
    """Tries a seed at a place above its edge and at one below it."""

    task: Task
    span: Span

    def __call__(self, found: _Found) -> _Found:
        span, tries, wrong = self.span, 0, 0
        share = 0.05 + 0.95 * ((found.seed * _GOLDEN) % 1.0)
        if found.collapses is not None and found.collapses < span.high:
            above = span.at(found.collapses + share * (span.high - found.collapses))
            tries, wrong = tries + 1, wrong + (not self.task(above, found.seed))
        if found.holds is not None and found.holds > span.low:
            below = span.at(found.holds - share * (found.holds - span.low))
            tries, wrong = tries + 1, wrong + self.task(below, found.seed)
        return replace(
            found, runs_count=found.runs_count + tries, checks_count=tries, contradictions_count=wrong
        )


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
    seeds: list[_Found] = []
    for found in executor.map(_Bracket(task=task, span=span, near=near), range(span.seeds_count)):
        seeds.append(found)
        if progress is not None:
            progress(len(seeds))
    seeds = _narrowed(task, span, seeds, executor)
    tried = list(executor.map(_Elsewhere(task=task, span=span), seeds[::_CHECKED_EACH]))
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


def _narrowed(task: Task, span: Span, seeds: list[_Found], executor: Executor) -> list[_Found]:
    """Bisect until the steps are finer than the seeds differ, or as fine as was asked for."""
    resolution_ratio = _COARSE
    while True:
        narrow = _Narrow(task=task, span=span, resolution_ratio=resolution_ratio)
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
    for task in tasks:
        edge = find_edge(task, span, near=near, executor=executor)
        edges.append(edge)
        near = edge.at(0.5).value or near
        if progress is not None:
            progress(len(edges))
    return tuple(edges)


def _edges(seeds: Sequence[_Found]) -> list[float]:
    """Return the edges of the seeds that have one in the span, in order of size."""
    return sorted(
        0.5 * (seed.holds + seed.collapses)
        for seed in seeds
        if seed.holds is not None and seed.collapses is not None
    )


def _is_wide(seeds: Sequence[_Found], resolution_ratio: float) -> bool:
    """Whether the seeds differ by more than the steps they were bisected to."""
    edges = _edges(seeds)
    return len(edges) > 1 and statistics.stdev(edges) > resolution_ratio * statistics.median(edges)


def _quantiles(seeds: Sequence[_Found]) -> tuple[Quantile, ...]:
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
        rule = Rule(threshold=share, most_count=_SEQUENTIAL_MOST)
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
