"""A world with something for every target to protect, and for each target a protection it can say most of."""

from __future__ import annotations

import pytest

from tidegate.protect.config_file import Addresses, Written
from tidegate.protect.protection import Protection, protection_of
from tidegate.protect.targets import vendors
from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

TEXT = """\
name: shop
horizon: 5min
networks: {inside: {}, outside: {}}
crossings:
  edge:
    between: [inside, outside]
    devices: 2
    forwarding: 2570/s
    table: {entries: 100k, closed_hold: 120s}
    ports: {per_destination: 20k}
services:
  api:
    network: outside
    instances: 4
    concurrency: 32
    connections: 500
    connections_when_full: refuse
    autoscaler: {target: 0.6, least: 4, most: 12}
    known_as: {kubernetes: apps/v1/Deployment/prod/api}
clients:
  workers:
    network: inside
    service: api
    population: 600
    connection: pool
    pool: 4
    timeout: 500ms
    retry: {layers: [{attempts: 4, base: 100ms, cap: 20s, jitter: full, budget: {tokens: 10}}]}
activities:
  grow: {service: api, from: 4, to: 12, reactions: [{clients: workers, spread: 2s}]}
"""
POOLED = """\
name: warehouse
horizon: 5min
networks: {apps: {}, poolers: {}, data: {}}
crossings:
  edge: {between: [apps, poolers]}
  rack: {between: [poolers, data]}
services:
  pooler:
    network: poolers
    protocol: postgres
    instances: 6
    concurrency: 1500
    connections: 1500
    connections_when_full: refuse
    calls: [{service: orders}]
    known_as: {listen: ":6432"}
  orders:
    network: data
    protocol: postgres
    concurrency: 64
    connections: 5000
    connections_when_full: refuse
    known_as: {instances: "10.2.0.5:5432"}
  ledger:
    network: data
    protocol: postgres
    connections: 87
    connections_when_full: refuse
    known_as: {listen: ":6433", instances: "10.2.0.6:5432"}
clients:
  workers: {network: apps, service: pooler, population: 300, connection: pool, pool: 10, timeout: 30s}
  jobs: {network: poolers, service: ledger, population: 2, connection: pool, pool: 40, timeout: 10s}
activities:
  grow: {clients_added: workers, from: 300, to: 900}
"""
CALLING = """\
name: shop_backend
horizon: 5min
networks: {apps: {}, data: {}}
crossings: {edge: {between: [apps, data]}}
services:
  web:
    network: apps
    instances: 12
    concurrency: 64
    calls:
      - {service: orders, pool: {most: 50, opened: eager, wait: 30s}}
  orders: {network: data, protocol: postgres, concurrency: 64, connections: 500}
clients:
  workers: {network: data, service: orders, population: 40, connection: pool, pool: 10, timeout: 30s}
"""
GATES = """\
name: gates
horizon: 5min
networks: {apps: {}, data: {}}
crossings: {edge: {between: [apps, data]}}
services:
  bastion:
    {network: data, protocol: ssh, concurrency: 64, setup_time: 20ms,
     login: {timeout: 2min, most: 100, drop_from: 10, drop: 30%}}
  bus:
    {network: data, protocol: nats, setup_time: 20ms, connections: 65536, login: {timeout: 2s}}
clients:
  jobs: {network: apps, service: bastion, population: 300}
  workers: {network: apps, service: bus, population: 300, connection: keep_alive}
"""
TEXTS = {
    "pgbouncer": POOLED, "hikaricp": CALLING, "sqlalchemy": CALLING, "node-postgres": CALLING,
    "sshd": GATES, "nats": GATES,
}  # fmt: skip
"""The world of a target that has nothing to say of the shop."""

ELEMENTS = {
    "nftables": {
        "crossings.edge.admission.rate": "180/s",
        "crossings.edge.admission.burst": "10",
        "crossings.edge.admission.per_source": "20/min",
        "crossings.edge.admission.per_source_burst": "2",
        "crossings.edge.admission.concurrent": "5k",
        "crossings.edge.table.closed_hold": "30s",
        "crossings.edge.table.entries": "200k",
        "crossings.edge.ports.per_destination": "30k",
        "crossings.edge.queue_packets": "100",
    },
    "haproxy": {
        "crossings.edge.admission.rate": "180/s",
        "crossings.edge.admission.concurrent": "5k",
        "crossings.edge.admission.per_source": "20/min",
        "crossings.edge.admission.per_source_burst": "2",
        "services.api.connections": "200",
        "services.api.queue": "80",
    },
    "envoy": {
        "crossings.edge.admission.rate": "180/s",
        "crossings.edge.admission.burst": "20",
        "crossings.edge.admission.on_excess": "reset",
        "crossings.edge.admission.concurrent": "5k",
        "services.api.connections": "200",
        "services.api.connections_when_full": "backlog",
        "clients.workers.timeout": "1s",
        "clients.workers.pool": "2",
        "clients.workers.retry.0.attempts": "3",
        "clients.workers.retry.0.base": "500ms",
    },
    "nginx": {
        "crossings.edge.admission.rate": "180/s",
        "crossings.edge.admission.concurrent": "5k",
        "crossings.edge.admission.on_excess": "reset",
        "services.api.connections": "200",
    },
    "pgbouncer": {
        "services.orders.connections": "4800",
        "services.pooler.connections": "1200",
        "services.pooler.connections_when_full": "refuse",
        "services.ledger.connections": "80",
        "services.ledger.connections_when_full": "refuse",
        "clients.jobs.pool": "20",
        "clients.jobs.connect_timeout": "2s",
        "clients.jobs.timeout": "8s",
    },
    "hikaricp": {
        "services.web.calls.0.pool.most": "20",
        "services.web.calls.0.pool.least": "5",
        "services.web.calls.0.pool.wait": "2s",
        "services.web.calls.0.pool.idle_timeout": "1min",
        "clients.workers.pool": "4",
        "clients.workers.timeout": "10s",
    },
    "sqlalchemy": {
        "services.web.calls.0.pool.most": "20",
        "services.web.calls.0.pool.opened": "lazy",
        "services.web.calls.0.pool.wait": "2500ms",
        "services.web.calls.0.pool.idle_timeout": "1min",
        "clients.workers.pool": "4",
    },
    "node-postgres": {
        "services.web.calls.0.pool.most": "20",
        "services.web.calls.0.pool.least": "2",
        "services.web.calls.0.pool.opened": "lazy",
        "services.web.calls.0.pool.wait": "2500ms",
        "services.web.calls.0.pool.idle_timeout": "1min",
        "clients.workers.pool": "4",
    },
    "sshd": {
        "services.bastion.login.timeout": "30s",
        "services.bastion.login.most": "300",
        "services.bastion.login.drop_from": "200",
        "services.bastion.login.drop": "50%",
        "services.bus.login.timeout": "5s",
    },
    "nats": {
        "services.bus.login.timeout": "16s",
        "services.bus.connections": "500",
        "services.bus.connections_when_full": "refuse",
        "services.bastion.login.timeout": "30s",
    },
    "kubernetes": {
        "activities.grow.batches": "4",
        "activities.grow.pause": "60s",
        "activities.grow.reactions.0.spread": "30s",
        "services.api.autoscaler.most": "16",
        "services.api.autoscaler.scale_down_delay": "10min",
    },
    "grpc": {
        "clients.workers.retry.0.attempts": "3",
        "clients.workers.retry.0.base": "500ms",
        "clients.workers.retry.0.deadline": "5s",
        "clients.workers.retry.0.budget.tokens": "100",
        "clients.workers.retry.0.budget.per_success": "0.1",
        "clients.workers.timeout": "1s",
    },
    "aws": {
        "clients.workers.retry.0.attempts": "2",
        "clients.workers.timeout": "1s",
        "clients.workers.pool": "2",
    },
}
ADDRESSES = Addresses(listen={"api": "10.0.0.1:8080"}, instances={"api": ("10.1.0.1:80", "10.1.0.2:80")})
EACH_TARGET = pytest.mark.parametrize("target", list(ELEMENTS))


def world(text: str = TEXT) -> WorldFile:
    """The world, or another text."""
    return read_world(text, "shop.yaml")


def world_of(target: str) -> WorldFile:
    """The world in which a target has something to say."""
    return world(TEXTS.get(target, TEXT))


def protection(target: str) -> Protection:
    """The protection made for a target."""
    return protection_of(world_of(target), ELEMENTS[target], activity="grow")


def written(target: str) -> Written:
    """What the target makes of it."""
    return vendors.named(target).write(protection(target), world_of(target), ADDRESSES)
