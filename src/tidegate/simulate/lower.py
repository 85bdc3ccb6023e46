"""Lower a world and its script to the tables a kernel runs on.

Lowering decides nothing about behaviour: every number stands in the world, every meaning in the
kernel. Each noun has a module of its own (`lower_crossing`, `lower_service`, `lower_population`,
`lower_wave`); `scene` says which number each name has. Here they are put together.
"""

from __future__ import annotations

import math

import numpy as np

from tidegate.simulate.calm import calm_counts, calm_ns, event_rate_per_s, stuck_ns
from tidegate.simulate.kernels import columns as c
from tidegate.simulate.lower_crossing import crossing_table, device_table
from tidegate.simulate.lower_population import cache_table, flush_table, population_table
from tidegate.simulate.lower_service import service_table
from tidegate.simulate.lower_wave import Waves
from tidegate.simulate.policies import PolicyTable
from tidegate.simulate.scene import Scene, time_ns
from tidegate.simulate.script import Script
from tidegate.simulate.steady import NO_HOLDS, names_until_ns, old_holds
from tidegate.simulate.tables import Ints, Tables

MOST_BINS = 600
_SHORT_BINS_S = (0.05, 0.1, 0.25, 0.5)

_Step = tuple[int, int, int, int]


def lower(
    script: Script, *, horizon_s: float, fraction: float = 1.0, bin_s: float | None = None, aged: bool = True
) -> Tables:
    """Return the tables of `script`, simulated for `horizon_s`, at `fraction` of its size.

    `bin_s` is the width of the time bins; None chooses one with at most 600 bins to the horizon, that is a
    whole part or a multiple of half a second. `aged` says whether devices hold down what a day has left, or
    begin empty as on a rig that was just set up.
    """
    scene, policies = Scene(script, fraction), PolicyTable(fraction)
    P = population_table(scene, policies)
    S, calls = service_table(scene)
    C, D = crossing_table(scene), device_table(scene)
    waves = Waves(scene, policies, P, S)
    bin_ns = time_ns(_bin_s(horizon_s) if bin_s is None else bin_s)
    phases = [(time_ns(phase.at_s), c.PHASE, i, 0) for i, phase in enumerate(script.phases) if i > 0]
    scripted = [*phases, *waves.steps]
    steps = [*scripted, *recurring(P[0], S[0])]
    last_step_ns = max((step[0] for step in scripted), default=0)
    L, B, K, tokens, breakers, syn = policies.arrays()
    return Tables(
        fraction=fraction,
        populations=tuple(scene.names),
        crossings=tuple(scene.crossings),
        services=tuple(scene.services),
        horizon_ns=time_ns(horizon_s),
        bin_ns=bin_ns,
        disturbed_from_ns=time_ns(min(script.disturbed_from_s, horizon_s)),
        disturbed_until_ns=time_ns(min(script.disturbed_until_s, horizon_s)),
        last_step_ns=max(last_step_ns, time_ns(script.disturbed_until_s)),
        P=P, C=C, D=D, S=S,
        flush=flush_table(scene),
        L=L, B=B, K=K, tokens=tokens,
        syn=syn,
        calls=np.array([*calls, 0], dtype=np.int64),
        W=np.array(waves.rows, dtype=np.int64).reshape(-1, c.W_ROW),
        H=cache_table(scene),
        F=np.array(waves.effects, dtype=np.int64).reshape(-1, c.F_ROW),
        old=old_holds(scene, D) if aged else NO_HOLDS,
        names_until=names_until_ns(scene),
        breaker_count=breakers,
        client_count=int(scene.first_client[-1]),
        script=np.array(sorted(steps), dtype=np.int64).reshape(-1, 4),
        calm=calm_counts(scene, P),
        calm_ns=calm_ns(P),
        stuck_ns=stuck_ns(scene, P, D, L, K),
        event_rate_per_s=event_rate_per_s(scene, P),
    )  # fmt: skip


def _bin_s(horizon_s: float) -> float:
    """Return the width of the time bins."""
    wanted_s = horizon_s / MOST_BINS
    if wanted_s > _SHORT_BINS_S[-1]:
        return 0.5 * math.ceil(2.0 * wanted_s - 1e-9)
    return next(one for one in _SHORT_BINS_S if one >= wanted_s)


def recurring(P: Ints, S: Ints) -> list[_Step]:
    """Return the first step of everything that renews itself, in one phase: open demand, and scalers."""
    demand = [(0, c.RENEW, j, 0) for j in range(len(P)) if P[j, c.P_INTERVAL] > 0]
    looks = [(int(S[s, c.S_PERIOD]), c.TICK, s, 0) for s in range(len(S)) if S[s, c.S_PERIOD] > 0]
    return [*demand, *looks]
