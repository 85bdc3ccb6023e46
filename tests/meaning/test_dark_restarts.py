"""A restart of everything at once is dark for as long as it boots; what a storm adds is told apart."""

from __future__ import annotations

import pytest

import reported
import tidegate
from tidegate.world.file.overlay import overlay

WORLD = """
name: dark
horizon: 8min
networks: {nodes: {}, control: {}}
crossings: {lb: {between: [nodes, control]}}
services:
  api: {network: control, instances: 4, concurrency: 8, service_time: 10ms, boot: {time: 30s}}
clients:
  agents:
    network: nodes
    service: api
    population: 800
    connection: keep_alive
    timeout: 10s
    demand: {kind: closed, think: 10s}
    on_connect: [{service_time: 100ms}]
    retry: {layers: [{retries: unlimited, backoff: constant, base: 1s}]}
activities: {upgrade: {kind: restart, service: api, at: 30s}}
"""
STORM = {"clients.agents.on_connect.0.service_time": "2s"}
"""1,600 s of work on 32 places, of which each is given up after 10 s."""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "dark.yaml"
    path.write_text(WORLD)
    return tidegate.load(str(path))


def judged(file, **changes):
    (verdict,) = tidegate.check(overlay(file, changes), runs_count=3, jobs=1)
    return verdict


def notes(verdict):
    return " ".join(verdict.notes)


def test_the_plans_own_darkness_is_said_with_what_ends_it(file):
    """For 30 s nobody is there, which is all that is allowed: it is held, and in batches it is not dark."""
    verdict = judged(file)
    assert verdict.verdict in {"slow_down", "protect_first"}
    assert "api is dark for at least 30 s: all instances restart at once; in 2 batches, 60s apart" in notes(
        verdict
    )
    steps = {"activities.upgrade.batches": 2, "activities.upgrade.pause": "60s"}
    assert judged(file, **steps).verdict not in {"stop", "protect_first", "slow_down"}
    assert "is dark" not in notes(judged(file, **steps))


def test_who_accepts_the_darkness_is_held_for_what_the_storm_adds_alone(file):
    """Told that a minute without an answer is well, it may go ahead; with a storm after it, it may not."""
    accepts = {"objectives.unserved_within": "45s", "objectives.success": "10%"}
    assert judged(file, **accepts).verdict not in {"stop", "protect_first", "slow_down"}
    assert judged(file, **accepts, **STORM).verdict in {"stop", "protect_first", "slow_down"}


def test_a_storm_that_lasts_is_held_in_any_number_of_batches(file):
    """Each of two batches brings half of a storm that never ends."""
    steps = {"activities.upgrade.batches": 2, "activities.upgrade.pause": "60s"}
    endless = {"clients.agents.on_connect.0.service_time": "4s", "clients.agents.population": 3000}
    assert judged(file, **steps, **endless).verdict in {"stop", "protect_first", "slow_down"}


def test_one_instance_has_its_successor_start_first(file):
    """No number of batches helps a single one; `surge: 1` does, and stands in the remedy."""
    one = {"services.api.instances": 1, "services.api.concurrency": 32}
    verdict = judged(file, **one)
    assert "its only instance restarts; with a successor that starts before it stops" in notes(verdict)
    assert verdict.remedy is not None
    assert "1" == str(verdict.remedy.changes["activities.upgrade.surge"])


def test_the_remedy_of_the_storm_stands_beside_it(file):
    """Who lets itself ask too little is given a higher limit, and the successor that starts first."""
    verdict = reported.judged("tokenreview")
    assert {"activities.upgrade.surge", "services.istiod.calls.0.limit.rate"} == set(verdict.remedy.changes)
