"""What stands beside the way of a blind world's requests: other services, names, more devices, log-ins.

Every part leaves most worlds working as they begin: what is drawn is how near it is to its limit.
"""

from __future__ import annotations

import random
from typing import Any


def beside(draw: random.Random, world: dict[str, Any], *, structure: str, flows_per_s: float) -> str:
    """Add one such part; returns its words."""
    return _PARTS[structure](draw, world, flows_per_s)


def _calls(draw: random.Random, world: dict[str, Any], flows_per_s: float) -> str:
    """Let each request call a store, over connections that each instance keeps, or over new ones."""
    used, places = draw.uniform(0.2, 0.6), draw.choice([4, 8, 16])
    instances, at_once = draw.choice([2, 4]), draw.choice([8, 16, 32])
    time_s = places * used / flows_per_s
    call: dict[str, Any] = {"service": "store", "timeout": draw.choice(["200ms", "500ms", "1s"])}
    retries = draw.choice([0, 0, 1, 2])
    if retries:
        call["retry"] = {"layers": [{"retries": retries, "backoff": "constant", "base": "50ms"}]}
    keeps = draw.choice(["place", "lazy", "lazy", "eager", "new"])
    if keeps == "new":
        call["connection"] = "per_request"
    elif keeps != "place":
        most = max(1, round(places * draw.uniform(0.5, 1.5) / instances))
        call["pool"] = {"most": most, "opened": keeps}
        if draw.random() < 0.5:
            call["pool"]["wait"] = draw.choice(["100ms", "300ms"])
    world["networks"]["data"] = {}
    rate = max(1500, round(8.0 * draw.uniform(1.5, 3.0) * flows_per_s))
    world["crossings"]["inner"] = {
        "between": ["servers", "data"],
        "forwarding": f"{rate}/s",
        "queue_packets": draw.choice([100, 300, 1000]),
        "round_trip": "200us",
    }
    store = {"network": "data", "concurrency": places, "service_time": f"{time_s:.3g}s", "queue": 200}
    if draw.random() < 0.3 and keeps != "new":
        store |= {"connections": instances * at_once + 4}
    world["services"]["store"] = store
    world["services"]["web"] |= {
        "instances": instances,
        "concurrency": at_once,
        "queue": draw.choice([50, 200]),
        "calls": [call],
    }
    pooled = call.get("pool", {}).get("most", keeps)
    return f"; {instances} instances of {at_once} call a store of {places} ({pooled}, {retries} retries)"


def _names(draw: random.Random, world: dict[str, Any], flows_per_s: float) -> str:
    """Let clients look the service's name up, of a resolver with limits of its own."""
    ttl_s, queries = draw.choice([0, 1, 3]), draw.choice([1, 1, 2])
    lookups_per_s = flows_per_s if ttl_s == 0 else flows_per_s * 0.7
    used = draw.uniform(0.2, 0.7)
    world["networks"]["names"] = {}
    rate = max(200, round(2.0 * queries * lookups_per_s * draw.uniform(1.3, 3.0)))
    world["crossings"]["to_names"] = {
        "between": ["clients", "names"],
        "forwarding": f"{rate}/s",
        "queue_packets": draw.choice([50, 200]),
        "round_trip": "200us",
    }
    world["services"]["resolver"] = {
        "network": "names",
        "concurrency": 2,
        "service_time": f"{2 * used / (queries * lookups_per_s):.3g}s",
        "queue": draw.choice([20, 100]),
        "queue_when_full": draw.choice(["silent", "visible"]),
    }
    world["clients"]["base"]["lookup"] = {
        "service": "resolver",
        "ttl": f"{ttl_s}s",
        "queries": queries,
        "timeout": draw.choice(["300ms", "1s"]),
        "tries": 2,
    }
    return f"; names known for {ttl_s} s, {queries} queries, a resolver {used:.0%} used behind {rate}/s"


def _devices(draw: random.Random, world: dict[str, Any], flows_per_s: float) -> str:
    """Let a device come or go while the clients are served; Linux then moves half of the flows, or more."""
    before, after, moved = draw.choice([(1, 2, 0.5), (2, 1, 0.5), (2, 3, 0.5), (3, 2, 0.5), (2, 4, 0.75)])
    device = world["crossings"]["device"]
    packets_per_s = float(device["forwarding"].removesuffix("/s"))
    each = max(packets_per_s / before, 13.0 * flows_per_s / before)
    device |= {"devices": before, "forwarding": f"{each:.0f}/s", "remapped": f"{100 * moved:g}%"}
    device["queue_packets"] = max(device["queue_packets"] // before, 40)
    change = {"at": "4s", "set": {"crossings.device.devices": after}}
    if draw.random() < 0.5:
        change["for"] = f"{draw.choice([2, 4])}s"
    world["triggers"]["devices"] = change
    return f"; from {before} to {after} devices{' and back' if 'for' in change else ''}"


def _first(draw: random.Random, world: dict[str, Any], flows_per_s: float) -> str:
    """Let a new connection carry a log-in first, of a service that lets in only so many, or so slowly."""
    base, web = world["clients"]["base"], world["services"]["web"]
    used, dearer = draw.uniform(0.2, 0.5), draw.choice([2, 5, 20])
    time_s = 8 * used / flows_per_s
    first = {"service_time": f"{dearer * time_s:.3g}s", "requests": draw.choice([1, 1, 2])}
    base["on_connect"] = [first]
    web |= {"instances": 2, "concurrency": 4, "service_time": f"{time_s:.3g}s"}
    web["queue"] = draw.choice([100, 400])
    limit = draw.choice(["none", "time", "count"])
    if limit == "time":
        web["login"] = {"timeout": draw.choice(["300ms", "1s"])}
    elif limit == "count":
        web["login"] = {"most": 60, "drop_from": 10, "drop": "30%"}
    return f"; a log-in of {first['requests']} times {dearer} requests' work first, limited by {limit}"


def _boots(draw: random.Random, world: dict[str, Any], flows_per_s: float) -> str:
    """Let what restarts ask a store of its settings before it takes requests."""
    used, requests = draw.uniform(0.3, 0.8), draw.choice([2, 5, 10])
    world["networks"]["data"] = {}
    world["crossings"]["inner"] = {
        "between": ["servers", "data"],
        "forwarding": "2000/s",
        "queue_packets": 300,
        "round_trip": "200us",
    }
    world["services"]["settings"] = {
        "network": "data",
        "service_time": draw.choice(["50ms", "100ms", "200ms"]),
        "queue": draw.choice([10, 100]),
    }
    boot_call: dict[str, Any] = {
        "service": "settings",
        "requests": requests,
        "timeout": draw.choice(["1s", "5s"]),
        "retry": {"layers": [{"retries": "unlimited", "backoff": "constant", "base": "200ms"}]},
    }
    if draw.random() < 0.5:
        boot_call["at_once"] = 1
    web = world["services"]["web"]
    web |= {"instances": 4, "concurrency": 4, "service_time": f"{16 * used / flows_per_s:.3g}s", "queue": 200}
    web["boot"] = {"calls": [boot_call]}
    return f"; each of 4 instances, {used:.0%} used, first asks {requests} times for its settings"


_PARTS = {"calls": _calls, "names": _names, "devices": _devices, "first": _first, "boots": _boots}
