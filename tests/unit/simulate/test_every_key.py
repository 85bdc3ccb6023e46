"""Every key and timer that the event engine reads has an effect, seen in a count and in the right direction.

A new key without a row, and a row for a key that is gone, fail. What is exempt says why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from effect_worlds import BASE, Told

from tidegate.world.boot import Boot, BootCall
from tidegate.world.clients import ClientLimit, Clients, Demand, Lookup
from tidegate.world.connection_age import ConnectionAge
from tidegate.world.contention import Contention
from tidegate.world.crossing import Admission, Background, Crossing, DeviceScaler, PortBlock, Ports, Table
from tidegate.world.file.shape import slots
from tidegate.world.instance import Balancing, Sick, WarmUp
from tidegate.world.instance_memory import Memory, RestartBackoff
from tidegate.world.law import EmpiricalLaw
from tidegate.world.login import Login
from tidegate.world.opening import Opening
from tidegate.world.retry import Breaker, Budget, RetryLayer
from tidegate.world.scaler import Autoscaler, Metrics, SecondSignal
from tidegate.world.service import Cache, Call, ConnectionPool, HealthProbe, Service, StartupProbe

Count = Callable[[Told], float]

WORLD = BASE.replace(
    "  web:",
    "  other: {network: near, instances: 1, concurrency: 1000, service_time: 1ms, service_law: fixed}\n"
    "  back: {network: far, instances: 1, concurrency: 1000, service_time: 1ms, service_law: fixed}\n  web:",
)

NOUNS = {
    "service": Service,
    "balancing": Balancing,
    "warm_up": WarmUp,
    "sick": Sick,
    "memory": Memory,
    "boot": Boot,
    "boot_call": BootCall,
    "call": Call,
    "pool": ConnectionPool,
    "cache": Cache,
    "probe": HealthProbe,
    "login": Login,
    "opening": Opening,
    "contention": Contention,
    "startup": StartupProbe,
    "restart_backoff": RestartBackoff,
    "autoscaler": Autoscaler,
    "also": SecondSignal,
    "metrics": Metrics,
    "crossing": Crossing,
    "table": Table,
    "ports": Ports,
    "block": PortBlock,
    "scaler": DeviceScaler,
    "background": Background,
    "admission": Admission,
    "clients": Clients,
    "demand": Demand,
    "connection_age": ConnectionAge,
    "lookup": Lookup,
    "layer": RetryLayer,
    "budget": Budget,
    "breaker": Breaker,
    "limit": ClientLimit,
    "law": EmpiricalLaw,
}

EXEMPT = {
    "service.title": "a name",
    "service.public": "a name, for the public site",
    "service.known_as": "names",
    "service.network": "where it stands decides the way: tests of routes",
    "service.calls": "each key of a call has a row",
    "service.balancing": "each key of it has a row",
    "service.sick": "each key of it has a row",
    "service.warm_up": "each key of it has a row",
    "service.memory": "each key of it has a row",
    "memory.restart_backoff": "the same waits as checks': test_effects_memory",
    "service.contention": "each key of it has a row",
    "service.boot": "each key of a boot has a row",
    "service.health_probes": "each key of a check has a row",
    "service.autoscaler": "each key of a scaler has a row",
    "autoscaler.also": "each key of it has a row",
    "autoscaler.metrics": "each key of it has a row",
    "autoscaler.kubernetes": "the rules of its functions' tables, old and new: test_scaler_tables",
    "metrics.service": "a reference",
    "boot.calls": "each key of a boot call has a row",
    "boot_call.service": "a reference",
    "call.service": "a reference",
    "service.pooler": "lowered to a pool of its call: tests of poolers",
    "call.pool": "each key of a pool has a row",
    "probe.startup": "each key of it has a row",
    "probe.restart_backoff": "each key of it has a row",
    "probe.network": "where it stands decides the way: tests of routes",
    "crossing.between": "what it joins: tests of routes",
    "crossing.device": "a name of the catalogue, which fills other keys",
    "crossing.known_as": "names",
    "crossing.table": "each key of a table has a row",
    "crossing.ports": "each key of ports has a row",
    "crossing.scaler": "each key of it has a row",
    "ports.block": "each key of a block has a row",
    "crossing.background": "each key of it has a row",
    "crossing.admission": "each key of it has a row",
    "service.standby": "set by activities with `surge`: tests of the staircase",
    "service.protocol": "what `protect` writes for; the engine does not read it",
    "clients.spare_connections": "test_effects_bare",
    "clients.spare_hold": "test_effects_bare",
    "clients.idle_connect_every": "test_effects_bare",
    "clients.on_connect": "each key of it has a row",
    "call.on_connect": "the same as clients'",
    "service.login": "each key of it has a row",
    "clients.title": "a name",
    "clients.known_as": "names",
    "clients.network": "where they stand decides the way: tests of routes",
    "clients.service": "a reference",
    "clients.demand": "each key of a demand has a row",
    "clients.connection_age": "each key of it has a row",
    "service.connection_age": "the same ages as clients': test_effects_age",
    "call.connection_age": "the same ages as clients': test_effects_age",
    "clients.lookup": "each key of a look-up has a row",
    "clients.retry": "each key of a layer has a row",
    "lookup.service": "a reference",
    "opening.service": "test_effects_connecting",
    "layer.budget": "each key of a budget has a row",
    "layer.breaker": "each key of a breaker has a row",
    "call.retry": "the same policies as clients'",
    "clients.limit": "each key of a limit has a row",
    "boot_call.retry": "the same policies as clients'",
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One key with two values, and a count that must be greater with the second."""

    key: str
    path: str
    less: Any
    more: Any
    count: Count
    world: dict[str, Any] = field(default_factory=dict)
    activity: str | None = None


def of(
    series: str, since_s: float = 0.0, until_s: float = 1e6, *, sign: int = 1, name: str = "users"
) -> Count:
    return lambda told: sign * told.clients(series, since_s=since_s, until_s=until_s, name=name)


def at(series: str, since_s: float = 0.0, until_s: float = 1e6, *, sign: int = 1) -> Count:
    return lambda told: sign * told.crossing(series, since_s=since_s, until_s=until_s)


def waits(since_s: float = 0.0, until_s: float = 9.0, *, sign: int = 1) -> Count:
    return lambda told: sign * told.waiting(since_s=since_s, until_s=until_s)


def calls(name: str, series: str = "attempts_count", *, sign: int = 1) -> Count:
    return lambda told: sign * told.clients(series, name=name)


SERVED, FAILED, TRIES = of("served_count"), of("failed_count"), of("attempts_count")
FEWER_SERVED = of("served_count", sign=-1)
SLOWER: Count = lambda told: told.median_s()  # noqa: E731
W, G, U = "services.web", "crossings.gate", "clients.users"
TIGHT = {f"{W}.concurrency": 1, f"{W}.service_time": "20ms", f"{W}.queue": 10}
GONE = {"triggers": {"gone": {"at": "2s", "for": "3s", "set": {f"{W}.instances": 0}}}}
LOST = GONE | {f"{U}.timeout": "200ms"}
AGAIN = {"triggers": {"again": {"at": "3s", "reconnect": "users"}}}
KEPT = {f"{U}.connection": "keep_alive"}
AGED = KEPT | {f"{U}.connection_age": {"age": "1s"}}
CLOSED = {f"{U}.demand": {"kind": "closed", "think": "1s"}}
FLOOD = TIGHT | {
    f"{W}.queue": 500,
    f"{U}.timeout": "300ms",
    f"{U}.demand.rate": "30/s",
    "triggers": {"flood": {"at": "1s", "for": "2s", "set": {f"{U}.demand.rate": "200/s"}}},
}
CAPPED = {f"{W}.service_time": "100ms", f"{W}.connections": 5, f"{W}.queue": 0}


def service(key: str, less: Any, more: Any, count: Count, world: dict[str, Any] | None = None) -> Row:
    return Row(key=f"service.{key}", path=f"{W}.{key}", less=less, more=more, count=count, world=world or {})


SERVICES = (
    service("instances", 1, 2, SERVED, TIGHT),
    service("concurrency", 1, 2, SERVED, TIGHT),
    service("service_time", "1ms", "9ms", SLOWER),
    service("service_law", "fixed", "exponential", waits(), TIGHT | {f"{W}.service_time": "9.5ms"}),
    service(
        "service_cv",
        0.1,
        3,
        FEWER_SERVED,
        TIGHT | {f"{W}.service_law": "lognormal", f"{W}.service_time": "9ms"},
    ),
    service("queue", 2, 20, waits(), TIGHT),
    service("queue_order", "fifo", "lifo", SERVED, TIGHT | {f"{W}.queue": 500}),
    service("queue_when_full", "visible", "silent", waits(), TIGHT),
    service("abandoned_work", "served", "leaves", SERVED, FLOOD),
    service("request_ack", "with_answer", "at_once", at("packets_count")),
    service("connections", 5, 8, SERVED, CAPPED | {f"{W}.connections_when_full": "refuse"}),
    service("reserved_connections", 3, 1, SERVED, CAPPED | {f"{W}.connections_when_full": "refuse"}),
    service("connections_when_full", "refuse", "backlog", waits(), CAPPED),
    service("accept_backlog", 5, 50, lambda told: told.connected(), CAPPED | {f"{U}.timeout": "400ms"}),
    service("setup_time", "0s", "8ms", SLOWER),
    service("resumed_setup_time", "0s", "8ms", SLOWER, {f"{W}.resumption": 1.0, f"{W}.setup_time": "8ms"}),
    service("resumption", 1.0, 0.0, SLOWER, {f"{W}.setup_time": "9ms"}),
    service("peers_per_thread", 1, 5, SERVED, {f"{W}.instances": 4}),
    service("when_down", "silent", "refuse", waits(sign=-1), GONE),
    service(
        "retry_after",
        "100ms",
        "1s",
        of("attempts_count", sign=-1),
        TIGHT | {f"{U}.retry": {"layers": [{"retries": 5, "base": "10ms", "retry_after": "obey"}]}},
    ),
    service("addresses", 1, 2, SERVED, {f"{G}.ports": {"per_destination": 100, "hold": "2s"}}),
)

UNEVEN = TIGHT | {f"{W}.instances": 4, f"{W}.concurrency": 1, f"{W}.balancing": {"rule": "random"}}
ONE_GOES = UNEVEN | {"triggers": {"goes": {"at": "2s", "set": {f"{W}.instances": 3}}}, f"{U}.timeout": "1s"}
BALANCINGS = (
    Row(
        key="balancing.rule",
        path=f"{W}.balancing.rule",
        less="round_robin",
        more="random",
        count=waits(),
        world=UNEVEN,
    ),
    Row(
        key="balancing.each",
        path=f"{W}.balancing.each",
        less="request",
        more="connection",
        count=waits(),
        world=UNEVEN
        | KEPT
        | {
            f"{W}.instances": 1,
            f"{U}.after_timeout": "keep",
            "triggers": {"more": {"at": "1s", "set": {f"{W}.instances": 4}}},
        },
    ),
    Row(
        key="balancing.at",
        path=f"{W}.balancing.at",
        less="proxy",
        more="client",
        count=at("offered_count"),
        world=ONE_GOES | KEPT | {f"{W}.balancing": {"rule": "random", "each": "request"}},
    ),
    Row(
        key="balancing.weights",
        path=f"{W}.balancing.weights",
        less=[],
        more=[9],
        count=waits(),
        world=UNEVEN,
    ),
    Row(key="balancing.skew", path=f"{W}.balancing.skew", less=0.0, more=2.0, count=waits(), world=UNEVEN),
    Row(
        key="balancing.removal_lag",
        path=f"{W}.balancing.removal_lag",
        less="0s",
        more="4s",
        count=FEWER_SERVED,
        world=ONE_GOES,
    ),
    Row(
        key="balancing.when_gone",
        path=f"{W}.balancing.when_gone",
        less="refuse",
        more="silent",
        count=waits(),
        world=ONE_GOES | {f"{W}.balancing": {"rule": "random", "removal_lag": "4s"}},
    ),
)

ASKED = {"service": "back", "timeout": "200ms"}
CALLED = {f"{W}.calls": [ASKED]}
SLOW_BACK = CALLED | {"services.back.concurrency": 1, "services.back.service_time": "15ms"}
WARM = {f"{W}.calls": [ASKED | {"cache": {"hit": 0.9, "keys": 50}}]}
FLUSHED = {"triggers": {"flush": {"at": "3s", "set": {f"{W}.calls.0.cache.flush": True}}}}
FAILING = FLUSHED | {"services.back.service_time": "300ms"}
CALL, CACHE = f"{W}.calls.0", f"{W}.calls.0.cache"
BACK_CALLS = calls("web/call/0")
CALLS = (
    Row(key="call.timeout", path=f"{CALL}.timeout", less="20ms", more="800ms", count=SERVED, world=SLOW_BACK),
    Row(
        key="call.timeout_law",
        path=f"{CALL}.timeout_law",
        less="exponential",
        more="fixed",
        count=SERVED,
        world={f"{W}.calls": [ASKED | {"service": "other"}], "services.other.service_time": "100ms"},
    ),
    Row(
        key="call.request_size",
        path=f"{CALL}.request_size",
        less="100B",
        more="20kB",
        count=FEWER_SERVED,
        world={f"{W}.calls": [ASKED | {"service": "other"}], f"{G}.bandwidth": "10Mbit/s"},
    ),
    Row(
        key="call.answer_size",
        path=f"{CALL}.answer_size",
        less="100B",
        more="20kB",
        count=FEWER_SERVED,
        world={f"{W}.calls": [ASKED | {"service": "other"}], f"{G}.bandwidth": "10Mbit/s"},
    ),
    Row(
        key="call.connection",
        path=f"{CALL}.connection",
        less="keep_alive",
        more="per_request",
        count=at("offered_count"),
        world={f"{W}.calls": [ASKED | {"service": "other"}]},
    ),
    Row(key="call.cache", path=CACHE, less={"hit": 0.9}, more={"hit": 0.1}, count=BACK_CALLS, world=CALLED),
    Row(key="cache.hit", path=f"{CACHE}.hit", less=0.9, more=0.1, count=BACK_CALLS, world=WARM),
    Row(key="cache.keys", path=f"{CACHE}.keys", less=5, more=500, count=BACK_CALLS, world=WARM | FLUSHED),
    Row(
        key="cache.fill",
        path=f"{CACHE}.fill",
        less="read_through",
        more="look_aside",
        count=BACK_CALLS,
        world=WARM | FAILING,
    ),
    Row(key="cache.flush", path="triggers", less={}, more=FLUSHED["triggers"], count=BACK_CALLS, world=WARM),
)

BUSY_BACK = {"services.back.service_time": "30ms"}
BURST = {"triggers": {"burst": {"at": "1s", "for": "1s", "set": {f"{U}.demand.rate": "300/s"}}}}
GROWS = {"activities": {"grow": {"service": "web", "to": 3, "at": "5s"}}}
BACK_CONNECTIONS: Count = lambda told: told.connections(4.0, name="back")  # noqa: E731


def pool(key: str, less: Any, more: Any, count: Count, *, world: dict[str, Any], **keys: Any) -> Row:
    called = {f"{W}.calls": [ASKED | {"timeout": "2s", "pool": {"most": 20} | keys}]}
    return Row(
        key=f"pool.{key}", path=f"{CALL}.pool.{key}", less=less, more=more, count=count, world=called | world
    )


POOLS = (
    pool("most", 1, 5, SERVED, world=BUSY_BACK),
    pool("least", 0, 15, BACK_CONNECTIONS, world=BUSY_BACK, idle_timeout="50ms"),
    pool("wait", "20ms", "800ms", waits(), world=BUSY_BACK, most=2),
    pool("idle_timeout", "50ms", "5s", BACK_CONNECTIONS, world=BUSY_BACK | BURST),
    replace(
        pool(
            "opened",
            "lazy",
            "eager",
            lambda told: told.connections(9.0, name="back"),
            world=BUSY_BACK | GROWS,
            least=10,
            idle_timeout="1s",
        ),
        activity="grow",
    ),
)

RESTART = {"activities": {"again": {"kind": "restart", "service": "web", "at": "2s"}}}
BOOTED = RESTART | {f"{W}.boot": {"time": "1s", "calls": [ASKED | {"service": "back"}]}}
BOOT_CALL = f"{W}.boot.calls.0"
BOOT_TRIES = calls("web/boot/0")
LINKED = {f"{G}.bandwidth": "10Mbit/s"}
SLOWLY = {"services.back.service_time": "100ms"}
ABSENT = {"services.back.instances": 0}
BOOTS = (
    Row(
        key="boot.time",
        path=f"{W}.boot.time",
        less="1s",
        more="3s",
        count=FEWER_SERVED,
        world=BOOTED,
        activity="again",
    ),
    Row(
        key="boot_call.requests",
        path=f"{BOOT_CALL}.requests",
        less=1,
        more=9,
        count=BOOT_TRIES,
        world=BOOTED,
        activity="again",
    ),
    Row(
        key="boot_call.timeout",
        path=f"{BOOT_CALL}.timeout",
        less="3s",
        more="500ms",
        count=BOOT_TRIES,
        world=BOOTED | ABSENT,
        activity="again",
    ),
)

LOADS = (
    Row(
        key="boot_call.timeout_law",
        path=f"{BOOT_CALL}.timeout_law",
        less="fixed",
        more="exponential",
        count=BOOT_TRIES,
        world=BOOTED | SLOWLY | {f"{BOOT_CALL}.requests": 9, f"{W}.boot.time": "100ms"},
        activity="again",
    ),
    Row(
        key="service.handshake_size",
        path=f"{W}.handshake_size",
        less="0B",
        more="20kB",
        count=FEWER_SERVED,
        world=LINKED,
    ),
    Row(
        key="service.resumed_handshake_size",
        path=f"{W}.resumed_handshake_size",
        less="100B",
        more="20kB",
        count=FEWER_SERVED,
        world=LINKED | {f"{W}.handshake_size": "20kB", f"{W}.resumption": "100%"},
    ),
    Row(
        key="boot_call.at_once",
        path=f"{BOOT_CALL}.at_once",
        less=1,
        more=None,
        count=of("attempts_count", 2.0, 2.2, name="web/boot/0"),
        world=BOOTED | SLOWLY | {f"{BOOT_CALL}.requests": 50},
        activity="again",
    ),
    Row(
        key="boot_call.answer_size",
        path=f"{BOOT_CALL}.answer_size",
        less="10kB",
        more="4MB",
        count=FEWER_SERVED,
        world=BOOTED | LINKED | {"services.back.network": "near", f"{BOOT_CALL}.timeout": "9s"},
        activity="again",
    ),
    Row(
        key="service.answer_size",
        path=f"{W}.answer_size",
        less="100B",
        more="20kB",
        count=FEWER_SERVED,
        world=LINKED,
    ),
    Row(
        key="service.request_size",
        path=f"{W}.request_size",
        less="100B",
        more="20kB",
        count=FEWER_SERVED,
        world=LINKED,
    ),
)

CHECK = {"network": "near", "interval": "200ms", "timeout": "100ms", "failures": 2, "successes": 2}
SLOW_PATH = {"triggers": {"slow": {"at": "2s", "for": "2s", "set": {f"{G}.round_trip": "150ms"}}}}
CHECKED = SLOW_PATH | {f"{W}.health_probes": [CHECK], f"{W}.instances": 2, f"{W}.when_down": "refuse"}
P = f"{W}.health_probes.0"


def probe(key: str, less: Any, more: Any, count: Count, world: dict[str, Any] | None = None) -> Row:
    return Row(
        key=f"probe.{key}",
        path=f"{P}.{key}",
        less=less,
        more=more,
        count=count,
        world=CHECKED | (world or {}),
    )


PROBES = (
    probe("interval", "400ms", "100ms", calls("web/probe/0")),
    probe("timeout", "400ms", "100ms", FAILED),
    probe("timeout_law", "fixed", "exponential", FAILED, {"triggers": {}, f"{W}.service_time": "60ms"}),
    probe("failures", 6, 2, FAILED),
    probe("successes", 1, 8, FAILED),
    probe("on_failure", "eject", "restart", FAILED, {f"{W}.boot": {"time": "6s"}}),
    probe("panic", 1.0, 0.0, FAILED),
    probe(
        "busy_fails",
        False,
        True,
        FAILED,
        {
            "triggers": {"slow": {"at": "2s", "for": "2s", "set": {f"{W}.service_time": "300ms"}}},
            f"{U}.timeout": "5s",
            f"{W}.concurrency": 10,
        },
    ),
)

RESTARTED = CHECKED | {
    f"{W}.health_probes": [CHECK | {"on_failure": "restart"}],
    f"{W}.boot": {"time": "1s"},
}
WAITING = RESTARTED | {f"{W}.boot": {"time": "100ms"}}


def starting(key: str, less: Any, more: Any, world: dict[str, Any]) -> Row:
    noun, _, _ = key.rpartition(".")
    return Row(
        key=key if noun else f"probe.{key}",
        path=f"{P}.{key}",
        less=less,
        more=more,
        count=FAILED,
        world=world,
    )


CROWDED = {f"{W}.service_time": "50ms", f"{W}.concurrency": 50}
CONTENTIONS = (
    Row(
        key="contention.serial",
        path=f"{W}.contention.serial",
        less="0%",
        more="10%",
        count=SLOWER,
        world=CROWDED | {f"{W}.contention": {"crosstalk": "0.01%"}},
    ),
    Row(
        key="contention.crosstalk",
        path=f"{W}.contention.crosstalk",
        less="0%",
        more="1%",
        count=SLOWER,
        world=CROWDED | {f"{W}.contention": {"serial": "0.1%"}},
    ),
)
STARTS = (
    starting("initial_delay", "5s", "0s", RESTARTED),
    starting("startup.interval", "1s", "200ms", RESTARTED | {f"{P}.startup": {"failures": 2}}),
    starting("startup.failures", 20, 1, RESTARTED | {f"{P}.startup": {"interval": "200ms"}}),
    # From shorter waits it is killed more often, and loses all that it has each time.
    starting("restart_backoff.base", "1s", "3s", WAITING | {f"{P}.restart_backoff": {"most": "5s"}}),
    starting("restart_backoff.most", "100ms", "5s", WAITING | {f"{P}.restart_backoff": {"base": "3s"}}),
)

SCALED = {
    f"{W}.autoscaler": {
        "target": 0.5,
        "most": 6,
        "interval": "500ms",
        "scale_down_delay": "1s",
        "step_instances": 1,
    },
    f"{W}.concurrency": 1,
    f"{W}.service_time": "30ms",
    f"{W}.queue": 5,
    f"{W}.boot": {"time": "500ms"},
}
BURST = {"triggers": {"calm": {"at": "3s", "for": "3s", "set": {f"{U}.demand.rate": "1/s"}}}}
A = f"{W}.autoscaler"
PER_REQUEST = {f"{A}.signal": "requests", f"{A}.target": 10, f"{A}.interval": "2s"}


def scaler(key: str, less: Any, more: Any, count: Count, world: dict[str, Any] | None = None) -> Row:
    return Row(
        key=f"autoscaler.{key}",
        path=f"{A}.{key}",
        less=less,
        more=more,
        count=count,
        world=SCALED | (world or {}),
    )


ONE_A_MINUTE = [{"instances": 1, "period": "60s"}]
OLD = {f"{A}.kubernetes": "1.20"}
AT_ONCE = [{"share": 1.0, "period": "500ms"}]
FALLING = BURST | {f"{A}.scale_down_delay": "500ms"}
BLIND = {"triggers": {"blind": {"at": "1s", "for": "8s", "set": {"services.back.instances": 0}}}}


def second(key: str, less: Any, more: Any, world: dict[str, Any]) -> Row:
    whole = SCALED | {f"{A}.target": 1.0} | world
    return Row(key=key, path=f"{A}.{key}", less=less, more=more, count=SERVED, world=whole)


SCALERS = (
    scaler("signal", "utilisation", "connections", SERVED, {f"{A}.target": 1.0}),
    scaler("target", 0.95, 0.3, SERVED),
    scaler("least", 1, 4, of("served_count", 6.0, 8.0), BURST | {f"{U}.timeout": "100ms"}),
    scaler("most", 2, 6, SERVED),
    scaler("interval", "3s", "500ms", SERVED),
    scaler(
        "tolerance",
        1.0,
        0.0,
        SERVED,
        {f"{U}.demand.rate": "28/s", f"{A}.target": 0.5, f"{W}.queue": 0, f"{W}.service_law": "exponential"},
    ),
    scaler("step", 0.1, 5.0, SERVED, PER_REQUEST),
    scaler("step_instances", 1, 5, SERVED, PER_REQUEST | {f"{A}.step": 0.1}),
    scaler("step_choice", "smaller", "larger", SERVED, PER_REQUEST | {f"{A}.step": 5.0}),
    scaler("step_period", "60s", "1s", SERVED, PER_REQUEST | {f"{A}.step": 0.1}),
    scaler("steps", ONE_A_MINUTE, [{"share": 5.0, "period": "1s"}], SERVED, PER_REQUEST),
    # What was added lately may be removed again on top, but by the rules of 1.20.
    scaler("removals", AT_ONCE, ONE_A_MINUTE, of("served_count", 6.0, 8.0), FALLING | OLD),
    scaler(
        "removal_choice", "larger", "none", of("served_count", 6.0, 8.0), FALLING | {f"{A}.removals": AT_ONCE}
    ),
    scaler("scale_up_delay", "60s", "0s", SERVED),
    scaler("scale_down_delay", "500ms", "60s", of("served_count", 6.0, 8.0), BURST),
    scaler("cores", 4.0, 0.25, SERVED, {f"{A}.signal": "cpu"}),
    scaler("counted_after", "60s", "0s", SERVED),
    scaler("room", 1, 6, SERVED, {f"{A}.node_time": "60s"}),
    scaler("node_time", "60s", "0s", SERVED, {f"{A}.room": 1}),
    scaler("drops_connections", False, True, lambda told: told.connected(), KEPT | BURST),
    second("also.signal", "connections", "requests", {f"{A}.also": {"target": 10, "signal": "connections"}}),
    second("also.target", 1000, 10, {f"{A}.also": {"signal": "requests", "target": 10}}),
    second("metrics.failures", 20, 1, BLIND | {f"{A}.metrics": {"service": "back", "fallback": 6}}),
    second("metrics.fallback", 1, 6, BLIND | {f"{A}.metrics": {"service": "back", "failures": 1}}),
)


def crossing(key: str, less: Any, more: Any, count: Count, world: dict[str, Any] | None = None) -> Row:
    noun, _, name = key.rpartition(".")
    whole = f"{noun or 'crossing'}.{name}"
    return Row(key=whole, path=f"{G}.{key}", less=less, more=more, count=count, world=world or {})


def block(key: str, less: Any, more: Any, world: dict[str, Any] | None = None) -> Row:
    path = f"{G}.ports.block.{key}"
    return Row(key=f"block.{key}", path=path, less=less, more=more, count=SERVED, world=CUT | (world or {}))


def grows(key: str, less: Any, more: Any, world: dict[str, Any] | None = None) -> Row:
    path, changes = f"{G}.scaler.{key}", GROWING | (world or {})
    return Row(key=f"scaler.{key}", path=path, less=less, more=more, count=SERVED, world=changes)


NARROW = {f"{G}.forwarding": "700/s", f"{G}.queue_packets": 50}
TABLE = {f"{G}.table": {"entries": 100, "closed_hold": "2s"}}
SCANNED = {f"{G}.table": {"entries": 150, "closed_hold": "1s", "unanswered_hold": "2s"}}
PORTS = {f"{G}.ports": {"per_destination": 100, "hold": "2s"}}
GROWING = {
    f"{G}.forwarding": "300/s",
    f"{G}.queue_packets": 20,
    f"{G}.scaler": {"grows": "capacity", "most": 4, "interval": "500ms", "delay": "500ms"},
}
CUT = {f"{G}.ports": {"per_destination": 1000, "hold": "2s", "block": {"least": 2}}, f"{U}.population": 4}
RISING = {f"{U}.demand.rate": "1/s", "triggers": {"more": {"at": "2s", "set": {f"{U}.demand.rate": "100/s"}}}}
ADMITS = {f"{G}.admission": {"rate": "50/s", "burst": 1}}
FLOCK = {f"{U}.connection": "keep_alive", f"{U}.demand": {"kind": "none"}} | AGAIN
MOVED = KEPT | {f"{U}.demand.rate": "20/s", "triggers": {"more": {"at": "3s", "set": {f"{G}.devices": 2}}}}
TRACKED = MOVED | {f"{G}.table": {"entries": 1000}}
CROSSINGS = (
    crossing("devices", 1, 2, SERVED, NARROW),
    crossing("skew", 0.0, 0.9, FEWER_SERVED, NARROW | {f"{G}.devices": 2, f"{G}.forwarding": "500/s"}),
    grows("grows", "devices", "capacity", {f"{G}.scaler.most": 1.5}),
    grows("target", 1.0, 0.3),
    grows("most", 1, 3),
    grows("interval", "5s", "500ms"),
    grows("delay", "5s", "500ms"),
    grows("step", 0.1, 2.0),
    crossing("bandwidth", "200kbit/s", "2Mbit/s", SERVED, {f"{G}.queue_packets": 20}),
    crossing("forwarding", "600/s", "2k/s", SERVED, NARROW),
    crossing("setup", "50/s", "500/s", SERVED, {f"{G}.queue_packets": 20}),
    crossing(
        "setup_processor",
        "shared",
        "separate",
        SERVED,
        NARROW | {f"{G}.forwarding": "1.1k/s", f"{G}.setup": "150/s"},
    ),
    crossing("queue_packets", 20, 400, at("delay_ns"), NARROW),
    crossing(
        "queue_when_full",
        "visible",
        "silent",
        waits(),
        NARROW | {f"{G}.setup": "60/s", f"{G}.setup_processor": "separate", f"{G}.forwarding": "10k/s"},
    ),
    crossing("round_trip", "2ms", "20ms", SLOWER),
    crossing("remapped", 0.0, 1.0, FAILED, TRACKED),
    crossing("flow_state", "kept", "lost", FAILED, TRACKED),
    crossing("table.entries", 50, 300, SERVED, TABLE),
    crossing("table.when_full", "refuse", "drop", waits(), TABLE),
    crossing("table.closed_hold", "500ms", "4s", FEWER_SERVED, TABLE),
    crossing(
        "table.unanswered_hold",
        "1s",
        "60s",
        FEWER_SERVED,
        {f"{G}.table": {"entries": 60, "closed_hold": "0s"}} | LOST,
    ),
    crossing(
        "table.idle_timeout",
        "1h",
        "2s",
        FAILED,
        KEPT
        | {
            f"{U}.demand.rate": "10/s",
            f"{G}.table": {"entries": 1000},
            f"{U}.population": 1,
            "triggers": {"pause": {"at": "2s", "for": "4s", "set": {f"{U}.demand.rate": "0/s"}}},
        },
    ),
    crossing("ports.per_destination", 50, 300, SERVED, PORTS),
    crossing("ports.usable", 0.5, 1.0, SERVED, PORTS),
    crossing("ports.when_full", "refuse", "drop", waits(), PORTS),
    crossing("ports.hold", "500ms", "4s", FEWER_SERVED, PORTS),
    crossing(
        "ports.unanswered_hold",
        "1s",
        "60s",
        FEWER_SERVED,
        {f"{G}.ports": {"per_destination": 100, "hold": "0s"}} | LOST,
    ),
    block("least", 2, 30),
    block("most", 4, 60),
    block("growth_time", "4s", "100ms", {f"{G}.ports.block.most": 100} | RISING),
    crossing("background.packets", "0/s", "600/s", FEWER_SERVED, NARROW | {f"{G}.forwarding": "1.1k/s"}),
    crossing("background.flows", 0, 60, FEWER_SERVED, TABLE),
    crossing("background.unanswered", "0/s", "90/s", FEWER_SERVED, SCANNED),
    crossing("background.unanswered", "0/s", "600/s", FEWER_SERVED, NARROW | {f"{G}.forwarding": "1.1k/s"}),
    crossing("background.unanswered", "0/s", "90/s", FEWER_SERVED, {f"{G}.admission": {"rate": "60/s"}}),
    crossing(
        "background.unanswered_sources",
        1,
        50,
        FEWER_SERVED,
        SCANNED
        | {
            f"{G}.background.unanswered": "90/s",
            f"{G}.admission": {"per_source": "2/s"},
            f"{U}.population": 5000,
        },
    ),
    crossing("admission.rate", "20/s", "60/s", SERVED, ADMITS),
    crossing("admission.burst", 1, 60, at("admitted_count"), FLOCK | ADMITS),
    crossing("admission.concurrent", 5, 20, SERVED, {f"{W}.service_time": "200ms"}),
    crossing("admission.on_excess", "reset", "drop", waits(), ADMITS),
    crossing(
        "admission.per_source",
        "1/s",
        "50/s",
        SERVED,
        {f"{U}.population": 2, f"{G}.admission": {"per_source_burst": 1}},
    ),
    crossing(
        "admission.per_source_burst",
        1,
        30,
        SERVED,
        {f"{U}.population": 2, f"{G}.admission": {"per_source": "5/s"}},
    ),
)


def clients(key: str, less: Any, more: Any, count: Count, world: dict[str, Any] | None = None) -> Row:
    noun, _, name = key.rpartition(".")
    whole = f"{noun or 'clients'}.{name}"
    return Row(key=whole, path=f"{U}.{key}", less=less, more=more, count=count, world=world or {})


NAMED = {f"{U}.lookup": {"service": "back", "ttl": "0s"}}
NAMELESS = NAMED | {"triggers": {"gone": {"at": "2s", "for": "700ms", "set": {"services.back.instances": 0}}}}
DEFERRED = LOST | {f"{U}.demand.unserved": "deferred", f"{U}.demand.drain": "50/s"}
APPEAR = {
    f"{U}.demand": {"kind": "once"},
    f"{U}.population": 0,
    "triggers": {"come": {"at": "2s", "set": {f"{U}.population": 100}}},
}
LATE_ANSWERS = {
    f"{W}.service_time": "150ms",
    f"{U}.timeout": "100ms",
    f"{U}.retry": {"layers": [{"retries": 3, "backoff": "none"}]},
}
STUCK = {f"{W}.service_time": "400ms", f"{U}.timeout": "100ms"} | KEPT
SYNS = LOST | {f"{U}.timeout": "2500ms"}
CLIENTS = (
    clients("population", 50, 100, SERVED, CLOSED),
    clients("start_spread", "0s", "4s", lambda told: -told.clients("served_count", until_s=2.5), APPEAR),
    clients("connection", "keep_alive", "per_request", at("offered_count")),
    clients(
        "pool",
        1,
        3,
        lambda told: told.connected(),
        {f"{U}.connection": "pool", f"{U}.demand": {"kind": "none"}} | AGAIN,
    ),
    clients("timeout", "100ms", "800ms", waits(2.2, 4.8), GONE),
    clients("timeout_law", "fixed", "exponential", FAILED, {f"{W}.service_time": "300ms"}),
    clients(
        "timeout_per",
        "client",
        "request",
        FAILED,
        {
            f"{W}.service_time": "300ms",
            f"{U}.population": 1,
            f"{U}.timeout_law": {"values": ["100ms", "4s"], "weights": [1, 9]},
        },
    ),
    clients(
        "timeout_clock",
        "connect",
        "send",
        SERVED,
        {f"{G}.round_trip": "60ms", f"{U}.timeout": "100ms", f"{U}.connect_timeout": "200ms"},
    ),
    clients("connect_timeout", "100ms", "800ms", waits(2.2, 4.8), GONE | {f"{U}.timeout_clock": "send"}),
    clients("after_timeout", "keep", "rebuild", at("offered_count"), STUCK),
    clients("late_replies", "ignored", "accepted", SERVED, LATE_ANSWERS),
    clients("reset_at_most_every", "1h", "0s", at("offered_count"), STUCK),
    clients("syn", "none", "linux", at("offered_count"), SYNS),
    clients("connection_age.age", "4s", "1s", at("offered_count"), AGED),
    clients(
        "connection_age.jitter",
        0.0,
        1.0,
        at("offered_count", 4.1, 5.9),
        AGED | {f"{U}.connection_age.age": "3s"} | AGAIN,
    ),
    clients("connection_age.grace", "none", "100ms", FAILED, AGED | {f"{W}.service_time": "300ms"}),
    clients(
        "reopen",
        "as_needed",
        "at_once",
        at("offered_count"),
        AGED | {f"{U}.demand": {"kind": "closed", "think": "9s"}},
    ),
    clients("demand.kind", "none", "closed", SERVED, {f"{U}.connection": "keep_alive"}),
    clients("demand.rate", "50/s", "100/s", SERVED),
    clients("demand.think", "2s", "1s", SERVED, CLOSED),
    clients(
        "demand.think_law",
        "exponential",
        "fixed",
        of("attempts_count", 3.0, 3.2),
        {
            f"{U}.demand": {"kind": "closed", "think": "1s"},
            f"{U}.timeout": "5s",
            "triggers": {"gone": {"at": "1s", "for": "1s", "set": {f"{W}.instances": 0}}},
            f"{W}.when_down": "wait",
        },
    ),
    clients("request_size", "100B", "20kB", FEWER_SERVED, {f"{G}.bandwidth": "10Mbit/s"}),
    clients("answer_size", "100B", "20kB", FEWER_SERVED, {f"{G}.bandwidth": "10Mbit/s"}),
    clients(
        "demand.arrivals",
        "paced",
        "poisson",
        FEWER_SERVED,
        TIGHT | {f"{W}.service_time": "9ms", f"{W}.queue": 0},
    ),
    clients("demand.unserved", "lost", "deferred", TRIES, DEFERRED),
    clients("demand.drain", "5/s", "50/s", TRIES, DEFERRED),
    clients("lookup.ttl", "10s", "0s", at("offered_count"), NAMED),
    clients("lookup.queries", 2, 8, at("offered_count"), NAMED),
    clients("lookup.timeout", "2s", "100ms", FAILED, NAMELESS),
    clients(
        "lookup.timeout_law",
        "fixed",
        "exponential",
        FAILED,
        NAMED | {"services.back.service_time": "300ms", f"{U}.lookup.tries": 1},
    ),
    clients("lookup.tries", 1, 4, calls("users/lookup"), NAMELESS | {f"{U}.lookup.timeout": "200ms"}),
)


def layer(
    key: str, less: Any, more: Any, count: Count, *, world: dict[str, Any] | None = None, **keys: Any
) -> Row:
    noun, _, name = key.rpartition(".")
    whole = f"{noun or 'layer'}.{name}"
    policy = {"layers": [{"retries": 20, "base": "100ms", "backoff": "constant", **keys}]}
    changes = LOST | {f"{U}.retry": policy} | (world or {})
    return Row(key=whole, path=f"{U}.retry.layers.0.{key}", less=less, more=more, count=count, world=changes)


FEWER_TRIES = of("attempts_count", sign=-1)
POOR = {"tokens": 5, "scope": "population"}
WARY = {"window": "1s", "open": "1s", "least_calls": 5, "scope": "population"}
LAYERS = (
    layer("retries", 1, 5, TRIES),
    layer("backoff", "exponential", "constant", TRIES),
    layer("base", "1s", "50ms", TRIES),
    layer("multiplier", 3, 1.5, TRIES, backoff="exponential"),
    layer("multiplier", 1, 0.5, TRIES, backoff="exponential", base="1s"),
    layer("floor", "1s", "0s", TRIES, base="50ms"),
    layer("retries_on", ["error"], ["timeout"], TRIES),
    layer("cap", "5s", "100ms", TRIES, backoff="exponential"),
    layer("jitter", "none", "full", TRIES, base="500ms"),
    layer("law", "fixed", {"values": ["10ms", "1s"]}, TRIES, base="1s"),
    layer("jitter_width", 0.0, 1.0, of("attempts_count", 2.0, 3.0), jitter="spread", base="1s"),
    layer("deadline", "500ms", "3s", TRIES),
    layer("retry_after", "obey", "ignore", TRIES, world=TIGHT | {"triggers": {}, f"{W}.retry_after": "1s"}),
    layer(
        "retry_after_cap",
        "2s",
        "100ms",
        TRIES,
        retry_after="obey",
        world=TIGHT | {"triggers": {}, f"{W}.retry_after": "2s"},
    ),
    layer("budget.tokens", 5, 500, TRIES, budget=POOR),
    layer("budget.cost", 5, 1, TRIES, budget=POOR | {"fill": "10/s"}),
    layer("budget.per_request", 0.0, 0.5, TRIES, budget=POOR),
    layer(
        "budget.per_success", 0.0, 0.5, TRIES, budget=POOR, world=TIGHT | {"triggers": {}, f"{W}.queue": 2}
    ),
    layer("budget.fill", "0/s", "20/s", TRIES, budget=POOR),
    layer("budget.floor", 0.9, 0.0, TRIES, budget=POOR | {"tokens": 200}),
    layer("budget.scope", "population", "client", TRIES, budget=POOR),
    layer("breaker.failure", 0.05, 1.0, TRIES, breaker=WARY, world=TIGHT | {"triggers": {}, f"{W}.queue": 2}),
    layer("breaker.window", "5s", "20ms", TRIES, breaker=WARY | {"least_calls": 100}),
    layer("breaker.least_calls", 2, 500, TRIES, breaker=WARY),
    layer("breaker.open", "3s", "100ms", TRIES, breaker=WARY),
    layer("breaker.scope", "population", "client", TRIES, breaker=WARY | {"least_calls": 3}),
)

SEEN = {f"{W}.service_law": {"values": ["1ms", "8ms"], "weights": [9, 1]}}
LAWS = (
    Row(
        key="law.values",
        path=f"{W}.service_law.values",
        less=["1ms", "8ms"],
        more=["1ms", "20s"],
        count=waits(),
        world=SEEN,
    ),
    Row(
        key="law.weights",
        path=f"{W}.service_law.weights",
        less=[9, 1],
        more=[1, 9],
        count=SLOWER,
        world=SEEN,
    ),
    Row(
        key="law.quantiles",
        path=f"{W}.service_law",
        less={"quantiles": {"p50": "1ms", "max": "8ms"}},
        more={"quantiles": {"p50": "6ms", "max": "8ms"}},
        count=SLOWER,
    ),
)
LIMITED = {f"{U}.limit": {"rate": "2/s"}, f"{U}.population": 20}
LIMITS = (
    Row(key="limit.rate", path=f"{U}.limit.rate", less="2/s", more="20/s", count=SERVED, world=LIMITED),
    Row(
        key="limit.burst",
        path=f"{U}.limit.burst",
        less=1,
        more=30,
        count=SERVED,
        world=LIMITED | {f"{U}.limit.rate": "1/s"},
    ),
    Row(
        key="limit.longest_wait",
        path=f"{U}.limit.longest_wait",
        less="8s",
        more="0s",
        count=FAILED,
        world=LIMITED,
    ),
    Row(
        key="call.limit",
        path=f"{W}.calls.0.limit",
        less={"rate": "10/s"},
        more={"rate": "80/s"},
        count=SERVED,
        world=CALLED,
    ),
)

COMES = TIGHT | {
    f"{W}.service_time": "9ms",
    f"{W}.queue": 500,
    f"{W}.warm_up": {"time": "1s", "slowdown": 2},
    "triggers": {"comes": {"at": "2s", "for": "1s", "set": {f"{W}.instances": 0}}},
}
WARMING = (
    Row(
        key="warm_up.time", path=f"{W}.warm_up.time", less="100ms", more="5s", count=FEWER_SERVED, world=COMES
    ),
    Row(key="warm_up.slowdown", path=f"{W}.warm_up.slowdown", less=1, more=4, count=waits(), world=COMES),
)

SICK = UNEVEN | {f"{W}.sick": {"instances": 1, "answers": "error", "time": "1ms"}}
SICKNESS = (
    Row(key="sick.instances", path=f"{W}.sick.instances", less=0, more=2, count=FAILED, world=SICK),
    Row(key="sick.answers", path=f"{W}.sick.answers", less="slow", more="error", count=FAILED, world=SICK),
    Row(
        key="sick.time",
        path=f"{W}.sick.time",
        less="1ms",
        more="300ms",
        count=waits(),
        world=UNEVEN | {f"{W}.sick": {"answers": "slow"}},
    ),
)

# Ten requests, each on a connection of its own, are in each of two instances at a time.
FULL = {f"{W}.instances": 2, f"{W}.service_time": "200ms", f"{W}.balancing": {"rule": "round_robin"}}
FULL |= {f"{W}.memory": {"limit": "30kB", "per_request": "1kB", "per_connection": "1kB", "restart": "1s"}}
SPIKE = {"triggers": {"spike": {"at": "2s", "for": "1ms", "set": {f"{W}.memory.per_request": "10kB"}}}}


def memory(key: str, less: Any, more: Any, world: dict[str, Any]) -> Row:
    return Row(
        key=f"memory.{key}", path=f"{W}.memory.{key}", less=less, more=more, count=FAILED, world=FULL | world
    )


MEMORIES = (
    memory("limit", "30kB", "15kB", {}),
    memory("base", "0B", "15kB", {}),
    memory("per_request", "1kB", "3kB", {}),
    memory("per_connection", "1kB", "3kB", {}),
    memory("restart", "100ms", "1s", SPIKE),
)

FIRST = {f"{U}.on_connect": [{"service_time": "100ms"}], f"{U}.timeout": "300ms"}
SLOW_LOGIN = {f"{W}.setup_time": "300ms", f"{W}.login": {"most": 40, "drop_from": 10}}


def opening(key: str, less: Any, more: Any, count: Count) -> Row:
    return Row(
        key=f"opening.{key}", path=f"{U}.on_connect.0.{key}", less=less, more=more, count=count, world=FIRST
    )


def login(key: str, less: Any, more: Any, count: Count) -> Row:
    return Row(
        key=f"login.{key}", path=f"{W}.login.{key}", less=less, more=more, count=count, world=SLOW_LOGIN
    )


CONNECTING = (
    opening("service_time", "20ms", "200ms", SLOWER),
    opening("requests", 1, 3, SLOWER),
    opening("timeout", "50ms", "200ms", SERVED),
    login("timeout", "200ms", "400ms", SERVED),
    login("most", 12, 40, SERVED),
    login("drop_from", 5, 20, SERVED),
    login("drop", "90%", "0%", SERVED),
)

OF_SERVICES = (
    *CONNECTING,
    *LIMITS,
    *LAWS,
    *SERVICES,
    *SICKNESS,
    *MEMORIES,
    *WARMING,
    *BALANCINGS,
    *CALLS,
    *POOLS,
    *BOOTS,
    *LOADS,
    *PROBES,
    *CONTENTIONS,
    *STARTS,
    *SCALERS,
)
ROWS = (*OF_SERVICES, *CROSSINGS, *CLIENTS, *LAYERS)


def test_every_key_has_a_row_or_a_reason() -> None:
    """No key of a noun the engine reads is without an effect that a test sees, or a word why."""
    known = {f"{name}.{key}" for name, noun in NOUNS.items() for key in slots(noun)}
    told = {row.key for row in ROWS} | set(EXEMPT)
    assert known - told == set()
    assert told - known == set()
    assert {row.key for row in ROWS} & set(EXEMPT) == set()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_each_key_changes_a_count_in_its_direction(row: Row) -> None:
    """The count is greater with the second value than with the first, by more than chance."""
    less, more = (
        row.count(Told(WORLD, row.world | {row.path: value}, activity=row.activity))
        for value in (row.less, row.more)
    )
    assert more - less > 0.02 * max(abs(more), abs(less)), (less, more)
