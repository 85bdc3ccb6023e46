"""A connection pooler before a database: what it opens is counted, by its mode, before anything runs."""

from __future__ import annotations

import pytest

import tidegate
from tidegate.errors import InputError
from tidegate.evaluate.arithmetic.exceeded import exceeded_limits
from tidegate.protect.offers import offers_for
from tidegate.protect.protection import protection_of
from tidegate.protect.targets import pgbouncer
from tidegate.simulate.script import write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

# mitodl/ol-infrastructure#5426: six PgBouncers in session mode, 800 + 700 server connections each, before
# PostgreSQL with 5,000 less 3, 2 and 6; the fix was a cap on all of them, later transaction mode.
WORLD = """
name: pgbouncer_18x
horizon: 40s
networks: {apps: {}, poolers: {}, data: {}}
crossings: {a: {between: [apps, poolers]}, b: {between: [poolers, data]}}
services:
  pgbouncer:
    {network: poolers, protocol: postgres, instances: 6, concurrency: 1500, connections: 1500,
     connections_when_full: refuse, calls: [{service: postgres, timeout: 10s}],
     pooler: {mode: session, most: 800, reserve: 700, wait: 120s}}
  postgres:
    {network: data, protocol: postgres, concurrency: 64, service_time: 2ms, connections: 5000,
     reserved_connections: 11, connections_when_full: refuse}
clients:
  dagster:
    {network: apps, service: pgbouncer, population: 300, connection: pool, pool: 10, timeout: 10s,
     demand: {kind: closed, think: 30s}}
activities:
  runs: {title: 900 runs instead of 300, from: 300, to: 900, at: 10s, clients_added: dagster}
objectives: {success: 50%}
"""
TRANSACTION = {"services.pgbouncer.pooler.mode": "transaction"}


def _said(**changes: object) -> tuple[str, ...]:
    laid = {path.replace("__", "."): value for path, value in changes.items()}
    return exceeded_limits(write_script(overlay(read_world(WORLD, "w"), laid), "runs"))


def test_what_six_poolers_open_in_session_mode_is_stopped_by_multiplication() -> None:
    """6 × 1,500 against 5,000 - 11, and transaction mode is the way out, as it was."""
    said = "postgres accepts 4,989 connections (5,000, of which 11 are reserved), and 9,000 are wanted"
    assert (said,) == _said()
    (found,) = tidegate.check(read_world(WORLD, "w"), "runs")
    assert "protect_first" == found.verdict
    assert found.remedy is not None
    assert [("services.pgbouncer.pooler.mode", "transaction")] == [
        (one.path, one.value) for one in found.remedy.settings
    ]


def test_transaction_mode_wants_what_is_in_use() -> None:
    """9,000 clients' connections that ask 300 times a second need a few server connections."""
    assert () == _said(services__pgbouncer__pooler__mode="transaction")


def test_a_cap_of_all_poolers_that_fits_the_database_must_fit_the_sessions_too() -> None:
    """831 each are 4,986; but 9,000 sessions are no 4,986, as they were before."""
    capped = {"services__pgbouncer__pooler__most": 831, "services__pgbouncer__pooler__reserve": 0}
    said = "pgbouncer has 4,986 server connections, one for each connection of a client (session mode), "
    assert (f"{said}and 9,000 are wanted",) == _said(**capped)
    assert () == _said(**capped, activities__runs__to=498)


def test_the_pooler_is_written_for_pgbouncer_as_the_world_says() -> None:
    """Its mode, its share of what the database accepts, and how long a query waits."""
    file = read_world(WORLD, "w")
    written = pgbouncer.write(protection_of(file, TRANSACTION), file)
    (text,) = [each.text for each in written.files]
    assert "pool_mode = transaction" in text
    assert "pool_size=831 max_db_connections=831" in text
    assert "query_wait_timeout = 120" in text
    assert "max_client_conn = 1500" in text
    assert () == tuple(written.not_expressed)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("concurrency: 1500,", "concurrency: 100,", "is less than a pooler has server connections"),
        ("connections: 1500,", "", "says nothing of its clients' connections"),
        ("timeout: 10s}],", "timeout: 10s, pool: {most: 5}}],", "pools the connections of one call"),
        ("wait: 120s", "wait: 120s, idle_timeout: 5s", "closes nothing in mode session"),
        ("mode: session", "mode: sessions", "is not one of the words"),
    ],
)
def test_what_a_pooler_cannot_mean_is_a_fault(old: str, new: str, word: str) -> None:
    """One clear word, at the place."""
    assert old in WORLD
    with pytest.raises(InputError, match=word):
        read_world(WORLD.replace(old, new), "w")


def test_a_smaller_pool_of_poolers_is_as_much_as_the_database_accepts() -> None:
    """Not a share of what is open before anything happens: 6 poolers fill 4,989 with some 831 each."""
    offers = offers_for(read_world(WORLD, "w"), "runs", {})
    (smaller,) = [one.changes for one in offers if one.name.startswith("smaller pool of pgbouncer")]
    each = smaller["services.pgbouncer.pooler.most"] + smaller.get("services.pgbouncer.pooler.reserve", 700)
    assert 500 <= each <= 831
