"""Worlds drawn at random for blind rehearsals: nobody chose them, and nobody looked before predicting.

Packet rates, buffers, time-outs, retry policies, surges, restarts, health checks and loads are drawn over
the ranges in which one machine can rehearse; round and number of a world are its seed. Changing a range
here makes other worlds of all of them, so it is done only with a new round, measured whole.
"""

from __future__ import annotations

import json
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from blind_parts import beside

from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

AT_S, HORIZON_S = 4, 24
_KINDS = (
    *("surge", "surge", "surge", "surge", "reconnect", "reconnect"),
    *("away", "slow", "spike", "restart", "restart"),
)
_STRUCTURES = (
    *("one", "one", "two", "table", "ports", "admission", "probes", "probes"),
    *("age", "age", "limit", "contention", "spare"),
    *("calls", "calls", "calls", "names", "names", "devices", "devices", "first", "first", "boots", "boots"),
)
_HABITS = {"age", "limit", "contention", "spare"}
_BESIDE = {"calls", "names", "devices", "first", "boots"}
_FAMILIES = (
    *("naive", "naive", "constant", "constant", "exponential"),
    *("decorrelated", "few", "budget", "breaker", "layers"),
)


@dataclass(frozen=True, kw_only=True)
class Blind:
    """One world and what it is, in words."""

    number: int
    says: str
    document: dict[str, Any]

    @property
    def activity(self) -> str | None:
        """The activity that happens, where it is no trigger."""
        return next(iter(self.document["activities"]), None)

    @property
    def file(self) -> WorldFile:
        """The world."""
        return read_world(json.dumps(self.document), f"blind_{self.number}.yaml")


def _log(draw: random.Random, low: float, high: float) -> float:
    return float(f"{low * (high / low) ** draw.random():.3g}")


def _policy(draw: random.Random) -> tuple[str, Any]:
    """Return a retry policy of one of the families."""
    family = draw.choice(_FAMILIES)
    base, cap = f"{_log(draw, 0.05, 1.0)}s", f"{draw.choice([5, 10, 20])}s"
    jittered = {"retries": "unlimited", "backoff": "exponential", "base": base, "cap": cap, "jitter": "full"}
    if family == "naive":
        layers = [{"retries": "unlimited", "backoff": "none"}]
    elif family == "constant":
        layers = [{"retries": "unlimited", "backoff": "constant", "base": base}]
    elif family == "exponential":
        jittered["jitter"] = draw.choice(["none", "equal", "full"])
        layers = [jittered]
    elif family == "decorrelated":
        layers = [{"retries": "unlimited", "backoff": "decorrelated", "base": base, "cap": cap}]
    elif family == "few":
        layers = [{"retries": draw.choice([0, 1, 2, 4]), "backoff": "constant", "base": base}]
    elif family == "budget":
        budget = {"tokens": draw.choice([3, 10]), "per_request": draw.choice([0.1, 0.2])}
        layers = [jittered | {"budget": budget}]
    elif family == "breaker":
        breaker = {"failure": "50%", "window": "5s", "least_calls": 3, "open": f"{draw.choice([1, 3])}s"}
        layers = [jittered | {"breaker": breaker}]
    else:
        layers = [{"retries": 2, "backoff": "constant", "base": "50ms"}, jittered]
    return family, {"layers": layers}


def _event(draw: random.Random, world: dict[str, Any], *, kind: str) -> str:
    """Add what disturbs; returns its words."""
    base = world["clients"]["base"]
    if kind == "surge":
        count = round(_log(draw, 60, 600))
        world["clients"]["surge"] = {
            **{key: base[key] for key in ("network", "service", "timeout", "syn", "retry")},
            "population": 0,
            "start_spread": f"{draw.choice([42, 500, 2000])}ms",
            "demand": {"kind": "once"},
        }
        world["triggers"]["event"] = {
            "at": f"{AT_S}s",
            "for": "4s",
            "set": {"clients.surge.population": count},
        }
        return f"{count} more clients for 4 s"
    if kind == "reconnect":
        spread = draw.choice(["42ms", "500ms", "2s"])
        world["triggers"]["event"] = {"at": f"{AT_S}s", "reconnect": "base", "reconnect_spread": spread}
        return f"all reconnect over {spread}"
    if kind == "away":
        for_s = _log(draw, 0.3, 2.0)
        world["triggers"]["event"] = {
            "at": f"{AT_S}s",
            "for": f"{for_s}s",
            "set": {"services.web.instances": 0},
        }
        return f"the service is away for {for_s:g} s"
    if kind == "slow":
        share, for_s = draw.choice([0.1, 0.2, 0.4]), draw.choice([1, 2, 4])
        rate = world["crossings"]["device"]["forwarding"]
        slow = f"{float(rate.removesuffix('/s')) * share:.0f}/s"
        paths = {"crossings.device.forwarding": slow}
        world["triggers"]["event"] = {"at": f"{AT_S}s", "for": f"{for_s}s", "set": paths}
        return f"the device forwards {share:.0%} for {for_s} s"
    if kind == "restart":
        return _restart(draw, world)
    times = draw.choice([2, 3, 5])
    rate = float(base["demand"]["rate"].removesuffix("/s")) * times
    paths = {"clients.base.demand.rate": f"{rate:.1f}/s"}
    world["triggers"]["event"] = {"at": f"{AT_S}s", "for": "3s", "set": paths}
    return f"{times} times the requests for 3 s"


def _restart(draw: random.Random, world: dict[str, Any]) -> str:
    """Replace the service's instances in batches, upon which all clients reconnect; returns its words."""
    batches, pause_s = draw.choice([1, 2, 4]), draw.choice([1, 2])
    spread = draw.choice(["42ms", "500ms", "2s"])
    world["services"]["web"].setdefault("instances", 4)
    world["services"]["web"].setdefault("boot", {})["time"] = f"{draw.choice([0.5, 1, 2])}s"
    world["activities"]["restart"] = {
        "kind": "restart",
        "service": "web",
        "at": f"{AT_S}s",
        "batches": batches,
        "pause": f"{pause_s}s",
        "reactions": [{"clients": "base", "spread": spread}],
    }
    return f"restart in {batches} batches {pause_s} s apart, all reconnect over {spread} each time"


def _probes(draw: random.Random, web: dict[str, Any], *, flows_per_s: float) -> str:
    """Give the service a capacity of its own, and let its instances be checked; returns its words."""
    used, failures = draw.uniform(0.3, 0.8), draw.choice([2, 3])
    timeout_s = draw.choice([0.1, 0.2, 0.4])
    busy_fails, panic = draw.random() < 0.7, draw.choice(["0%", "0%", "50%"])
    web |= {"instances": 4, "concurrency": 2, "service_time": f"{8 * used / flows_per_s:.3g}s"}
    web["service_law"], web["queue"] = "exponential", draw.choice([50, 200, 1000])
    web["health_probes"] = [
        {
            "network": "clients",
            "interval": "500ms",
            "timeout": f"{timeout_s}s",
            "failures": failures,
            "successes": 2,
            "on_failure": "eject",
            "panic": panic,
            "busy_fails": busy_fails,
        }
    ]
    which = "with the requests" if busy_fails else "apart"
    return (
        f"; 4 instances {used:.0%} used, checked {which}, ejected after {failures} checks over "
        f"{timeout_s:g} s{'' if panic == '0%' else ', half of them at most'}"
    )


def _limits(draw: random.Random, world: dict[str, Any], *, structure: str, flows_per_s: float) -> str:
    """Add what else stands on the way; returns its words."""
    device, web = world["crossings"]["device"], world["services"]["web"]
    if structure == "two":
        second = {
            "forwarding": f"{max(_log(draw, 1500, 4000), 13.0 * flows_per_s):.0f}/s",
            "queue_packets": round(_log(draw, 100, 1500)),
        }
        world["networks"]["middle"] = {}
        device["between"] = ["clients", "middle"]
        world["crossings"]["second"] = {"between": ["middle", "servers"], "round_trip": "200us"} | second
        return f"; a second device of {second['forwarding']}, {second['queue_packets']} packets"
    if structure in {"table", "ports"}:
        web["service_time"] = "200ms"
        kept = world["clients"]["base"]["connection"] == "keep_alive"
        hold_s = 1.0 if structure == "table" else 0.0
        held = world["clients"]["base"]["population"] if kept else flows_per_s * (0.2 + hold_s)
        size = max(round(held * draw.uniform(1.2, 2.5)), 20)
        table = {"entries": size, "when_full": "drop", "closed_hold": "1s", "unanswered_hold": "5s"}
        if structure == "table":
            device["table"] = table
            return f"; a table of {size} flows, requests of 0.2 s"
        # Linux takes over ports that are only held, so that none is held here.
        device["ports"] = {"per_destination": size, "hold": "0s", "unanswered_hold": "5s"}
        return f"; {size} ports, requests of 0.2 s"
    if structure == "probes":
        return _probes(draw, web, flows_per_s=flows_per_s)
    if structure == "admission":
        rate = round(flows_per_s * draw.uniform(1.2, 2.0))
        on_excess = draw.choice(["drop", "reset"])
        device["admission"] = {"rate": f"{rate}/s", "burst": draw.choice([5, 20]), "on_excess": on_excess}
        return f"; admission {rate}/s, {on_excess}"
    return ""


def _habit(draw: random.Random, world: dict[str, Any], *, structure: str, flows_per_s: float) -> str:
    """Give clients or the service a habit that decides what a surge does; returns its words."""
    base, web = world["clients"]["base"], world["services"]["web"]
    if structure == "age":
        age_s, jitter = draw.choice([3, 6, 10]), draw.choice(["0%", "10%"])
        whose = draw.choice(["client", "service"])
        base["connection"] = "keep_alive"
        reopen = base["reopen"] = draw.choice(["at_once", "as_needed"])
        noun = {"age": f"{age_s}s", "jitter": jitter} | ({} if draw.random() < 0.5 else {"grace": "200ms"})
        (base if whose == "client" else web)["connection_age"] = noun
        again = "again at once" if reopen == "at_once" else "again when needed"
        return f"; a {whose} closes connections after {age_s} s ± {jitter}, made {again}"
    if structure == "limit":
        mean_per_s = flows_per_s / base["population"]
        rate, burst = mean_per_s * draw.uniform(1.5, 4.0), draw.choice([1, 2, 5])
        base["limit"] = {"rate": f"{rate:.3g}/s", "burst": burst}
        if draw.random() < 0.5:
            base["limit"]["longest_wait"] = "1s"
        return f"; clients keep to {rate:.2g}/s each, {burst} at once"
    if structure == "spare":
        count, hold_s = draw.choice([1, 2]), draw.choice([1, 4])
        base |= {"spare_connections": count, "spare_hold": f"{hold_s}s"}
        return f"; {count} idle connections for {hold_s} s for each request given up"
    used, at_once = draw.uniform(0.3, 0.7), draw.choice([8, 16, 32])
    serial, crosstalk = draw.choice([0.01, 0.05]), draw.choice([0.0, 0.002, 0.005])
    web |= {"instances": 2, "concurrency": at_once, "service_time": f"{8 * used / flows_per_s:.3g}s"}
    web |= {"service_law": "exponential", "queue": draw.choice([50, 200, 1000])}
    web["contention"] = {"serial": serial, "crosstalk": crosstalk}
    return f"; 2 instances of {at_once} at a time that hold each other up ({serial:g}, {crosstalk:g})"


def blind_world(number: int, *, draw_round: int) -> Blind:
    """Return the world of this number in a round of drawing."""
    draw = random.Random(1_000 * (70 + draw_round) + number)  # noqa: S311  chance, not secrecy
    packets_per_s, queue = _log(draw, 1000, 3000), round(_log(draw, 200, 2000))
    timeout_s, load = _log(draw, 0.4, 1.5), draw.uniform(0.3, 0.7)
    flows_per_s = load * packets_per_s / 10.0
    family, policy = _policy(draw)
    kind, structure = draw.choice(_KINDS), draw.choice(_STRUCTURES)
    if structure == "boots":
        kind = "restart"
    closed = kind != "spike" and draw.random() < 0.75
    count = draw.randint(100, 600)
    demand = {"kind": "closed", "think": f"{count / flows_per_s:.3g}s"}
    if not closed:
        arrivals = draw.choice(["poisson", "paced"])
        demand = {"kind": "open", "rate": f"{flows_per_s:.1f}/s", "arrivals": arrivals}
    kept = draw.random() < (1.0 if structure == "first" else 0.25)
    base = {
        "network": "clients",
        "service": "web",
        "population": count,
        "connection": "keep_alive" if kept else "per_request",
        "timeout": f"{timeout_s}s",
        "syn": "linux-classic",
        "demand": demand,
        "retry": policy,
    }
    device = {
        "between": ["clients", "servers"],
        "forwarding": f"{packets_per_s:.0f}/s",
        "queue_packets": queue,
    }
    world: dict[str, Any] = {
        "name": f"blind_{number}",
        "horizon": f"{HORIZON_S}s",
        "networks": {"clients": {}, "servers": {}},
        "crossings": {"device": device | {"round_trip": "200us"}},
        "services": {
            "web": {
                "network": "servers",
                "concurrency": 1000,
                "service_time": "100us",
                "service_law": "fixed",
            }
        },
        "clients": {"base": base},
        "triggers": {},
        "activities": {},
    }
    add = _habit if structure in _HABITS else beside if structure in _BESIDE else _limits
    on_the_way = add(draw, world, structure=structure, flows_per_s=flows_per_s)
    event = _event(draw, world, kind=kind)
    says = (
        f"{packets_per_s:.0f} packets/s, {queue} packets of queue, {load:.0%} load by {count} "
        f"{'closed' if closed else 'open'} clients{' that keep connections' if kept else ''}, time-out "
        f"{timeout_s:g} s, {family}; {event}{on_the_way}"
    )
    return Blind(number=number, says=says, document=world)
