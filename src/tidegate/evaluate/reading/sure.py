"""What of a run is settled while it still goes on: what nothing that is to come can take back.

A bin in which more wait than usual stays bad, and so does one in which nobody was answered for too long.
Whether one in which much failed does depends on how wide a window speaks of a share, and so on how much ends
in the whole run: it is surely bad where it is in every window that may count in the end, with nothing to come
in any of them. More bad bins make an outage longer, or join it to another; none ends it sooner. So service is
normal too late for good once an outage that the script began has surely lasted for longer than is allowed.
"""

from __future__ import annotations

import math

import numpy as np

from tidegate.evaluate.reading.measures import (
    ENOUGH_ENDINGS,
    Bools,
    calm_bins,
    done_bin,
    first_bin,
    judged_rows,
    second_bins,
    silent_bins,
    start_s,
    unusual_silence_ns,
    waiting,
)
from tidegate.evaluate.reading.run_outage import FAILED_SHARE, LEAST_FAILURES, Outage, slowest_turn_s, spells
from tidegate.simulate.run import Run
from tidegate.simulate.tables import Ints, Tables


def surely_bad(tables: Tables, so_far: Run) -> Bools:
    """Return, per time bin so far, whether it is bad whatever comes: `bad_bins` of the whole run agrees.

    None is before the disturbance: until then what is usual is not known.
    """
    if so_far.bins_count < first_bin(tables):
        return np.zeros(so_far.bins_count, dtype=np.bool_)
    unanswered, usual = waiting(tables, so_far)
    bad = np.zeros(so_far.bins_count, dtype=np.bool_)
    bad |= (unanswered > usual).any(axis=1)
    for j in judged_rows(tables):
        bad |= _surely_failing(tables, so_far, j) | _surely_silent(tables, so_far, j)
    return bad


def _surely_failing(tables: Tables, so_far: Run, row: int) -> Bools:
    """Return the bins in which much has failed in every window that may count in the end."""
    end = so_far.bins_count
    failed = so_far.populations.failed_count[:end, row]
    ended = failed + so_far.populations.served_count[:end, row]
    widest = _widest_bins(tables, int(ended.sum()))
    found = np.arange(end) + (widest - 1) // 2 < end
    for width in range(second_bins(tables), widest + 1):
        if not found.any():
            break
        lost, all_ended = _summed(failed, width), _summed(ended, width)
        found &= (lost > FAILED_SHARE * all_ended) & (lost >= LEAST_FAILURES)
    return found


def _widest_bins(tables: Tables, ended_count: int) -> int:
    """Return the widest window in which shares may be counted in the end, where so many have ended by now."""
    whole = int(tables.horizon_ns // tables.bin_ns) + 2
    enough = math.ceil(ENOUGH_ENDINGS * whole / ended_count) + 1 if ended_count else whole
    return max(second_bins(tables), min(enough, 2 * calm_bins(tables), max(whole // 10, 1)))


def _summed(counts: Ints, width: int) -> Ints:
    """Return sums over a centred window, as wide as what there is at both ends."""
    sums = np.concatenate([[0], np.cumsum(counts)])
    at = np.arange(len(counts))
    ends, begins = np.minimum(at + (width + 1) // 2, len(counts)), np.maximum(at - width // 2, 0)
    summed: Ints = sums[ends] - sums[begins]
    return summed


def _surely_silent(tables: Tables, so_far: Run, row: int) -> Bools:
    """Return the bins in which nobody was answered for unusually long, whatever comes.

    A silence that still goes on is counted from its beginning, to one bin: it may end between two looks. Bins
    so wide that two silences may follow each other in two of them say nothing until it is over.
    """
    flags = silent_bins(tables, so_far, row)
    silent = so_far.populations.silent_ns[: so_far.bins_count, row]
    unusual_ns = unusual_silence_ns(tables, so_far, row)
    if len(silent) and silent[-1] > unusual_ns:
        since = max(len(silent) - math.ceil(silent[-1] / tables.bin_ns), 0)
        flags[since : since + 1 if 2 * tables.bin_ns <= unusual_ns else None] = False
    return flags


def is_late(tables: Tables, so_far: Run, within_s: float) -> bool:
    """Whether service is normal again only later than is allowed, whatever comes: the run has collapsed."""
    first, done = first_bin(tables), done_bin(tables, tables.disturbed_until_ns)
    mine = [
        Outage(first=begun, last=last, bad_count=count, is_deep=False)
        for begun, last, count in spells(surely_bad(tables, so_far), calm_bins(tables))
        if last >= first and begun <= done
    ]
    begun_s, bin_s = start_s(tables), tables.bin_ns / 1e9
    if tables.turns_ns:
        return slowest_turn_s(tables, mine, first, begun_s) > within_s
    return max((max((one.last + 1) * bin_s - begun_s, 0.0) for one in mine), default=0.0) > within_s


def late_by_ns(tables: Tables, within_s: float) -> int:
    """Return when no run becomes late any more: what counts has begun by `done_bin`, and is over or late."""
    seen = 2 * calm_bins(tables) + second_bins(tables) + 2  # a calm after it, and a window
    done = done_bin(tables, tables.disturbed_until_ns)
    return (done + seen) * tables.bin_ns + int(within_s * 1e9)
