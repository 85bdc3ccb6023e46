"""Which countable limits stand in the way, and what is offered against them."""

from __future__ import annotations

from tidegate.protect.countable_limits import LEAST_HOLD_S, shortages
from tidegate.protect.offers import offers_for
from tidegate.world.file.read import read_world

POOLS = """
name: pools
horizon: 60s
networks: {a: {}, b: {}}
crossings: {nat: {between: [a, b]}}
services: {db: {network: b, connections: 1000, connections_when_full: refuse, peers_per_thread: 9}}
clients: {pods: {network: a, service: db, population: 40, connection: pool, pool: 20}}
activities: {grow: {kind: scale, from: 40, to: 80, clients_added: pods}}
"""
TWICE = """
beliefs: {single: {says: one process, otherwise: two processes, counter: {clients.pods.pool: 40}}}
"""
SHORT = """
name: short
horizon: 600s
networks: {a: {}, b: {}}
crossings:
  nat: {between: [a, b], devices: 2, ports: {per_destination: 1000, hold: 120s}}
services: {mail: {network: b, instances: 10, concurrency: 10, service_time: 0s}}
clients: {workers: {network: a, service: mail, population: 100, demand: {kind: closed, think: 10s}}}
activities: {grow: {kind: scale, from: 100, to: 200, clients_added: workers}}
"""
HALF = """
beliefs: {ports: {says: all ports, otherwise: half, counter: {crossings.nat.ports.per_destination: 500}}}
"""


def offered(text):
    file = read_world(text, "w")
    found = offers_for(file, "grow", dict.fromkeys(file.world.crossings, 0.0))
    return {path: (offer, value) for offer in found for path, value in offer.changes.items()}


def test_a_smaller_pool_fits_what_the_service_accepts():
    """80 clients share 1,000 connections: 12 each; with two pools each, 6."""
    assert 12 == offered(POOLS)["clients.pods.pool"][1]
    assert 6 == offered(POOLS + TWICE)["clients.pods.pool"][1]


def test_raising_the_limit_asks_more_than_a_setting_and_says_why():
    """80 times 20 are 1,600; with two pools each 3,200."""
    offer, value = offered(POOLS)["services.db.connections"]
    assert (1600, "limit") == (value, offer.asks)
    assert "db accepts 1,000 connections, and 1,600 are wanted" == offer.because
    assert 3200 == offered(POOLS + TWICE)["services.db.connections"][1]


def test_an_assumed_limit_is_met_as_low_as_it_can_be():
    """30 % less than 1,000 would be 700, but 800 run today: 10 connections for each of 80 clients."""
    assumed = POOLS.replace(
        "connections: 1000,", "connections: {value: 1000, low: 1000, high: 1000, basis: assumed},"
    )
    assert 10 == offered(assumed)["clients.pods.pool"][1]


def test_where_nothing_is_short_nothing_is_offered_against_it():
    """45 clients want 900 of 1,000."""
    roomy = POOLS.replace("to: 80", "to: 45")
    assert () == shortages(read_world(roomy, "w"), "grow")
    assert not [path for path in offered(roomy) if path.startswith(("clients.pods.pool", "services"))]


def test_a_pool_too_small_for_the_requests_is_not_offered():
    """Each client asks for 100 requests a second of 100 ms: it needs 20 connections with as much to spare."""
    busy = POOLS.replace("connections: 1000", "service_time: 100ms, connections: 1000").replace(
        "pool: 20}", "pool: 20, demand: {kind: open, rate: 4000/s}}"
    )
    assert "clients.pods.pool" not in offered(busy)


def test_held_ports_are_met_by_a_shorter_hold_by_more_ports_and_by_reuse():
    """20 new flows a second over 2 devices hold 1,200 ports each for 120 s; there are 1,000."""
    found = offered(SHORT)
    assert LEAST_HOLD_S == found["crossings.nat.ports.hold"][1]
    assert 2450 == found["crossings.nat.ports.per_destination"][1]
    assert "keep_alive" == found["clients.workers.connection"][1]
    assert {"setting"} == {found[path][0].asks for path in found if "ports" in path or "workers" in path}


def test_ports_in_doubt_are_offered_so_that_half_of_them_are_enough():
    """If half of what is configured takes effect, twice as many are configured."""
    assert 4900 == offered(SHORT + HALF)["crossings.nat.ports.per_destination"][1]


def test_a_hold_is_never_offered_shorter_than_the_other_side_keeps_its_own():
    """At a minute it stays."""
    found = offered(SHORT.replace("hold: 120s", "hold: 60s").replace("1000", "400"))
    assert "crossings.nat.ports.hold" not in found
    assert "crossings.nat.ports.per_destination" in found


def test_a_smaller_goal_comes_last_and_begins_at_a_tenth_of_the_step():
    """From 40 to 80: 44 at the least."""
    offer, value = offered(POOLS)["activities.grow.to"]
    assert (44.0, "goal") == (value, offer.asks)
