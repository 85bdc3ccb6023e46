"""Connections that each instance keeps for a call are counted before anything runs."""

from __future__ import annotations

import tidegate
from tidegate.evaluate.arithmetic.exceeded import exceeded_limits, late_limits
from tidegate.evaluate.arithmetic.may_open import may_open
from tidegate.evaluate.judging.verdict import Verdict
from tidegate.protect.countable_limits import of_clients, shortages
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

# FastAPI on Fargate before RDS t3.micro: 87 connections; a task has 40, and a deployment runs two.
FASTAPI = """
name: fastapi
horizon: 1min
networks: {{web: {{}}, fargate: {{}}, rds: {{}}}}
crossings: {{lb: {{between: [web, fargate]}}, vpc: {{between: [fargate, rds]}}}}
services:
  api:
    {{network: fargate, concurrency: 40, service_time: 5ms, boot: {{time: 10s}},
     calls: [{{service: postgres, timeout: 9s, pool: {pool}}}]}}
  workers:
    {{network: fargate, concurrency: 20, calls: [{{service: postgres, timeout: 9s, pool: {{most: 20}}}}]}}
  postgres:
    {{network: rds, concurrency: 2, service_time: {db}, connections: 87, reserved_connections: 3,
     connections_when_full: refuse}}
clients:
  users:
    {{network: web, service: api, population: 50, timeout: {timeout}, demand: {{kind: closed, think: 1s}}}}
  jobs: {{network: web, service: workers, population: 10, timeout: 9s, demand: {{kind: closed, think: 1s}}}}
activities:
  deploy: {{kind: restart, service: api, surge: 1, at: 15s}}
"""


def _text(pool: str, *, db: str = "4ms", timeout: str = "9s") -> str:
    return FASTAPI.format(pool=pool, db=db, timeout=timeout)


def _check(text: str) -> Verdict:
    (found,) = tidegate.check(read_world(text, "w"), "deploy")
    return found


def _said(text: str) -> tuple[str, ...]:
    return exceeded_limits(write_script(read_world(text, "w"), "deploy"))


def test_old_and_new_tasks_together_are_counted_before_anything_runs() -> None:
    """40 + 40 + 20 are wanted of 87 - 3, as the report says; two of 32 fit."""
    found = _check(_text("{most: 40}"))
    assert "protect_first" == found.verdict
    said = "postgres accepts 84 connections (87, of which 3 are reserved), and 100 are wanted"
    assert (said,) == _said(_text("{most: 40}"))
    assert "32" == {one.path: one.value for one in found.fits}["services.api.calls.0.pool.most"]
    assert "proceed" == _check(_text("{most: 32}")).verdict


def test_smaller_pools_are_offered_as_a_protection() -> None:
    """Each in its share of what there is room for."""
    file = read_world(_text("{most: 40, least: 40}"), "w")
    offers = [dict(offer.changes) for offer in of_clients(file, "deploy", shortages(file, "deploy"))]
    assert {"services.api.calls.0.pool.most": 33, "services.api.calls.0.pool.least": 33} in offers


def test_connections_that_are_closed_when_idle_are_counted_as_they_are_needed() -> None:
    """A few of forty are in use; what is kept is wanted all the same."""
    assert () == _said(_text("{most: 40, idle_timeout: 10s}"))
    assert _said(_text("{most: 40, least: 35, idle_timeout: 10s}"))


def test_what_pools_may_open_is_told_though_they_do_not() -> None:
    """A slow moment of the database lets all pools open all they may."""
    (told,) = may_open(write_script(read_world(_text("{most: 40, idle_timeout: 10s}"), "w"), "deploy"))
    assert told.startswith("Pools may open 100 connections to postgres, which accepts 84")
    for pool in ("{most: 40}", "{most: 30, idle_timeout: 10s}"):
        assert () == may_open(write_script(read_world(_text(pool), "w"), "deploy"))
    assert told in _check(_text("{most: 40, idle_timeout: 10s}")).notes


def test_a_pool_that_is_too_small_for_a_slow_database_is_no_way_to_proceed() -> None:
    """Two connections of 50 ms carry 40 requests/s, and some 90 are wanted; with thirty it holds."""
    text = _text("{most: 2, wait: 200ms}", db="50ms", timeout="3s")
    wide = text.replace("concurrency: 2,", "concurrency: 64, service_law: fixed,")
    small = wide.replace("population: 50", "population: 100").replace("population: 10,", "population: 0,")
    said = "the pools of api towards postgres carry 40 requests/s"
    script = write_script(read_world(small, "w"), "deploy")
    assert any(said in one for one in (*late_limits(script), *exceeded_limits(script)))
    roomy = write_script(read_world(small.replace("most: 2,", "most: 30,"), "w"), "deploy")
    assert () == (*late_limits(roomy), *exceeded_limits(roomy))
    assert _check(small).verdict not in {"proceed", "slow_down"}
