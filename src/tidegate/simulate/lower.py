"""Lower a world and its script to the tables a kernel runs on.

Lowering decides nothing about behaviour: every number stands in the world, every meaning in the
kernel. Each noun has a module of its own (`lower_crossing`, `lower_service`, `lower_population`,
`lower_wave`); `scene` says which number each name has. Here they are put together.
"""

from __future__ import annotations

import math

import numpy as np

from tidegate.errors import CannotTellError
from tidegate.simulate.calm import calm_counts, calm_ns, event_rate_per_s, stuck_ns
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.nouns import Carried, Crossing, Device, Effect, Population, Service, Wave
from tidegate.simulate.lower_crossing import crossing_table, device_table
from tidegate.simulate.lower_instance import replaced
from tidegate.simulate.lower_population import cache_table, flush_table, population_table
from tidegate.simulate.lower_service import service_table
from tidegate.simulate.lower_wave import Waves
from tidegate.simulate.policies import PolicyTable
from tidegate.simulate.scene import Scene, time_ns
from tidegate.simulate.script import Script
from tidegate.simulate.source import sources_of_clients
from tidegate.simulate.steady import names_until_ns, old_holds, old_strays
from tidegate.simulate.tables import Ints, Tables, table_of

MOST_BINS = 600
_NOBODY = (
    "nobody asks for anything here, so that no run shows whether it goes well: clients of what changes, or "
    "of what calls it, say what is asked (`clients`)"
)
_SHORT_BINS_S = (0.05, 0.1, 0.25, 0.5)

_Step = tuple[int, int, int, int]


def lower(
    script: Script, *, horizon_s: float, fraction: float = 1.0, bin_s: float | None = None, aged: bool = True
) -> Tables:
    """Return the tables of `script`, simulated for `horizon_s`, at `fraction` of its size.

    `bin_s` is the width of the time bins; None chooses one with at most 600 bins to the horizon, that is a
    whole part or a multiple of half a second. `aged` says whether devices hold down what a day has left, or
    begin as on a rig that was just set up: with nothing but flows that nobody answers.

    Raises
    ------
    CannotTellError
        Where nobody asks for anything, so that no run shows anything.
    """
    scene, policies = Scene(script, fraction), PolicyTable(fraction)
    if not scene.names:
        raise CannotTellError(_NOBODY)
    openings: list[Carried] = []
    population_rows = population_table(scene, policies, openings)
    service_rows, calls = service_table(scene, policies)
    device_rows = device_table(scene)
    waves = Waves(scene, policies, population_rows, service_rows)
    bin_ns = time_ns(_bin_s(horizon_s) if bin_s is None else bin_s)
    phases = [(time_ns(phase.at_s), Happening.PHASE, i, 0) for i, phase in enumerate(script.phases) if i > 0]
    gone = replaced(scene)
    scripted = [*phases, *waves.steps, *gone]
    crossing_rows = crossing_table(scene)
    steps = [*scripted, *recurring(population_rows[0], service_rows[0], device_rows[0], crossing_rows[0])]
    last_step_ns = max((step[0] for step in scripted), default=0)
    if script.in_turn is not None:  # who starts last, and when, only the run can say
        last_step_ns = time_ns(horizon_s)
    retry = policies.arrays()
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
        turns_ns=tuple(time_ns(at_s) for at_s in script.turns_s if at_s < horizon_s),
        population_rows=population_rows,
        crossing_rows=crossing_rows,
        device_rows=device_rows,
        service_rows=service_rows,
        flush=flush_table(scene),
        layer_rows=retry.layer_rows,
        budget_rows=retry.budget_rows,
        breaker_rows=retry.breaker_rows,
        tokens=retry.tokens,
        syn=retry.syn,
        laws=retry.laws,
        calls=np.array([*calls, 0], dtype=np.int64),
        wave_rows=table_of(Wave, waves.rows),
        cache_rows=cache_table(scene),
        effect_rows=table_of(Effect, waves.effects),
        old_hold_rows=old_holds(scene, device_rows) if aged else old_strays(scene, device_rows),
        sources=sources_of_clients(scene),
        opening_rows=table_of(Carried, openings),
        names_until=names_until_ns(scene),
        breaker_count=retry.breaker_holders_count,
        client_count=int(scene.first_client[-1]),
        script=np.array(sorted(steps, key=_in_turn), dtype=np.int64).reshape(-1, 4),
        calm=calm_counts(scene, population_rows),
        calm_ns=calm_ns(scene, population_rows),
        stuck_ns=stuck_ns(scene, population_rows, device_rows, retry),
        event_rate_per_s=event_rate_per_s(scene, population_rows),
    )


def _in_turn(step: _Step) -> tuple[int, bool, _Step]:
    """Return by what steps are ordered: instances go before a phase says how many there are."""
    return step[0], step[1] != Happening.SETTLE, step


def _bin_s(horizon_s: float) -> float:
    """Return the width of the time bins."""
    wanted_s = horizon_s / MOST_BINS
    if wanted_s > _SHORT_BINS_S[-1]:
        return 0.5 * math.ceil(2.0 * wanted_s - 1e-9)
    return next(one for one in _SHORT_BINS_S if one >= wanted_s)


def recurring(
    population_rows: Ints, service_rows: Ints, device_rows: Ints, crossing_rows: Ints
) -> list[_Step]:
    """Return the first step of everything that renews itself, in one phase: demand, scalers, strays."""
    intervals_ns, periods_ns = population_rows[:, Population.interval_ns], service_rows[:, Service.period_ns]
    demand = [(0, Happening.RENEW, j, 0) for j in range(len(intervals_ns)) if intervals_ns[j] > 0]
    looks = [(int(periods_ns[s]), Happening.TICK, s, 0) for s in range(len(periods_ns)) if periods_ns[s] > 0]
    groups_ns = device_rows[:, Device.stray_ns]
    strays = [(int(groups_ns[d]), Happening.STRAY, d, 0) for d in range(len(groups_ns)) if groups_ns[d] > 0]
    waits_ns = crossing_rows[:, Crossing.period_ns]
    growing = [(int(waits_ns[k]), Happening.MEASURE, k, 0) for k in range(len(waits_ns)) if waits_ns[k] > 0]
    return [*demand, *looks, *strays, *growing]
