"""Which target has words for which protective setting? Found out by asking each of them, value by value."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.errors import InputError
from tidegate.protect.protection import protection_of
from tidegate.protect.setting_kinds import ANY, KINDS, Kind
from tidegate.protect.targets.vendors import TARGETS, Target
from tidegate.world.file.read import read_world
from tidegate.world.file.shape import slot_at
from tidegate.world.world import WorldFile

_WORLD = """
networks: {inside: , outside: }
crossings:
  edge: {between: [inside, outside], table: {entries: 100k}, ports: {per_destination: 20k},
         admission: {rate: 200/s, per_source: 10/s, concurrent: 100}}
services:
  api:
    {network: outside, instances: 4, connections: 500, queue: 100, peers_per_thread: 9,
     autoscaler: {target: 0.6, most: 12}, calls: [{service: store}]}
  store: {network: outside, protocol: postgres, connections: 500}
clients:
  workers:
    {network: inside, service: api, population: 6, connection: pool, pool: 4, timeout_clock: send,
     retry: {layers: [{attempts: 3, backoff: exponential, budget: {tokens: 10}, breaker: {}}]}}
  jobs: {network: inside, service: store, connection: pool, pool: 4}
activities:
  grow: {service: api, from: 4, to: 12, pause: 60s, reactions: [{clients: workers}]}
  hire: {clients_added: workers, from: 6, to: 12}
"""
_NAMES = {"crossings": "edge", "services": "api", "clients": "workers", "activities": "grow"}
_TRIED: dict[str, tuple[object, ...]] = {
    "s": (0.5, 1.0, 20.0),
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

_ELSEWHERE = {
    "activities.*.to": "activities.hire.to",
    "services.*.connections": "services.store.connections",
    "services.*.connections_when_full": "services.store.connections_when_full",
    "clients.*.pool": "clients.jobs.pool",
    "clients.*.connect_timeout": "clients.jobs.connect_timeout",
}
"""Another place where a target may have words for a kind."""


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
    return "yes" if all(said) else "some" if any(said) else ""


def _changes(kind: Kind) -> Iterator[dict[str, object]]:
    """Give overlays that set one kind of protective setting to one value each."""
    section, _, *rest = kind.pattern.split(".")
    path = ".".join([section, _NAMES[section], *("0" if step == ANY else step for step in rest)])
    slot = slot_at(path)
    if slot is None:
        for name in ("botocore-standard", "grpc-retry", "envoy-route", "immediate"):
            yield {path: name}
        return
    values = ("true", "false") if slot.shape.kind == "flag" else slot.allowed or _TRIED[slot.shape.unit]
    for place in (path, _ELSEWHERE.get(kind.pattern, path)):
        for value in values:
            yield {place: value, **_BESIDE.get(kind.pattern, {})}
