"""Which fraction of a world is run: all of it where that is cheap, else two stated fractions.

A fraction is chosen so that one run takes about as many happenings as `AIM_EVENTS`, but never one at which
something would become too few or a limit be rounded (`grain`): rather a larger one, or the whole. The second
one is the next smaller that keeps the grain. Neither is cautious by itself: where chance decides, a smaller
world goes wrong, and holds, by chance where the whole does not.
"""

from __future__ import annotations

from tidegate.evaluate.variants.grain import Grain
from tidegate.simulate.lower import lower
from tidegate.simulate.parameters import Populations, waves_count
from tidegate.simulate.script import Script
from tidegate.simulate.tables import Tables

AIM_EVENTS = 600_000
PACKET_EVENTS, COARSE_EVENTS = 15.0, 2.5  # happenings of one exchange
COLLAPSE_WEIGHT = 8.0  # collapsing runs are fewer: a few batches settle them
STRUGGLE = 4.0  # attempts of a client that reconnects in a wave, where it is hard
MOST_SMALLER_RATIO = 5.0  # a second fraction that is much smaller says little of the first
_STEPS = tuple(m / 10**e for e in range(7) for m in (10, 5, 2.5))


def _exchanges_per_s(tables: Tables) -> float:
    """How many exchanges a second the populations ask for while nothing is wrong, in the busiest phase."""
    populations = Populations(tables)
    return max(_phase_per_s(populations, phase) for phase in range(len(populations.clients_count)))


def _phase_per_s(populations: Populations, phase: int) -> float:
    rate_per_s = 0.0
    for kind, interval_ns, clients_count, think_ns in zip(
        populations.kinds,
        populations.interval_ns[phase].tolist(),
        populations.clients_count[phase].tolist(),
        populations.think_ns[phase].tolist(),
        strict=True,
    ):
        if kind in {"open", "probe"} and interval_ns > 0:
            rate_per_s += 1e9 / interval_ns
        elif kind == "closed":
            rate_per_s += 1e9 * clients_count / max(think_ns, 1e6)
    return rate_per_s


def _events(tables: Tables, *, coarse: bool) -> float:
    """Guess how many happenings one run takes to the horizon, where most of them end."""
    exchanges = _exchanges_per_s(tables) * tables.horizon_ns / 1e9 + STRUGGLE * waves_count(tables)
    return max(exchanges, _stuck_exchanges(tables) / COLLAPSE_WEIGHT) * (
        COARSE_EVENTS if coarse else PACKET_EVENTS
    )


def _stuck_exchanges(tables: Tables) -> float:
    """How many attempts a run makes that collapses, until it counts as stuck."""
    stuck_s = min(tables.stuck_ns or tables.horizon_ns, tables.horizon_ns) / 1e9
    populations = Populations(tables)
    rows = [j for j, kind in enumerate(populations.kinds) if kind in {"closed", "none"}]
    connections_count = populations.clients_count[0] * populations.stride_count[0]
    attempts_per_s = sum(
        1e9 * float(connections_count[j]) / float(populations.timeout_ns[0, j]) for j in rows
    )
    return attempts_per_s * stuck_s


def _plain_fractions(grain: Grain) -> list[float]:
    """Return the fractions at which the grain is kept, the whole among them, the largest first."""
    return [step for step in sorted(_STEPS, reverse=True) if step <= 1.0 and grain.kept_at(step)]


def choose_fraction(script: Script, horizon_s: float) -> float:
    """Return the fraction of the world's size to run: 1, 1/2, 1/4, 1/10 and so on.

    Parameters
    ----------
    script
        What will happen.
    horizon_s
        How long is simulated.
    """
    wanted = min(AIM_EVENTS / max(expected_events(script, horizon_s), 1.0), 1.0)
    return min(step for step in _plain_fractions(Grain(script)) if step >= wanted)


def expected_events(script: Script, horizon_s: float, fraction: float = 1.0) -> float:
    """Guess how many happenings a run takes at a fraction of the world's size."""
    coarse = script.phases[0].world.detail == "coarse"
    return fraction * _events(lower(script, horizon_s=horizon_s), coarse=coarse)


def showing_fraction(script: Script, horizon_s: float) -> float:
    """Return the fraction at which a run is cheap, grain or not: it shows and proves nothing."""
    events = expected_events(script, horizon_s)
    cheap = [float(step) for step in _STEPS if step <= 1.0 and step * events <= AIM_EVENTS]
    return max(cheap, default=float(min(_STEPS)))


def smaller_fraction(script: Script, fraction: float) -> float:
    """Return the next smaller fraction at which the grain is kept; `fraction` itself where there is none."""
    least = fraction / MOST_SMALLER_RATIO
    smaller = [step for step in _plain_fractions(Grain(script)) if least <= step < fraction]
    return max(smaller, default=fraction)
