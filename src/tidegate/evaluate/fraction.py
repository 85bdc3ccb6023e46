"""Which fraction of a world is run: all of it where that is cheap, else two stated fractions.

A fraction is chosen so that one run takes about as many happenings as `AIM_EVENTS`; the second one
is half as large. Where both say the same the larger one's numbers are reported; a smaller world
is noisier and so collapses by itself more easily, which makes the statement a cautious one.
"""

from __future__ import annotations

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.lower import lower
from tidegate.simulate.rows import KINDS
from tidegate.simulate.script import Script
from tidegate.simulate.tables import Tables

AIM_EVENTS = 50_000
PACKET_EVENTS, COARSE_EVENTS = 15.0, 2.5  # happenings of one exchange
COLLAPSE_WEIGHT = 8.0  # collapsing runs are fewer: a few batches settle them
STRUGGLE = 4.0  # attempts of a client that reconnects in a wave, where it is hard
LEAST_CLIENTS = 60
LEAST_QUEUE_PACKETS = 50
TAIL_S = 60.0
_STEPS = tuple(m / 10**e for e in range(7) for m in (10, 5, 2.5))


def _exchanges_per_s(tables: Tables) -> float:
    """How many exchanges a second the populations ask for while nothing is wrong."""
    rate_per_s = 0.0
    for row in tables.P[0]:
        kind = KINDS[row[c.P_KIND]]
        if kind in {"open", "probe"} and row[c.P_INTERVAL] > 0:
            rate_per_s += 1e9 / float(row[c.P_INTERVAL])
        elif kind == "closed":
            rate_per_s += 1e9 * float(row[c.P_COUNT]) / max(float(row[c.P_THINK]), 1e6)
    return rate_per_s


def _events(tables: Tables, *, whole_horizon: bool, coarse: bool) -> float:
    """Guess how many happenings one run takes: until settled, or to the horizon."""
    horizon_s = tables.horizon_ns / 1e9
    lasting_s = tables.last_step_ns / 1e9 + TAIL_S
    if whole_horizon or tables.stuck_ns == 0:
        lasting_s = horizon_s
    waves = float(tables.W[:, c.W_COUNT].sum())
    exchanges = _exchanges_per_s(tables) * min(lasting_s, horizon_s) + STRUGGLE * waves
    return max(exchanges, _stuck_exchanges(tables) / COLLAPSE_WEIGHT) * (
        COARSE_EVENTS if coarse else PACKET_EVENTS
    )


def _stuck_exchanges(tables: Tables) -> float:
    """How many attempts a run makes that collapses, until it counts as stuck."""
    stuck_s = (tables.stuck_ns or tables.horizon_ns) / 1e9
    rows = [row for row in tables.P[0] if KINDS[row[c.P_KIND]] in {"closed", "none"}]
    attempts_per_s = sum(
        1e9 * float(row[c.P_COUNT] * row[c.P_STRIDE]) / float(row[c.P_TIMEOUT]) for row in rows
    )
    return attempts_per_s * stuck_s


def _least_fraction(script: Script, tables: Tables) -> float:
    """Return the fraction below which clients or queue places would be too few to mean anything."""
    counts = (tables.P[:, :, c.P_COUNT] * tables.P[:, :, c.P_STRIDE]).max(axis=0)
    kinds = tables.P[0, :, c.P_KIND]
    closed = (KINDS.index("closed"), KINDS.index("none"))
    least = [LEAST_CLIENTS / int(n) for n, kind in zip(counts, kinds, strict=True) if kind in closed and n]
    crossings = script.phases[0].world.crossings.values()
    least += [LEAST_QUEUE_PACKETS / k.queue_packets_count for k in crossings if k.forwarding_per_s]
    return min(max(least, default=0.0), 1.0)


def choose_fraction(script: Script, horizon_s: float, *, whole_horizon: bool = False) -> float:
    """Return the fraction of the world's size to run: 1, 1/2, 1/4, 1/10 and so on.

    Clients that wait for answers stay at least `LEAST_CLIENTS` a population, queues at least
    `LEAST_QUEUE_PACKETS`.

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
    coarse = script.phases[0].world.detail == "coarse"
    events = _events(tables, whole_horizon=whole_horizon, coarse=coarse)
    wanted = AIM_EVENTS / max(events, 1.0)
    chosen = min(max(wanted, _least_fraction(script, tables)), 1.0)
    return min((step for step in _STEPS if step <= 1.0 and step >= chosen * 0.75), default=1.0)
