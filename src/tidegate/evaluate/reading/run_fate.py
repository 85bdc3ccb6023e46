"""Is a run's fate settled before the horizon? Only where what is still to come cannot change it.

What comes after a moment is the script still to come, the state, and the chance still to come. A run has
*healed* where nothing more comes, every level (what waits, what queues, what fails, delays, entries, ports)
has stayed for a calm within what the world shows when it is left alone, nothing is worse than before the
disturbance, **and calm itself is certain**: eight runs of the last phase left alone to the horizon do not
tip, and eight in which no service answers until more waits than calm would reach by chance all come back.
That is a property of the last phase, not of a run: it is asked once, and holds for every case that ends in
the same numbers. Where calm is not certain, or where what a run has added (instances, filled caches)
outlasts it, runs go to the horizon.

Nothing ends a run early because it is down: a queue of abandoned work may drain after any silence, and a
collapse is whatever is still there at the horizon. Shortcut: that costs runs whose end is sure. Only where
nothing is asked but whether a run collapses, or keeps the objectives, it ends as *missed* once it is surely
later than allowed that service is normal (`sure`), or nobody was answered for longer than is wanted: nothing
to come can undo that.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from tidegate.evaluate.reading.answered import answered
from tidegate.evaluate.reading.latency import percentile_s
from tidegate.evaluate.reading.measures import (
    Floats,
    Outcome,
    bad_bins,
    first_bin,
    judged_rows,
    measure,
    unserved,
)
from tidegate.evaluate.reading.sure import is_late, late_by_ns
from tidegate.evaluate.reading.worst_minute import worst_shares
from tidegate.simulate.left_alone import digest_alone, kicked, left_alone
from tidegate.simulate.parameters import Populations
from tidegate.simulate.run import Run, Watch, simulate
from tidegate.simulate.tables import Tables
from tidegate.world.objective import Objectives

ALONE_COUNT, KICKED_COUNT = 8, 8
KICK_CHANCE = 1e-4  # of what calm might reach by itself until the horizon: it is kicked higher than that
TAIL_SHARE = 0.02  # of the bins make the tail from which that is reckoned
MOST_KICK_SHARE = 0.25  # of the horizon
ALL_WAIT_SHARE = 0.95
FAILED_BINS = 20
LEAST_BINS = 8
_LOOKS = 40  # at a run, from the script's end to the horizon
_MISSED_LOOKS = 100  # from its beginning
_SEED = 2_000_003  # added to the seed: chance that no case has seen
_MOST_KEPT = 64
_KEPT: OrderedDict[bytes, Floats | None] = OrderedDict()


@dataclass(frozen=True, kw_only=True)
class Settled:
    """When later runs of a world may end.

    Parameters
    ----------
    tables
        What is run.
    band
        The most that each level reaches while the world is left alone.
    """

    tables: Tables
    band: Floats

    def __call__(self, so_far: Run) -> str:
        """Return "healed" where a run's fate is settled, else ""."""
        bins = max(LEAST_BINS, math.ceil(self.tables.calm_ns / self.tables.bin_ns))
        begun = int(self.tables.last_step_ns // self.tables.bin_ns) + 1
        if so_far.bins_count - bins < begun:
            return ""
        calm = bool((_levels(so_far, bins) <= self.band).all())
        # What is calm by itself may still be worse than before: as many as have no place may wait for ever.
        return "healed" if calm and not bad_bins(self.tables, so_far)[-bins:].any() else ""

    @property
    def watch(self) -> Watch:
        """How it is looked for."""
        left_ns = max(self.tables.horizon_ns - self.tables.last_step_ns, 1)
        every_ns = max(left_ns // _LOOKS, self.tables.calm_ns)
        return Watch(from_ns=self.tables.last_step_ns + every_ns, every_ns=every_ns, judge=self)


@dataclass(frozen=True, kw_only=True)
class Missed:
    """When a run has missed an objective for good, whatever comes.

    Parameters
    ----------
    tables
        What is run.
    wanted
        What must be kept.
    """

    tables: Tables
    wanted: Objectives

    def __call__(self, so_far: Run) -> str:
        """Return "missed" where nobody was answered for longer than is wanted, else ""."""
        silent_ns = so_far.populations.silent_ns[: so_far.bins_count, judged_rows(self.tables)]
        if silent_ns.max(initial=0) <= self.wanted.unserved_within_s * 1e9:
            return ""  # usual or not
        longest_s = max(unserved(self.tables, so_far), default=0.0)
        return "missed" if longest_s > self.wanted.unserved_within_s else ""

    @property
    def watch(self) -> Watch | None:
        """How it is looked for; None where the run is over before it can be."""
        within_ns = int(self.wanted.unserved_within_s * 1e9)
        from_ns = self.tables.disturbed_from_ns + within_ns
        if from_ns >= self.tables.horizon_ns:
            return None
        every_ns = max(within_ns // 2, self.tables.horizon_ns // _MISSED_LOOKS, self.tables.bin_ns)
        return Watch(from_ns=from_ns, every_ns=every_ns, judge=self)


@dataclass(frozen=True, kw_only=True)
class Late:
    """When a run is not normal again in time, whatever comes.

    Parameters
    ----------
    tables
        What is run.
    within_s
        The time allowed, from the start of the disturbance.
    """

    tables: Tables
    within_s: float

    def __call__(self, so_far: Run) -> str:
        """Return "missed" where an outage has lasted for longer than is allowed, else ""."""
        return "missed" if is_late(self.tables, so_far, self.within_s) else ""

    @property
    def watch(self) -> Watch | None:
        """How it is looked for; None where the run is over before it can be."""
        within_ns = int(self.within_s * 1e9)
        from_ns = self.tables.disturbed_from_ns + within_ns + self.tables.bin_ns
        if from_ns >= self.tables.horizon_ns:
            return None
        every_ns = max(within_ns // 4, self.tables.horizon_ns // _MISSED_LOOKS, self.tables.bin_ns)
        until_ns = late_by_ns(self.tables, self.within_s) + every_ns
        return Watch(from_ns=from_ns, every_ns=every_ns, judge=self, until_ns=until_ns)


@dataclass(frozen=True, kw_only=True)
class _First:
    """Whoever of several judges says first how a run has ended."""

    judges: tuple[Callable[[Run], str], ...]

    def __call__(self, so_far: Run) -> str:
        return next(filter(None, (judge(so_far) for judge in self.judges)), "")


def _watched_by_all(watches: Sequence[Watch]) -> Watch | None:
    """Return one watch for all of them, as early and as often as any; None for none."""
    if not watches:
        return None
    return Watch(
        from_ns=min(one.from_ns for one in watches),
        every_ns=min(one.every_ns for one in watches),
        judge=_First(judges=tuple(one.judge for one in watches)),
    )


def missed(tables: Tables, wanted: Objectives, *, seed: int, replication: int) -> str:
    """Return which objective one run misses, "" where it keeps all; nothing else is to be read off it."""
    within_s = wanted.recover_within_s

    def ask() -> str:
        ends = (Missed(tables=tables, wanted=wanted).watch, late_watch(tables, within_s))
        watch = _watched_by_all([one for one in ends if one is not None])
        run = simulate(tables, seed=seed, replication=replication, watch=watch)
        return missed_by(tables, measure(tables, run, recover_within_s=within_s), wanted)

    return answered(("missed", tables.digest, wanted, seed, replication), ask)


def late_watch(tables: Tables, within_s: float | None) -> Watch | None:
    """Return what ends a run once it is surely late; None where no time is set in which it must be normal."""
    return None if within_s is None else Late(tables=tables, within_s=within_s).watch


def collapses(tables: Tables, within_s: float | None, *, seed: int, replication: int) -> bool:
    """Return whether one run collapses; nothing else is to be read off it."""

    def ask() -> bool:
        run = simulate(tables, seed=seed, replication=replication, watch=late_watch(tables, within_s))
        return measure(tables, run, recover_within_s=within_s).collapsed

    return answered(("collapses", tables.digest, within_s, seed, replication), ask)


def missed_by(tables: Tables, outcome: Outcome, wanted: Objectives) -> str:
    """Return the key of the first objective that a measured run misses ("collapse" of the first); else ""."""
    found = outcome.missed(wanted)
    if not found and min(worst_shares(tables, outcome.run), default=1.0) < wanted.least_success_ratio:
        found = "success"
    if not found and wanted.request_p99_s is not None:
        histograms = (outcome.run.latencies.request_count[j] for j in judged_rows(tables))
        slowest_s = max((percentile_s(one, 0.99) or 0.0 for one in histograms), default=0.0)
        found = "request_p99" if slowest_s > wanted.request_p99_s else ""
    return found


def _levels(run: Run, bins: int) -> Floats:
    """Return everything that can stand above calm, in the last so many bins: (bins, levels)."""
    last = run.bins_count
    rows = slice(max(last - bins, 0), last)
    y, z, x = run.populations, run.services, run.crossings
    failed = y.failed_count[max(last - bins - FAILED_BINS, 0) : last].sum(axis=0)
    unanswered_most = y.unanswered_most_count[rows]
    return np.concatenate(
        [
            unanswered_most,
            z.queued_most_count[rows],
            z.connections_most_count[rows],
            x.delay_ns[rows],
            x.entries_ppm[rows],
            x.ports_ppm[rows],
            np.broadcast_to(failed, unanswered_most.shape),
        ],
        axis=1,
    ).astype(float)


def _band(run: Run, first: int) -> Floats:
    """Return the most that each level reaches in a run, from a bin on."""
    bins = run.bins_count - first
    failed = run.populations.failed_count[: run.bins_count]
    sums = np.cumsum(np.vstack([np.zeros((1, failed.shape[1])), failed]), axis=0)
    width = min(FAILED_BINS + LEAST_BINS, len(failed))
    most: Floats = _levels(run, bins).max(axis=0)
    most[-failed.shape[1] :] = (sums[width:] - sums[:-width]).max(axis=0)
    return most


def settled(tables: Tables, *, seed: int, executor: Executor) -> Settled | None:
    """Return when runs of a world may end early; None where calm is not certain and none may.

    Parameters
    ----------
    tables
        What is run.
    seed
        Chooses the random streams.
    executor
        Where the runs happen; the answer does not depend on it.
    """
    if tables.stuck_ns == 0 or tables.last_step_ns >= tables.horizon_ns:
        return None
    alone = left_alone(tables)
    key = digest_alone(alone, seed)
    if key not in _KEPT:
        _KEPT[key] = _certain(alone, seed + _SEED, executor)
        while len(_KEPT) > _MOST_KEPT:
            _KEPT.popitem(last=False)
    band = _KEPT[key]
    return None if band is None else Settled(tables=tables, band=band)


def _unless(
    fails: Callable[[Outcome], bool], tables: Tables, count: int, seed: int, executor: Executor
) -> list[Outcome] | None:
    """Return so many runs, or None if one fails. Two go first: a storm fails there, and is dear."""

    def task(replication: int) -> Outcome:
        return measure(tables, simulate(tables, seed=seed, replication=replication))

    runs: list[Outcome] = []
    for batch in (range(2), range(2, count)):
        runs += executor.map(task, batch)
        if any(map(fails, runs)):
            return None
    return runs


def _certain(alone: Tables, seed: int, executor: Executor) -> Floats | None:
    """Return the band of calm, or None where calm is not certain."""
    runs = _unless(lambda one: one.collapsed or one.outages_count > 0, alone, ALONE_COUNT, seed, executor)
    tables = None if runs is None else _lifted(alone, runs, seed)
    if runs is None or tables is None:
        return None
    if _unless(lambda one: one.collapsed, tables, KICKED_COUNT, seed, executor) is None:
        return None
    first = first_bin(alone)
    band: Floats = np.max([_band(one.run, first) for one in runs], axis=0)
    return band


def _lifted(alone: Tables, runs: list[Outcome], seed: int) -> Tables | None:
    """Return the world with the shortest outage that lifts it out of calm; None where none does."""
    rows, populations = judged_rows(alone), Populations(alone)
    needed = _beyond_calm(alone, runs, rows)
    everybody = ALL_WAIT_SHARE * float(
        (populations.clients_count[0, rows] * populations.stride_count[0, rows]).sum()
        if all(populations.kinds[j] in {"closed", "none"} for j in rows)
        else math.inf
    )
    lasts_ns = max(2 * int(populations.timeout_ns[0, rows].max(initial=0)) // 2, 10**9)
    while lasts_ns <= MOST_KICK_SHARE * alone.horizon_ns:
        tables = kicked(alone, lasts_ns)
        run = simulate(tables, seed=seed, replication=ALONE_COUNT)
        waits = run.populations.unanswered_most_count[: run.bins_count, rows].sum(axis=1).max(initial=0)
        if waits >= min(needed, everybody):
            return tables
        lasts_ns *= 2
    return None


def _beyond_calm(alone: Tables, runs: list[Outcome], rows: list[int]) -> float:
    """Return more waiting requests than calm reaches by chance until the horizon: an exponential tail."""
    first = first_bin(alone)
    waiting = np.concatenate(
        [
            one.run.populations.unanswered_most_count[first : one.run.bins_count, rows].sum(axis=1)
            for one in runs
        ]
    )
    high = float(np.quantile(waiting, 1.0 - TAIL_SHARE))
    over = waiting[waiting > high]
    excess = max(float((over - high).mean()) if len(over) else 0.0, 0.5)
    bins = alone.horizon_ns / alone.bin_ns
    return high + excess * math.log(max(TAIL_SHARE * bins / KICK_CHANCE, math.e))
