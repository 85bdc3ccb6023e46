"""The arrays one run works on, and what their rows mean outside.

The columns are named in ``kernels.columns``. Tables that change during a run are copied from here
for each run, so one `Tables` serves many runs, in parallel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LOOK_NS = 500_000_000

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Tables:
    """A world with its script, lowered to arrays at one fraction of its size.

    Parameters
    ----------
    fraction
        Of the world's size.
    populations, crossings, services
        The names of the rows.
    horizon_ns, bin_ns
        How long is simulated, in bins of this width.
    disturbed_from_ns, disturbed_until_ns
        When the script begins and has ended.
    P, C, D, S, flush
        Parameters per phase: (phases, rows, columns). Rows refer to each other by number here; memory
        turns the numbers into addresses.
    L, B, K, tokens
        Retry layers, budgets, breakers (parameters), and each budget holder's tokens at the start.
    syn, calls, W, H, F
        SYN schedules, calls of services, waves, caches, effects of health checks.
    old
        What devices hold down from before the run: (device, service of a port or -1, how many, 0).
    names_until
        Per client: until when the name it has resolved before the run is good.
    breaker_count, client_count
        Holders of breakers, and clients or slots, over all populations.
    script
        Steps known beforehand: (time, kind, a, b).
    last_step_ns
        When the last step of the script happens, an operator's included.
    calm
        Per population: as many unanswered requests as are usual.
    calm_ns
        How long a calm must last to be one, and no pause between two outages.
    stuck_ns
        Nothing may have been served for this long before a run can be stuck; 0 where it never is,
        since a slow helper may still come.
    event_rate_per_s
        A rough guess, for the width of the calendar's buckets.
    """

    fraction: float
    populations: tuple[str, ...]
    crossings: tuple[str, ...]
    services: tuple[str, ...]
    horizon_ns: int
    bin_ns: int
    disturbed_from_ns: int
    disturbed_until_ns: int
    last_step_ns: int
    P: Ints
    C: Ints
    D: Ints
    S: Ints
    flush: Ints
    L: Floats
    B: Floats
    K: Floats
    tokens: Floats
    syn: Ints
    calls: Ints
    W: Ints
    H: Ints
    F: Ints
    old: Ints
    names_until: Ints
    breaker_count: int
    client_count: int
    script: Ints
    calm: Ints
    calm_ns: int
    stuck_ns: int
    event_rate_per_s: float

    @property
    def look_ns(self) -> int:
        """How often what stands is looked at: twice a second, or once a bin where bins are shorter."""
        looks = max(1, self.bin_ns // LOOK_NS)
        return self.bin_ns // looks if self.bin_ns % looks == 0 else self.bin_ns
