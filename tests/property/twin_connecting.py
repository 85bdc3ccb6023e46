"""Small worlds in which connections are opened: what they carry first, log-ins, and clients that hold on."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from twin_worlds import (
    busy_services,
    calls,
    checks,
    crossings,
    keeping_clients,
    plain_crossings,
    services,
    world,
)

from tidegate.world.world import WorldFile

LOGINS: tuple[Any, ...] = (
    "none",
    "none",
    {"timeout": "181.71ms"},
    {"timeout": "903.7ms", "most": 2},
    {"timeout": "61.371ms", "most": 9, "drop_from": 2, "drop": "30%"},
    {"most": 4, "drop_from": 0},
)


@st.composite
def openings(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return what a connection carries first; some of it is dear, some given up soon."""
    each = {
        "service_time": draw(st.sampled_from(["none", "5.117ms", "61.731ms"])),
        "requests": draw(st.integers(1, 2)),
        "timeout": draw(st.sampled_from(["none", "83.717ms", "1.3117s"])),
    }
    return [each, *draw(st.sampled_from([[], [{"service_time": "2.131ms"}]]))]


@st.composite
def connecting_worlds(draw: st.DrawFn) -> WorldFile:
    """Return a world whose connections are made anew, at one time or as answers are overdue."""
    gates = [draw(st.one_of(plain_crossings(), crossings()))]
    asking = draw(keeping_clients()) | {"on_connect": draw(openings())}
    if asking["connection"] != "per_request" and asking["after_timeout"] == "rebuild":
        asking["reset_at_most_every"] = draw(st.sampled_from(["0s", "307.7ms", "2.1173s"]))
    front = draw(busy_services())
    if draw(st.integers(0, 3)) == 0:
        front["calls"] = [draw(calls()) | {"on_connect": draw(openings())}]
    if draw(st.integers(0, 2)) == 0:
        asked = {"service": "store", "requests": draw(st.integers(1, 2)), "timeout": "113.7ms"}
        asking["on_connect"].append(asked)
        if draw(st.booleans()):
            asking["on_connect"].append({"service": "names", "service_time": "7.713ms"})
        if draw(st.booleans()):
            asking["lookup"] = {"service": "names", "ttl": "317.77ms", "timeout": "37.717ms", "tries": 2}
    front["login"] = draw(st.sampled_from(LOGINS))
    spread = draw(st.sampled_from(["0s", "507.7ms"]))
    triggers = {"anew": {"at": "1.5113s", "reconnect": "c", "reconnect_spread": spread}}
    if draw(st.booleans()):
        slow, away = {"services.s.service_time": "91.713ms"}, {"services.s.instances": 0}
        paths = slow if "calls" in front else draw(st.sampled_from([slow, away]))
        triggers["trouble"] = {"at": "2.1173s", "for": "1.3191s", "set": paths}
    store = draw(busy_services()) | {"network": "n0"}
    return world(gates, {"s": front, "store": store, "names": draw(services())}, {"c": asking}, triggers)


@st.composite
def restarted_worlds(draw: st.DrawFn) -> WorldFile:
    """Return a world whose instances, most often one, are restarted by a check as what waits is too much."""
    gates = [draw(st.one_of(plain_crossings(), crossings()))]
    asking = draw(keeping_clients())
    if draw(st.integers(0, 3)) > 0:
        asking["on_connect"] = draw(openings())
    front = draw(busy_services()) | {"instances": draw(st.sampled_from([1, 1, 2, 3]))}
    front["queue"] = draw(st.sampled_from([0, 3, 11]))
    checked = {"on_failure": draw(st.sampled_from(["restart", "restart", "restart", "drop_sessions"]))}
    checked |= {"panic": "0%", "busy_fails": draw(st.sampled_from([True, True, False]))}
    probe = {key: value for key, value in draw(checks()).items() if key not in {"startup", "restart_backoff"}}
    front["health_probes"] = [probe | checked]
    front["boot"] = {"time": draw(st.sampled_from(["0s", "317.77ms", "711.93ms"]))}
    if draw(st.booleans()):
        front["warm_up"] = {"time": "2.3717s", "slowdown": 3.25}
    if draw(st.integers(0, 2)) == 0:
        front["calls"] = [draw(calls())]
    slow = {"services.s.service_time": draw(st.sampled_from(["91.713ms", "517.13ms"]))}
    triggers = {"slow": {"at": "1.0131s", "for": draw(st.sampled_from(["611.3ms", "2.3191s"])), "set": slow}}
    store = draw(busy_services()) | {"network": "n0"}
    for each in (asking, front):  # with an age the twin is known to differ, though seldom
        each.pop("connection_age", None)
        each.pop("reopen", None)
    return world(gates, {"s": front, "store": store}, {"c": asking}, triggers)
