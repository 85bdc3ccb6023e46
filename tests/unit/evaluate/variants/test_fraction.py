from __future__ import annotations

import pytest

from tidegate.evaluate.variants.fraction import choose_fraction, smaller_fraction
from tidegate.evaluate.variants.grain import LEAST_CLIENTS, Grain
from tidegate.simulate.kernels.nouns import Population, Service
from tidegate.simulate.kernels.nouns.service import WHOLE
from tidegate.simulate.lower import lower
from tidegate.simulate.script import write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tiny_worlds import grow, twin


def chosen(size, **more):
    """The fraction for a twin world `size` times as large."""
    changes = {
        "clients.base.population": round(600 * size),
        "crossings.device.forwarding": 2000 * size,
        "crossings.device.queue_packets": round(1000 * size),
        "services.web.concurrency": round(1000 * size),
    }
    file = overlay(twin(), changes)
    return choose_fraction(write_script(file), 20.0, **more)


def test_a_small_world_is_run_whole():
    """Where a run is cheap nothing is scaled."""
    assert 1.0 == choose_fraction(write_script(grow(), "grow"), 12.0)


@pytest.mark.parametrize("size", [1, 10, 100, 1000])
def test_fractions_are_plain_ones(size):
    """1, 1/2, 1/4, 1/10, 1/20, 1/40, …: numbers a reader can repeat."""
    digits = f"{chosen(size):.3e}".split("e")[0]
    assert digits in {"1.000", "5.000", "2.500"}


def test_larger_worlds_are_scaled_down_further():
    """The fraction never grows with the world, and a large world is not run whole."""
    fractions = [chosen(size) for size in (1, 8, 64, 512)]
    assert fractions == sorted(fractions, reverse=True)
    assert fractions[-1] < 0.1


@pytest.mark.parametrize("size", [1, 5, 50, 500])
def test_enough_clients_are_left(size):
    """No closed population is scaled to less than `LEAST_CLIENTS`."""
    assert 600 * size * chosen(size) >= LEAST_CLIENTS


CHECKOUT = """
name: checkout
horizon: 3min
networks: {vpc: {}, internet: {}}
crossings: {nat: {between: [vpc, internet], device: aws-nat-gateway}}
services:
  rds: {network: vpc, concurrency: 32, service_time: 5ms, connections: 1000, connections_when_full: refuse}
clients:
  pods: {network: vpc, service: rds, population: 60, connection: pool, pool: 15, timeout: 5s,
         demand: {kind: open, rate: 2400/s}, retry: exponential-full-jitter, start_spread: 10s}
activities:
  grow: {from: 60, to: 200, clients_added: pods, at: 20s}
"""


def test_a_limit_is_a_limit_at_the_size_that_is_run():
    """Sixty pools of 15 connections to 1,000: neither pools nor the limit are rounded."""
    file = read_world(CHECKOUT, "checkout.yaml")
    script = write_script(file, "grow")
    fraction = choose_fraction(script, file.world.horizon_s)
    assert fraction < 1.0
    tables = lower(script, horizon_s=file.world.horizon_s, fraction=fraction)
    service, population = tables.service_rows[:, 0], tables.population_rows[:, 0]
    accepted = service[:, Service.connections_millionths] * service[:, Service.instances_count] / WHOLE
    wanted = population[:, Population.clients_count] * population[:, Population.places_each_count]
    assert {1000 * fraction} == set(accepted)
    assert [900 * fraction, 3000 * fraction] == [wanted[0], wanted[-1]]


@pytest.mark.parametrize(
    "change",
    [
        {"clients.pods.population": 12},
        {"services.rds.concurrency": 6, "clients.pods.timeout": "1s"},
        {"services.rds.connections": 30},
        {"crossings.nat.ports": {"per_destination": 15}},
        {"crossings.nat.table": {"entries": 15}},
        {"activities.grow.to": 68},
        {"activities.grow.batches": 14, "activities.grow.pause": "5s"},
        {"activities.grow.reactions": [{"clients": "pods", "reconnect": "10%"}]},
    ],
)
def test_nothing_is_shrunk_to_less_than_its_grain(change):
    """What would leave fewer than four clients, places, connections, ports, flows or steps is refused."""
    file = read_world(CHECKOUT, "checkout.yaml")
    assert Grain(write_script(file, "grow")).kept_at(0.1)
    assert not Grain(write_script(overlay(file, change), "grow")).kept_at(0.1)


def test_a_second_fraction_keeps_the_grain_too():
    """Where the next smaller one would not, there is none."""
    file = read_world(CHECKOUT, "checkout.yaml")
    script = write_script(file, "grow")
    assert 0.1 == smaller_fraction(script, 0.1)
    assert 0.1 == smaller_fraction(script, 0.25)
