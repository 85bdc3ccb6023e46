"""Small worlds whose kept connections reach an age while they may not be closed, or are shared."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from twin_connecting import openings
from twin_worlds import (
    TIMEOUT_LAWS,
    ages,
    busy_services,
    checks,
    crossings,
    keeping_clients,
    plain_crossings,
    policies,
    services,
    world,
)

from tidegate.world.world import WorldFile


@st.composite
def aged_worlds(draw: st.DrawFn) -> WorldFile:
    """Return a world whose service closes old connections, some of which their clients may not close yet."""
    asking: dict[str, Any] = draw(keeping_clients())
    asking |= {"connection": draw(st.sampled_from(["keep_alive", "pool"])), "after_timeout": "rebuild"}
    asking["pool"] = draw(st.integers(1, 3))
    if asking["connection"] == "keep_alive":
        del asking["pool"]
    asking["reset_at_most_every"] = draw(st.sampled_from(["307.7ms", "2.1173s"]))
    if draw(st.booleans()):
        asking["on_connect"] = draw(openings())
    front = draw(busy_services()) | {"connection_age": draw(ages())}
    gate = draw(st.one_of(plain_crossings(), crossings()))
    return world([gate], {"s": front}, {"c": asking})


@st.composite
def shared_worlds(draw: st.DrawFn) -> WorldFile:
    """Return a world whose clients share connections, and have budgets and breakers of their own."""
    asking: dict[str, Any] = draw(keeping_clients(only_at_a_rate=True))
    asking |= {"connection": "pool", "pool": draw(st.integers(1, 3))}
    asking |= {"after_timeout": draw(st.sampled_from(["rebuild", "keep"])), "on_connect": draw(openings())}
    asking["retry"] = draw(policies(draw(st.sampled_from(["client", "client", "population"]))))
    front = draw(busy_services()) | {"queue_when_full": "visible"}
    gate = draw(st.one_of(plain_crossings(), crossings()))
    return world([gate], {"s": front}, {"c": asking})


@st.composite
def patient_worlds(draw: st.DrawFn) -> WorldFile:
    """Return a world whose look-ups and health checks wait for different times."""
    front = draw(busy_services()) | {"boot": {"time": "711.93ms"}}
    front["health_probes"] = [draw(checks()) | {"timeout_law": draw(st.sampled_from(TIMEOUT_LAWS))}]
    asking = draw(keeping_clients()) | {"timeout_law": draw(st.sampled_from(TIMEOUT_LAWS))}
    shared = asking["connection"] != "per_request" and asking["demand"]["kind"] == "open"
    if asking["timeout_law"] != "fixed" and not shared and draw(st.booleans()):
        asking["timeout_per"] = "client"
    asking["lookup"] = {
        "service": "names",
        "ttl": draw(st.sampled_from(["0s", "317.77ms"])),
        "queries": draw(st.integers(1, 2)),
        "timeout": draw(st.sampled_from(["37.717ms", "211.93ms"])),
        "timeout_law": draw(st.sampled_from(TIMEOUT_LAWS)),
        "tries": draw(st.integers(1, 3)),
    }
    gate = draw(st.one_of(plain_crossings(), crossings()))
    return world([gate], {"s": front, "names": draw(services())}, {"c": asking})


HOLDING = {
    "old connections that stay": aged_worlds,
    "what is each client's beside a pool": shared_worlds,
    "look-ups and checks by laws": patient_worlds,
}
