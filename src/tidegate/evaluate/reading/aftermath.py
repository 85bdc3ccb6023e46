"""What does a collapse leave behind? How long that lives, and below which load it comes to an end.

Requests live with all their retries; queues hold work whose clients have gone. Nothing is run here.
"""

from __future__ import annotations

from tidegate.simulate.parameters import Services
from tidegate.simulate.run import Run
from tidegate.simulate.tables import Tables
from tidegate.world.clients import Clients
from tidegate.world.retry import RetryLayer
from tidegate.world.world import World

_MOST_COUNTED = 1000  # retries; more is as good as for ever


def _delays_s(layer: RetryLayer) -> float:
    """Return all the delays of a layer together, at their longest."""
    assert layer.retries_count is not None
    total_s, delay_s = 0.0, layer.base_s
    for i in range(layer.retries_count):
        if layer.backoff == "none":
            continue
        if layer.backoff == "decorrelated":
            delay_s = layer.cap_s
        elif layer.backoff == "linear":
            delay_s = layer.base_s * (i + 1)
        longest_times = (1.0 + layer.jitter_width_ratio) * layer.law.longest_times
        total_s += min(max(delay_s, layer.floor_s), layer.cap_s) * longest_times
        if layer.backoff == "exponential":
            delay_s = min(delay_s * layer.multiplier_ratio, layer.cap_s)
    return total_s


def lifetime_s(clients: Clients) -> float | None:
    """Return how long one request can live, every retry included; None for ever."""
    life_s = clients.longest_attempt_s + (clients.connect_timeout_s or 0.0)
    if clients.limit is not None:
        if clients.limit.longest_wait_s is None:
            return None
        life_s += clients.limit.longest_wait_s
    if clients.lookup is not None:
        life_s += clients.lookup.longest_s
    for layer in clients.retry.layers:
        if layer.retries_count is None or layer.retries_count > _MOST_COUNTED:
            if layer.deadline_s is None:
                return None
            life_s += layer.deadline_s
        else:
            whole_s = (layer.retries_count + 1) * life_s + _delays_s(layer)
            life_s = whole_s if layer.deadline_s is None else min(whole_s, layer.deadline_s + life_s)
    return life_s


def backlog_drain_s(tables: Tables, run: Run) -> float:
    """Return how long places that are full at the end of a run need for what they hold, asked nothing.

    The longest of all services and crossings, each with what it can do in the last phase.
    """
    last = max(run.bins_count - 1, 0)
    waits_s = [float(delay_ns) / 1e9 for delay_ns in run.crossings.delay_ns[last]]
    services, queued_count = Services(tables), run.services.queued_count[last]
    for s in range(len(tables.services)):
        workers = int(services.instances_count[-1, s] * services.concurrency_count[-1, s])
        if workers:
            waits_s.append(float(queued_count[s]) * float(services.crowded_ns[-1, s]) / 1e9 / workers)
    return max(waits_s, default=0.0)


def healing_load_ratio(world: World) -> float | None:
    """Return below which share of its load a collapsed world heals, where one law says it; else None.

    One service whose queue serves work that nobody waits for any more, and clients that ask at a rate and
    meet that same queue with every try: with each request tried R times it still keeps up below
    capacity / R (Bronson et al. 2021; see `docs/explanation/the-trap.md`).
    """
    asked = [clients for clients in world.clients.values() if clients.demand.kind != "once"]
    names = {clients.service for clients in asked}
    service = world.services[next(iter(names))] if len(names) == 1 else None
    if service is None or service.calls or service.autoscaler or service.service_time_s <= 0.0:
        return None
    attempts_per_s = 0.0
    for clients in asked:
        tries = _tries_count(clients)
        if tries is None or clients.demand.kind != "open":
            return None
        attempts_per_s += clients.demand.rate_per_s * tries
    capacity_per_s = service.instances_count * service.concurrency_count / service.crowded_time_s
    return capacity_per_s / attempts_per_s if attempts_per_s > 0.0 else None


def _tries_count(clients: Clients) -> int | None:
    """Return how often a request is tried that is never answered in time; None where that is not plain."""
    tries = 1
    for layer in clients.retry.layers:
        guarded = layer.budget or layer.breaker or layer.deadline_s is not None
        if guarded or layer.retries_count is None or layer.retries_count > _MOST_COUNTED:
            return None
        tries *= layer.retries_count + 1
    return tries
