"""What one run means: recovered or not, when, and what each crossing and population went through.

A time bin is *bad* for a population when more of its requests are unanswered than usual for its
size plus 5 % of its clients, or when more than 5 % of what ends around then has failed. Service is
normal again after the last bad bin. A run has *collapsed* when most of its last 5 % is bad, or when
it was normal again only later than the objective allows. Populations of kind "once" are what disturbs,
not whom it disturbs, and are left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.rows import KINDS
from tidegate.simulate.run import Run
from tidegate.simulate.tables import Tables

JUDGED = ("open", "closed", "none")
FAILED_SHARE = 0.05
LEAST_FAILURES = 3
DELAYED_SHARE = 0.1  # of the shortest time-out: a queue that long is felt
FULL_PPM = 990_000
ENOUGH_ENDINGS = 100
MAJORITY_BINS = 5

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One run, measured.

    Parameters
    ----------
    collapsed
        Not normal again within the time allowed.
    recovery_s
        From the start of the disturbance until normal again; 0 where it never was bad, None where
        it did not end.
    healthy_s
        From there until every crossing was healthy again.
    run
        The counts it was read from.
    """

    collapsed: bool
    recovery_s: float | None
    healthy_s: float
    run: Run


def judged_rows(tables: Tables) -> list[int]:
    """Return the rows of the populations whose fate decides."""
    kinds = tables.P[0, :, c.P_KIND]
    return [j for j in range(len(kinds)) if KINDS[kinds[j]] in JUDGED]


def _windowed(values: Floats, bins: int) -> Floats:
    """Sum over a centred window of `bins` bins."""
    if values.size == 0:  # a world without crossings has no columns
        return values
    kernel = np.ones(bins)
    return np.apply_along_axis(lambda column: np.convolve(column, kernel, mode="same"), 0, values)


def _window_bins(tables: Tables, ended: Floats) -> int:
    """Bins that hold enough endings to speak of a share: a second's, or a hundred, at most a tenth."""
    second = max(1, int(1e9 // tables.bin_ns))
    a_bin = float(ended.sum()) / max(len(ended), 1)
    wanted = math.ceil(ENOUGH_ENDINGS / a_bin) if a_bin > 0 else 1
    return max(second, min(wanted, max(len(ended) // 10, 1)))


def _growth(tables: Tables, bins: int, rows: list[int]) -> Floats:
    """How many times its first size each population is, per time bin: (bins, rows)."""
    size = np.where(
        tables.P[:, rows, c.P_INTERVAL] > 0,
        1e9 / np.maximum(tables.P[:, rows, c.P_INTERVAL], 1),
        tables.P[:, rows, c.P_COUNT].astype(float),
    )
    grown = np.ones((bins, len(rows)))
    for at_ns, kind, phase, _ in tables.script.tolist():
        if kind == c.PHASE:
            grown[int(at_ns // tables.bin_ns) :] = size[phase] / np.maximum(size[0], 1e-9)
    return np.maximum(grown, 1.0)


def waiting(tables: Tables, run: Run) -> tuple[Floats, Floats]:
    """Return, per time bin and judged population, how many requests wait, and how many is usual."""
    rows = judged_rows(tables)
    unanswered = run.populations[: run.bins_count, rows, c.Y_UNANSWERED].astype(float)
    first = min(int(tables.disturbed_from_ns // tables.bin_ns), run.bins_count)
    before = unanswered[first // 3 : first]
    usual = before.mean(axis=0) if len(before) >= 4 else np.zeros(len(rows))
    return unanswered, usual * _growth(tables, run.bins_count, rows) + tables.calm[rows]


def bad_bins(tables: Tables, run: Run) -> Bools:
    """Return, per time bin, whether any judged population is worse off than usual."""
    rows = judged_rows(tables)
    y = run.populations[: run.bins_count, rows].astype(float)
    unanswered, usual = waiting(tables, run)
    late: Bools = unanswered > usual
    ended = y[:, :, c.Y_FAILED] + y[:, :, c.Y_SERVED]
    failing = np.zeros_like(late)
    for j in range(len(rows)):
        window = _window_bins(tables, ended[:, j])
        failed, all_ended = (_windowed(v[:, j : j + 1], window)[:, 0] for v in (y[:, :, c.Y_FAILED], ended))
        failing[:, j] = (failed > FAILED_SHARE * all_ended) & (failed >= LEAST_FAILURES)
    bad = np.zeros(len(late), dtype=np.bool_)
    bad[:] = (late | failing).any(axis=1)
    return bad


def sick_bins(tables: Tables, run: Run) -> Bools:
    """Return, per time bin and crossing, whether it is more than it can take.

    A bin counts where most of the bins about it are sick: one coincidence is no congestion.
    """
    x = run.crossings[: run.bins_count].astype(float)
    timeout_ns = min((int(t) for t in tables.P[0, judged_rows(tables), c.P_TIMEOUT]), default=10**9)
    lost = x[:, :, c.X_DROPPED] + x[:, :, c.X_SHED]
    sick: Bools = (
        (x[:, :, c.X_DELAY] > DELAYED_SHARE * timeout_ns)
        | (lost > 0.01 * np.maximum(x[:, :, c.X_PACKETS] + x[:, :, c.X_SHED], 100.0))
        | (x[:, :, c.X_ENTRIES] > FULL_PPM)
        | (x[:, :, c.X_PORTS] > FULL_PPM)
    )
    if len(sick) < MAJORITY_BINS:
        return sick
    most: Bools = _windowed(sick.astype(float), MAJORITY_BINS) > MAJORITY_BINS / 2
    both: Bools = most & sick
    return both


def measure(tables: Tables, run: Run, *, recover_within_s: float | None = None) -> Outcome:
    """Measure one run.

    Parameters
    ----------
    tables, run
        What was run and what came of it.
    recover_within_s
        Time allowed from the start of the disturbance; None means until the horizon.
    """
    bin_s = tables.bin_ns / 1e9
    start_s = tables.disturbed_from_ns / 1e9
    first = int(tables.disturbed_from_ns // tables.bin_ns)
    bad = bad_bins(tables, run)
    tail = max(2, round(0.05 * tables.horizon_ns / tables.bin_ns))
    collapsed = run.status == "stuck" or (run.status == "ended" and bool(bad[-tail:].mean() >= 0.5))
    after = np.nonzero(bad[first:])[0]
    recovery_s = float((first + after[-1] + 1) * bin_s - start_s) if len(after) else 0.0
    sick = np.nonzero(sick_bins(tables, run)[first:].any(axis=1))[0]
    healthy_s = float((first + sick[-1] + 1) * bin_s - start_s) if len(sick) else 0.0
    if recover_within_s is not None and recovery_s > recover_within_s:
        collapsed = True
    return Outcome(
        collapsed=collapsed,
        recovery_s=None if collapsed else max(recovery_s, 0.0),
        healthy_s=max(healthy_s, 0.0),
        run=run,
    )
