"""What a run hands out has names, and each name is a view of what the engine counted."""

from __future__ import annotations

import numpy as np
import pytest

from tidegate.simulate.lower import lower
from tidegate.simulate.parameters import Crossings, Populations, Services, phase_steps
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.simulate.series import CrossingSeries, Latencies, PopulationSeries, ServiceSeries
from tidegate.world.file.read import read_world

KINDS = (CrossingSeries, PopulationSeries, ServiceSeries)
WORLD = """
tidegate: 1
horizon: 4s
networks: {here: {}, there: {}}
crossings:
  gate: {between: [here, there], devices: 2, forwarding: 10k/s, table: {entries: 100}}
services:
  web: {network: there, instances: 2, concurrency: 3, service_time: 4ms, calls: [{service: base}]}
  base: {network: there, service_time: 1ms}
clients:
  users: {network: here, service: web, population: 20, timeout: 2s, demand: {kind: open, rate: 50/s}}
  pool: {network: here, service: base, population: 7, demand: {kind: closed, think: 100ms}}
triggers: {more: {at: 2s, set: {clients.users.demand.rate: 100/s}}}
"""


def names_of(kind):
    return [name for name in vars(kind) if name[0] != "_" and name.endswith(("_count", "_ns", "_ppm"))]


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_has_one_name(kind):
    """Written by its name, each series comes back, and no two share a place."""
    series = kind.none(3, 2)
    for value, name in enumerate(names_of(kind), start=1):
        getattr(series, name)[:] = value
    assert [getattr(series, name)[2, 1] for name in names_of(kind)] == [
        value for value, _ in enumerate(names_of(kind), start=1)
    ]
    assert series.counts.all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_series_is_a_view(kind):
    """Of some bins and of one row as well; only a copy has memory of its own."""
    series = kind.none(6, 2)
    name = names_of(kind)[0]
    getattr(series.bins(2, 5).row(1), name)[:] = 7
    assert [0, 0, 7, 7, 7, 0] == getattr(series, name)[:, 1].tolist()
    assert [0] * 6 == getattr(series, name)[:, 0].tolist()
    assert not np.shares_memory(series.counts, series.copy().counts)


def test_histograms_are_of_connections_and_of_requests():
    """Each a row a population."""
    latencies = Latencies.none(2)
    latencies.connect_count[0, 3] = 1
    latencies.request_count[1, 4] = 2
    assert [[1, 0], [0, 2]] == latencies.counts.sum(axis=2).tolist()


def test_parameters_are_those_of_the_world():
    """By phase and row, in the engine's units."""
    file = read_world(WORLD, "named.yaml")
    tables = lower(write_script(file), horizon_s=4.0)
    populations, services = Populations(tables), Services(tables)
    users, pool, web = (
        tables.populations.index("users"), tables.populations.index("pool"), tables.services.index("web"),
    )  # fmt: skip
    assert [(2_000_000_000, 1)] == list(phase_steps(tables))
    assert ("open", "closed") == (populations.kinds[users], populations.kinds[pool])
    assert [users, pool] == populations.of_kinds({"open", "closed"})
    assert [20_000_000, 10_000_000] == populations.interval_ns[:, users].tolist()
    assert [True] == populations.is_closed[[pool]].tolist()
    assert (2_000_000_000, 7) == (populations.timeout_ns[0, users], populations.clients_count[0, pool])
    assert [0] == populations.crossings(users)
    assert (2, 3, 4_000_000) == (
        services.instances_count[0, web], services.concurrency_count[0, web], services.mean_ns[0, web],
    )  # fmt: skip
    callers = [tables.populations[row] for row in services.callers(0, web)]
    assert ["web/call/0"] == callers
    assert 50_000.0 == Crossings(tables).packet_ns(0)


def test_a_run_counts_by_name():
    """What was asked is served, and shows at the crossing it passes."""
    tables = lower(write_script(read_world(WORLD, "named.yaml")), horizon_s=4.0)
    run = simulate(tables, seed=1)
    row = tables.populations.index("users")
    users = run.populations.bins(end=run.bins_count).row(row)
    assert (
        users.fresh_count.sum()
        == users.served_count.sum() + users.failed_count.sum() + (users.unanswered_count[-1])
    )
    ended = users.prompt_count + users.amiss_count + users.left_count
    assert users.fresh_count.sum() - users.unanswered_count[-1] == ended.sum() > 0
    assert run.latencies.request_count[row].sum() == users.served_count.sum() > 0
    assert run.crossings.offered_count.sum() >= users.fresh_count.sum()
