"""What is usual in a world? How many unanswered requests, how long a calm, how long a silence.

Only bounds are lowered here; `evaluate.reading.run_fate` judges by them.
"""

from __future__ import annotations

import numpy as np

from tidegate.simulate.kernels.nouns import Breaker, Device, Layer, Population
from tidegate.simulate.kernels.nouns.population import Kind
from tidegate.simulate.policies import NS, Policies
from tidegate.simulate.scene import Scene
from tidegate.simulate.tables import Ints

_SHARE = 0.05
_LEAST_CALM_NS, _MOST_CALM_NS = 2 * NS, 30 * NS
_PACKETS = {"packet": 17.0, "coarse": 3.0}  # events that one exchange is worth, about


def calm_counts(scene: Scene, population_rows: Ints) -> Ints:
    """As many unanswered as pass for usual: 5 % of clients, or of what a time-out brings in."""
    calm = np.zeros(len(scene.names), dtype=np.int64)
    for j, name in enumerate(scene.names):
        row = scene.row_in_any(name)
        base = float(
            (
                population_rows[:, j, Population.clients_count]
                * population_rows[:, j, Population.places_each_count]
            ).max()
        )
        if row.kind == "open":
            base = row.clients.demand.rate_per_s * scene.fraction * row.clients.timeout_s * 5.0
        calm[j] = 2 + round(_SHARE * base)
    return calm


def calm_ns(scene: Scene, population_rows: Ints) -> int:
    """How long a calm must last to be one: two of the longest time-outs, within bounds."""
    own = population_rows[0, :, Population.kind] <= Kind.NONE
    times = np.array([scene.row_in_any(name).clients.timeout_law.longest_times for name in scene.names])
    judged = (population_rows[:, :, Population.timeout_ns] * times)[:, own]
    return int(min(max(_LEAST_CALM_NS, 2 * judged.max(initial=0)), _MOST_CALM_NS))


def stuck_ns(scene: Scene, population_rows: Ints, device_rows: Ints, retry: Policies) -> int:
    """How long nothing may be served before a run can be stuck; 0 where help may still come.

    Ten of the longest time-outs, five of the longest pauses between tries, and until whatever is held
    has been let go. Twice as long as clients leave connections open, and as services wait for log-ins.
    """
    for world in scene.worlds:
        if any(crossing.is_growing for crossing in world.crossings.values()):
            return 0
        for service in world.services.values():
            cached = any(call.cache for call in service.calls)
            restarts = service.health_probes or service.memory
            if service.autoscaler or restarts or service.boot.calls or cached:
                return 0
    if (population_rows[:, :, Population.turn_ns] > 0).any():
        return 0  # who waits for a turn of its own has it in the end
    if population_rows[:, :, [Population.age_ns, Population.served_age_ns]].any():
        return 0  # what connected together comes back together, however calm it is until then
    layers = retry.layer_rows
    pauses = float(layers[:, Layer.cap_ns][layers[:, Layer.backoff] > 0].max(initial=0.0))
    pauses *= _longest_times(scene)
    pauses = max(pauses, float(retry.breaker_rows[:, Breaker.open_ns].max(initial=0.0)))
    holds = [Device.unanswered_hold_ns, Device.closed_hold_ns]
    holds += [Device.port_hold_ns, Device.unanswered_port_hold_ns]
    held = device_rows[:, :, holds].max(initial=0)
    waits = 10 * max(_longest_attempt_ns(scene), population_rows[:, :, Population.timeout_ns].max())
    waits = max(waits, 2 * population_rows[:, :, Population.reset_every_ns].max(), 2 * _login_ns(scene))
    return int(max(30 * NS, waits, 5.0 * pauses, held, population_rows[:, :, Population.ttl_ns].max()))


def _longest_attempt_ns(scene: Scene) -> float:
    """Return how long the longest attempt can last, with what its connection carries first."""
    return NS * max(
        (row.clients.longest_attempt_s for rows in scene.rows for row in rows.values()), default=0.0
    )


def _longest_times(scene: Scene) -> float:
    """Return how many times its mean the longest pause between tries can be."""
    policies = (row.clients.retry for rows in scene.rows for row in rows.values())
    laws = (layer.law.longest_times for policy in policies for layer in policy.layers)
    return max(laws, default=1.0)


def _login_ns(scene: Scene) -> float:
    """Return after how long a service closes connections that have not logged in, at the most."""
    logins = (service.login for world in scene.worlds for service in world.services.values())
    return NS * max((login.timeout_s or 0.0 for login in logins if login is not None), default=0.0)


def event_rate_per_s(scene: Scene, population_rows: Ints) -> float:
    """Guess how many events a second there will be, for the width of the calendar's buckets."""
    rate = 100.0
    packets = _PACKETS[scene.worlds[0].detail]
    for j, name in enumerate(scene.names):
        row = scene.row_in_any(name)
        if row.kind == "open":
            rate += row.clients.demand.rate_per_s * scene.fraction * packets
        elif row.kind in {"closed", "once"}:
            think_s = max(row.clients.demand.think_s, row.clients.timeout_s, 1e-3)
            rate += float(population_rows[:, j, Population.clients_count].max()) / think_s * packets
    return rate
