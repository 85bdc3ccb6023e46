"""What does a way out cost? Requests not served, work that waits, the surge of those who come back."""

from __future__ import annotations

from statistics import median

from tidegate.evaluate.reading.measures import judged_rows
from tidegate.evaluate.variants.world_case import CaseRuns


def _bin(runs: CaseRuns, at_s: float) -> int:
    return int(at_s * 1e9 // runs.tables.bin_ns)


def refused(runs: CaseRuns, index: int, from_s: float) -> float:
    """Return how many requests fewer than usual were served from the action to the end of the run."""
    run, tables = runs.replications.outcomes[index].run, runs.tables
    rows, first = judged_rows(tables), _bin(runs, tables.disturbed_from_ns / 1e9)
    served = run.populations.served_count[:, rows].sum(axis=1).astype(float)
    usual = float(served[first // 3 : first].mean()) if first >= 4 else 0.0
    last = min(run.bins_count, int(tables.horizon_ns // tables.bin_ns))
    after = served[_bin(runs, from_s) : last]
    missing = usual * len(after) - float(after.sum())
    return max(missing, 0.0) / tables.fraction


def backlog(runs: CaseRuns, at_s: float) -> float:
    """Return how many requests waited at a moment (median over the runs)."""
    rows, at = judged_rows(runs.tables), _bin(runs, at_s)
    waiting = [
        float(one.run.populations.unanswered_count[min(at, one.run.bins_count - 1), rows].sum())
        for one in runs.replications.outcomes
    ]
    return median(waiting) / runs.tables.fraction


def second_surge(runs: CaseRuns, index: int, from_s: float) -> float:
    """Return the most new flows a second over all crossings from the action on, over the usual."""
    run, tables = runs.replications.outcomes[index].run, runs.tables
    first = _bin(runs, tables.disturbed_from_ns / 1e9)
    offered = run.crossings.offered_count[: run.bins_count].sum(axis=1).astype(float)
    usual = float(offered[first // 3 : first].mean()) if first >= 4 else 0.0
    width = max(1, round(1e9 / tables.bin_ns))
    after = offered[_bin(runs, from_s) + width :]
    if usual <= 0.0 or len(after) < width:
        return 0.0
    sums = [float(after[i : i + width].sum()) / width for i in range(len(after) - width + 1)]
    return max(sums) / usual
