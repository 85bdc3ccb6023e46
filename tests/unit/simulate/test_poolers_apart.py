"""A pooler whose instances are told apart: each has its own server connections, for which one waits there."""

from __future__ import annotations

import pytest

from tidegate.errors import InputError
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

WORLD = """
name: apart
horizon: 10s
networks: {apps: {}, poolers: {}, data: {}}
crossings: {a: {between: [apps, poolers]}, b: {between: [poolers, data]}}
services:
  pgbouncer: {network: poolers, instances: 2, concurrency: 100, connections: 100, service_time: 100us,
    calls: [{service: postgres, timeout: 10s}], pooler: {mode: MODE, most: 5}, BALANCING}
  postgres: {network: data, concurrency: 100, service_time: 50ms, service_law: fixed}
clients:
  app: {network: apps, service: pgbouncer, population: 1, connection: pool, pool: 50, timeout: 10s,
    demand: {kind: open, rate: 150/s, arrivals: paced}}
"""
OWN = "balancing: {rule: consistent_hash}"


def most_busy(balancing: str, mode: str) -> int:
    """Return how many requests the database serves at a time at most."""
    text = WORLD.replace("BALANCING", balancing).replace("MODE", mode)
    file = read_world(text, "apart.yaml")
    run = simulate(lower(write_script(file), horizon_s=10.0), seed=1)
    return int(run.services.busy_count[:, 1].max())


@pytest.mark.parametrize(("balancing", "most"), [("", 8), (OWN, 5)])
def test_one_client_has_the_server_connections_of_its_own_pooler(balancing: str, most: int) -> None:
    """150/s of 50 ms need 7.5 connections: ten of one pool are enough, the five of one instance are not."""
    assert most == pytest.approx(most_busy(balancing, "transaction"), abs=0.5)


def test_sessions_beyond_those_of_their_pooler_wait() -> None:
    """All fifty sessions come to one of two instances, which has server connections for five."""
    assert 5 == most_busy(OWN, "session")


@pytest.mark.parametrize(
    ("mode", "balancing", "path"),
    [
        ("transaction, wait: 1s", OWN, "services.pgbouncer.pooler.wait"),
        ("session", "balancing: {each: request}", "services.pgbouncer.balancing.each"),
    ],
)
def test_what_is_not_modelled_beside_it_is_said(mode: str, balancing: str, path: str) -> None:
    """A wait in the queue has no end of its own, and a session is no request."""
    with pytest.raises(InputError) as caught:
        read_world(WORLD.replace("BALANCING", balancing).replace("MODE", mode), "apart.yaml")
    assert [path] == [fault.path for fault in caught.value.faults]
