"""Small worlds with a pooler before the service that is called: one pool for all, or one an instance."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from twin_balancing import handed
from twin_worlds import busy_services, calls, crossings, keeping_clients, plain_crossings, world

from tidegate.world.world import WorldFile


@st.composite
def poolers(draw: st.DrawFn) -> dict[str, Any]:
    """Return server connections of one instance, often too few."""
    found: dict[str, Any] = {
        "mode": draw(st.sampled_from(["session", "transaction", "statement"])),
        "most": draw(st.integers(1, 3)),
        "reserve": draw(st.integers(0, 1)),
    }
    if found["mode"] != "session":
        found["idle_timeout"] = draw(st.sampled_from(["none", "61.313ms", "719.71ms"]))
    return found


@st.composite
def pooler_worlds(draw: st.DrawFn) -> WorldFile:
    """Return a world whose pooler gives its instances queues and pools of their own, or has one for all.

    It lets in fewer clients than it has server connections, as many, or more.
    """
    gates = draw(st.lists(st.one_of(plain_crossings(), crossings()), min_size=1, max_size=2))
    pooler = draw(poolers())
    as_many = pooler["most"] + pooler["reserve"]
    front = draw(busy_services()) | {"connections": draw(st.sampled_from([2, as_many, as_many + 1, 9]))}
    front["accept_backlog"] = draw(st.sampled_from([1, 3]))
    front |= {"connections_when_full": draw(st.sampled_from(["backlog", "refuse"])), "concurrency": 9}
    front.pop("contention", None)
    front["calls"] = [draw(calls()) | {"connection": "keep_alive"}]
    if draw(st.integers(0, 3)) > 0:
        front |= draw(handed())
        if pooler["mode"] == "session":
            front["balancing"] = {k: v for k, v in front["balancing"].items() if k not in {"each", "at"}}
    elif draw(st.booleans()):
        pooler["wait"] = draw(st.sampled_from(["17.917ms", "203.71ms"]))
    store = draw(busy_services()) | {"network": draw(st.sampled_from(["n0", f"n{len(gates)}"]))}
    changes = {}
    if draw(st.booleans()):
        lasts, count = draw(st.sampled_from(["511.3ms", "1.3117s"])), draw(st.integers(1, 4))
        changes = {"one": {"at": "1.0131s", "for": lasts, "set": {"services.store.instances": count}}}
    there = {"s": front | {"pooler": pooler}, "store": store}
    return world(gates, there, {"c": draw(keeping_clients())}, changes)


POOLING = {"poolers": pooler_worlds}
