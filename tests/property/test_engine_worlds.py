"""What must hold for the event engine on any world."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from engine_worlds import Look, tables_of, worlds
from hypothesis import HealthCheck, given, settings

from tidegate.simulate.kernels import columns as c
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
        together = list(
            pool.map(lambda i: digest(simulate(tables, seed=5, replication=i)), range(3))
        )
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
        if row[c.P_KIND] <= c.NONE:
            counts = (y.fresh_count, y.served_count, y.failed_count)
            fresh, served, failed = (int(each[:, j].sum()) for each in counts)
            left = fresh - served - failed - row[c.Q_UNANSWERED]
            # Closed clients that a phase sends away leave with what they wanted.
            assert left >= 0 if row[c.P_KIND] == c.CLOSED else left == 0, look.tables.populations[j]


@ANY
@given(world=worlds())
def test_nothing_is_ever_negative_or_above_its_limit(world: dict[str, Any]) -> None:
    """Occupancies stay between nothing and what there is room for."""
    look = ended(tables_of(world, horizon_s=6.0))
    x, y, z = look.memory.series()
    assert min(x.min(), y.min(), z.min()) >= 0
    for row in look.services:
        assert (
            row[[c.T_BUSY, c.T_QUEUED, c.T_ACCEPTING, c.T_CONNECTIONS, c.T_EJECTED, c.T_PENDING]].min() >= 0
        )
        assert row[c.T_QUEUED] <= row[c.S_QUEUE]
    for row in look.devices:
        assert row[[c.E_ENTRIES, c.E_HELD, c.E_OPEN, c.E_EVICTED]].min() >= 0
        if row[c.D_TABLE] >= 0:
            assert row[c.E_ENTRIES] <= row[c.D_TABLE]


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
    kept = {int(x) for x in look.clients[:, c.CL_EXCHANGE] if x >= 0}
    m = look.memory.m
    for row in look.services:
        assert (0, 0, 0) == tuple(row[[c.T_BUSY, c.T_QUEUED, c.T_ACCEPTING]])
    accepted = sum(bool(m[x + c.A_FLAGS] & c.ACCEPTED) for x in kept)
    assert accepted == look.services[:, c.T_CONNECTIONS].sum()
    entries = sum(int(m[x + c.A_FLAGS] >> 20 & 15).bit_count() for x in kept)
    assert entries == look.devices[:, c.E_OPEN].sum() == look.devices[:, c.E_ENTRIES].sum()
    ports = sum(int(m[x + c.A_FLAGS] >> 24 & 15).bit_count() for x in kept)
    first = int(look.devices[0, c.D_PORTS_AT])
    assert ports == m[first : first + len(look.devices) * len(look.services)].sum()
    assert kept == look.exchanges - look.free(c.G_FREE_EXCHANGE)
    assert (0, 0) == (look.populations[:, c.Q_UNANSWERED].sum(), look.populations[:, c.Q_BACKLOG].sum())
