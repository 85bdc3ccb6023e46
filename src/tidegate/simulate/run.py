"""One run of the event engine: from tables, seed and replication to what happened.

A run that spins, which is a population whose clients try again without a pause, is ended: it would cost
minutes a simulated second, and its fate is known.

The host's side of the kernel: it lays out the state, grows what is full, looks up now and then so
that an interrupt is heard, and gathers the series. No clock, no chance of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tidegate.errors import InternalError
from tidegate.simulate.kernels.chance import Cause
from tidegate.simulate.kernels.engine import prepare, run
from tidegate.simulate.kernels.nouns.head import Status
from tidegate.simulate.memory import Memory
from tidegate.simulate.series import CrossingSeries, Latencies, PopulationSeries, ServiceSeries
from tidegate.simulate.spin import (
    LEAST_ATTEMPTS_PER_S,
    MOST_EVENTS,
    Pace,
    Spin,
    go_on,
    lasting_from_ns,
    who_spins,
)
from tidegate.simulate.tables import Tables

_MASK64 = (1 << 64) - 1


@dataclass(frozen=True, kw_only=True)
class Run:
    """What happened in one run, as the kernel counted it.

    Parameters
    ----------
    status
        "ended" (at the horizon), "healed" or "missed" (whoever watched it was certain before), or "spinning"
        (ended because somebody tries again without a pause).
    bins_count
        Time bins filled; where the run spins those to the horizon are as the last.
    crossings, populations, services
        What each of them counted, by name, per time bin and row.
    latencies
        How long connections and requests took.
    events_count
        Happenings carried out.
    spinning
        Who made a run spin that was ended for it.
    not_started_count
        Clients and instances that start in turn, and whose turn had not come.
    """

    status: str
    bins_count: int
    crossings: CrossingSeries[np.int64]
    populations: PopulationSeries[np.int64]
    services: ServiceSeries[np.int64]
    latencies: Latencies
    events_count: int
    spinning: Spin | None = None
    not_started_count: int = 0


def stream_keys(seed: int, replication: int) -> NDArray[np.uint64]:
    """Return one key per cause of chance (splitmix64 over seed, replication and cause)."""
    keys = []
    for cause in Cause:
        x = (
            seed * 0x9E3779B97F4A7C15 + replication * 0xD1B54A32D192ED03 + cause * 0xA24BAED4963EE407
        ) & _MASK64
        for _ in range(2):
            x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK64
            x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK64
            x ^= x >> 31
        keys.append(x)
    return np.array(keys, dtype=np.uint64)


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Somebody who looks at a run now and then, and may end it.

    Parameters
    ----------
    from_ns, every_ns
        When it is looked at first, and how long after that each time.
    judge
        Given the run so far (only to be read, and only then), says how it has ended: "healed", "missed", or
        "" where that is still open.
    until_ns
        From when on looking is of no use any more; None means never.
    """

    from_ns: int
    every_ns: int
    judge: Callable[[Run], str]
    until_ns: int | None = None

    def looks_ns(self, horizon_ns: int) -> range:
        """Return when a run is looked at, before its horizon."""
        until_ns = horizon_ns if self.until_ns is None else min(self.until_ns, horizon_ns)
        return range(self.from_ns, until_ns, self.every_ns)


class _Going:
    """A run on its way, to be carried from moment to moment."""

    def __init__(self, tables: Tables, memory: Memory, heard: Callable[[float], None] | None) -> None:
        self._tables, self._memory, self._heard = tables, memory, heard
        self._pace = Pace()
        self.spinning: Spin | None = None
        prepare(memory.m, memory.script)

    def to(self, end_ns: int) -> None:
        """Carry on to a moment, or until somebody makes it spin."""
        memory = self._memory
        while True:
            memory.head.end_ns = end_ns
            run(memory.m, memory.f)
            memory.refuse_spoilt()
            head = memory.head
            if head.status == Status.FULL:
                memory.grow()
            elif head.status == Status.PAUSED:
                if self._heard is not None:
                    self._heard(float(head.now_ns) / self._tables.horizon_ns)
                self.spinning = self._spin(int(head.now_ns), int(head.events_count))
                if self.spinning is not None:
                    return
            elif head.status == Status.ENDED:
                return
            else:
                raise InternalError(f"the event engine stopped with status {head.status}")

    def _spin(self, now_ns: int, events_count: int) -> Spin | None:
        """Return who makes it spin by now: at a pace that ends at once, or for so long that it stays."""
        if self._pace.is_beyond_bound(now_ns, events_count):
            return who_spins(self._memory)
        if events_count > MOST_EVENTS and now_ns > lasting_from_ns(self._memory):
            return who_spins(self._memory, least_per_s=LEAST_ATTEMPTS_PER_S)
        return None

    def so_far(self, status: str) -> Run:
        """Return what has happened; series that still grow are not copied."""
        crossings, populations, services = self._memory.series()
        return Run(
            status=status,
            bins_count=int(self._memory.head.bin),
            crossings=CrossingSeries(crossings),
            populations=PopulationSeries(populations),
            services=ServiceSeries(services),
            latencies=Latencies(self._memory.latencies()),
            events_count=int(self._memory.head.events_count),
            not_started_count=self._memory.not_started_count(),
        )


def simulate(
    tables: Tables,
    *,
    seed: int,
    replication: int = 0,
    heap_only: bool = False,
    watch: Watch | None = None,
    heard: Callable[[float], None] | None = None,
) -> Run:
    """Run the event engine once: to the horizon, unless it is watched and ended before.

    Parameters
    ----------
    tables
        What `lower` made; not changed.
    seed, replication
        Choose the random streams.
    heap_only
        Use the calendar as one binary heap: the same results, slower (an oracle for tests).
    watch
        Who may end it early; None lets nobody. A run is the same up to its end, watched or not.
    heard
        Called now and then with the simulated share (0 to 1); may raise to end the run.

    Returns
    -------
    Run

    Raises
    ------
    InternalError
        If the kernel stops without a reason.
    """
    memory = Memory(tables, stream_keys(seed, replication), heap_only=heap_only)
    going, status = _Going(tables, memory, heard), ""
    if watch is not None:
        for end_ns in watch.looks_ns(tables.horizon_ns):
            going.to(end_ns)
            status = "spinning" if going.spinning else watch.judge(going.so_far("running"))
            if status:
                break
    if not status:
        going.to(tables.horizon_ns)
        status = "spinning" if going.spinning else "ended"
    whole = going.so_far(status)
    crossings, populations, services = (
        whole.crossings.copy(),
        whole.populations.copy(),
        whole.services.copy(),
    )
    bins_count = whole.bins_count
    if going.spinning:
        counts = (crossings.counts, populations.counts, services.counts)
        bins_count = go_on(counts, bins_count, tables)
    return replace(
        whole,
        bins_count=bins_count,
        crossings=crossings,
        populations=populations,
        services=services,
        spinning=going.spinning,
    )
