"""One run of the event engine: from tables, seed and replication to what happened.

The host's side of the kernel: it lays out the state, grows what is full, looks up now and then so
that an interrupt is heard, and gathers the series. No clock, no chance of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidegate.errors import InternalError
from tidegate.simulate.kernels import columns as c
from tidegate.simulate.kernels.engine import prepare, run
from tidegate.simulate.memory import Memory
from tidegate.simulate.tables import Ints, Tables

STATUS = ("running", "paused", "full", "ended", "healed", "stuck")
_MASK64 = (1 << 64) - 1


@dataclass(frozen=True, kw_only=True)
class Run:
    """What happened in one run, as the kernel counted it.

    Parameters
    ----------
    status
        "ended" (at the horizon), "healed" or "stuck" (settled before).
    bins_count
        Time bins filled; later ones would be as the last.
    crossings, populations, services
        Counts per time bin: (bins, rows, columns X_, Y_, Z_ of ``kernels.columns``).
    latencies
        Histograms: (populations, connect and request, buckets).
    events_count
        Happenings carried out.
    """

    status: str
    bins_count: int
    crossings: Ints
    populations: Ints
    services: Ints
    latencies: Ints
    events_count: int


def stream_keys(seed: int, replication: int) -> NDArray[np.uint64]:
    """Return one key per cause of chance (splitmix64 over seed, replication and cause)."""
    keys = []
    for cause in range(c.CAUSES):
        x = (
            seed * 0x9E3779B97F4A7C15 + replication * 0xD1B54A32D192ED03 + cause * 0xA24BAED4963EE407
        ) & _MASK64
        for _ in range(2):
            x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK64
            x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK64
            x ^= x >> 31
        keys.append(x)
    return np.array(keys, dtype=np.uint64)


def simulate(
    tables: Tables,
    *,
    seed: int,
    replication: int = 0,
    heap_only: bool = False,
    settle: bool = True,
    heard: Callable[[float], None] | None = None,
) -> Run:
    """Run the event engine once.

    Parameters
    ----------
    tables
        What `lower` made; not changed.
    seed, replication
        Choose the random streams.
    heap_only
        Use the calendar as one binary heap: the same results, slower (an oracle for tests).
    settle
        Whether the run may end when its fate is settled.
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
    memory = Memory(tables, stream_keys(seed, replication), heap_only=heap_only, settle=settle)
    prepare(memory.m, memory.script)
    while True:
        run(memory.m, memory.f)
        status = STATUS[memory.m[c.G_STATUS]]
        if status == "full":
            memory.grow()
        elif status == "paused":
            if heard is not None:
                heard(float(memory.m[c.G_NOW]) / tables.horizon_ns)
        elif status in {"ended", "healed", "stuck"}:
            break
        else:
            raise InternalError(f"the event engine stopped with status {status}")
    crossings, populations, services = memory.series()
    return Run(
        status=status,
        bins_count=int(memory.m[c.G_BIN]),
        crossings=crossings,
        populations=populations,
        services=services,
        latencies=memory.latencies(),
        events_count=int(memory.m[c.G_EVENTS]),
    )
