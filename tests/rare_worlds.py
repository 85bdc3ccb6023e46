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


def open_clients(rate_per_s: float, **more: Any) -> Tree:
    clients = {
        "network": "in",
        "service": "api",
        "population": 200,
        "timeout": "1s",
        "retry": THRICE,
        "demand": {"kind": "open", "rate": f"{rate_per_s:.6g}/s"},
    }
    return clients | more


def one_service(places: float, time_ms: float, **more: Any) -> Tree:
    return {
        "network": "in",
        "concurrency": max(round(places), 1),
        "service_time": f"{time_ms}ms",
        "queue": 5000,
        "queue_when_full": "silent",
    } | more


def small_world(clients: Tree, service: Tree, *, horizon: str = "60s", **more: Any) -> Tree:
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


def calm(demand: float, size: float) -> Tree:
    return small_world(open_clients(24.0 * demand * size), one_service(4 * size, 100), horizon="90s")


def surge(demand: float, size: float) -> Tree:
    rate = 20.0 * demand
    return small_world(
        open_clients(rate * size), one_service(4 * size, 100), triggers=_surge_of_rate(rate, size, 3.0)
    )


def _herd(demand: float, size: float) -> Tree:
    many = {"population": max(round(100 * demand * size), 1), "connection": "keep_alive", "retry": SOON}
    think = {"demand": {"kind": "closed", "think": "4s"}}
    served = one_service(2 * size, 20, setup_time="60ms")
    herd = {"herd": {"at": "15s", "reconnect": "base", "reconnect_spread": "1s"}}
    return small_world(open_clients(1.0) | many | think, served, triggers=herd)


def _device(demand: float, size: float) -> Tree:
    many = {"population": max(round(100 * demand * size), 1), "timeout": "500ms", "retry": SOON}
    packets = {"forwarding": f"{300 * size:.6g}/s", "queue_packets": round(300 * size)}
    device = {"between": ["out", "in"]} | packets
    base = open_clients(1.0) | many | {"network": "out", "demand": {"kind": "closed", "think": "6s"}}
    more = {"more": {"at": "10s", "for": "3s", "set": {"clients.base.demand.think": "2s"}}}
    served = one_service(100 * size, 1)
    tree = small_world(base, served, horizon="40s", crossings={"edge": device}, triggers=more)
    return tree | {"detail": "packet"}


def _pause(demand: float, size: float) -> Tree:
    down = {"down": {"at": "15s", "for": "1.5s", "set": {"services.api.instances": 0}}}
    served = one_service(4 * size, 100, when_down="wait")
    return small_world(open_clients(20.0 * demand * size), served, triggers=down)


def pools(demand: float, size: float) -> Tree:
    pods = max(round(6 * size), 1)
    base = open_clients(5.0 * demand * pods, population=pods, connection="pool", pool=3)
    slow = {"slow": {"at": "15s", "for": "2s", "set": {"services.api.service_time": "600ms"}}}
    return small_world(base, one_service(60 * size, 300), triggers=slow)


def per_source(demand: float, size: float) -> Tree:
    sources = max(round(6 * size), 1)
    rate = 4.0 * demand * sources / size
    base = open_clients(rate * size, population=sources, network="out")
    limit = {"per_source": "8/s", "per_source_burst": 10, "on_excess": "drop"}
    edge = {"between": ["out", "in"], "admission": limit}
    return small_world(
        base, one_service(20 * size, 50), crossings={"edge": edge}, triggers=_surge_of_rate(rate, size, 3.0)
    )


def _budget(demand: float, size: float) -> Tree:
    paid = {"tokens": 30 * size, "per_request": 0.5, "scope": "population"}
    retry = {"layers": [{"retries": 3, "backoff": "none", "budget": paid}]}
    return small_world(
        open_clients(26.0 * demand * size, retry=retry),
        one_service(4 * size, 100),
        triggers=_surge_of_rate(26.0 * demand, size, 3.0),
    )


def _refusal(demand: float, size: float) -> Tree:
    retry = {"layers": [{"retries": 6, "backoff": "constant", "base": "200ms", "jitter": "full"}]}
    served = one_service(4 * size, 100, queue=round(16 * size), queue_when_full="visible")
    rate = 24.0 * demand
    busier = _surge_of_rate(rate, size, 4.0)
    return small_world(open_clients(rate * size, retry=retry), served, triggers=busier)


def _ports(demand: float, size: float) -> Tree:
    ports = {"per_destination": round(400 * size), "when_full": "drop", "hold": "10s"}
    edge = {"between": ["out", "in"], "ports": ports}
    base = open_clients(25.0 * demand * size, network="out")
    busier = _surge_of_rate(25.0 * demand, size, 5.0, 1.6)
    return small_world(base, one_service(50 * size, 50), crossings={"edge": edge}, triggers=busier)


def _restart(demand: float, size: float) -> Tree:
    """Return a world whose instances are replaced in ten batches, each down while it boots."""
    return _rolled(demand, size, batches=10)


def _one_by_one(demand: float, size: float) -> Tree:
    return _rolled(demand, size, batches=round(20 * size))


def _rolled(demand: float, size: float, *, batches: int) -> Tree:
    served = one_service(1, 100, instances=round(20 * size), boot={"time": "4s"})
    roll = {"kind": "restart", "service": "api", "at": "10s", "batches": batches, "pause": f"{30 / batches}s"}
    return small_world(open_clients(100.0 * demand * size), served, activities={"roll": roll})


MAKERS: dict[str, Callable[[float, float], Tree]] = {
    "calm that tips by itself": calm,
    "a surge of rate": surge,
    "a herd of reconnecting clients": _herd,
    "a device's packets": _device,
    "a pause of a service": _pause,
    "pools per instance": pools,
    "a limit per source": per_source,
    "a retry budget": _budget,
    "a queue that refuses visibly": _refusal,
    "ports nearly taken": _ports,
    "instances restarted in batches": _restart,
    "instances restarted one by one": _one_by_one,
}
TODAY = {
    "calm that tips by itself": 1.16,
    "a surge of rate": 0.875,
    "a herd of reconnecting clients": 0.54,
    "a device's packets": 0.9,
    "a pause of a service": 0.525,
    "pools per instance": 1.49,
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
        One of `MAKERS`.
    times
        Of that demand.
    size
        How many times as large; a collapse is rarer in what is larger.
    """
    tree = MAKERS[kind](TODAY.get(kind, 1.0) * times, size)
    return read_world(json.dumps({"name": "rare"} | tree), "rare.yaml")
