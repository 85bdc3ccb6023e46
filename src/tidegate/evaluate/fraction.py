"""Which fraction of a world is run: all of it where that is cheap, else two stated fractions.

A fraction is chosen so that one run takes about as many happenings as `AIM_EVENTS`; the second one
is half as large. Where both say the same the larger one's numbers are reported; a smaller world
is noisier and so collapses by itself more easily, which makes the statement a cautious one.
"""

from __future__ import annotations

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.lower import lower
from tidegate.simulate.script import Script
from tidegate.simulate.tables import Tables

AIM_EVENTS = 300_000
LEAST_CLIENTS = 60
TAIL_S = 60.0
_STEPS = tuple(m / 10**e for e in range(7) for m in (10, 5, 2.5))


def _events(tables: Tables, *, whole_horizon: bool) -> float:
    """Guess how many happenings one run takes: until settled, or to the horizon."""
    horizon_s = tables.horizon_ns / 1e9
    settled_s = tables.last_step_ns / 1e9 + max(TAIL_S, tables.stuck_ns / 1e9)
    if whole_horizon or tables.stuck_ns == 0:
        settled_s = horizon_s
    return 2.0 * tables.event_rate_per_s * min(settled_s, horizon_s)


def choose_fraction(script: Script, horizon_s: float, *, whole_horizon: bool = False) -> float:
    """Return the fraction of the world's size to run: 1, 1/2, 1/4, 1/10, 1/20, …

    No population of a hundred clients or more is scaled below `LEAST_CLIENTS`.

    Parameters
    ----------
    script
        What will happen.
    horizon_s
        How long is simulated.
    whole_horizon
        Whether runs go on to the horizon although nothing disturbs them.
    """
    tables = lower(script, horizon_s=horizon_s)
    events = _events(tables, whole_horizon=whole_horizon)
    counts = tables.P[:, :, c.P_COUNT].max(axis=0)
    large = [int(n) for n in counts if n > LEAST_CLIENTS]
    least = max((LEAST_CLIENTS / n for n in large), default=1.0) if large else 1.0
    wanted = min(AIM_EVENTS / max(events, 1.0), 1.0)
    chosen = max(wanted, min(least, 1.0))
    fitting = [step for step in _STEPS if step <= 1.0 and step <= chosen * 1.3]
    return max(fitting, default=chosen)
