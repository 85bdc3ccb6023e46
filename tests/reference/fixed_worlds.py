"""Worlds on which the event engine and the reference are compared, each joining a few features."""

from __future__ import annotations

from typing import Any


def retry(*layers: dict[str, Any]) -> dict[str, Any]:
    return {"retry": {"layers": list(layers)}}


def open_(rate: str, arrivals: str = "poisson") -> dict[str, Any]:
    return {"demand": {"kind": "open", "rate": rate, "arrivals": arrivals}}


NAIVE = {"retries": 3, "backoff": "none", "base": "0s"}
FULL = {"retries": 4, "base": "50ms", "jitter": "full"}
OUTER = {"retries": 1, "backoff": "constant", "base": "200ms", "jitter": "spread", "jitter_width": "20%"}
FOUR = {"instances": 2, "concurrency": 2, "service_time": "40ms", "queue": 40}
SPIKE = {"spike": {"at": "3s", "for": "2s", "set": {"clients.c.demand.rate": "220/s"}}}
DEVICE = {"forwarding": "600/s", "queue_packets": 200, "round_trip": "10ms"}
FAST = {"instances": 50, "service_time": "5ms"}

FIXED_WORLDS: dict[str, dict[str, Any]] = {
    "a queue in calm": {"service": FOUR, "clients": open_("60/s") | retry(FULL)},
    "a silent full queue": {
        "service": FOUR | {"queue_when_full": "silent"},
        "clients": open_("60/s") | retry(FULL),
        "triggers": SPIKE,
    },
    "a visible full queue": {
        "service": FOUR | {"queue": 5},
        "clients": open_("70/s", "paced") | retry(NAIVE),
        "triggers": SPIKE,
    },
    "last come, first served": {
        "service": FOUR | {"queue_order": "lifo"},
        "clients": open_("60/s") | retry(NAIVE),
        "triggers": SPIKE,
    },
    "abandoned work leaves": {
        "service": FOUR | {"abandoned_work": "leaves"},
        "clients": open_("120/s") | retry(FULL),
    },
    "abandoned work leaves, last come first": {
        "service": FOUR | {"abandoned_work": "leaves", "queue_order": "lifo"},
        "clients": open_("110/s") | retry(NAIVE),
    },
    "closed clients": {
        "service": FOUR,
        "clients": {"demand": {"kind": "closed", "think": "400ms"}} | retry(FULL, OUTER),
        "triggers": {"slow": {"at": "4s", "for": "2s", "set": {"services.s.instances": 1}}},
    },
    "closed clients whose times vary": {
        "service": FOUR | {"service_law": "uniform"},
        "clients": {
            "demand": {"kind": "closed", "think": "400ms", "think_law": "fixed"},
            "timeout_law": {"values": ["60ms", "500ms"], "weights": [1, 3]},
        }
        | retry({"retries": 3, "base": "50ms", "law": {"quantiles": {"p50": "30ms", "max": "400ms"}}}),
        "triggers": {"slow": {"at": "4s", "for": "2s", "set": {"services.s.instances": 1}}},
    },
    "closed clients come and go": {
        "service": FOUR,
        "clients": {"demand": {"kind": "closed", "think": "600ms"}, "start_spread": "300ms"} | retry(FULL),
        "triggers": {"more": {"at": "3s", "for": "4s", "set": {"clients.c.population": 90}}},
    },
    "a herd of new clients": {
        "service": FOUR,
        "clients": open_("80/s") | retry(FULL),
        "others": {
            "herd": {"population": 0, "start_spread": "200ms", "demand": {"kind": "once"}} | retry(FULL)
        },
        "triggers": {"herd": {"at": "2s", "set": {"clients.herd.population": 100}}},
    },
    "an outage and two layers": {
        "service": FOUR | {"service_law": "fixed"},
        "clients": open_("50/s") | retry(FULL, OUTER),
        "triggers": {"outage": {"at": "3s", "for": "2s", "set": {"services.s.instances": 0}}},
    },
    "a budget for each client": {
        "service": FOUR | {"queue": 10},
        "clients": open_("130/s") | retry(NAIVE | {"budget": {"tokens": 3, "per_request": 0.2}}),
    },
    "a budget for all": {
        "service": FOUR | {"queue_when_full": "silent"},
        "clients": open_("130/s")
        | retry(FULL | {"budget": {"tokens": 20, "per_success": 0.1, "fill": "1/s", "scope": "population"}}),
    },
    "a breaker for all": {
        "service": FOUR,
        "clients": open_("130/s")
        | retry(
            FULL | {"breaker": {"window": "1s", "open": "500ms", "least_calls": 5, "scope": "population"}}
        ),
    },
    "a breaker for each client, outside": {
        "service": FOUR,
        "clients": open_("140/s")
        | {"population": 5}
        | retry(NAIVE, OUTER | {"breaker": {"window": "2s", "open": "400ms", "least_calls": 3}}),
    },
    "decorrelated back-off with a deadline": {
        "service": FOUR,
        "clients": open_("120/s")
        | retry({"retries": 6, "backoff": "decorrelated", "base": "20ms", "cap": "1s", "deadline": "1.5s"}),
    },
    "a device that drops": {
        "service": FAST,
        "clients": open_("50/s") | {"timeout": "400ms"} | retry(NAIVE),
        "crossings": (DEVICE,),
        "triggers": SPIKE,
    },
    "a device whose full queue answers": {
        "service": FAST,
        "clients": open_("50/s") | {"timeout": "400ms"} | retry(FULL),
        "crossings": (DEVICE | {"queue_when_full": "visible"},),
        "triggers": SPIKE,
    },
    "a device where setting up costs": {
        "service": FAST,
        "clients": open_("40/s") | {"timeout": "400ms"} | retry(FULL),
        "crossings": (DEVICE | {"setup": "150/s"},),
        "triggers": SPIKE,
    },
    "three devices, one busier": {
        "service": FAST,
        "clients": open_("130/s") | retry(FULL),
        "crossings": (DEVICE | {"devices": 3, "skew": "40%"},),
        "triggers": SPIKE,
    },
    "two crossings, abandoned work leaves": {
        "service": FOUR | {"abandoned_work": "leaves"},
        "clients": open_("50/s") | {"timeout": "250ms"} | retry(NAIVE),
        "crossings": (DEVICE | {"forwarding": "900/s"}, DEVICE | {"forwarding": "1200/s"}),
        "triggers": SPIKE,
    },
    "admission that drops": {
        "service": FOUR,
        "clients": open_("90/s") | retry(FULL),
        "crossings": ({"round_trip": "10ms", "admission": {"rate": "60/s", "burst": 5}},),
        "triggers": SPIKE,
    },
    "admission that resets, behind a device": {
        "service": FOUR,
        "clients": open_("50/s") | {"timeout": "400ms"} | retry(FULL),
        "crossings": (
            DEVICE | {"forwarding": "1500/s"},
            DEVICE
            | {"forwarding": "1500/s", "admission": {"rate": "60/s", "burst": 5, "on_excess": "reset"}},
        ),
        "triggers": SPIKE,
    },
    "admission for each client": {
        "service": FOUR,
        "clients": open_("90/s") | retry(FULL),
        "crossings": ({"round_trip": "10ms", "admission": {"per_source": "1.2/s", "per_source_burst": 2}},),
    },
}
