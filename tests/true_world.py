"""The world of drawn traffic as its truth has it, to be judged beside the one that was discovered."""

from __future__ import annotations

from typing import Any

from drawn_traffic import Truth

Tree = dict[str, Any]


def true_tree(truth: Truth) -> Tree:
    """Return a truth as file keys: four services, and everybody who asks them."""
    retry, keep, pods, bus = truth["retry"], truth["keep"], truth["pods"], truth["bus"]
    law = {"retries": "unlimited" if retry["retries"] is None else str(retry["retries"])}
    law |= {"base": _s(retry["base_s"]), "multiplier": f"{retry['factor']}", "jitter": retry["jitter"]}
    law["cap"] = _s(retry["cap_s"])
    web = {"service": "web", "connection": "per_request", "timeout": "20s"}
    clients: Tree = {
        "pods": {"service": "api", "population": pods["count"], "connection": "pool", "pool": pods["pool"],
                 "demand": {"kind": "closed", "think": _s(4.0 / pods["pool"])}, "timeout": "30s",
                 "retry": {"layers": [{"retries": "unlimited", "backoff": "constant", "jitter": "full",
                                       "base": _s(pods["spread_s"])}]}},
        "checks": {"service": "api", "population": pods["count"], "connection": "per_request",
                   "demand": {"kind": "open", "rate": _per_s(pods["count"] / pods["check_every_s"])},
                   "timeout": "5s"},
        "open": {"service": "api", "population": 4, "connection": "per_request",
                 "demand": {"kind": "open", "rate": _per_s(truth["open"]["rate_per_s"])},
                 "timeout": _s(truth["open"]["timeout_s"])},
        "retry": {"service": "api", "population": retry["count"], "connection": "per_request",
                  "demand": {"kind": "closed", "think": _s(retry["think_s"])},
                  "timeout": _s(retry["timeout_s"]), "retry": {"layers": [law]}},
        "keep": {"service": "keep", "population": keep["count"], "connection": "keep_alive",
                 "demand": {"kind": "closed", "think": _s(keep["think_s"])}, "timeout": "30s"},
        "bus": {"service": "bus", "population": bus["count"], "connection": "pool", "pool": bus["pool"],
                "demand": {"kind": "none"}, "connection_age": {"age": _s(bus["age_s"])}},
        **{name: {**web, "population": truth[name]["count"],
                  "demand": {"kind": "closed", "think": _s(truth[name]["think_s"])}}
           for name in ("web", "hidden")},
    }  # fmt: skip
    datagrams = truth["dns"]["rate_per_s"]
    takes = {**truth["service_s"], "bus": 0.01}
    return {
        "tidegate": 1,
        "name": "true",
        "horizon": "2min",
        "networks": {"inside": {}, "outside": {}},
        "crossings": {
            "nat": {
                "between": ["inside", "outside"],
                "device": "linux-nat",
                "table": {"entries": 262144, "closed_hold": _s(truth["hold_s"])},
                "background": {"flows": round(datagrams * 30.0), "packets": _per_s(2.0 * datagrams)},
            }
        },
        "services": {
            name: {
                "network": "outside",
                "concurrency": 500,
                "service_time": _s(service_s),
                "setup_time": "1ms",
            }
            for name, service_s in takes.items()
        },
        "clients": {name: {"network": "inside", **one} for name, one in clients.items()},
        "activities": activities("web", truth["web"]["count"], "pods", "api", _s(pods["spread_s"])),
    }


def activities(grows: str, count: int, reconnects: str, service: str, spread: str) -> Tree:
    return {
        "surge": {"clients_added": grows, "from": count, "to": 3 * count, "at": "20s"},
        "again": {
            "kind": "reconnect",
            "service": service,
            "at": "20s",
            "reactions": [{"clients": reconnects, "spread": spread}],
        },
    }


def _s(value: float) -> str:
    return f"{value:.6g}s"


def _per_s(value: float) -> str:
    return f"{value:.6g}/s"
