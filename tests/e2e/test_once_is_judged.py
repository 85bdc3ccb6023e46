"""Clients that want one success each: a plan in which many never get it is not let through."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tidegate.verbs.check import Check, check
from tidegate.world.file.read import read_world

WORLD = """
name: reviews
horizon: 3min
networks: {{pods: {{}}, mesh: {{}}, control: {{}}}}
crossings:
  to_mesh: {{between: [pods, mesh]}}
  to_api: {{between: [mesh, control]}}
services:
  mesh: {{network: mesh, concurrency: 50, service_time: 10ms, calls: [CALL]}}
  api: {{network: control, concurrency: 10, service_time: 5ms}}
  shop: {{network: mesh, concurrency: 50, service_time: 10ms}}
clients:
  proxies:
    network: pods
    service: mesh
    population: 0
    connection: keep_alive
    timeout: 10s
    demand: {{kind: once}}
    retry: [{{retries: {retries}, backoff: exponential, base: 1s, cap: 10s, jitter: full}}]
{others}
activities:
  start: {{from: 0, to: {to}, at: 20s, clients_added: proxies}}
"""
CALL = "{{service: api, timeout: 30s, limit: {{rate: 2/s, burst: 4}}}}"
USERS = "  users: {network: pods, service: shop, population: 20}"


def verdict_on(text):
    with ThreadPoolExecutor(1) as executor:
        [verdict] = check(Check(file=read_world(text, "reviews.yaml")), executor=executor)
    return verdict


@pytest.mark.parametrize(("others", "retries"), [("", "unlimited"), ("", "2"), (USERS, "unlimited")])
def test_a_herd_that_never_gets_its_one_answer_is_held_back(others, retries):
    """60 that come at once want 60 answers at 2/s and give up after 10 s: most of them never have one."""
    verdict = verdict_on(WORLD.replace("CALL", CALL).format(others=others, retries=retries, to=60))
    assert verdict.verdict in {"slow_down", "stop", "protect_first"}
    assert verdict.cases[0].collapse.value == 1.0
    assert "the last waits about 28 s for its turn" in repr(verdict)


def test_a_herd_that_gets_what_it_wants_is_let_through():
    """Ten need five seconds of turns."""
    verdict = verdict_on(WORLD.replace("CALL", CALL).format(others=USERS, retries="unlimited", to=10))
    assert "proceed" == verdict.verdict
