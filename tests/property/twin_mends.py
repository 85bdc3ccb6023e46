"""Worlds in which engine and twin once differed: what was at fault, and a world that shows it."""

from __future__ import annotations

from typing import Any

from twin_worlds import world

from tidegate.world.world import WorldFile

_GATE = {"forwarding": "611/s", "queue_packets": 2, "round_trip": "0s"}
_SERVICE = {"service_time": "3.117ms", "service_law": "fixed", "queue": 0, "queue_when_full": "silent"}
_CLIENTS: dict[str, Any] = {
    "population": 13,
    "demand": {"kind": "open", "rate": "20/s", "arrivals": "paced"},
    "timeout": "97.031ms",
}
_BUDGET = {"tokens": 7, "per_request": 0.25, "floor": "50%"}
_KEPT = {"connection": "keep_alive"}


def _asking(rate: str, **others: str) -> dict[str, Any]:
    return {"demand": _CLIENTS["demand"] | {"rate": rate} | others}


def _world(clients: dict[str, Any], **others: dict[str, Any]) -> WorldFile:
    gate, service = _GATE | others.get("gate", {}), _SERVICE | others.get("service", {})
    services = {"s": service} | others.get("services", {})
    return world([gate], services, {"c": _CLIENTS | clients}, others.get("triggers"))


def _anew(spread: str) -> dict[str, Any]:
    return {"anew": {"at": "1.5113s", "reconnect": "c", "reconnect_spread": spread}}


MENDS: dict[str, WorldFile] = {
    "a SYN is sent again for a late answer too": _world(
        {"population": 1, "late_replies": "accepted"} | _asking("20/s", arrivals="poisson")
    ),
    "an overdue request is no connection of its own": _world(
        _KEPT | {"population": 1, "after_timeout": "keep"} | _asking("27/s", arrivals="poisson"),
        service={"service_time": "27.719ms"},
    ),
    "an old acknowledgement is not one of the present answer": _world(
        _KEPT | _asking("127/s"), triggers=_anew("0s")
    ),
    "a reset ends what the service still says": _world(_KEPT, triggers=_anew("507.7ms")),
    "a kept connection needs no SYN-ACK": _world(
        _KEPT | {"timeout": "1731.77ms"} | _asking("50/s"), triggers=_anew("0s")
    ),
    "connections of before have the time-out of all": _world(
        _KEPT | {"timeout": "389.173ms"} | _asking("50/s"),
        gate={"round_trip": "131.117ms"},
        service={"service_time": "27.719ms"},
    ),
    "no time runs while a name is looked up": _world(
        _KEPT
        | {"population": 1, "retry": {"layers": [{"retries": 2, "backoff": "constant", "base": "37.311ms"}]}}
        | {"lookup": {"service": "names", "ttl": "0s", "timeout": "37.717ms", "tries": 3}}
        | _asking("20/s", arrivals="poisson"),
        gate={"queue_packets": 5},
        service={"service_time": "27.719ms"},
        services={"names": _SERVICE | {"service_time": "11.331ms", "queue": 20}},
    ),
    "who has left is not read from a request that is over": _world(
        {"demand": {"kind": "closed", "think": "71.3ms"}, "late_replies": "accepted"},
        gate={"queue_packets": 3},
        service={
            "concurrency": 2,
            "queue": 20,
            "calls": [{"service": "store", "timeout": "391.31ms", "connection": "per_request"}],
        },
        services={"store": _SERVICE | {"network": "n0", "queue": 20}},
    ),
    "a flow is idle since its last answer": _world(
        _KEPT | {"population": 1, "timeout": "389.173ms"} | _asking("3/s", arrivals="poisson"),
        gate={"queue_packets": 120, "table": {"entries": 11, "idle_timeout": "283.37ms"}},
        service={"service_time": "143.91ms"},
    ),
    "what has come before is acknowledged at once": _world(
        _KEPT
        | {"population": 40, "timeout": "389.173ms"}
        | {"retry": {"layers": [{"retries": 3, "backoff": "none", "base": "0s"}]}}
        | _asking("60/s", arrivals="poisson"),
        gate={"queue_packets": 120},
        service={"service_time": "11.331ms", "queue_when_full": "visible"},
    ),
    "a connection at its end whose request was given up is closed all the same": world(
        [{"bandwidth": "1.0007Mbit/s", "round_trip": "61.117ms"}],
        {"s": {"connection_age": {"age": "191.37ms", "grace": "97.13ms"}}},
        {
            "c": _KEPT
            | {"demand": {"kind": "closed", "think": "71.3ms"}, "timeout": "97.031ms"}
            | {"on_connect": [{}], "reset_at_most_every": "2.1173s"}
        },
    ),
    "a FIN lost behind its answer is sent again": _world(
        {"population": 30, "timeout": "389.173ms"}
        | {"retry": {"layers": [{"retries": 1, "backoff": "constant", "base": "211.7ms"}]}}
        | _asking("60/s", arrivals="poisson"),
        gate={"queue_packets": 12, "forwarding": "300/s"},
        service={"service_time": "1.331ms"},
    ),
    "an answer that comes again when the next has begun is acknowledged": _world(
        _KEPT | {"demand": {"kind": "closed", "think": "71.3ms"}, "timeout": "389.173ms"},
        gate={"bandwidth": "1.0007Mbit/s", "queue_packets": 120, "round_trip": "61.117ms"},
        service={"service_time": "27.719ms"},
    ),
    "a first exchange left behind on a connection that is held on to is told of it": _world(
        _KEPT
        | {"population": 1, "timeout": "389.173ms", "reset_at_most_every": "307.7ms"}
        | {"retry": {"layers": [{"retries": 3, "backoff": "none", "base": "0s", "budget": _BUDGET}]}}
        | _asking("82/s"),
        gate={"round_trip": "7.3194ms"},
        service={"service_law": "exponential", "queue": 3, "connection_age": {"age": "191.37ms"}},
    ),
    "an acknowledgement that alone finds a place is one of its exchange": _world(
        _KEPT
        | {"timeout": "389.173ms"}
        | {"retry": {"layers": [{"retries": 3, "backoff": "constant", "base": "37.311ms"}]}},
        service={
            "concurrency": 3,
            "calls": [{"service": "store", "timeout": "43.717ms", "connection": "per_request"}],
        },
        services={"store": _SERVICE | {"network": "n1", "service_time": "27.719ms"}},
    ),
    "who is refused is not accepted by an acknowledgement": _world(
        _KEPT | {"population": 60, "demand": {"kind": "closed", "think": "407.9ms"}, "timeout": "389.173ms"},
        gate={"queue_packets": 4},
        service={"connections": 20, "connections_when_full": "refuse"},
    ),
    "what was asked before its client closed is read before the end": world(
        [{"bandwidth": "17.03Mbit/s", "forwarding": "1013/s", "queue_packets": 2}],
        {"s": {"login": {"timeout": "903.7ms", "most": 2}}, "store": {"network": "n0"}},
        {
            "c": {"demand": {"kind": "open", "rate": "59/s", "arrivals": "poisson"}, "timeout": "97.031ms"}
            | {"connection": "pool", "pool": 3, "timeout_clock": "send"}
            | {
                "on_connect": [
                    {"service_time": "61.731ms", "requests": 1, "timeout": "83.717ms"},
                    {"service_time": "2.131ms"},
                    {"service": "store", "requests": 1, "timeout": "113.7ms"},
                ]
            }
        },
    ),
}
