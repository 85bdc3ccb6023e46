"""Small worlds in which each request gets an instance of its own, or instances count unequally."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from twin_worlds import (
    balanced,
    busy_services,
    calls,
    crossings,
    keeping_clients,
    memories,
    plain_crossings,
    world,
)

from tidegate.world.world import WorldFile

AGAIN = {"retries": 2, "backoff": "none", "base": "0s"}
WEIGHTS = ([2.5], [1, 3], [0.25, 1, 1, 7])


@st.composite
def handed(draw: st.DrawFn) -> dict[str, Any]:
    """Return how requests or connections are spread over instances that may count unequally."""
    found: dict[str, Any] = draw(balanced())["balancing"]
    if draw(st.integers(0, 3)) > 0:
        found |= {"each": "request", "at": draw(st.sampled_from(["proxy", "client"]))}
    if draw(st.booleans()):
        found["weights"] = draw(st.sampled_from(WEIGHTS))
        found.pop("skew", None)
    return {"balancing": found}


def _without_connections(service: dict[str, Any]) -> dict[str, Any]:
    """Return a service without what fills its memory by connections, where these are no instance's."""
    if service.get("balancing", {}).get("each") == "request" and "memory" in service:
        service["memory"] = service["memory"] | {"per_connection": "0B", "per_request": "1kB"}
    return service


@st.composite
def handed_worlds(draw: st.DrawFn) -> WorldFile:
    """Return a world whose instances come and go while requests are handed to them."""
    gates = draw(st.lists(st.one_of(plain_crossings(), crossings()), min_size=1, max_size=2))
    front = draw(busy_services()) | draw(handed()) | {"instances": draw(st.integers(1, 4))}
    changed = ["s", "s", "store"]
    if draw(st.booleans()):
        front["calls"], changed = [draw(calls())], ["store"]
    back = draw(busy_services()) | draw(st.one_of(st.just({}), handed()))
    for service in (front, back):
        if "balancing" in service and draw(st.booleans()):
            sick = {"instances": 1, "answers": draw(st.sampled_from(["error", "silent", "slow"]))}
            service["sick"] = sick | {"time": draw(st.sampled_from(["1.317ms", "83.19ms"]))}
        if draw(st.booleans()):
            service["warm_up"] = {"time": draw(st.sampled_from(["431.1ms", "2.3717s"])), "slowdown": 3.25}
        if "balancing" in service and draw(st.booleans()):
            service["memory"] = draw(memories())
        _without_connections(service)
    asking = draw(keeping_clients())
    if draw(st.booleans()):
        asks = {"requests": draw(st.integers(1, 2)), "timeout": "517.31ms", "service_time": "7.117ms"}
        asking["on_connect"] = [asks]
    herd = draw(keeping_clients()) | {"population": 0, "demand": {"kind": "once"}}
    changes = {}
    for name, at in (("one", "1.0131s"), ("two", draw(st.sampled_from(["1.3771s", "2.7717s"])))):
        who = draw(st.sampled_from(changed))
        count = draw(st.integers(0 if who == "s" else 1, 4))
        lasts = draw(st.sampled_from(["511.3ms", "1.3117s"]))
        changes[name] = {"at": at, "for": lasts, "set": {f"services.{who}.instances": count}}
    herds = {"herd": {"at": "2.5119s", "set": {"clients.herd.population": draw(st.sampled_from([1, 30]))}}}
    return world(gates, {"s": front, "store": back}, {"c": asking, "herd": herd}, changes | herds)


@st.composite
def boots(draw: st.DrawFn) -> dict[str, Any]:
    """Return what an instance asks for as it starts."""
    calls = [
        {
            "service": "store",
            "requests": draw(st.sampled_from([1, 1, 3])),
            "timeout": draw(st.sampled_from(["61.317ms", "411.73ms"])),
            "retry": {"layers": draw(st.sampled_from([[], [AGAIN]]))},
        }
        for _ in range(draw(st.integers(1, 2)))
    ]
    for call in calls:
        if call["requests"] > 1 and draw(st.booleans()):
            call["at_once"] = draw(st.integers(1, 2))
    return {"boot": {"time": draw(st.sampled_from(["131.93ms", "711.93ms"])), "calls": calls}}


@st.composite
def booting_worlds(draw: st.DrawFn) -> WorldFile:
    """Return a world whose instances come, ask for what they need and are held back until they have it."""
    gates = draw(st.lists(plain_crossings(), min_size=1, max_size=2))
    front = draw(busy_services()) | draw(st.one_of(st.just({}), handed())) | draw(boots())
    front["instances"] = draw(st.integers(0, 2))
    if draw(st.booleans()):
        front["warm_up"] = {"time": draw(st.sampled_from(["431.1ms", "2.3717s"])), "slowdown": 3.25}
    back = draw(busy_services()) | draw(st.one_of(st.just({}), handed()))
    back["network"] = draw(st.sampled_from(["n0", f"n{len(gates)}"]))
    changes = {}
    for name, at in (("one", "1.0131s"), ("two", draw(st.sampled_from(["1.3771s", "2.7717s"])))):
        lasts = {"for": draw(st.sampled_from(["511.3ms", "1.3117s"]))} if draw(st.booleans()) else {}
        changes[name] = {"at": at, "set": {"services.s.instances": draw(st.integers(1, 4))}} | lasts
    return world(gates, {"s": front, "store": back}, {"c": draw(keeping_clients())}, changes)


BALANCING = {"requests handed to instances": handed_worlds, "instances that boot": booting_worlds}
