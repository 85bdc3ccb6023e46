"""Random worlds that are hard to end early: whatever misled an early end before is likely in them.

Slow drains of abandoned work, long holds of entries and ports, spreads, recurrences, loads near the ceiling,
`once`, deferred work, caches, scalers, calls, breakers. Drawn from a seed; a world is a plain tree.
"""

from __future__ import annotations

import json
import random
from typing import Any

from tidegate.errors import InputError
from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

RETRIES: tuple[Any, ...] = (
    "none",
    "immediate",
    "exponential-full-jitter",
    {"layers": [{"retries": 3, "backoff": "none"}]},
    {"layers": [{"retries": "unlimited", "backoff": "exponential", "base": "2s", "cap": "60s"}]},
    {"layers": [{"retries": 5, "backoff": "linear", "base": "1s", "cap": "20s"}]},
    {"layers": [{"retries": 3, "backoff": "none", "budget": {"tokens": 10, "per_request": 0.1}}]},
)


def _clients(draw: random.Random, capacity_per_s: float, *, behind: bool) -> dict[str, Any]:
    timeout_s = draw.choice([0.5, 1.0, 2.0, 5.0, 10.0])
    load = draw.choice([0.3, 0.5, 0.7, 0.8, 0.9, 0.95])
    clients: dict[str, Any] = {
        "network": "out" if behind else "in",
        "service": "api",
        "timeout": f"{timeout_s}s",
        "retry": draw.choice(RETRIES),
    }
    if draw.random() < 0.5:
        clients["population"] = draw.choice([50, 200])
        clients["demand"] = {"kind": "open", "rate": f"{load * capacity_per_s:.4g}/s"}
        if draw.random() < 0.2:
            clients["demand"] |= {"unserved": "deferred", "drain": f"{0.3 * capacity_per_s:.4g}/s"}
    else:
        think_s = draw.choice([1.0, 5.0, 20.0])
        clients["population"] = max(int(load * capacity_per_s * think_s), 2)
        clients["demand"] = {"kind": "closed", "think": f"{think_s}s"}
    if draw.random() < 0.3:
        clients["connection"] = "keep_alive"
    return clients


def _service(draw: random.Random, capacity_per_s: float) -> dict[str, Any]:
    workers = draw.choice([1, 4, 20])
    service: dict[str, Any] = {
        "network": "in",
        "instances": 1,
        "concurrency": workers,
        "service_time": f"{1000.0 * workers / capacity_per_s:.6g}ms",
        "queue": draw.choice([20, 200, 2000]),
        "queue_when_full": draw.choice(["silent", "visible"]),
    }
    if draw.random() < 0.12:
        service["autoscaler"] = {"target": 0.7, "most": 3, "interval": "15s"}
    if draw.random() < 0.15:
        service["calls"] = [{"service": "db", "timeout": "2s"}]
        if draw.random() < 0.6:
            service["calls"][0]["cache"] = {"hit": 0.8, "keys": 200}
    return service


def _crossing(draw: random.Random, capacity_per_s: float) -> dict[str, Any]:
    crossing: dict[str, Any] = {"between": ["out", "in"], "round_trip": "2ms"}
    if draw.random() < 0.6:
        crossing |= {
            "forwarding": f"{14 * capacity_per_s:.4g}/s",
            "queue_packets": draw.choice([200, 2000]),
        }
    if draw.random() < 0.5:
        held_s = draw.choice([30, 120, 240])
        crossing["ports"] = {
            "per_destination": max(int(capacity_per_s * held_s * draw.choice([0.7, 1.2, 2.0])), 50),
            "when_full": "drop",
            "hold": f"{held_s}s",
        }
    return crossing


def _trigger(draw: random.Random, world: dict[str, Any], at_s: float) -> dict[str, Any]:
    base = world["clients"]["base"]
    kind = draw.choice(["more", "slow", "down", "reconnect", "join", "jobs"])
    lasts = {"at": f"{at_s}s", "for": f"{draw.choice([2, 10, 30])}s"}
    if kind == "more" and base["demand"]["kind"] == "open":
        rate = float(base["demand"]["rate"].removesuffix("/s"))
        return lasts | {"set": {"clients.base.demand.rate": f"{rate * draw.choice([2, 4]):.4g}/s"}}
    if kind == "slow":
        slow_ms = float(world["services"]["api"]["service_time"].removesuffix("ms")) * 4
        return lasts | {"set": {"services.api.service_time": f"{slow_ms:.6g}ms"}}
    if kind == "down":
        return lasts | {"set": {"services.api.instances": 0}}
    if kind == "join":
        return {"at": f"{at_s}s", "set": {"clients.more.population": max(base["population"] // 4, 1)}}
    if kind == "jobs":
        return {"at": f"{at_s}s", "set": {"clients.jobs.population": draw.choice([50, 300])}}
    return {"at": f"{at_s}s", "reconnect": "base", "reconnect_spread": f"{draw.choice([0, 5, 60])}s"}


def nasty_tree(seed: int) -> dict[str, Any]:
    """Return one world as a plain tree."""
    draw = random.Random(seed)  # noqa: S311 - a draw, not a secret
    capacity_per_s = draw.choice([10.0, 40.0, 100.0])
    behind = draw.random() < 0.5
    base = _clients(draw, capacity_per_s, behind=behind)
    world: dict[str, Any] = {
        "name": f"nasty_{seed}",
        "detail": draw.choice(["coarse", "coarse", "packet"]),
        "horizon": draw.choice(["5min", "10min", "20min"]),
        "networks": {"in": {}, "out": {}},
        "crossings": {"edge": _crossing(draw, capacity_per_s)},
        "services": {
            "api": _service(draw, capacity_per_s),
            "db": {"network": "in", "concurrency": 50, "service_time": "10ms", "queue": 100},
        },
        "clients": {
            "base": base,
            "more": {**base, "population": 0, "start_spread": draw.choice(["0s", "60s", "150s"])},
            "jobs": {**base, "population": 0, "demand": {"kind": "once"}, "start_spread": "20s"},
        },
        "triggers": {},
    }
    if base["retry"] == "immediate":  # refused at once and asking again at once: a spin, and not asked here
        world["services"]["api"]["queue_when_full"] = "silent"
    world["clients"]["more"]["demand"] = {"kind": "closed", "think": "5s"}
    world["clients"]["jobs"]["connection"] = world["clients"]["more"]["connection"] = "per_request"
    times_s = sorted(draw.choice([20, 40, 60, 90, 150]) for _ in range(draw.choice([1, 1, 2, 3])))
    for i, at_s in enumerate(dict.fromkeys(times_s)):
        world["triggers"][f"t{i}"] = _trigger(draw, world, float(at_s))
    return world


def nasty_world(seed: int) -> WorldFile | None:
    """Return one random world, read; None where what was drawn contradicts itself."""
    try:
        return read_world(json.dumps(nasty_tree(seed)), f"nasty_{seed}.yaml")
    except InputError:
        return None
