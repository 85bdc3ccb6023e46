"""Connections that stand since before a run, of which nothing is written until somebody looks for one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tidegate.simulate.kernels.engine import prepare
from tidegate.simulate.kernels.nouns import Client
from tidegate.simulate.lower import lower
from tidegate.simulate.memory import Memory
from tidegate.simulate.run import Run, simulate, stream_keys
from tidegate.simulate.script import write_script
from tidegate.simulate.tables import Tables
from tidegate.world.file.read import read_world

HORIZON_S = 6.0
MANY = 1000
WORLD = """
name: kept
horizon: 6s
networks: {{a: {{}}, b: {{}}}}
crossings: {{edge: {{between: [a, b], table: {{entries: 5000}}, ports: {{per_destination: 5000}}}}}}
services: {{web: {{network: b, instances: 10, service_time: 5ms}}, apart: {{network: b, instances: 1}}}}
clients:
  users: {{network: a, service: web, population: {many}, {users}}}
  others: {{network: a, service: web, population: 30, connection: keep_alive, demand: {{kind: none}}}}
{apart}
triggers:
  again: {{at: 1s, reconnect: others, reconnect_spread: 500ms}}
  slower: {{at: 2s, set: {{services.web.service_time: 20ms}}}}
  all: {{at: 3s, reconnect: users, reconnect_spread: 1s}}
"""
AGED = (
    "  aged: {network: b, service: apart, population: 1, connection: keep_alive, demand: {kind: none},"
    " connection_age: {age: 1h}}"
)
USERS = {
    "closed": "connection: keep_alive, demand: {kind: closed, think: 2s}",
    "open": "connection: keep_alive, demand: {kind: open, rate: 300/s}",
    "pool": "connection: pool, pool: 2, demand: {kind: open, rate: 300/s}",
    "silent": "connection: keep_alive, demand: {kind: none}",
}


def _tables(users: str, apart: str = "", many: int = MANY) -> Tables:
    file = read_world(WORLD.format(users=users, apart=apart, many=many), "kept.yaml")
    return lower(write_script(file, None), horizon_s=HORIZON_S)


def _seen(run: Run) -> list[np.ndarray[Any, Any]]:
    """What a run says of the crossing, and of the first two populations and the first service."""
    return [run.crossings.counts, run.populations.counts[:, :2], run.services.counts[:, :1]]


@pytest.mark.parametrize("users", USERS.values(), ids=USERS)
def test_who_stands_untouched_does_what_it_would_do_if_it_had_been_written(users: str) -> None:
    """One more client whose connection has an age has all connections written; the others do the same."""
    untouched = simulate(_tables(users), seed=3)
    written = simulate(_tables(users, AGED), seed=3)
    for one, other in zip(_seen(untouched), _seen(written), strict=True):
        np.testing.assert_array_equal(one, other)
    assert untouched.services.counts.sum() > 0


def test_where_all_have_room_the_start_of_a_run_writes_nothing_of_any_client() -> None:
    """A thousand connections stand and are counted, and not a word of their clients is written."""
    memory = Memory(_tables(USERS["silent"]), stream_keys(1, 0), heap_only=False)
    prepare(memory.m, memory.script)
    head = memory.head
    first, count = head.clients.at, memory.tables.client_count
    assert MANY + 30 == head.services.on(0).connections_count == head.devices.on(0).entries_count
    assert not memory.m[first : first + count * Client.SIZE].any()


def test_where_not_all_have_room_each_is_asked() -> None:
    """A table of 5,000 entries keeps as many connections and no more, whoever they are of."""
    memory = Memory(_tables(USERS["silent"], many=6000), stream_keys(1, 0), heap_only=False)
    prepare(memory.m, memory.script)
    assert 5000 == memory.head.devices.on(0).entries_count
