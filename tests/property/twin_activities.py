"""Small random worlds in which an activity happens: a restart, other sizes, devices, or endpoints."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st
from twin_balancing import boots
from twin_connecting import openings
from twin_worlds import busy_services, calls, crossings, keeping_clients, plain_crossings, world

from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile


@st.composite
def _paces(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "at": draw(st.sampled_from(["1.0131s", "1.7717s"])),
        "batches": draw(st.integers(1, 3)),
        "pause": draw(st.sampled_from(["413.37ms", "1.1931s"])),
    }


@st.composite
def _reactions(draw: st.DrawFn) -> dict[str, Any]:
    """Return what the clients do at each step, or that nothing is said of them."""
    if draw(st.booleans()):
        return {}
    reaction = {
        "clients": "c",
        "reconnect": draw(st.sampled_from(["37%", "100%"])),
        "spread": draw(st.sampled_from(["0s", "507.7ms"])),
        "cold": draw(st.booleans()),
    }
    return {"reactions": [reaction]}


@st.composite
def _activities(draw: st.DrawFn, whom: str) -> dict[str, Any]:
    kind = draw(st.sampled_from(["restart", "scale", "reconnect", "devices"]))
    found = {"kind": kind} | draw(_paces()) | draw(_reactions())
    if kind == "devices":
        return found | {"crossing": "x0", "to": draw(st.integers(1, 4))}
    found["service"] = whom
    if kind == "scale":
        found["to"] = draw(st.integers(0, 5))
        if "reactions" not in found and draw(st.booleans()):
            found["clients_added"] = ["c"]
    return found


@st.composite
def changing_worlds(draw: st.DrawFn) -> WorldFile:
    """Return a world with an activity, which changes a service that calls nobody, or devices."""
    gates = [draw(st.one_of(plain_crossings(), crossings()))]
    boot = {"boot": {"time": draw(st.sampled_from(["0s", "317.77ms", "1.3117s"]))}}
    front = draw(busy_services()) | boot | {"instances": draw(st.integers(1, 4))}
    there, whom = {"s": front}, "s"
    if draw(st.booleans()):
        there["store"], whom = draw(busy_services()) | boot, "store"
        front["calls"] = [draw(calls())]
    asking = draw(keeping_clients()) | {"start_spread": draw(st.sampled_from(["0s", "601.37ms"]))}
    if draw(st.booleans()):
        asking["on_connect"] = draw(openings())
    activity = draw(_activities(whom))
    if activity["kind"] == "scale" and draw(st.booleans()):
        there["config"] = draw(busy_services()) | {"network": draw(st.sampled_from(["n0", "n1"]))}
        there[whom]["boot"] = draw(boots())["boot"]
        for call in there[whom]["boot"]["calls"]:
            call["service"] = "config"
    if activity.get("clients_added") and asking["connection"] == "pool":
        asking["connection"] = "keep_alive"
        asking.pop("pool")
    return with_activity(world(gates, there, {"c": asking}), activity)


def with_activity(file: WorldFile, activity: dict[str, Any]) -> WorldFile:
    """Return a world in which an activity happens."""
    return read_world(json.dumps(file.document | {"activities": {"go": activity}}), "twin.yaml")
