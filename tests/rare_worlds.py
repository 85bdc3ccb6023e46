"""Ten small worlds that seldom collapse, each by another mechanism; a run of each takes about a millisecond.

A world is drawn at a multiple of the demand it was written with, so that its collapse is as rare as wanted.
All of them can also be drawn larger: everything that is counted grows, times and shares stay.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

Tree = dict[str, Any]
THRICE: Tree = {"layers": [{"retries": 3, "backoff": "none"}]}
SOON: Tree = {"layers": [{"retries": "unlimited", "backoff": "constant", "base": "500ms", "jitter": "full"}]}


def _open(rate_per_s: float, **more: Any) -> Tree:
    clients = {
        "network": "in",
        "service": "api",
        "population": 200,
        "timeout": "1s",
        "retry": THRICE,
        "demand": {"kind": "open", "rate": f"{rate_per_s:.6g}/s"},
    }
    return clients | more


def _api(places: float, time_ms: float, **more: Any) -> Tree:
    return {
        "network": "in",
        "concurrency": max(round(places), 1),
        "service_time": f"{time_ms}ms",
        "queue": 5000,
        "queue_when_full": "silent",
    } | more


def _world(clients: Tree, service: Tree, *, horizon: str = "60s", **more: Any) -> Tree:
    return {
        "detail": "coarse",
        "horizon": horizon,
        "networks": {"in": {}, "out": {}},
        "clients": {"base": clients},
        "services": {"api": service},
    } | more


def _surge_of_rate(rate_per_s: float, size: float, lasts_s: float, times: float = 2.0) -> Tree:
    more = {"clients.base.demand.rate": f"{rate_per_s * size * times:.6g}/s"}
    return {"surge": {"at": "15s", "for": f"{lasts_s}s", "set": more}}


def _calm(demand: float, size: float) -> Tree:
    return _world(_open(24.0 * demand * size), _api(4 * size, 100), horizon="90s")


def _surge(demand: float, size: float) -> Tree:
    rate = 20.0 * demand
    return _world(
        _open(rate * size), _api(4 * size, 100), triggers=_surge_of_rate(rate, size, 3.0)
    )


def _herd(demand: float, size: float) -> Tree:
    many = {"population": max(round(100 * demand * size), 1), "connection": "keep_alive", "retry": SOON}
    think = {"demand": {"kind": "closed", "think": "4s"}}
    api = _api(2 * size, 20, setup_time="60ms")
    herd = {"herd": {"at": "15s", "reconnect": "base", "reconnect_spread": "1s"}}
    return _world(_open(1.0) | many | think, api, triggers=herd)


def _device(demand: float, size: float) -> Tree:
    many = {"population": max(round(100 * demand * size), 1), "timeout": "500ms", "retry": SOON}
    device = {"between": ["out", "in"], "forwarding": f"{300 * size:.6g}/s", "queue_packets": round(300 * size)}
    base = _open(1.0) | many | {"network": "out", "demand": {"kind": "closed", "think": "6s"}}
    more = {"more": {"at": "10s", "for": "3s", "set": {"clients.base.demand.think": "2s"}}}
    return _world(
        base, _api(100 * size, 1), horizon="40s", detail="packet", crossings={"edge": device}, triggers=more
    )


def _pause(demand: float, size: float) -> Tree:
    down = {"down": {"at": "15s", "for": "1.5s", "set": {"services.api.instances": 0}}}
    return _world(_open(20.0 * demand * size), _api(4 * size, 100, when_down="wait"), triggers=down)


def _pools(demand: float, size: float) -> Tree:
    pods = max(round(6 * size), 1)
    base = _open(5.0 * demand * pods, population=pods, connection="pool", pool=3)
    slow = {"slow": {"at": "15s", "for": "2s", "set": {"services.api.service_time": "600ms"}}}
    return _world(base, _api(60 * size, 300), triggers=slow)


def _per_source(demand: float, size: float) -> Tree:
    sources = max(round(6 * size), 1)
    rate = 4.0 * demand * sources / size
    base = _open(rate * size, population=sources, network="out")
    limit = {"per_source": "8/s", "per_source_burst": 10, "on_excess": "drop"}
    edge = {"between": ["out", "in"], "admission": limit}
    return _world(
        base, _api(20 * size, 50), crossings={"edge": edge}, triggers=_surge_of_rate(rate, size, 3.0)
    )


def _budget(demand: float, size: float) -> Tree:
    paid = {"tokens": 30 * size, "per_request": 0.5, "scope": "population"}
    retry = {"layers": [{"retries": 3, "backoff": "none", "budget": paid}]}
    return _world(
        _open(26.0 * demand * size, retry=retry),
        _api(4 * size, 100),
        triggers=_surge_of_rate(26.0 * demand, size, 3.0),
    )


def _refusal(demand: float, size: float) -> Tree:
    retry = {"layers": [{"retries": 6, "backoff": "constant", "base": "200ms", "jitter": "full"}]}
    api = _api(4 * size, 100, queue=round(16 * size), queue_when_full="visible")
    return _world(
        _open(24.0 * demand * size, retry=retry), api, triggers=_surge_of_rate(24.0 * demand, size, 4.0)
    )


def _ports(demand: float, size: float) -> Tree:
    ports = {"per_destination": round(400 * size), "when_full": "drop", "hold": "10s"}
    edge = {"between": ["out", "in"], "ports": ports}
    base = _open(25.0 * demand * size, network="out")
    return _world(
        base, _api(50 * size, 50), crossings={"edge": edge}, triggers=_surge_of_rate(25.0 * demand, size, 5.0, 1.6)
    )


MAKERS: dict[str, Callable[[float, float], Tree]] = {
    "calm that tips by itself": _calm,
    "a surge of rate": _surge,
    "a herd of reconnecting clients": _herd,
    "a device's packets": _device,
    "a pause of a service": _pause,
    "pools per instance": _pools,
    "a limit per source": _per_source,
    "a retry budget": _budget,
    "a queue that refuses visibly": _refusal,
    "ports nearly taken": _ports,
}
TODAY = {
    "calm that tips by itself": 1.16,
    "a surge of rate": 0.875,
    "a herd of reconnecting clients": 0.54,
    "a device's packets": 0.9,
    "a pause of a service": 0.525,
    "pools per instance": 1.52,
    "a limit per source": 1.6,
    "a retry budget": 0.893,
    "a queue that refuses visibly": 1.13,
    "ports nearly taken": 1.375,
}
"""The demand at which each collapses about once in some thousand runs."""


def rare_world(kind: str, times: float = 1.0, *, size: float = 1.0) -> WorldFile:
    """Return a world of a kind at a multiple of the demand at which its collapse is rare.

    Parameters
    ----------
    kind
        One of `TODAY`.
    times
        Of that demand.
    size
        How many times as large; a collapse is rarer in what is larger.
    """
    tree = MAKERS[kind](TODAY[kind] * times, size)
    return read_world(json.dumps({"name": "rare"} | tree), "rare.yaml")
