"""Which target has words for which protective setting? Found out by asking each of them, value by value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tidegate.errors import InputError
from tidegate.protect.protection import protection_of
from tidegate.protect.setting_kinds import ANY, KINDS, Kind
from tidegate.protect.targets.vendors import TARGETS, Target
from tidegate.world.file.read import read_world
from tidegate.world.file.shape import slot_at
from tidegate.world.world import WorldFile

_WORLD = """
networks: {inside: , outside: , far: }
crossings:
  edge: {between: [inside, outside], table: {entries: 100k}, ports: {per_destination: 20k},
         admission: {rate: 200/s, per_source: 10/s, concurrent: 100}}
  blocks: {between: [inside, far], ports: {per_destination: 20k, block: {least: 64, most: 1024}}}
services:
  api:
    {network: outside, instances: 4, connections: 500, queue: 100, peers_per_thread: 9,
     connection_age: {age: 5min}, health_probes: [{network: inside, on_failure: restart}],
     autoscaler: {target: 0.6, most: 12, also: {signal: requests, target: 50}, metrics: {service: store}},
     boot: {calls: [{service: store}]},
     calls:
       [{service: store, pool: {most: 10, idle_timeout: 60s}, limit: {rate: 5/s}, retry: [{retries: 2}],
         connection_age: {age: 5min}}]}
  store: {network: outside, protocol: postgres, connections: 500}
  pooler:
    {network: outside, protocol: postgres, concurrency: 100, connections: 100, calls: [{service: store}],
     pooler: {most: 10}}
  gate: {network: far, protocol: ssh, login: {timeout: 10s, most: 100, drop_from: 10, drop: 30%}}
  bus: {network: outside, protocol: nats, connections: 500, login: {timeout: 10s, most: 10}}
clients:
  workers:
    {network: inside, service: api, population: 6, connection: pool, pool: 4, timeout_clock: send,
     connection_age: {age: 5min}, limit: {rate: 5/s},
     retry: {layers: [{attempts: 3, backoff: exponential, budget: {tokens: 10}, breaker: {}}]}}
  jobs: {network: inside, service: store, connection: pool, pool: 4, connection_age: {age: 5min}}
  callers: {network: inside, service: gate, population: 6}
  readers: {network: inside, service: bus, population: 6}
activities:
  grow: {service: api, from: 4, to: 12, pause: 60s, reactions: [{clients: workers}]}
  hire: {clients_added: workers, from: 6, to: 12}
"""
_NAMES = {"crossings": "edge", "services": "api", "clients": "workers", "activities": "grow"}
_TRIED: dict[str, tuple[object, ...]] = {
    "s": (0.5, 1.0, 20.0, 60.0),
    "per_s": (180.0, 1 / 3),
    "ratio": (0.0, 0.2, 0.5, 1.0, 2.0),
    "count": (0, 1, 2, 5, 100),
    "bit_per_s": (1e8, 1e9),
    "bytes": (1000.0,),
}
_BESIDE = {
    "services.*.connections_when_full": {"services.api.connections": 100, "services.store.connections": 100},
    "services.*.queue_when_full": {"services.api.queue": 100},
}
"""The limit without which a kind says nothing."""

_WHOLE: dict[str, object] = {"activities.*.reactions": [{"clients": "workers", "spread": "20s"}]}
"""Kinds that are no single value."""

_ELSEWHERE: dict[str, tuple[str, ...]] = {
    "activities.*.to": ("activities.hire.to",),
    "crossings.*.ports.block.": ("crossings.blocks.ports.block.",),
    "services.*.connections": ("services.store.connections", "services.bus.connections"),
    "services.*.pooler.": ("services.pooler.pooler.",),
    "services.*.login.": ("services.gate.login.", "services.bus.login."),
    "clients.*.pool": ("clients.jobs.pool",),
    "clients.*.connection_age.": ("clients.jobs.connection_age.",),
    "clients.*.connect_timeout": ("clients.jobs.connect_timeout",),
}
"""Other places where a target may have words for kinds that begin so."""


def coverage() -> dict[str, dict[str, str]]:
    """Return for each kind of setting, by its pattern, what each target can say: "yes", "some" or nothing."""
    file = read_world(_WORLD, "coverage")
    return {
        kind.pattern: {target.name: _how_far(target, kind, file) for target in TARGETS.values()}
        for kind in KINDS
    }


def _how_far(target: Target, kind: Kind, file: WorldFile) -> str:
    said = []
    for changes in _changes(kind):
        try:
            protection = protection_of(file, changes)
        except InputError:
            continue  # a value that this key does not take
        said.append(next(iter(changes)) in target.write(protection, file, None).expressed)
    assert said, f"{kind.pattern} takes none of the values that are tried: no table can be made of it"
    return "yes" if all(said) else "some" if any(said) else ""


def _changes(kind: Kind) -> Iterator[dict[str, object]]:
    """Give overlays that set one kind of protective setting to one value each."""
    section, _, *rest = kind.pattern.split(".")
    path = ".".join([section, _NAMES[section], *("0" if step == ANY else step for step in rest)])
    if kind.pattern in _WHOLE:
        yield {path: _WHOLE[kind.pattern]}
        return
    slot = slot_at(path)
    if slot is None:
        for name in ("botocore-standard", "grpc-retry", "envoy-route", "immediate"):
            yield {path: name}
        return
    values: Sequence[object] = slot.allowed or _TRIED.get(slot.shape.unit, ())
    if slot.shape.kind == "flag":
        values = ("true", "false")
    elif slot.shape.kind == "list":
        values = [[word] for word in values]
    for place in (path, *_elsewhere(kind.pattern, path)):
        for value in values:
            yield {place: value, **_BESIDE.get(kind.pattern, {})}


def _elsewhere(pattern: str, path: str) -> Iterator[str]:
    """Give the other places where a kind of setting may be said, beside a path that leads to it."""
    for begins, places in _ELSEWHERE.items():
        if pattern.startswith(begins):
            ends = pattern.removeprefix(begins)
            yield from (f"{place}{ends}" for place in places if f"{place}{ends}" != path)
