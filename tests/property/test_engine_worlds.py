"""What must hold for the event engine on any world."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from engine_worlds import Look, tables_of, worlds
from hypothesis import HealthCheck, given, settings

from tidegate.simulate.kernels import flag
from tidegate.simulate.kernels.nouns import Client, Device, Exchange, Population, Service
from tidegate.simulate.kernels.nouns.population import Kind
from tidegate.simulate.run import Run, simulate
from tidegate.simulate.series import PopulationSeries
from tidegate.simulate.tables import Tables

ANY = settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
LONG_AFTER_S = 20_000.0  # every retransmission timer, doubled eight times, is over by then


def digest(run: Run) -> str:
    kept = (run.crossings, run.populations, run.services, run.latencies)
    return hashlib.sha256(b"".join(np.ascontiguousarray(one.counts).tobytes() for one in kept)).hexdigest()


@ANY
@given(world=worlds())
def test_wheel_and_heap_give_the_same_bytes(world: dict[str, Any]) -> None:
    """The wheel's order of events is that of one heap, whatever the world."""
    tables = tables_of(world, horizon_s=6.0)
    heap = simulate(tables, seed=3, heap_only=True)
    wheel = simulate(tables, seed=3)
    assert digest(heap) == digest(wheel)
    assert heap.events_count == wheel.events_count


@settings(ANY, max_examples=8)
@given(world=worlds())
def test_the_same_seed_gives_the_same_bytes_on_any_thread(world: dict[str, Any]) -> None:
    """A run depends on tables, seed and replication alone."""
    tables = tables_of(world, horizon_s=6.0)
    alone = [digest(simulate(tables, seed=5, replication=i)) for i in range(3)]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda i: digest(simulate(tables, seed=5, replication=i)), range(3)))
    assert alone == together


def ended(tables: Tables) -> Look:
    return Look(tables, seed=2)


@ANY
@given(world=worlds())
def test_every_demand_is_served_given_up_or_still_open(world: dict[str, Any]) -> None:
    """Conservation: fresh = served + given up + still unanswered, for each population of clients."""
    look = ended(tables_of(world, horizon_s=6.0))
    y = PopulationSeries(look.memory.series()[1])
    for j, row in enumerate(look.populations):
        if row[Population.kind] <= Kind.NONE:
            counts = (y.fresh_count, y.served_count, y.failed_count)
            fresh, served, failed = (int(each[:, j].sum()) for each in counts)
            left = fresh - served - failed - row[Population.unanswered_count]
            # Closed clients that a phase sends away leave with what they wanted.
            assert left >= 0 if row[Population.kind] == Kind.CLOSED else left == 0, look.tables.populations[j]


@ANY
@given(world=worlds())
def test_nothing_is_ever_negative_or_above_its_limit(world: dict[str, Any]) -> None:
    """Occupancies stay between nothing and what there is room for."""
    look = ended(tables_of(world, horizon_s=6.0))
    x, y, z = look.memory.series()
    assert min(x.min(), y.min(), z.min()) >= 0
    for row in look.services:
        service = Service(row, 0)
        assert min(service.busy_count, service.accepting_count, service.connections_count) >= 0
        assert min(service.ejected_count, service.pending_count) >= 0
        assert 0 <= service.queued_count <= service.queue_count
    for row in look.devices:
        device = Device(row, 0)
        assert min(device.entries_count, device.held_count, device.open_count, device.evicted_count) >= 0
        if device.table_count >= 0:
            assert device.entries_count <= device.table_count


@settings(ANY, derandomize=False)
@given(world=worlds())
def test_long_after_the_last_demand_nothing_is_held(world: dict[str, Any]) -> None:
    """Tables and ports hold kept connections only, no worker is busy, and no row is lost."""
    front = world["services"]["front"]
    front.pop("health_probes", None)  # they go on for ever
    for clients in world["clients"].values():
        clients["demand"].pop("unserved", None)  # work offered again for ever
        clients["demand"].pop("drain", None)
        clients.pop("idle_connect_every", None)  # a pool that lacks a connection knocks for ever
        if clients["connection"] != "per_request":
            front.pop("connections", None)  # kept connections would keep others waiting for ever
    look = ended(tables_of(world, horizon_s=LONG_AFTER_S))
    kept = {int(x) for x in look.clients[:, Client.exchange] if x > 0}
    m = look.memory.m
    for row in look.services:
        assert (0, 0, 0) == tuple(row[[Service.busy_count, Service.queued_count, Service.accepting_count]])
    accepted = sum(bool(m[x + Exchange.flags] & flag.ACCEPTED) for x in kept)
    assert accepted == look.services[:, Service.connections_count].sum()
    entries = sum(int(m[x + Exchange.flags] >> 20 & 15).bit_count() for x in kept)
    assert entries == look.devices[:, Device.open_count].sum() == look.devices[:, Device.entries_count].sum()
    ports = sum(int(m[x + Exchange.flags] >> 24 & 15).bit_count() for x in kept)
    first = int(look.devices[0, Device.ports_at])
    assert ports == m[first : first + len(look.devices) * len(look.services)].sum()
    assert kept == look.exchanges - look.free(look.memory.head.exchanges)
    left = look.populations[:, [Population.unanswered_count, Population.backlog_count]]
    assert [0, 0] == left.sum(axis=0).tolist()
