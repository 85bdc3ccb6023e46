"""A script as plain data, for whoever reads it without Python: what the fluid engine asks, no more.

Mappings are lists of pairs under ``$d``, since their order counts; what is infinite is ``$n``. Fields that
are None are left out. Nothing here knows who reads it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from tidegate.simulate.script import Script
from tidegate.world.catalogue.entries import syn_schedules
from tidegate.world.graph import route
from tidegate.world.world import World

_WORLD = ("crossings", "services", "clients", "detail", "horizon_s")
# What the fluid engine does not ask for, or what people read: it would only make the document longer.
_LEFT_OUT = frozenset(
    {
        "title", "name", "known_as", "between", "device", "bandwidth_bit_per_s", "scaler", "think_law",
        "arrivals", "timeout_law", "timeout_per", "request_size_bytes", "answer_size_bytes",
        "reset_at_most_every_s", "spare_connections_count", "spare_hold_s", "idle_connect_every_s",
        "connection_age", "reopen", "late_replies", "public", "protocol", "service_law",
        "service_cv_ratio", "balancing", "sick", "warm_up", "memory", "queue_order", "retry_after_s",
        "request_ack", "login", "handshake_size_bytes", "resumed_handshake_size_bytes", "health_probes",
        "autoscaler", "peers_per_thread_count", "retry_after", "retry_after_cap_s", "growth_time_s",
        "at_once_count", "word", "stretches", "mean_s", "batch_number", "together_ratio",
        "reserved_connections_count", "connections_count", "connections_when_full", "accept_backlog_count",
        "reserve_count", "cuts",
    }
)  # fmt: skip
DERIVED = {
    "Law": ("varies", "variation_ratio"),
    "Clients": ("openings", "errands"),
    "ConnectionPool": ("kept_count",),
    "Pooler": ("open_count",),
    "Service": ("accepted_count", "waiting_count", "is_silent"),
    "Crossing": ("unanswered_per_s", "unanswered_port_hold_s"),
}


def script_document(script: Script) -> dict[str, Any]:
    """Return a script with the ways between its networks, as JSON has it."""
    return {
        "phases": [{"at_s": one.at_s, "world": _world(one.world)} for one in script.phases],
        "waves": [_plain(one) for one in script.waves],
        "in_turn": None if script.in_turn is None else _plain(script.in_turn),
        "disturbed_from_s": script.disturbed_from_s,
        "disturbed_until_s": script.disturbed_until_s,
        "routes": _routes(script.phases[0].world),
        "syn": {name: list(times) for name, times in syn_schedules().items()},
    }


def _world(world: World) -> dict[str, Any]:
    return {name: _plain(getattr(world, name)) for name in _WORLD}


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value) if field.name not in _LEFT_OUT]
        names += [name for name in DERIVED.get(type(value).__name__, ()) if hasattr(value, name)]
        said = {name: _plain(getattr(value, name)) for name in names}
        return {name: one for name, one in said.items() if one is not None}
    if isinstance(value, Mapping):
        return {"$d": [[key, _plain(one)] for key, one in value.items()]}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, float) and math.isinf(value):
        return {"$n": 1}
    return value


def _routes(world: World) -> dict[str, dict[str, list[str]]]:
    """Return the crossings on the way from each network that asks to each that answers."""
    ends = sorted({service.network for service in world.services.values()})
    starts = sorted({*ends, *(clients.network for clients in world.clients.values())})
    return {
        start: {end: list(route(world, start, end) or ()) for end in ends if start != end} for start in starts
    }
