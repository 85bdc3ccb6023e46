"""How did one run end? One definition for runs that were measured and runs that were predicted.

It is the definition by which `check` judges: a time bin is bad when more than 5 % of a population's
clients above the usual number are unanswered (or more than 5 % of what ends has failed), and a run
has recovered unless its end is bad. Nothing here knows which kind of run it reads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tidegate.evaluate.reading.latency import percentile_s
from tidegate.evaluate.reading.measures import judged_rows, measure
from tidegate.simulate.run import Run
from tidegate.simulate.tables import Tables

END_S = 4.0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one run ended, and what it cost.

    Parameters
    ----------
    recovered
        Whether service was normal again at the end.
    recovery_s
        From the first step of the script until service was normal again; 0 where it was never bad,
        None where it did not recover.
    packets_count, dropped_count, shed_count
        Over the whole run and all crossings.
    given_up_count
        Requests given up, of all populations.
    goodput_end_per_s
        Requests answered a second over the last four seconds, of the populations that are judged.
    p50_s, p99_s
        Percentiles of the time from wanting a request to its answer, of the judged populations;
        None where nothing was answered.
    """

    recovered: bool
    recovery_s: float | None
    packets_count: int
    dropped_count: int
    shed_count: int
    given_up_count: int
    goodput_end_per_s: float
    p50_s: float | None
    p99_s: float | None


def outcome(tables: Tables, run: Run) -> Outcome:
    """Return how a run ended.

    Parameters
    ----------
    tables
        What was run.
    run
        What came of it, to the horizon.
    """
    judged = judged_rows(tables)
    found = measure(tables, run)
    bin_s = tables.bin_ns / 1e9
    x, y = run.crossings.bins(end=run.bins_count), run.populations.bins(end=run.bins_count)
    last = min(max(round(END_S / bin_s), 1), run.bins_count)
    histogram = np.sum([run.latencies.request_count[j] for j in judged], axis=0)
    return Outcome(
        recovered=not found.collapsed,
        recovery_s=found.recovery_s,
        packets_count=int(x.packets_count.sum()),
        dropped_count=int(x.dropped_count.sum()),
        shed_count=int(x.shed_count.sum()),
        given_up_count=int(y.failed_count.sum()),
        goodput_end_per_s=float(y.served_count[-last:, judged].sum()) / (last * bin_s),
        p50_s=percentile_s(histogram, 0.5),
        p99_s=percentile_s(histogram, 0.99),
    )
