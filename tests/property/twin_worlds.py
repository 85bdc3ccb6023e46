"""Small worlds, packet by packet, in which nothing happens at the same nanosecond but what must."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

# Odd numbers, so that no two things fall on one nanosecond; delays that grow are whole numbers of 1/64 s,
# because the engine multiplies them up step by step, which may differ in the last digit elsewhere.
RETRIES: tuple[list[dict[str, Any]], ...] = (
    [],
    [{"retries": 3, "backoff": "none", "base": "0s"}],
    [{"retries": 4, "backoff": "constant", "base": "37.311ms"}],
    [{"retries": 3, "backoff": "linear", "base": "46.875ms", "deadline": "700ms"}],
    [
        {"retries": 2, "backoff": "exponential", "base": "31.25ms", "multiplier": 2, "cap": "411ms"},
        {"retries": 1, "backoff": "constant", "base": "173.19ms"},
    ],
)


GUARDS: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"budget": {"tokens": 7, "per_request": 0.25, "floor": "50%"}},
    {"budget": {"tokens": 19, "per_success": 0.25, "fill": "3.1173/s", "cost": 2}},
    {"breaker": {"window": "911.3ms", "open": "331.37ms", "least_calls": 6}},
    {"breaker": {"failure": "20%", "window": "2.1173s", "open": "47.93ms", "least_calls": 3}},
)

ADMISSIONS: tuple[dict[str, Any], ...] = (
    {},
    {"admission": {"rate": "47/s", "burst": 3}},
    {"admission": {"rate": "61/s", "burst": 9, "on_excess": "reset"}},
    {"admission": {"per_source": "2.1/s", "per_source_burst": 2}},
    {"admission": {"concurrent": 8, "on_excess": "reset"}},
)


SIZES = {
    "request_size": "1.3kB",
    "answer_size": "7.1kB",
    "handshake_size": "3.9kB",
    "resumed_handshake_size": "317B",
    "resumption": "50%",
}
OWN_SIZES = {"request_size": "411B", "answer_size": "0B"}

BLOCKS: tuple[dict[str, Any], ...] = (
    {"least": 1},
    {"least": 2},
    {"least": 1, "most": 3, "growth_time": "171.93ms"},
    {"least": 2, "most": 9, "growth_time": "0s"},
)


@st.composite
def plain_crossings(draw: st.DrawFn) -> dict[str, Any]:
    """Return a crossing with one device that is often short of packets, or of bandwidth."""
    link = draw(st.sampled_from([{}, {}, {"bandwidth": "1.0007Mbit/s"}, {"bandwidth": "17.03Mbit/s"}]))
    return link | {
        "forwarding": f"{draw(st.sampled_from([611, 1013, 9001]))}/s",
        "queue_packets": draw(st.sampled_from([2, 15, 120])),
        "queue_when_full": draw(st.sampled_from(["silent", "visible"])),
        "round_trip": draw(st.sampled_from(["0s", "7.3194ms", "61.117ms"])),
    }


@st.composite
def crossings(draw: st.DrawFn) -> dict[str, Any]:
    """Return a crossing whose devices remember flows, hold them down, and run out of room."""
    found = draw(plain_crossings()) | draw(st.sampled_from(ADMISSIONS))
    found |= draw(st.sampled_from([{}, {}, {"devices": 3, "skew": "40%"}]))
    if draw(st.booleans()):
        found["table"] = {
            "entries": draw(st.sampled_from([3, 11, 40])),
            "when_full": draw(st.sampled_from(["drop", "refuse", "evict", "evict_unanswered"])),
            "closed_hold": draw(st.sampled_from(["0s", "311.17ms", "2.0717s"])),
            "unanswered_hold": draw(st.sampled_from(["171.93ms", "1.3337s"])),
        }
    if draw(st.booleans()):
        found["ports"] = {
            "per_destination": draw(st.sampled_from([3, 9, 31])),
            "usable": draw(st.sampled_from(["100%", "70%"])),
            "when_full": draw(st.sampled_from(["drop", "refuse"])),
            "hold": draw(st.sampled_from(["0s", "413.37ms", "1.9371s"])),
        }
        unanswered = draw(st.sampled_from(["", "0s", "171.93ms", "2.7177s", "7.1931s"]))
        found["ports"] |= {"unanswered_hold": unanswered} if unanswered else {}
        if draw(st.booleans()):
            found["ports"] |= {"usable": "100%", "block": draw(st.sampled_from(BLOCKS))}
    if draw(st.integers(0, 3)) == 0:
        found |= {"setup": "83/s", "setup_processor": draw(st.sampled_from(["separate", "shared"]))}
    if draw(st.integers(0, 3)) == 0:
        found["background"] = {"packets": "111/s", "flows": 2}
    return found


@st.composite
def services(draw: st.DrawFn) -> dict[str, Any]:
    """Return a service, small enough that it is often full."""
    concurrency = draw(st.integers(1, 2))
    slower = [{"serial": "20%", "crosstalk": "3%"}, {"crosstalk": "0.717%"}]
    contention = {"contention": draw(st.sampled_from(slower))} if draw(st.integers(0, 3)) == 0 else {}
    return contention | {
        "instances": draw(st.integers(1, 3)),
        "concurrency": concurrency + 2 * len(contention),
        "service_time": f"{draw(st.sampled_from([3.117, 11.331, 27.719, 143.91]))}ms",
        "service_law": draw(st.sampled_from(["fixed", "exponential"])),
        "queue": draw(st.sampled_from([0, 3, 20, 100])),
        "queue_order": draw(st.sampled_from(["fifo", "lifo"])),
        "queue_when_full": draw(st.sampled_from(["silent", "visible"])),
        "abandoned_work": draw(st.sampled_from(["served", "leaves"])),
    }


@st.composite
def balanced(draw: st.DrawFn) -> dict[str, Any]:
    """Return how connections are spread over instances, each with a queue of its own."""
    rule = draw(
        st.sampled_from(["random", "round_robin", "least_outstanding", "two_choices", "consistent_hash"])
    )
    found: dict[str, Any] = {"rule": rule}
    if rule == "random":
        found["skew"] = draw(st.sampled_from(["0%", "70%"]))
    if draw(st.booleans()):
        found |= {"removal_lag": draw(st.sampled_from(["311.17ms", "1.7171s"]))}
        found |= {"when_gone": draw(st.sampled_from(["silent", "refuse"]))}
    return {"balancing": found}


@st.composite
def policies(draw: st.DrawFn, scope: str) -> dict[str, Any]:
    """Return retry layers without jitter, some with a budget or a breaker of this scope."""
    layers = [dict(layer) for layer in draw(st.sampled_from(RETRIES))]
    for layer in layers:
        for guard, settings in draw(st.sampled_from(GUARDS)).items():
            layer[guard] = settings | {"scope": scope}
    return {"layers": layers}


@st.composite
def clients(draw: st.DrawFn) -> dict[str, Any]:
    """Return clients that ask at a rate."""
    return {
        "population": draw(st.sampled_from([1, 13, 40])),
        "demand": {
            "kind": "open",
            "rate": f"{draw(st.integers(20, 150))}/s",
            "arrivals": draw(st.sampled_from(["paced", "poisson"])),
        },
        "timeout": draw(st.sampled_from(["97.031ms", "389.173ms", "1731.77ms", "4.0331s"])),
        "retry": draw(policies(draw(st.sampled_from(["client", "population"])))),
    }


def _without_idle_keys(
    name: str,
    service: dict[str, Any],
    services: dict[str, dict[str, Any]],
    clients: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    """Return a service without what would be a fault: an age that no connection has, a crowd of one."""
    found = dict(service)
    asking = [("s", one.get("connection", "per_request")) for one in clients.values()]
    asking += [
        (call["service"], call.get("connection", "keep_alive"))
        for one in services.values()
        for call in one.get("calls", ())
    ]
    if not any(whom == name and how != "per_request" for whom, how in asking):
        found.pop("connection_age", None)
    if found.get("concurrency", 1) == 1:
        found.pop("contention", None)
    if "calls" in found:
        found["calls"] = [
            {key: value for key, value in call.items() if key != "connection_age" or _is_kept(call)}
            for call in found["calls"]
        ]
    return found


def _is_kept(call: dict[str, Any]) -> bool:
    return call.get("connection", "keep_alive") == "keep_alive"


def world(
    gates: list[dict[str, Any]],
    services: dict[str, dict[str, Any]],
    clients: dict[str, dict[str, Any]],
    triggers: dict[str, Any] | None = None,
) -> WorldFile:
    """Return a world of networks in a row, with a crossing between each two."""
    if any("bandwidth" in gate for gate in gates):
        services = {name: SIZES | each for name, each in services.items()}
        for service in services.values():
            if "calls" in service:
                service["calls"] = [call | OWN_SIZES for call in service["calls"]]
    services = {name: _without_idle_keys(name, each, services, clients) for name, each in services.items()}
    document = {
        "name": "twin",
        "horizon": "6s",
        "networks": {f"n{i}": {} for i in range(len(gates) + 1)},
        "crossings": {f"x{i}": {"between": [f"n{i}", f"n{i + 1}"], **gate} for i, gate in enumerate(gates)},
        "services": {name: {"network": f"n{len(gates)}", **each} for name, each in services.items()},
        "clients": {name: {"network": "n0", "service": "s", **each} for name, each in clients.items()},
        "triggers": triggers or {},
    }
    return read_world(json.dumps(document), "twin.yaml")


@st.composite
def packet_worlds(draw: st.DrawFn) -> WorldFile:
    """Return a world of one population, one device and one service."""
    return world([draw(plain_crossings())], {"s": draw(services())}, {"c": draw(clients())})


@st.composite
def flow_worlds(draw: st.DrawFn) -> WorldFile:
    """Return a world whose devices remember flows."""
    gates = draw(st.lists(crossings(), min_size=1, max_size=2))
    return world(gates, {"s": draw(services())}, {"c": draw(clients())})


@st.composite
def ages(draw: st.DrawFn) -> dict[str, Any]:
    """Return a greatest age of connections that some of them reach."""
    return {
        "age": draw(st.sampled_from(["191.37ms", "1.1731s", "2.9719s"])),
        "jitter": draw(st.sampled_from(["0%", "25%", "100%"])),
        "grace": draw(st.sampled_from(["none", "17.311ms", "97.13ms"])),
    }


@st.composite
def busy_services(draw: st.DrawFn) -> dict[str, Any]:
    """Return a service with limits on connections and work to set them up."""
    found = draw(services())
    found |= {
        "when_down": draw(st.sampled_from(["by_cause", "refuse", "wait", "silent"])),
        "request_ack": draw(st.sampled_from(["at_once", "with_answer"])),
    }
    if draw(st.booleans()):
        found |= {
            "connections": draw(st.sampled_from([2, 9])),
            "accept_backlog": draw(st.sampled_from([1, 6])),
        }
        found["connections_when_full"] = draw(st.sampled_from(["backlog", "refuse"]))
    if draw(st.booleans()):
        found |= {"setup_time": "17.317ms", "resumed_setup_time": "2.1931ms", "resumption": "50%"}
    if draw(st.integers(0, 2)) == 0:
        found["connection_age"] = draw(ages())
    return found


@st.composite
def keeping_clients(draw: st.DrawFn, *, only_at_a_rate: bool = False) -> dict[str, Any]:
    """Return clients of any demand, most of which keep connections."""
    found = draw(clients())
    found |= {
        "connection": draw(st.sampled_from(["per_request", "keep_alive", "keep_alive", "pool"])),
        "late_replies": draw(st.sampled_from(["ignored", "accepted"])),
        "syn": draw(st.sampled_from(["linux", "linux-classic", "none"])),
    }
    if draw(st.booleans()):
        connect_timeout = draw(st.sampled_from(["131.37ms", "2.1391s"]))
        found |= {"timeout_clock": "send", "connect_timeout": connect_timeout}
    if found["connection"] != "per_request":
        found["after_timeout"] = draw(st.sampled_from(["rebuild", "keep"]))
        if draw(st.booleans()):
            found["connection_age"] = draw(ages())
            found["reopen"] = draw(st.sampled_from(["at_once", "as_needed"]))
    if found["connection"] == "pool":
        found["pool"] = draw(st.integers(1, 3))
    if not only_at_a_rate and draw(st.booleans()):
        found["demand"] = {"kind": "closed", "think": draw(st.sampled_from(["71.3ms", "407.9ms"]))}
    elif found["connection"] != "per_request":  # whose budget it is, is known when there is a place
        found["retry"] = draw(policies("population"))
    return found


@st.composite
def kept_worlds(draw: st.DrawFn) -> WorldFile:
    """Return a world in which connections are kept."""
    gates = [draw(st.one_of(plain_crossings(), crossings()))]
    if "table" in gates[0] and draw(st.booleans()):
        gates[0]["table"]["idle_timeout"] = draw(st.sampled_from(["83.37ms", "611.93ms"]))
    triggers = {}
    if draw(st.booleans()):
        triggers["anew"] = {
            "at": "1.5113s",
            "reconnect": "c",
            "reconnect_spread": draw(st.sampled_from(["0s", "507.7ms"])),
        }
        again = ({}, {"every": "1.3117s"}, {"every": "903.1ms", "times": 3})
        triggers["anew"] |= draw(st.sampled_from(again))
    return world(
        gates, {"s": draw(st.one_of(services(), busy_services()))}, {"c": draw(keeping_clients())}, triggers
    )


@st.composite
def troubles(draw: st.DrawFn) -> dict[str, Any]:
    """Return triggers: more is asked for a while, and the service or the way is in trouble."""
    more = {
        "at": draw(st.sampled_from(["1.0131s", "1.7717s"])),
        "for": draw(st.sampled_from(["911.3ms", "2.3117s"])),
        "set": {"clients.c.demand.rate": f"{draw(st.integers(60, 250))}/s"},
    }
    herd = {"at": "2.5119s", "set": {"clients.herd.population": draw(st.sampled_from([1, 30, 90]))}}
    paths = draw(
        st.sampled_from(
            [
                {},
                {"services.s.instances": 0},
                {"services.s.instances": 1},
                {"services.s.service_time": "91.713ms"},
                {"crossings.x0.round_trip": "83.917ms"},
                {"crossings.x0.queue_packets": 4},
                {"crossings.x0.forwarding": "317/s"},
                {"crossings.x0.devices": 2},
            ]
        )
    )
    trouble = {"trouble": {"at": "2.1173s", "for": "1.3191s", "set": paths}} if paths else {}
    return {"more": more, "herd": herd, **trouble}


@st.composite
def troubled_worlds(draw: st.DrawFn) -> WorldFile:
    """Return a world with a herd of new clients, in which things change while it runs."""
    gates = draw(st.lists(st.one_of(plain_crossings(), crossings()), min_size=1, max_size=2))
    gates[0]["flow_state"] = draw(st.sampled_from(["lost", "kept"]))
    rate = draw(keeping_clients(only_at_a_rate=True))
    spread = draw(st.sampled_from(["0s", "601.37ms"]))
    herd = draw(keeping_clients()) | {"population": 0, "start_spread": spread, "demand": {"kind": "once"}}
    populations = {"c": rate, "herd": herd}
    return world(gates, {"s": draw(busy_services())}, populations, draw(troubles()))


@st.composite
def balanced_worlds(draw: st.DrawFn) -> WorldFile:
    """Return a world in which each instance has a queue of its own, and instances come and go."""
    gates = draw(st.lists(st.one_of(plain_crossings(), crossings()), min_size=1, max_size=2))
    front = draw(busy_services()) | draw(balanced()) | {"instances": draw(st.integers(1, 4))}
    changed = ["s", "s", "store"]
    if draw(st.booleans()):  # who calls comes and goes with instances, which the twin does not know
        front["calls"], changed = [draw(calls())], ["store"]
    back = draw(busy_services()) | draw(st.one_of(st.just({}), balanced()))
    for service in (front, back):
        if draw(st.booleans()):
            sick = {"instances": 1, "answers": draw(st.sampled_from(["error", "silent", "slow"]))}
            if "balancing" in service and draw(st.booleans()):
                service["sick"] = sick | {"time": draw(st.sampled_from(["1.317ms", "83.19ms"]))}
            service["warm_up"] = {"time": draw(st.sampled_from(["431.1ms", "2.3717s"])), "slowdown": 3.25}
        if "balancing" in service and draw(st.booleans()):
            service["memory"] = draw(memories())
    asking = draw(keeping_clients())
    if asking["late_replies"] == "ignored" and draw(st.booleans()):
        asking["lookup"] = {"service": "store", "ttl": "317.77ms", "timeout": "211.93ms", "tries": 2}
    herd = draw(keeping_clients()) | {"population": 0, "demand": {"kind": "once"}}
    changes = {}
    for name, at in (("one", "1.0131s"), ("two", draw(st.sampled_from(["1.3771s", "2.7717s"])))):
        who = draw(st.sampled_from(changed))
        count = draw(st.integers(0 if who == "s" else 1, 4))
        lasts = draw(st.sampled_from(["511.3ms", "1.3117s"]))
        changes[name] = {"at": at, "for": lasts, "set": {f"services.{who}.instances": count}}
    herds = {"herd": {"at": "2.5119s", "set": {"clients.herd.population": draw(st.sampled_from([1, 30]))}}}
    there = {"s": front, "store": back}
    return world(gates, there, {"c": asking, "herd": herd}, changes | herds)


@st.composite
def memories(draw: st.DrawFn) -> dict[str, Any]:
    """Return a memory that is full within seconds."""
    found: dict[str, Any] = {
        "limit": f"{draw(st.sampled_from([3, 8, 20]))}kB",
        "base": draw(st.sampled_from(["0B", "900B"])),
        "per_request": draw(st.sampled_from(["0B", "1kB", "1.7kB"])),
        "per_connection": draw(st.sampled_from(["300B", "1kB"])),
        "restart": draw(st.sampled_from(["131.7ms", "713.17ms"])),
    }
    if draw(st.booleans()):
        found["restart_backoff"] = {"base": draw(st.sampled_from(["97.3ms", "611.3ms"])), "most": "1.3119s"}
    return found


@st.composite
def calls(draw: st.DrawFn) -> dict[str, Any]:
    """Return a call of a service on another."""
    return {
        "service": "store",
        "timeout": draw(st.sampled_from(["43.717ms", "391.31ms"])),
        "connection": draw(st.sampled_from(["per_request", "keep_alive"])),
        "connection_age": draw(st.one_of(st.just("none"), ages())),
        "retry": draw(policies("population")),
    }


@st.composite
def checks(draw: st.DrawFn) -> dict[str, Any]:
    """Return a health check that ejects or restarts, at once or not before an instance has started."""
    found = {
        "network": "n0",
        "interval": draw(st.sampled_from(["173.19ms", "411.73ms"])),
        "timeout": draw(st.sampled_from(["31.177ms", "113.39ms"])),
        "failures": draw(st.integers(1, 2)),
        "successes": draw(st.integers(1, 2)),
        "on_failure": draw(st.sampled_from(["eject", "restart", "drop_sessions"])),
        "panic": draw(st.sampled_from(["0%", "50%"])),
        "busy_fails": draw(st.booleans()),
    }
    if draw(st.booleans()):
        found["initial_delay"] = draw(st.sampled_from(["0s", "407.11ms", "913.37ms", "2.1713s"]))
    if found["on_failure"] == "restart" and draw(st.booleans()):
        found["startup"] = {"interval": draw(st.sampled_from(["211.19ms", "517.3ms"])), "failures": 2}
    if found["on_failure"] == "restart" and draw(st.booleans()):
        found["restart_backoff"] = {"base": draw(st.sampled_from(["137.3ms", "1.1117s"])), "most": "1.9337s"}
    return found


@st.composite
def chained_worlds(draw: st.DrawFn) -> WorldFile:
    """Return a world with calls between services, look-ups of names and health checks."""
    gates = draw(st.lists(st.one_of(plain_crossings(), crossings()), min_size=1, max_size=2))
    front = draw(busy_services())
    if draw(st.booleans()):
        front["calls"] = draw(st.lists(calls(), min_size=1, max_size=2))
    if draw(st.booleans()):
        front["health_probes"] = draw(st.lists(checks(), min_size=1, max_size=2))
        front["boot"] = {"time": draw(st.sampled_from(["0s", "711.93ms"]))}
    asking = draw(keeping_clients())
    if draw(st.booleans()):
        asking["lookup"] = {
            "service": "names",
            "ttl": draw(st.sampled_from(["0s", "317.77ms", "2.9173s"])),
            "queries": draw(st.integers(1, 2)),
            "timeout": draw(st.sampled_from(["37.717ms", "211.93ms"])),
            "tries": draw(st.integers(1, 3)),
        }
    triggers = {}
    # The twin knows no callers that come and go.
    if "calls" not in front and "connections" not in front and draw(st.booleans()):
        triggers["gone"] = {"at": "1.5113s", "for": "1.0171s", "set": {"services.s.instances": 1}}
        front["instances"] = 3
    services_there = {
        "s": front,
        "store": draw(busy_services()) | {"network": draw(st.sampled_from(["n0", f"n{len(gates)}"]))},
        "names": draw(services()),
    }
    return world(gates, services_there, {"c": asking}, triggers)


@st.composite
def strayed_worlds(draw: st.DrawFn) -> WorldFile:
    """Return a world through whose devices flows come that nobody answers."""
    gates = draw(st.lists(crossings(), min_size=1, max_size=2))
    for gate in gates:
        strays = {"unanswered": draw(st.sampled_from(["1.7113/s", "23.317/s", "71.939/s"]))}
        strays |= draw(st.sampled_from([{}, {"unanswered_sources": 2}]))
        gate["background"] = gate.get("background", {}) | strays
    paths = {"crossings.x0.background.unanswered": draw(st.sampled_from(["0/s", "43.713/s"]))}
    triggers = {"scan": {"at": "2.1173s", "for": draw(st.sampled_from(["1.3191s", "9s"])), "set": paths}}
    return world(gates, {"s": draw(services())}, {"c": draw(keeping_clients())}, triggers)


@st.composite
def pools(draw: st.DrawFn) -> dict[str, Any]:
    """Return the connections that each instance keeps for a call, often too few."""
    most = draw(st.integers(1, 3))
    opened = draw(st.sampled_from(["lazy", "eager"]))
    found: dict[str, Any] = {"most": most, "opened": opened}
    least = draw(st.integers(1 if opened == "eager" else 0, most))
    if draw(st.booleans()):
        found["least"] = least
    if draw(st.booleans()):
        found["wait"] = draw(st.sampled_from(["17.917ms", "203.71ms"]))
    if draw(st.booleans()) and (least if "least" in found else 0 if opened == "lazy" else most) < most:
        found["idle_timeout"] = draw(st.sampled_from(["61.313ms", "719.71ms"]))
    return found


@st.composite
def pooled_worlds(draw: st.DrawFn) -> WorldFile:
    """Return a world whose services keep pools for their calls, and reserve connections."""
    gates = draw(st.lists(st.one_of(plain_crossings(), crossings()), min_size=1, max_size=2))
    front = draw(busy_services()) | {"concurrency": draw(st.integers(1, 4))}
    each = draw(st.lists(calls(), min_size=1, max_size=2))
    front["calls"] = [one | {"connection": "keep_alive", "pool": draw(pools())} for one in each]
    if draw(st.booleans()):
        front["health_probes"] = draw(st.lists(checks(), min_size=1, max_size=1))
        front["boot"] = {"time": draw(st.sampled_from(["0s", "711.93ms"]))}
    store = draw(busy_services()) | {"network": draw(st.sampled_from(["n0", f"n{len(gates)}"]))}
    if "connections" in store:
        store["reserved_connections"] = draw(st.integers(0, 1))
    if draw(st.booleans()):
        store["health_probes"] = draw(st.lists(checks(), min_size=1, max_size=1))
    return world(gates, {"s": front, "store": store}, {"c": draw(keeping_clients())})


# In halves and doubles, so that the engine's step by step multiplication is exact.
PICKY: tuple[dict[str, Any], ...] = (
    {"retries": 3, "backoff": "constant", "base": "37.311ms", "retries_on": ["timeout"]},
    {"retries": 4, "backoff": "constant", "base": "21.317ms", "retries_on": ["refused", "error", "limited"]},
    {"retries": 5, "backoff": "exponential", "base": "250ms", "multiplier": 0.5, "floor": "31.25ms"},
    {"retries": 2, "backoff": "none", "base": "0s", "floor": "11.713ms", "retries_on": ["error", "name"]},
)
TURNS: tuple[dict[str, Any], ...] = (
    {"rate": "1.9173/s", "burst": 2},
    {"rate": "3.1171/s", "longest_wait": "611.93ms"},
    {"rate": "7.3119/s", "burst": 3, "longest_wait": "0s"},
)


@st.composite
def limited_worlds(draw: st.DrawFn) -> WorldFile:
    """Return a world whose clients limit themselves, and choose what they try again: nothing is kept."""
    asking = draw(clients()) | {"limit": draw(st.sampled_from(TURNS))}
    if draw(st.booleans()):
        asking["demand"] = {"kind": "closed", "think": draw(st.sampled_from(["71.3ms", "407.9ms"]))}
    layers = [draw(st.sampled_from(PICKY))]
    if draw(st.booleans()):
        layers.append({"retries": 1, "backoff": "constant", "base": "173.19ms", "retries_on": ["error"]})
    asking["retry"] = {"layers": layers}
    front = draw(services())
    if draw(st.booleans()):
        limit = {"rate": "23.717/s", "burst": draw(st.sampled_from([1, 4]))}
        again = {"layers": draw(st.sampled_from(RETRIES))}
        front["calls"] = [draw(calls()) | {"limit": limit, "retry": again}]
    store = draw(services()) | {"network": "n0"}
    gate = draw(plain_crossings())
    gate.pop("bandwidth", None)
    for each in (front, store):
        for size in ("request_size", "answer_size"):
            each.pop(size, None)
    return world([gate], {"s": front, "store": store}, {"c": asking})


# Of the shortest times that a straight line reaches to, none is drawn twice.
SERVICE_LAWS: tuple[Any, ...] = (
    "uniform",
    "exponential",
    {"values": ["3.117ms", "27.719ms", "443.91ms"], "weights": [6, 3, 1]},
    {"quantiles": {"min": "1.117ms", "p50": "7.317ms", "p90": "61.77ms", "p99.9": "301.3ms", "max": "2.9s"}},
)
TIMEOUT_LAWS: tuple[Any, ...] = (
    "fixed",
    "uniform",
    "exponential",
    {"values": ["91.117ms", "1.7719s"]},
    {"quantiles": {"min": "31.17ms", "p90": "411.17ms", "max": "4.9113s"}},
)
DELAY_LAWS: tuple[dict[str, Any], ...] = (
    {"law": "uniform", "base": "37.311ms", "backoff": "constant"},
    {"law": "exponential", "base": "31.25ms", "multiplier": 2, "cap": "411ms"},
    {"law": {"values": ["17.117ms", "171.19ms"], "weights": [1, 3]}},
    {"law": {"quantiles": {"p50": "71.317ms", "max": "911.7ms"}}, "backoff": "linear", "base": "46.875ms"},
)


@st.composite
def varying_worlds(draw: st.DrawFn) -> WorldFile:
    """Return a world whose service times, time-outs, pauses and delays vary by laws."""
    front, store = ({**draw(services()), "service_law": draw(st.sampled_from(SERVICE_LAWS))} for _ in "ab")
    for service in (front, store):
        if draw(st.booleans()) and isinstance(service["service_law"], dict):
            del service["service_time"]
    if draw(st.booleans()):
        again = {"layers": [{"retries": 2, **draw(st.sampled_from(DELAY_LAWS))}]}
        law = {"timeout_law": draw(st.sampled_from(TIMEOUT_LAWS))}
        front["calls"] = [draw(calls()) | {"retry": again} | law]
        if draw(st.booleans()) and isinstance(law["timeout_law"], dict):
            del front["calls"][0]["timeout"]
    asking = draw(keeping_clients()) | {"timeout_law": draw(st.sampled_from(TIMEOUT_LAWS))}
    if asking["demand"]["kind"] == "closed":
        asking["demand"] = asking["demand"] | {"think_law": draw(st.sampled_from(TIMEOUT_LAWS))}
    if draw(st.booleans()) and isinstance(asking["timeout_law"], dict):
        del asking["timeout"]
    layer = {"retries": 3, **draw(st.sampled_from(DELAY_LAWS))}
    guards = draw(st.sampled_from(GUARDS))
    layer |= {guard: settings | {"scope": "population"} for guard, settings in guards.items()}
    asking["retry"] = {"layers": [layer]}
    shared = asking["connection"] != "per_request" and asking["demand"]["kind"] == "open"
    if asking["timeout_law"] != "fixed" and not shared and draw(st.booleans()):
        asking["timeout_per"] = "client"
    if asking.get("timeout_clock") == "send" and draw(st.booleans()):
        del asking["connect_timeout"]
    gate = draw(st.one_of(plain_crossings(), crossings()))
    return world([gate], {"s": front, "store": store}, {"c": asking})


FAMILIES = {
    "packets": packet_worlds,
    "flows": flow_worlds,
    "kept connections": kept_worlds,
    "troubles": troubled_worlds,
    "calls, look-ups, checks": chained_worlds,
    "strays": strayed_worlds,
    "pools of calls": pooled_worlds,
    "limits of their own": limited_worlds,
    "queues of instances": balanced_worlds,
    "laws": varying_worlds,
}
