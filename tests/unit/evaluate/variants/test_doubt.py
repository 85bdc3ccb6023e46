"""What of a setting takes effect where a belief about that very number is wrong."""

from __future__ import annotations

import pytest

from tidegate.evaluate.variants.doubt import in_doubt, share_of
from tidegate.world.file.read import read_world

WORLD = """
name: doubted
networks: {a: {}, b: {}}
crossings: {nat: {between: [a, b], ports: {per_destination: 2000}}}
services: {db: {network: b}}
clients:
  pods: {network: a, service: db, population: 10, connection: pool, pool: 20, start_spread: 0s,
         retry: {layers: [{retries: 3}]}}
"""
FILE = read_world(WORLD, "w")
PORTS, POOL = "crossings.nat.ports.per_destination", "clients.pods.pool"


def test_a_number_that_is_set_stays_in_doubt_in_the_same_proportion():
    """Half of the ports is half of the ports that are set; twice the pool is twice the new pool."""
    assert {PORTS: 3000.0} == in_doubt(FILE, {PORTS: 1000}, {PORTS: 6000})
    assert {POOL: 14.0} == in_doubt(FILE, {POOL: 40}, {POOL: 7})


def test_what_nobody_doubts_is_as_it_is_set():
    """Other paths of both sides stay."""
    assert {PORTS: 1000, POOL: 7} == in_doubt(FILE, {PORTS: 1000}, {POOL: 7})


@pytest.mark.parametrize(
    ("path", "value"),
    [("clients.pods.retry", "immediate"), ("clients.pods.start_spread", 5.0), (PORTS, None)],
)
def test_there_is_no_share_of_what_is_no_number_or_believed_to_be_nothing(path, value):
    """A policy, a spread believed to be 0 s, a limit that is gone: then what is set holds."""
    under = {path: value} if value is not None else {}
    assert share_of(FILE, under, path) is None
    assert {path: 30} == in_doubt(FILE, under, {path: 30})


def test_a_belief_that_nothing_comes_of_it_leaves_nothing():
    """Clients that do not spread do not spread over a longer time either."""
    spread = read_world(WORLD.replace("start_spread: 0s", "start_spread: 5s"), "w")
    path = "clients.pods.start_spread"
    assert {path: 0.0} == in_doubt(spread, {path: "0s"}, {path: 60.0})
