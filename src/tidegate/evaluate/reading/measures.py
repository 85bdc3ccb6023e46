"""What one run means: recovered or not, when, how long and how often it was bad, and what was lost.

A time bin is *bad* for a population when more of its requests are unanswered than usual for its
size (of one that nobody belonged to before, than its requests in service are by Little's law) plus
5 % of its clients, and more than chance brings about in one of 20 runs; when more than 5 % of what ends
around then has failed; or when nobody was answered for unusually long although somebody waited. An *outage*
is bad bins with no calm (`Tables.calm_ns`) between them; it is *deep* where much was lost in it or nobody was
answered for as long as a calm, and *serious* where it is deep, or bad in 5 % of all bins, and longer than any
before the disturbance. Service is normal again at the first calm after what the script does, and after the
last serious outage.

A run has *collapsed* when a serious outage goes on at the horizon or not all have started that were to, when
a deep one came again after a calm and after all that the script does, or when it was normal again only later
than the objective allows. Populations of kind "once" disturb, and no outage is told of them: of those a run
asks whether they have what they want in the end (`wanting`).

Shortcut: what begins within the last calm's length before the horizon is not judged: nobody can say
whether it would have passed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from tidegate.evaluate.reading.run_outage import (
    DEEP_SHARE,
    FAILED_SHARE,
    LEAST_FAILURES,
    Outage,
    slowest_turn_s,
    spells,
)
from tidegate.evaluate.reading.unbooted import unbooted_count
from tidegate.evaluate.reading.unhindered import response_ns
from tidegate.evaluate.reading.wanting import wanting_rows
from tidegate.simulate.parameters import Populations, Services, phase_steps
from tidegate.simulate.run import Run
from tidegate.simulate.tables import Tables
from tidegate.world.objective import Objectives

JUDGED = ("open", "closed", "none")
DELAYED_SHARE = 0.1  # of the shortest time-out: a queue that long is felt
FULL_PPM = 990_000
ENOUGH_ENDINGS = 100
MAJORITY_BINS = 5
TAIL_SHARE = 0.05  # of the horizon: so long an outage is serious although most is answered
LEAST_SILENCE_NS = 2e9
SERVICES_SILENCE = 10.0  # so many times as long as all services together take: chance seldom does that
SILENCE_RATIO = 3.0  # of the longest silence before the disturbance
_USUAL_SHARE = 0.1
_LEAST_BINS = 4  # that show what is usual
_ERRORS = 3.0  # standard errors
_CHANCE = 0.05  # of a run that is calm, that it has a bin that is not

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One run, measured.

    Parameters
    ----------
    collapsed
        Not normal again within the time allowed, or away again after it.
    recovery_s
        From the start of the disturbance until normal again; 0 where it never was bad, None where
        it did not end.
    healthy_s
        From there until every crossing was healthy again.
    recurs
        Whether a deep outage came again, after a calm and after all that the script does.
    tips
        Whether it collapsed although service had been normal after all that the script does: calm itself
        tipped.
    outages_count, bad_s, longest_bad_s
        Serious outages since the disturbance, how long was bad in all, and the longest of them.
    lost_ratios
        Of each judged population's requests that ended after service was normal again, the share that
        failed; of all since the disturbance where it never was.
    unserved_s
        Of each judged population, the longest time in which nobody was answered although somebody
        waited; 0 where that is no longer than before the disturbance.
    ailing_ratio
        Share of the time before the disturbance that was bad already.
    run
        The counts it was read from.
    unstarted
        Whether not all have started that were to: their turn did not come, or what they ask for as they boot
        never did.
    """

    collapsed: bool
    recovery_s: float | None
    healthy_s: float
    recurs: bool
    tips: bool
    outages_count: int
    bad_s: float
    longest_bad_s: float
    lost_ratios: tuple[float, ...]
    unserved_s: tuple[float, ...]
    ailing_ratio: float
    run: Run
    unstarted: bool = False

    def missed(self, wanted: Objectives) -> str:
        """Return what it misses: "collapse", else the key of an objective that its own sums judge; or ""."""
        if self.collapsed:
            return "collapse"
        if max(self.unserved_s, default=0.0) > wanted.unserved_within_s:
            return "unserved_within"
        return "lost" if max(self.lost_ratios, default=0.0) > wanted.lost_ratio else ""


def judged_rows(tables: Tables) -> list[int]:
    """Return the rows of the populations whose fate decides."""
    return Populations(tables).of_kinds(JUDGED)


def first_bin(tables: Tables) -> int:
    """Return the bin from which on a run is judged; where nothing ever happens the first tenth is usual."""
    if tables.disturbed_from_ns < tables.horizon_ns:
        return int(tables.disturbed_from_ns // tables.bin_ns)
    return int(_USUAL_SHARE * tables.horizon_ns // tables.bin_ns)


def start_s(tables: Tables) -> float:
    """Return from when on it is counted how long it takes until service is normal again."""
    bin_s = tables.bin_ns / 1e9
    return min(tables.disturbed_from_ns / 1e9, first_bin(tables) * bin_s + bin_s)


def _windowed(values: Floats, bins: int) -> Floats:
    """Sum over a centred window of `bins` bins."""
    if values.size == 0:  # a world without crossings has no columns
        return values
    kernel = np.ones(bins)
    return np.apply_along_axis(lambda column: np.convolve(column, kernel, mode="same"), 0, values)


def second_bins(tables: Tables) -> int:
    """Return how many bins a second has, one at least: no window is narrower."""
    return max(1, int(1e9 // tables.bin_ns))


def _window_bins(tables: Tables, ended: Floats) -> int:
    """Bins with enough endings to speak of a share: a second, or a hundred of them, two calms at most."""
    second = second_bins(tables)
    a_bin = float(ended.sum()) / max(len(ended), 1)
    wanted = math.ceil(ENOUGH_ENDINGS / a_bin) if a_bin > 0 else 1
    return max(second, min(wanted, 2 * calm_bins(tables), max(len(ended) // 10, 1)))


def _growth(tables: Tables, bins: int, rows: list[int]) -> Floats:
    """How many times its first size each population is, per time bin: (bins, rows)."""
    populations = Populations(tables)
    interval_ns = populations.interval_ns[:, rows]
    size = np.where(
        interval_ns > 0,
        1e9 / np.maximum(interval_ns, 1),
        populations.clients_count[:, rows].astype(float),
    )
    grown = np.ones((bins, len(rows)))
    for at_ns, phase in phase_steps(tables):
        # Where nobody was before nothing has grown: see `_in_service`.
        times = np.where(size[0] > 0, size[phase] / np.maximum(size[0], 1e-9), 1.0)
        grown[int(at_ns // tables.bin_ns) :] = times
    return np.maximum(grown, 1.0)


def usually_waiting(tables: Tables, run: Run) -> Floats:
    """Return, per time bin and judged population, how many requests wait when all is as before."""
    rows = judged_rows(tables)
    first = min(first_bin(tables), run.bins_count)
    before = run.populations.unanswered_count[first // 3 : first, rows].astype(float)
    if len(before) < _LEAST_BINS:
        return np.zeros((run.bins_count, len(rows)))
    # What few clients show by chance must not be taken for what many times as many of them usually do.
    error = _ERRORS * before.std(axis=0) / math.sqrt(len(before))
    times = _growth(tables, run.bins_count, rows)
    grown: Floats = before.mean(axis=0) * times + error * (times - 1.0)
    return grown + _in_service(tables, run.bins_count, rows)


def _in_service(tables: Tables, bins: int, rows: list[int]) -> Floats:
    """Return how many requests of populations that begin with nobody are under way, per time bin, unhindered.

    Little (1961): rate times response time; of closed clients their number times the share of the time that
    they wait. Zero where somebody was there before.
    """
    found = np.zeros((bins, len(rows)))
    populations = Populations(tables)
    clients_count, interval_ns = populations.clients_count, populations.interval_ns
    for k, j in enumerate(rows):
        if clients_count[0, j] > 0 or interval_ns[0, j] > 0:
            continue
        for at_ns, phase in [(0, 0), *phase_steps(tables)]:
            took_ns = response_ns(tables, phase, j)
            if interval_ns[phase, j] > 0:
                waiting_now = took_ns / float(interval_ns[phase, j])
            else:
                pause_ns = float(populations.think_ns[phase, j])
                waiting_now = float(clients_count[phase, j]) * took_ns / max(took_ns + pause_ns, 1.0)
            found[int(at_ns // tables.bin_ns) :, k] = waiting_now
    return found


def waiting(tables: Tables, run: Run) -> tuple[Floats, Floats]:
    """Return, per time bin and judged population, how many requests wait, and how many pass for usual."""
    rows = judged_rows(tables)
    unanswered = run.populations.unanswered_count[: run.bins_count, rows].astype(float)
    usual = usually_waiting(tables, run)
    return unanswered, usual + np.maximum(tables.calm[rows], _by_chance(tables, run, usual))


def _by_chance(tables: Tables, run: Run, usual: Floats) -> Floats:
    """Return how far chance alone moves how many wait: further in one of 20 runs, of all their bins.

    The quantile of Cornish and Fisher (1938), skewed as Poisson counts are. Where few clients are all there
    are it ends halfway to all of them, if that is three standard deviations: all that wait are no chance.
    Shortcut: as if each request waited by itself (Poisson; binomial where so many clients are all there are).
    """
    rows = judged_rows(tables)
    populations = Populations(tables)
    clients_count = populations.clients_count[:, rows]
    there = np.where(clients_count[0] > 0, clients_count[0], clients_count.max(axis=0))
    many = there * populations.stride_count[0, rows] * _growth(tables, run.bins_count, rows)
    is_closed = populations.is_closed[rows]
    left = np.clip(np.where(is_closed, 1.0 - usual / np.maximum(many, 1.0), 1.0), 0.0, 1.0)
    deviation = np.sqrt(usual * left)
    bins_count = max(tables.horizon_ns / tables.bin_ns * max(len(rows), 1), 1.0)
    z = NormalDist().inv_cdf(1.0 - _CHANCE / bins_count)
    moved = z * deviation + (z * z - 1.0) / 6.0 * left
    halfway = np.where(is_closed, np.maximum(many - usual, 0.0) / 2.0, np.inf)
    reach: Floats = np.maximum(_ERRORS * deviation, np.minimum(moved, halfway))
    return reach


def least_silence_ns(tables: Tables, j: int) -> float:
    """Return how long nobody may go without an answer for it to be unusual: ten services of everything."""
    services_ns = float(Services(tables).mean_ns.max(axis=0).sum())
    delay_ns = float(Populations(tables).delay_ns[0, j])
    return max(LEAST_SILENCE_NS, SERVICES_SILENCE * services_ns, 2.0 * delay_ns)


def unusual_silence_ns(tables: Tables, run: Run, row: int) -> float:
    """Return for longer than how long it is unusual that nobody of a population is answered."""
    first = first_bin(tables)
    before = run.populations.silent_ns[:first, row]
    served = run.populations.served_count[:first, row]
    # Where nobody was answered before, or not for as long as two time-outs, that is nothing usual.
    usual = min(before.max(initial=0), tables.calm_ns) if served.any() else 0
    return max(least_silence_ns(tables, row), SILENCE_RATIO * usual)


def silent_bins(tables: Tables, run: Run, row: int) -> Bools:
    """Return the bins in which nobody of a population was answered for unusually long, from its beginning."""
    silent = run.populations.silent_ns[: run.bins_count, row]
    over = np.nonzero(silent > unusual_silence_ns(tables, run, row))[0]
    flags = np.zeros(len(silent), dtype=np.bool_)
    for b in over[np.append(np.diff(over) > 1, True)] if len(over) else ():
        flags[max(b + 1 - math.ceil(silent[b] / tables.bin_ns), 0) : b + 1] = True
    return flags


def bad_bins(tables: Tables, run: Run) -> Bools:
    """Return, per time bin, whether any judged population is worse off than usual."""
    rows = judged_rows(tables)
    failed_count = run.populations.failed_count[: run.bins_count, rows].astype(float)
    unanswered, usual = waiting(tables, run)
    late: Bools = unanswered > usual
    ended = failed_count + run.populations.served_count[: run.bins_count, rows].astype(float)
    failing = np.zeros_like(late)
    for j in range(len(rows)):
        window = _window_bins(tables, ended[:, j])
        failed, all_ended = (_windowed(v[:, j : j + 1], window)[:, 0] for v in (failed_count, ended))
        failing[:, j] = (failed > FAILED_SHARE * all_ended) & (failed >= LEAST_FAILURES)
        failing[:, j] |= silent_bins(tables, run, rows[j])
    bad = np.zeros(len(late), dtype=np.bool_)
    bad[:] = (late | failing).any(axis=1)
    return bad


def sick_bins(tables: Tables, run: Run) -> Bools:
    """Return, per time bin and crossing, whether it is more than it can take.

    A bin counts where most of the bins about it are sick: one coincidence is no congestion.
    """
    x = run.crossings.bins(end=run.bins_count).as_floats()
    timeouts_ns = Populations(tables).timeout_ns[0, judged_rows(tables)]
    timeout_ns = int(timeouts_ns.min()) if len(timeouts_ns) else 10**9
    shed_count = x.shed_count
    lost = x.dropped_count + shed_count
    sick: Bools = (
        (x.delay_ns > DELAYED_SHARE * timeout_ns)
        | (lost > 0.01 * np.maximum(x.packets_count + shed_count, 100.0))
        | (x.entries_ppm > FULL_PPM)
        | (x.ports_ppm > FULL_PPM)
    )
    if len(sick) < MAJORITY_BINS:
        return sick
    most: Bools = _windowed(sick.astype(float), MAJORITY_BINS) > MAJORITY_BINS / 2
    both: Bools = most & sick
    return both


def calm_bins(tables: Tables) -> int:
    """Return how many bins a calm lasts."""
    return max(2, math.ceil(tables.calm_ns / tables.bin_ns))


def outages(tables: Tables, run: Run, bad: Bools) -> tuple[Outage, ...]:
    """Return all outages of a run, in order: bad bins that no calm separates."""
    return tuple(
        Outage(first=first, last=last, bad_count=count, is_deep=_is_deep(tables, run, first, last))
        for first, last, count in spells(bad, calm_bins(tables))
    )


def _is_deep(tables: Tables, run: Run, first: int, last: int) -> bool:
    """Whether much of some population's requests was lost, or none answered for as long as a calm."""
    y, rows = run.populations.bins(first, last + 1), judged_rows(tables)
    failed, served = y.failed_count[:, rows].sum(axis=0), y.served_count[:, rows].sum(axis=0)
    lost = (failed >= LEAST_FAILURES) & (failed > DEEP_SHARE * (failed + served))
    silent = (y.silent_ns[:, rows] > tables.calm_ns).any(axis=0)
    return bool((lost | silent).any())


def _serious(tables: Tables, every: tuple[Outage, ...]) -> tuple[Outage, ...]:
    """Return the outages since the disturbance that are more than what calm shows anyway."""
    first = first_bin(tables)
    usual = max((one.bins for one in every if one.last < first), default=0)
    long = round(TAIL_SHARE * tables.horizon_ns / tables.bin_ns)
    least = calm_bins(tables)
    since = (one for one in every if one.last >= first and one.bins > usual)
    return tuple(one for one in since if one.bad_count > long or (one.is_deep and one.bins > least))


def _lost(tables: Tables, run: Run, first: int) -> tuple[float, ...]:
    rows, bins = judged_rows(tables), slice(min(first, run.bins_count), run.bins_count)
    failed = run.populations.failed_count[bins, rows].sum(axis=0)
    served = run.populations.served_count[bins, rows].sum(axis=0)
    return tuple(float(f / max(f + s, 1)) for f, s in zip(failed, served, strict=True))


def unserved(tables: Tables, run: Run) -> tuple[float, ...]:
    """Return for how long nobody of each judged population was answered, where that is unusual."""
    first = first_bin(tables)
    longest = []
    for j in judged_rows(tables):
        unusual = silent_bins(tables, run, j)[first:]
        silent = run.populations.silent_ns[first : run.bins_count, j]
        longest.append(float(silent[unusual].max(initial=0)) / 1e9)
    return tuple(longest)


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
    first, begun_s = first_bin(tables), start_s(tables)
    bad = bad_bins(tables, run)
    every = outages(tables, run, bad)
    serious = _serious(tables, every)
    lasting = bool(serious) and serious[-1].last >= run.bins_count - calm_bins(tables)
    recurs = _recurs(tables, serious)
    normal = _normal_from(tables, every, serious)
    recovery_s = max(normal * bin_s - begun_s, 0.0) if normal > first else 0.0
    if tables.turns_ns:
        mine = [one for one in every if one.first <= done_bin(tables, tables.disturbed_until_ns)]
        recovery_s = slowest_turn_s(tables, (*mine, *serious), first, begun_s)
    late = recover_within_s is not None and recovery_s > recover_within_s
    unstarted = run.not_started_count > 0 or unbooted_count(tables, run) > 0
    unfinished = run.status == "ended" and (
        lasting or unstarted or bool(wanting_rows(tables, run, calm_bins(tables)))
    )
    collapsed = run.status in {"missed", "spinning"} or unfinished or recurs or late
    until = max(normal, done_bin(tables, tables.disturbed_until_ns))
    sick = np.nonzero(sick_bins(tables, run)[first:until].any(axis=1))[0]
    healthy_s = float((first + sick[-1] + 1) * bin_s - begun_s) if len(sick) else 0.0
    return Outcome(
        collapsed=collapsed,
        recovery_s=None if collapsed else recovery_s,
        healthy_s=max(healthy_s, 0.0),
        recurs=recurs,
        tips=collapsed and bool(serious) and serious[0].first > done_bin(tables, tables.last_step_ns),
        outages_count=len(serious),
        bad_s=float(bad[first:].sum()) * bin_s,
        longest_bad_s=max((one.bins * bin_s for one in serious), default=0.0),
        lost_ratios=_lost(tables, run, first if collapsed or tables.turns_ns else normal),
        unserved_s=unserved(tables, run),
        ailing_ratio=_ailing(tables, run, bad[:first]),
        run=run,
        unstarted=unstarted,
    )


def _reach_bins(tables: Tables, run: Run) -> int:
    """Return how many bins to both sides say whether a bin is bad."""
    rows, y, end = judged_rows(tables), run.populations, run.bins_count
    ended = y.failed_count[:end, rows] + y.served_count[:end, rows]
    return max((_window_bins(tables, column) for column in ended.T.astype(float)), default=0) // 2 + 1


def _ailing(tables: Tables, run: Run, before: Bools) -> float:
    """Return the share of the bins before the disturbance that are bad; its windows reach back into some."""
    sure = before[len(before) // 3 : max(len(before) - _reach_bins(tables, run), 0)]
    return float(sure.mean()) if len(sure) >= _LEAST_BINS else 0.0


def done_bin(tables: Tables, until_ns: int) -> int:
    """Return the bin from which on the script is no excuse, a calm after its end."""
    happens = tables.disturbed_from_ns < tables.horizon_ns
    last = int(until_ns // tables.bin_ns) if happens else 0
    return max(last, first_bin(tables)) + calm_bins(tables)


def _normal_from(tables: Tables, every: tuple[Outage, ...], serious: tuple[Outage, ...]) -> int:
    """Return the bin from which service is normal: after the script's outages, and every serious one."""
    first = first_bin(tables)
    done = done_bin(tables, tables.disturbed_until_ns)
    ends = [one.last + 1 for one in every if one.last >= first and one.first <= done]
    return max([first, *ends, *(one.last + 1 for one in serious)])


def _recurs(tables: Tables, serious: tuple[Outage, ...]) -> bool:
    """Whether a deep outage is followed by another that nothing in the script has brought about."""
    done = done_bin(tables, tables.last_step_ns)
    deep = [one for one in serious if one.is_deep]
    return len(deep) > 1 and deep[-1].first > done
