"""Limits that arithmetic alone can judge."""

from __future__ import annotations

import pytest

from tidegate.evaluate.arithmetic.exceeded import exactly_full, exceeded_limits
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

WORLD = """
networks: {{a: {{}}, b: {{}}}}
crossings:
  nat: {{between: [a, b], table: {{entries: {entries}}}, ports: {{per_destination: {ports}}}}}
services:
  db: {{network: b, instances: {instances}, connections: {connections}, peers_per_thread: {threads}}}
clients:
  pods: {{network: a, service: db, population: 10, connection: pool, pool: 20}}
activities:
  grow: {{kind: scale, from: 10, to: 40, clients_added: pods, batches: 3, pause: 1s}}
"""
ROOMY = {"entries": 1000, "ports": 1000, "instances": 2, "connections": 1000, "threads": 10}


def _said(**changes: int) -> tuple[str, ...]:
    return exceeded_limits(write_script(read_world(WORLD.format(**ROOMY | changes), "w"), "grow"))


def test_nothing_is_said_where_everything_fits() -> None:
    """800 connections fit 1,000 ports, 1,000 entries and 2,000 places."""
    assert () == _said()


def test_each_limit_is_said_once_as_it_stands_at_last() -> None:
    """Several steps exceed it; the last one's number is the one that counts."""
    assert ("db accepts 600 connections, and 800 are wanted",) == _said(connections=300)
    assert ("nat has 500 ports towards db, and 800 connections are kept",) == _said(ports=500)
    assert ("nat holds 300 flows, and 800 connections are kept",) == _said(entries=300)


def test_a_thread_for_each_peer_is_counted() -> None:
    """Twelve instances have eleven peers each, and may have ten."""
    said = "each instance of db keeps a thread for each of 11 peers, and may have 10"
    assert (f"{said}, already before anything happens",) == _said(instances=12)


def test_what_is_exactly_full_is_told_apart_from_what_is_exceeded() -> None:
    """400 connections to each of two instances is all they accept; a step before it is not full."""
    full = exactly_full(write_script(read_world(WORLD.format(**ROOMY | {"connections": 400}), "w"), "grow"))
    assert [("services.db.connections", 800, 800)] == [(one.path, one.wanted, one.allowed) for one in full]
    for connections in (399, 401):
        changed = WORLD.format(**ROOMY | {"connections": connections})
        assert () == exactly_full(write_script(read_world(changed, "w"), "grow"))


AGED = """
networks: {{a: {{}}, b: {{}}}}
crossings: {{nat: {{between: [a, b]}}}}
services: {{db: {{network: b, connections: {places}, concurrency: 500, service_time: 500ms}}}}
clients:
  pods:
    {{network: a, service: db, population: 10, connection: pool, pool: 20, timeout: 5s,
     demand: {{kind: closed, think: 1s}}, connection_age: {{age: 20s}}}}
"""
ANEW = "db accepts 199 connections, and 200 are wanted, already before anything happens"


def test_a_connection_that_is_made_anew_for_its_age_is_one_of_those_kept() -> None:
    """200 are kept, ten a second made anew: the old one is closed first, so 200 places are enough."""
    for places, said in ((200, ()), (199, (ANEW,))):
        assert said == exceeded_limits(write_script(read_world(AGED.format(places=places), "w"), None))


PULSE = """
networks: {{a: {{}}, b: {{}}}}
crossings: {{nat: {{between: [a, b], table: {{entries: {entries}, closed_hold: 120s}}}}}}
services: {{api: {{network: b, instances: 4, concurrency: 50}}}}
clients: {{users: {{network: a, service: api, population: 100, demand: {{kind: open, rate: 100/s}}}}}}
triggers: {triggers}
"""
ONCE = "{one: {at: 60s, for: 10s, set: {clients.users.demand.rate: 2000/s}}}"
TWICE = (
    "{one: {at: 60s, for: 10s, set: {clients.users.demand.rate: 2000/s}}, "
    "two: {at: 100s, for: 10s, set: {clients.users.demand.rate: 2000/s}}}"
)
STAYS = (
    "{one: {at: 60s, for: 10s, set: {clients.users.demand.rate: 2000/s}}, "
    "two: {at: 70s, set: {clients.users.demand.rate: 150/s}}}"
)


@pytest.mark.parametrize(
    ("triggers", "most"), [(ONCE, 31_000), (TWICE, 50_000), (STAYS, 110 * 150 + 20_000), ("{}", 12_000)]
)
def test_a_table_fills_only_as_far_as_a_phase_lasts(triggers: str, most: int) -> None:
    """100/s hold 12,000 entries for 120 s; ten seconds of 2,000/s instead bring 19,000 more."""
    for entries, said in ((round(1.01 * most), 0), (round(0.99 * most), 1)):
        text = PULSE.format(entries=entries, triggers=triggers)
        assert said == len(exceeded_limits(write_script(read_world(text, "w"), None)))


RESTART = """
networks: {{a: {{}}, b: {{}}}}
crossings: {{nat: {{between: [a, b]}}}}
services: {{db: {{network: b, instances: {instances}, connections: 100, boot: {{time: 5s}}}}}}
clients: {{pods: {{network: a, service: db, population: {pods}, connection: keep_alive}}}}
activities: {{roll: {{kind: restart, service: db, batches: {instances}, pause: 30s}}}}
"""


@pytest.mark.parametrize(("instances", "pods", "said"), [(1, 50, 0), (3, 250, 0), (3, 301, 1)])
def test_what_a_restart_takes_away_for_a_while_is_for_the_runs_to_judge(
    instances: int, pods: int, said: int
) -> None:
    """An instance that starts accepts nothing meanwhile; arithmetic says only what is so before or after."""
    text = RESTART.format(instances=instances, pods=pods)
    assert said == len(exceeded_limits(write_script(read_world(text, "w"), "roll")))
