"""Turns at a call's own limit that go to those who have given up: a cycle, and what breaks it."""

from __future__ import annotations

import pytest

from tidegate.evaluate.arithmetic.feedback.breaking import breaks
from tidegate.evaluate.arithmetic.feedback.cycle import feedback
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

WORLD = """
tidegate: 1
name: turns
horizon: 3min
networks: {cluster: {}}
services:
  issuer:
    network: cluster
    concurrency: 500
    service_time: 5ms
    calls: [{service: keys, timeout: 30s, limit: {burst: 20, rate: 10/s LONGEST}}]
  keys: {network: cluster, concurrency: 100, service_time: 5ms}
  pods:
    network: cluster
    instances: 10
    boot:
      time: 5s
      calls: [{service: issuer, timeout: 5s, retry: [{retries: unlimited, base: 200ms, cap: 5s}]}]
clients:
  users: {network: cluster, service: issuer, population: 20, timeout: 5s, demand: {kind: open, rate: 1/s}}
activities: {start: {service: pods, from: 10, to: MANY, at: 20s}}
"""


def script(*, longest: str = "", many: int = 210):
    text = WORLD.replace(" LONGEST", longest).replace("MANY", str(many))
    return write_script(read_world(text, "turns.yaml"), "start")


def test_turns_of_those_who_have_gone_are_a_cycle_that_feeds_itself() -> None:
    """*No feedback cycle* was said of a world whose retries keep a limit busy for ever."""
    (cycle,) = [one for one in feedback(script()).cycles if one.mechanism == "turns"]
    assert cycle.feeds_itself
    assert ("services.pods", "services.issuer") == tuple(sorted(cycle.parts, reverse=True))
    (way,) = breaks(script(), cycle)
    assert ("services.issuer.calls.0.limit.longest_wait",) == way.paths
    assert "2.5s, half of the time-out" == way.says


@pytest.mark.parametrize(("longest", "many"), [("", 15), (", longest_wait: 2500ms", 210)])
def test_few_that_start_and_an_end_of_the_wait_do_not_feed_it(longest: str, many: int) -> None:
    """Five have their turns at once; who is turned away leaves his to the next."""
    cycles = feedback(script(longest=longest, many=many)).cycles
    assert not [one for one in cycles if one.mechanism == "turns" and one.feeds_itself]


@pytest.mark.parametrize(("longest", "served"), [("", False), (", longest_wait: 2500ms", True)])
def test_runs_end_as_the_sum_says(longest: str, served: bool) -> None:
    """With the cycle nobody is answered at the end, without it everybody is."""
    tables = lower(script(longest=longest), horizon_s=180.0)
    run = simulate(tables, seed=7, replication=0)
    users = tables.populations.index("users")
    tail = run.populations.row(users).served_count[run.bins_count - 40 : run.bins_count]
    assert served == (tail.sum() > 5)
