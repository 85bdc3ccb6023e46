"""Small random worlds for the event engine, and a look inside it when a run is over.

Each world joins many features at small counts, so that queues, tables and pools fill within seconds.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from tidegate.simulate.kernels.engine import prepare, run
from tidegate.simulate.kernels.nouns import Event, Exchange, Pool
from tidegate.simulate.kernels.nouns.head import Status
from tidegate.simulate.kernels.row import Row
from tidegate.simulate.kernels.untouched import connection_of
from tidegate.simulate.kernels.wheel import KIND_MASK
from tidegate.simulate.lower import lower
from tidegate.simulate.memory import Memory
from tidegate.simulate.run import stream_keys
from tidegate.simulate.script import write_script
from tidegate.simulate.tables import Tables
from tidegate.world.file.read import read_world

STOP_S = 5  # from here on nobody wants anything

_BUDGETS = (
    {},
    {"budget": {"tokens": 5, "per_request": 0.1}},
    {"budget": {"tokens": 20, "per_success": 0.5, "fill": "1/s", "scope": "population"}},
)
_BREAKERS = ({}, {}, {"breaker": {"window": "1s", "open": "500ms", "least_calls": 4, "scope": "population"}})
_RETRIES = (
    {"layers": []},
    {"layers": [{"retries": 3, "backoff": "none", "base": "0s"}]},
    {"layers": [{"retries": 4, "base": "50ms", "jitter": "full"}]},
    {"layers": [{"retries": 2, "backoff": "linear", "base": "30ms", "jitter": "equal", "deadline": "1s"}]},
    {"layers": [{"retries": 5, "backoff": "decorrelated", "base": "20ms", "cap": "1s"}]},
    {"layers": [{"retries": 4, "base": "20ms", "law": "exponential"}]},
    {"layers": [{"retries": 3, "law": {"quantiles": {"p50": "30ms", "max": "700ms"}}}]},
)
SEEN = {"values": ["1ms", "9ms", "200ms"], "weights": [5, 4, 1]}
_OUTER = {"retries": 1, "backoff": "constant", "base": "200ms", "jitter": "spread", "jitter_width": "20%"}


@st.composite
def _retry(draw: st.DrawFn) -> dict[str, Any]:
    layers = [dict(layer) for layer in draw(st.sampled_from(_RETRIES))["layers"]]
    if layers:
        layers[0] |= draw(st.sampled_from(_BUDGETS)) | draw(st.sampled_from(_BREAKERS))
        if draw(st.booleans()):
            layers.append(dict(_OUTER))
    return {"layers": layers}


@st.composite
def _crossing(draw: st.DrawFn, between: list[str]) -> dict[str, Any]:
    crossing: dict[str, Any] = {
        "between": between,
        "devices": draw(st.sampled_from([1, 3])),
        "skew": draw(st.sampled_from(["0%", "40%"])),
        "round_trip": draw(st.sampled_from(["0s", "2ms"])),
        "flow_state": draw(st.sampled_from(["lost", "kept"])),
    }
    if draw(st.booleans()):
        crossing |= {
            "forwarding": draw(st.sampled_from(["800/s", "20k/s"])),
            "queue_packets": draw(st.sampled_from([20, 500])),
            "queue_when_full": draw(st.sampled_from(["silent", "visible"])),
        }
        if draw(st.booleans()):
            crossing |= {"setup": "300/s", "setup_processor": draw(st.sampled_from(["shared", "separate"]))}
    if draw(st.booleans()):
        full = draw(st.sampled_from(["drop", "refuse", "evict"]))
        crossing["table"] = {
            "entries": 40,
            "when_full": full,
            "closed_hold": "500ms",
            "unanswered_hold": "300ms",
        }
        crossing["table"]["idle_timeout"] = draw(st.sampled_from(["1s", "300s"]))
    if draw(st.booleans()):
        full = draw(st.sampled_from(["drop", "refuse"]))
        crossing["ports"] = {"per_destination": 30, "when_full": full, "hold": "400ms"}
    if draw(st.booleans()):
        crossing["admission"] = draw(
            st.sampled_from(
                [
                    {"rate": "60/s", "burst": 5},
                    {"rate": "60/s", "burst": 5, "on_excess": "reset"},
                    {"per_source": "2/s", "per_source_burst": 2},
                    {"concurrent": 20},
                ]
            )
        )
    return crossing


@st.composite
def _clients(draw: st.DrawFn, service: str) -> dict[str, Any]:
    demand = draw(
        st.sampled_from(
            [
                {"kind": "open", "rate": "60/s"},
                {"kind": "open", "rate": "60/s", "arrivals": "paced"},
                {"kind": "open", "rate": "40/s", "unserved": "deferred", "drain": "20/s"},
                {"kind": "closed", "think": "400ms"},
                {"kind": "closed", "think": "400ms", "think_law": "fixed"},
                {"kind": "none"},
            ]
        )
    )
    clients: dict[str, Any] = {
        "network": "a",
        "service": service,
        "population": draw(st.sampled_from([1, 12, 40])),
        "demand": demand,
        "connection": draw(st.sampled_from(["per_request", "keep_alive", "pool"])),
        "pool": 2,
        "timeout": draw(st.sampled_from(["60ms", "400ms"])),
        "timeout_law": draw(st.sampled_from(["fixed", "fixed", "exponential", SEEN])),
        "timeout_clock": draw(st.sampled_from(["connect", "send"])),
        "after_timeout": draw(st.sampled_from(["rebuild", "keep"])),
        "late_replies": draw(st.sampled_from(["ignored", "accepted"])),
        "spare_connections": draw(st.sampled_from([0, 0, 1, 3])),
        "spare_hold": draw(st.sampled_from(["300ms", "4s"])),
        "idle_connect_every": draw(st.sampled_from([None, "200ms"])),
        "start_spread": "200ms",
        "retry": draw(_retry()),
    }
    if clients["connection"] != "pool":
        del clients["pool"]
    if draw(st.booleans()):
        clients["lookup"] = {
            "service": "names",
            "ttl": draw(st.sampled_from(["0s", "1s"])),
            "timeout": "100ms",
        }
    return clients


@st.composite
def _service(draw: st.DrawFn) -> dict[str, Any]:
    service: dict[str, Any] = {
        "network": "b",
        "instances": draw(st.sampled_from([1, 3])),
        "concurrency": 2,
        "service_time": draw(st.sampled_from(["5ms", "30ms"])),
        "service_law": draw(st.sampled_from(["exponential", "fixed", "lognormal", "uniform", SEEN])),
        "queue": draw(st.sampled_from([0, 5, 200])),
        "queue_order": draw(st.sampled_from(["fifo", "lifo"])),
        "queue_when_full": draw(st.sampled_from(["silent", "visible"])),
        "abandoned_work": draw(st.sampled_from(["served", "leaves"])),
        "setup_time": "1ms",
        "resumption": "50%",
        "boot": {"time": "300ms", "calls": [{"service": "store", "requests": 3, "timeout": "200ms"}]},
    }
    if draw(st.booleans()):
        service |= {
            "connections": 8,
            "connections_when_full": draw(st.sampled_from(["backlog", "refuse"])),
            "accept_backlog": draw(st.sampled_from([2, 100])),
        }
    if draw(st.booleans()):
        call = {"service": "store", "timeout": "50ms", "retry": draw(_retry())}
        call["timeout_law"] = draw(st.sampled_from(["fixed", "uniform", SEEN]))
        call["connection"] = draw(st.sampled_from(["per_request", "keep_alive"]))
        if draw(st.booleans()):
            fill = draw(st.sampled_from(["look_aside", "read_through"]))
            call["cache"] = {"hit": "80%", "keys": 30, "fill": fill}
        service["calls"] = [call, {"service": "store", "timeout": "40ms"}]
    if draw(st.booleans()):
        probe = {"network": "a", "interval": "300ms", "timeout": "40ms", "failures": 2, "successes": 1}
        probe["on_failure"] = draw(st.sampled_from(["eject", "restart", "drop_sessions"]))
        probe["busy_fails"] = draw(st.booleans())
        service["health_probes"] = [probe]
    if draw(st.booleans()):
        signal = draw(st.sampled_from(["utilisation", "requests", "queue", "connections"]))
        target = 0.6 if signal == "utilisation" else 5
        service["autoscaler"] = {
            "signal": signal,
            "target": target,
            "most": 6,
            "interval": "500ms",
            "scale_down_delay": "1s",
        }
    return service


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    """Return a small world with two crossings in a row, three services and two populations."""
    detail = draw(st.sampled_from(["packet", "packet", "coarse"]))
    near = draw(st.booleans())
    clients = {"p": draw(_clients("front")), "q": draw(_clients("front"))}
    world: dict[str, Any] = {
        "name": "random",
        "horizon": "6s",
        "detail": detail,
        "networks": {"a": {}, "b": {}, "z": {}},
        "crossings": {"x": draw(_crossing(["a", "b"])), "y": draw(_crossing(["b", "z"]))},
        "services": {
            "front": draw(_service()),
            "store": {"network": "z", "instances": 1, "concurrency": 3, "service_time": "8ms", "queue": 20},
            "names": {"network": "b", "instances": 1, "service_time": "1ms"},
        },
        "clients": clients,
        "triggers": {
            "reconnect": {"at": "1s", "reconnect": "p", "reconnect_spread": "100ms"},
            "gone": {
                "at": "2s",
                "for": "700ms",
                "set": {"services.front.instances": draw(st.sampled_from([0, 1]))},
            },
            "grown": {"at": "3s", "for": "1s", "set": {"clients.q.population": 60}},
            "devices": {"at": "3500ms", "set": {"crossings.x.devices": 2}},
            "over": {"at": f"{STOP_S}s", "set": {}},
        },
    }
    if near:
        world["services"]["front"]["network"] = "a"
    for name, population in clients.items():
        kind = population["demand"]["kind"]
        if kind == "open":
            world["triggers"]["over"]["set"][f"clients.{name}.demand.rate"] = "0/s"
        elif kind == "closed":
            world["triggers"]["over"]["set"][f"clients.{name}.demand.think"] = "1000d"
    if any("cache" in call for call in world["services"]["front"].get("calls", ())):
        world["triggers"]["flush"] = {"at": "1500ms", "set": {"services.front.calls.0.cache.flush": True}}
    if not world["triggers"]["over"]["set"]:
        del world["triggers"]["over"]
    return world


def tables_of(world: dict[str, Any], *, horizon_s: float) -> Tables:
    """Return the world lowered, without any activity."""
    return lower(write_script(read_world(json.dumps(world), "random.yaml")), horizon_s=horizon_s)


class Look:
    """A run carried to its end, and its memory.

    Parameters
    ----------
    tables
        What is run.
    seed
        Chooses the streams.
    heap_only
        Whether the calendar is one heap.
    """

    def __init__(self, tables: Tables, *, seed: int = 1, heap_only: bool = False) -> None:
        self.tables = tables
        self.memory = Memory(tables, stream_keys(seed, 0), heap_only=heap_only)
        self._stretches: list[tuple[int, int]] = []
        self._exchanges_from = self._following()
        prepare(self.memory.m, self.memory.script)
        while True:
            run(self.memory.m, self.memory.f)
            status = self.memory.head.status
            if status == Status.ENDED:
                break
            if status == Status.FULL:
                self._grow()
        self._patterns = self._touched()

    def _touched(self) -> set[int]:
        """Write what stands untouched since before the run, and return the rows of its patterns."""
        m, patterns = self.memory.m, set()
        for i in range(int(self.memory.head.populations_count)):
            population = self.memory.head.populations.on(i)
            if population.untouched.exists:
                patterns.add(population.untouched.at)
                for j in range(population.untouched_count):
                    connection_of(population.first_client.on(j), population, m)
        return patterns

    def _following(self) -> int:
        return int(self.memory.head.exchanges.following)

    def _grow(self) -> None:
        before = (self._exchanges_from, self._following())
        self.memory.grow()
        after = self._following()
        if after != before[1]:
            self._stretches.append(before)
            self._exchanges_from = after

    @property
    def exchanges(self) -> set[int]:
        """Addresses of all rows of exchanges ever taken."""
        now = (self._exchanges_from, self._following())
        rows = {x for first, end in [*self._stretches, now] for x in range(first, end, Exchange.SIZE)}
        return rows - self._patterns

    def rows(self, first: Row, count: int) -> NDArray[np.int64]:
        """Return so many rows of the memory: (rows, columns)."""
        return self.memory.m[first.at : first.at + count * first.SIZE].reshape(count, first.SIZE)

    @property
    def populations(self) -> NDArray[np.int64]:
        return self.rows(self.memory.head.populations, self.memory.head.populations_count)

    @property
    def services(self) -> NDArray[np.int64]:
        return self.rows(self.memory.head.services, self.memory.head.services_count)

    @property
    def devices(self) -> NDArray[np.int64]:
        return self.rows(self.memory.head.devices, self.memory.head.devices_count)

    @property
    def clients(self) -> NDArray[np.int64]:
        return self.rows(self.memory.head.clients, self.tables.client_count)

    def free(self, pool: Pool) -> set[int]:
        """Return the addresses of a pool's free rows."""
        found: set[int] = set()
        at = int(pool.free)
        while at > 0:
            assert at not in found, "a row was given back twice"
            found.add(at)
            at = int(self.memory.m[at])
        return found

    def events(self) -> list[tuple[int, int, int, int]]:
        """Return (time, kind, a, b) of all that is still in the calendar."""
        head, out = self.memory.head, []
        slots = [head.beyond, *(head.wheel.on(i) for i in range(2 * head.slots_count))]
        events = [head.root, *(slot.first for slot in slots)]
        while events:
            event = events.pop()
            if event.exists:
                links, payload = int(event.links), int(event.payload)
                events += [Event(self.memory.m, at) for at in (links & 0xFFFFFFFF, links >> 32)]
                kind = int(event.order) & KIND_MASK
                out.append((int(event.time_ns), kind, payload & 0xFFFFFFFF, payload >> 32))
        return out
