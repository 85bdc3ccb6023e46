"""Limits hold for everybody, from the start and at any size: for callers, and for what is kept."""

from __future__ import annotations

import numpy as np
import pytest
from effect_worlds import BASE, STANDING, Told

from tidegate.simulate.lower import lower
from tidegate.simulate.run import Run, simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

POOLED = """
name: pooled
horizon: 10s
networks: {vpc: {}}
services:
  database:
    network: vpc
    instances: 2
    concurrency: 100
    service_time: 5ms
    connections: 50
    connections_when_full: refuse
clients:
  pods:
    network: vpc
    service: database
    population: 20
    connection: pool
    pool: 15
    timeout: 1s
    retry: none
    demand: {kind: open, rate: 100/s}
"""

CALLED = """
name: called
horizon: 10s
networks: {vpc: {}}
services:
  api:
    network: vpc
    instances: 10
    concurrency: 20
    service_time: 1ms
    calls: [{service: database, timeout: 1s, connection: keep_alive}]
  database:
    network: vpc
    concurrency: 200
    service_time: 5ms
    connections: 100
    connections_when_full: refuse
clients:
  people: {network: vpc, service: api, population: 10, demand: {kind: closed, think: 1s}, timeout: 2s}
"""


def ran(text: str, *, fraction: float = 1.0, **changes: object) -> Run:
    file = overlay(read_world(text, "limits.yaml"), changes)
    tables = lower(write_script(file), horizon_s=file.world.horizon_s, fraction=fraction)
    return simulate(tables, seed=5)


def most_open(run: Run, service: int) -> int:
    return int(run.services.connections_count[: run.bins_count, service].max())


@pytest.mark.parametrize("fraction", [1.0, 0.5, 0.3, 0.1, 0.04])
def test_connections_beyond_the_limit_do_not_stand(fraction: float) -> None:
    """300 are wanted of two times 50: at no size are more open than that share of 100, rounded down."""
    run = ran(POOLED, fraction=fraction)
    assert most_open(run, 0) == int(100 * fraction)


def test_a_called_service_accepts_no_more_of_its_callers_than_of_clients() -> None:
    """Ten instances with 20 workers keep 200 connections; the database accepts 100."""
    assert most_open(ran(CALLED), 1) == 100


def test_callers_of_a_service_that_is_down_do_not_knock_unasked() -> None:
    """A call opens its connection when it is made: without requests nobody asks the database."""
    idle = {"clients.people.population": 0, "services.database.instances": 0}
    run = ran(CALLED, **idle)
    assert run.populations.attempts_count.sum() == 0


def test_who_has_no_connection_at_the_start_asks_for_one() -> None:
    """Two hundred places of the pools are without a connection: each knocks once in the first second."""
    run = ran(POOLED, **{"clients.pods.demand": {"kind": "none"}})
    assert run.populations.failed_count[:, 0].sum() == 200
    assert np.nonzero(run.populations.failed_count[:, 0])[0].max() * 0.05 <= 1.0


def test_a_request_meets_a_place_without_a_connection_as_often_as_there_are_such() -> None:
    """A third of the places has a connection: two thirds of the requests meet a refusal."""
    run = ran(POOLED, **{"services.database.service_time": "100us"})
    failed = run.populations.failed_count[40:, 0].sum() / run.populations.fresh_count[40:, 0].sum()
    assert failed == pytest.approx(2 / 3, abs=0.1)


@pytest.mark.parametrize(
    ("limit", "standing"),
    [
        ({"crossings.gate.table": {"entries": 60}}, 60),
        ({"crossings.gate.ports": {"per_destination": 70}}, 70),
        ({"crossings.gate.ports": {"per_destination": 20, "usable": "90%"}, "services.web.addresses": 3}, 54),
        ({"crossings.gate.admission": {"concurrent": 40}}, 40),
        ({"services.web.connections": 30}, 30),
        ({"services.web.instances": 0}, 0),
        ({}, 100),
    ],
)
def test_a_device_lets_no_more_stand_than_it_can_hold(limit: dict[str, object], standing: int) -> None:
    """Of 100 kept connections as many stand as table, ports, admission and service have room for."""
    run = ran(STANDING, **limit)
    assert run.services.connections_count[0, 0] == standing


def test_ports_are_counted_for_each_address_of_a_service() -> None:
    """100 flows a second, each port held 2 s: 100 ports carry 50 a second, and with two addresses all."""
    ports = {"crossings.gate.ports": {"per_destination": 100, "hold": "2s"}}
    one, two = (Told(BASE, ports | {"services.web.addresses": n}) for n in (1, 2))
    late = {"since_s": 4.0, "until_s": 9.0}
    assert one.per_s("served_count", **late) == pytest.approx(50, abs=2)
    assert one.crossing("no_room_count", **late) == pytest.approx(250, abs=10)
    assert two.crossing("no_room_count", **late) <= 5
    assert two.per_s("served_count", **late) == pytest.approx(100, abs=1)
