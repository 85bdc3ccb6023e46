"""Haste: how soon a run's fate is settled for certain enough to place an edge.

What a disturbance leaves behind lives as long as its requests do, every retry included, and then
whatever waits in the queues has to be served. If nothing at all has been answered for that long after
the last step, nothing but the ordinary load is left, and it does not get through: stuck. Where requests
live for ever, queues have no end, calls hold places, or a slow helper may come, nothing is hurried.
"""

from __future__ import annotations

from dataclasses import replace

from tidegate.simulate.script import Script
from tidegate.simulate.tables import Tables
from tidegate.world.clients import Clients
from tidegate.world.retry import RetryLayer
from tidegate.world.service import Service
from tidegate.world.world import World

LEAST_S = 3.0
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
        total_s += min(delay_s, layer.cap_s) * (1.0 + layer.jitter_width_ratio)
        if layer.backoff == "exponential":
            delay_s = min(delay_s * layer.multiplier_ratio, layer.cap_s)
    return total_s


def lifetime_s(clients: Clients) -> float | None:
    """Return how long one request can live, every retry included; None for ever."""
    life_s = clients.timeout_s + (clients.connect_timeout_s or 0.0)
    if clients.lookup is not None:
        life_s += clients.lookup.tries_count * clients.lookup.timeout_s
    for layer in clients.retry.layers:
        if layer.retries_count is None or layer.retries_count > _MOST_COUNTED:
            if layer.deadline_s is None:
                return None
            life_s += layer.deadline_s
        else:
            whole_s = (layer.retries_count + 1) * life_s + _delays_s(layer)
            life_s = whole_s if layer.deadline_s is None else min(whole_s, layer.deadline_s + life_s)
    return life_s


def _drain_s(service: Service) -> float | None:
    """Return how long a full queue takes to be served; None where it has no end."""
    if service.queue_count is None or service.calls:
        return None
    workers = service.instances_count * service.concurrency_count
    return service.queue_count * service.service_time_s / workers if workers else None


def patience_s(world: World) -> float | None:
    """Return how long nothing may be answered before a run counts as stuck; None where that is open."""
    lives = [lifetime_s(clients) for clients in world.clients.values()]
    drains = [_drain_s(service) for service in world.services.values()]
    for crossing in world.crossings.values():
        if crossing.forwarding_per_s is not None:
            left_per_s = max(crossing.forwarding_per_s - crossing.background.packets_per_s, 1.0)
            drains.append(crossing.queue_packets_count / left_per_s)
    if any(s.autoscaler or s.health_probes or s.boot.calls for s in world.services.values()):
        return None
    if not lives or any(one is None for one in (*lives, *drains)):
        return None
    longest_s = max(clients.timeout_s for clients in world.clients.values())
    life_s = max(one for one in lives if one is not None)
    return max(LEAST_S, life_s + sum(one for one in drains if one is not None) + longest_s)


def hurried(tables: Tables, script: Script) -> Tables:
    """Return tables whose runs end as soon as nothing but the ordinary load can be left."""
    waits = [patience_s(phase.world) for phase in script.phases]
    known = [one for one in waits if one is not None]
    if len(known) < len(waits):
        return tables
    stuck_ns = int(max(known) * 1e9)
    return replace(tables, stuck_ns=min(stuck_ns, tables.stuck_ns) if tables.stuck_ns else stuck_ns)
