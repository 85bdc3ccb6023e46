"""From the runs of a case to its evidence: medians, bands, peaks and percentiles.

Rates are scaled back to the world's own size. A run that ended when its fate was settled is drawn
on as it stood at its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tidegate.evaluate.arithmetic.exceeded import exceeded_limits
from tidegate.evaluate.judging.queueing import service_waits
from tidegate.evaluate.judging.verdict import (
    CaseEvidence,
    ClientsEvidence,
    CrossingEvidence,
    Missed,
    Probability,
    Series,
)
from tidegate.evaluate.reading.latency import percentile_s
from tidegate.evaluate.reading.measures import (
    FULL_PPM,
    Bools,
    Floats,
    Outcome,
    first_bin,
    judged_rows,
    sick_bins,
    usually_waiting,
)
from tidegate.evaluate.reading.missed_objectives import KEYS, missed_objectives
from tidegate.evaluate.reading.worst_minute import worst_share
from tidegate.evaluate.variants.world_case import CaseRuns
from tidegate.experiment.interval import share_interval
from tidegate.experiment.looks import share_bounds
from tidegate.simulate.parameters import Populations
from tidegate.simulate.series import CrossingSeries, PopulationSeries
from tidegate.simulate.tables import LOOK_NS, Ints, Tables

MOST_DRAWN = 60
SETTLED_BINS = 8


def evidence_of(runs: CaseRuns) -> CaseEvidence:
    """Return the evidence of a case, with the limits that it exceeds by arithmetic."""
    over = exceeded_limits(runs.case.script)
    return replace(gather(runs), exceeded=over)


def probability(count: int, runs_count: int, bounds: tuple[float, float]) -> Probability:
    """Return a counted share with its bounds."""
    low, high = bounds
    return Probability(value=count / runs_count, low=low, high=high, runs_count=runs_count)


def counted(count: int, runs_count: int) -> Probability:
    """Return a share of a number of runs that was chosen beforehand."""
    return probability(count, runs_count, share_interval(count, runs_count))


def _collapse(runs: CaseRuns) -> Probability:
    """Return how probable a collapse is, and what that was read from."""
    many, harder = len(runs.replications.outcomes), runs.harder
    counted = probability(runs.replications.count, many, runs.bounds)
    if harder is not None:
        return replace(counted, harder_times=harder.times, harder_runs_count=harder.runs_count)
    if runs.whole is not None:
        return replace(counted, value=runs.share, of_whole=True)
    return counted


class _Stack:
    """The series of several runs of one case, filled up to the horizon: (runs, bins, rows, columns)."""

    def __init__(self, runs: CaseRuns) -> None:
        self.tables = runs.tables
        self.bin_s = runs.tables.bin_ns / 1e9
        self.scale = 1.0 / runs.tables.fraction
        self.bins = int(runs.tables.horizon_ns // runs.tables.bin_ns)
        self.first = min(first_bin(runs.tables), self.bins - 1)
        drawn = runs.replications.outcomes[:MOST_DRAWN]
        self.x = CrossingSeries(np.stack([self._full(o, o.run.crossings.counts) for o in drawn]))
        self.y = PopulationSeries(np.stack([self._full(o, o.run.populations.counts) for o in drawn]))
        self.sick = np.stack([self._flags(o) for o in drawn])

    def _full(self, outcome: Outcome, counts: Ints) -> Floats:
        filled = min(outcome.run.bins_count, self.bins)
        series = counts[: self.bins].astype(float)
        if filled < self.bins:
            # As it stood at its end: calm where it healed, down where it spun.
            series[filled:] = series[max(filled - SETTLED_BINS, 0) : filled].mean(axis=0)
        return series

    def _flags(self, outcome: Outcome) -> Floats:
        flags = np.zeros((self.bins, len(self.tables.crossings)))
        sick = sick_bins(self.tables, outcome.run)[: self.bins]
        flags[: len(sick)] = sick
        if outcome.run.status == "spinning":
            flags[len(sick) :] = sick[-1]
        return flags

    def rate(self, counts: Floats) -> Floats:
        return counts / self.bin_s * self.scale


def _series(name: str, unit: str, runs: Floats) -> Series:
    middle, low, high = (np.percentile(runs, q, axis=0) for q in (50, 10, 90))
    return Series(
        name=name,
        unit=unit,
        values=tuple(float(f"{v:.5g}") for v in middle),
        low=tuple(float(f"{v:.5g}") for v in low),
        high=tuple(float(f"{v:.5g}") for v in high),
    )


def _first_time_s(stack: _Stack, reached: Floats | Bools) -> float | None:
    """When, after the activity's start, at least half of the runs first show something."""
    first = []
    for run in reached[:, stack.first :]:
        at = np.nonzero(run)[0]
        first.append(float(at[0]) if len(at) else np.inf)
    middle = float(np.median(first))
    if not np.isfinite(middle):
        return None
    since_s = (stack.first + middle + 1) * stack.bin_s - stack.tables.disturbed_from_ns / 1e9
    return round(max(since_s, 0.0), 3)


def _per_second(stack: _Stack, rates: Floats) -> Floats:
    """Rates over a running second: what a burst within one short bin is really worth."""
    width = max(1, round(1.0 / stack.bin_s))
    ones = np.ones(width) / width
    return np.apply_along_axis(lambda run: np.convolve(run, ones, mode="same"), 1, rates)


def _busiest(stack: _Stack, rates: Floats, most: Floats) -> Floats:
    """Rates in the busiest second of each bin, which does not depend on how wide a bin is."""
    if stack.bin_s <= LOOK_NS / 1e9:
        return _per_second(stack, rates)
    return most * (0.5e9 / stack.tables.look_ns) * stack.scale


def _peak(runs: Floats, first: int) -> float:
    return float(np.median(runs[:, first:].max(axis=1))) if runs.shape[1] > first else 0.0


def _crossing(runs: CaseRuns, stack: _Stack, k: int) -> CrossingEvidence:
    name = runs.tables.crossings[k]
    crossing = runs.world.crossings[name]
    x = stack.x.row(k)
    offered, admitted = stack.rate(x.offered_count), stack.rate(x.admitted_count)
    packets, lost = x.packets_count, x.dropped_count + x.shed_count
    passing = [j for j in judged_rows(runs.tables) if k in Populations(runs.tables).crossings(j)]
    occupancy = np.maximum(x.entries_ppm, x.ports_ppm) / 1e6
    capacity = crossing.flow_capacity_per_s
    smooth = _per_second(stack, offered)
    busiest = _busiest(stack, offered, x.offered_most_count)
    over: Bools = np.greater(busiest, np.inf if capacity is None else capacity)
    series = [
        _series("offered", "per_s", smooth),
        _series("admitted", "per_s", _per_second(stack, admitted)),
        *_answers(runs.tables, stack, passing),
        _series("delay", "s", x.delay_ns / 1e9),
    ]
    if crossing.table or crossing.ports:
        series.append(_series("occupancy", "ratio", occupancy))
    first = stack.first
    return CrossingEvidence(
        name=name,
        setup_peak_per_s=_peak(busiest, first),
        setup_capacity_per_s=capacity,
        setup_limit_at_s=_first_time_s(stack, over),
        packets_peak_per_s=_peak(_busiest(stack, stack.rate(packets), x.packets_most_count), first),
        packets_capacity_per_s=crossing.packet_capacity_per_s,
        table_peak_ratio=_peak(x.entries_ppm / 1e6, first) if crossing.table else None,
        table_full_at_s=_first_time_s(stack, x.entries_ppm > FULL_PPM),
        ports_peak_ratio=_peak(x.ports_ppm / 1e6, first) if crossing.ports else None,
        ports_full_at_s=_first_time_s(stack, x.ports_ppm > FULL_PPM),
        delay_peak_s=_peak(x.delay_ns / 1e9, first),
        loss_peak_ratio=_peak(lost / np.maximum(packets + x.shed_count, 1.0), first),
        saturated_at_s=_first_time_s(stack, stack.sick[:, :, k]),
        devices_count=crossing.devices_count,
        series=tuple(series),
    )


def _answers(tables: Tables, stack: _Stack, passing: list[int]) -> list[Series]:
    """Return what is served of what passes a crossing, in the unit of what is offered to it.

    Where each request is a new flow that is "served", beside the flows; where connections are kept it is
    requests that are "asked" and "answered", which are not to be held against flows.
    """

    def a_second(counts: Floats) -> Floats:
        return _per_second(stack, stack.rate(counts[:, :, passing].sum(axis=2)))

    answered = a_second(stack.y.served_count)
    if not Populations(tables).keeps[0, passing].any():
        return [_series("served", "per_s", answered)]
    return [
        _series("asked", "per_s", a_second(stack.y.attempts_count)),
        _series("answered", "per_s", answered),
    ]


def _waiting(tables: Tables, stack: _Stack, outcomes: Sequence[Outcome], j: int) -> tuple[float, float]:
    """Return how many requests wait at once at the worst, and how many is usual by the end."""
    row = judged_rows(tables).index(j)
    peaks, usuals = [], []
    for outcome in outcomes[:MOST_DRAWN]:
        usual = usually_waiting(tables, outcome.run)
        most = outcome.run.populations.unanswered_most_count[stack.first : outcome.run.bins_count, j]
        peaks.append(float(most.max(initial=0)))
        usuals.append(usual[-1, row] if len(usual) else 0.0)
    return float(np.median(peaks)) * stack.scale, float(np.median(usuals)) * stack.scale


def _clients(runs: CaseRuns, stack: _Stack, j: int) -> ClientsEvidence:
    name = runs.tables.populations[j]
    clients = runs.world.clients[name]
    histogram = np.sum([o.run.latencies.counts[j] for o in runs.replications.outcomes], axis=0)
    y = stack.y.row(j)
    row, outcomes = judged_rows(runs.tables).index(j), runs.replications.outcomes
    waiting_peak, waiting_normal = _waiting(runs.tables, stack, outcomes, j)
    return ClientsEvidence(
        name=name,
        title=clients.title or name,
        service=clients.service,
        success_floor_ratio=float(
            np.median([worst_share(runs.tables, one.run, j) for one in outcomes[:MOST_DRAWN]])
        ),
        connect_p50_s=percentile_s(histogram[0], 0.5),
        connect_p99_s=percentile_s(histogram[0], 0.99),
        request_p50_s=percentile_s(histogram[1], 0.5),
        request_p99_s=percentile_s(histogram[1], 0.99),
        given_up_count=float(np.median(y.failed_count.sum(axis=1))) * stack.scale,
        waiting_peak_count=waiting_peak,
        waiting_normal_count=waiting_normal,
        unserved_s=float(np.median([one.unserved_s[row] for one in outcomes])),
        lost_ratio=float(np.median([one.lost_ratios[row] for one in outcomes])),
        missed=_missed(runs, row),
        series=(
            _series("fresh", "per_s", stack.rate(y.fresh_count)),
            _series("attempts", "per_s", stack.rate(y.attempts_count)),
            _series("served", "per_s", stack.rate(y.served_count)),
        ),
    )


def _missed(runs: CaseRuns, row: int) -> tuple[Missed, ...]:
    """Return which objectives a judged population misses in single runs, and in what share of all."""
    outcomes, wanted = runs.replications.outcomes, runs.world.objectives
    each = [missed_objectives(runs.tables, one, wanted)[row] for one in outcomes]
    counts = {key: sum(key in found for found in each) for key in KEYS}
    return tuple(
        Missed(objective=key, share=probability(count, len(each), share_bounds(count, len(each))))
        for key, count in counts.items()
        if count
    )


def gather(runs: CaseRuns) -> CaseEvidence:
    """Return the evidence of a case from its runs."""
    stack = _Stack(runs)
    outcomes = runs.replications.outcomes
    recovered = [o for o in outcomes if o.recovery_s is not None]
    times = [o.recovery_s for o in recovered if o.recovery_s is not None]
    draining = [max(1.0 - o.healthy_s / o.recovery_s, 0.0) for o in recovered if o.recovery_s]
    quantile = {q: float(np.percentile(times, q)) for q in (10, 50, 90)} if times else {}
    spins = [one.run.spinning for one in outcomes if one.run.spinning is not None]
    return CaseEvidence(
        name=runs.case.name,
        title=runs.case.title,
        collapse=_collapse(runs),
        recovery_s=quantile.get(50),
        recovery_low_s=quantile.get(10),
        recovery_high_s=quantile.get(90),
        draining_ratio=float(np.median(draining)) if draining else None,
        times_s=tuple(round((i + 0.5) * stack.bin_s, 6) for i in range(stack.bins)),
        activity_at_s=runs.tables.disturbed_from_ns / 1e9,
        activity_until_s=runs.tables.disturbed_until_ns / 1e9,
        crossings=tuple(_crossing(runs, stack, k) for k in range(len(runs.tables.crossings))),
        clients=tuple(_clients(runs, stack, j) for j in judged_rows(runs.tables)),
        outages_count=float(np.median([one.outages_count for one in outcomes])),
        bad_s=float(np.median([one.bad_s for one in outcomes])),
        longest_bad_s=float(np.median([one.longest_bad_s for one in outcomes])),
        tips_ratio=sum(one.tips for one in outcomes) / len(outcomes),
        recurs_ratio=sum(one.recurs for one in outcomes) / len(outcomes),
        unstarted_ratio=sum(one.unstarted for one in outcomes) / len(outcomes),
        spinning=spins[0].population if spins else "",
        spinning_per_s=spins[0].attempts_per_s * stack.scale if spins else 0.0,
        ails_before_ratio=float(np.median([one.ailing_ratio for one in outcomes])),
        services=service_waits(runs.world, runs.tables, outcomes[:MOST_DRAWN]),
    )
