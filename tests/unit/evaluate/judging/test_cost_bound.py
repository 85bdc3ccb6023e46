"""What a verdict may cost is bounded by happenings, and what arithmetic has decided is not waited for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tidegate.evaluate.judging import cost_bound
from tidegate.evaluate.judging import judge as judging
from tidegate.evaluate.judging.asked import Check
from tidegate.evaluate.judging.cost_bound import Budget, seconds_text
from tidegate.evaluate.judging.judge import judge
from tidegate.present.verdict.answer import answer_of
from tidegate.protect.first import first_remedies
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tiny_worlds import grow

LARGE = """
name: large
horizon: 5min
networks: {internet: {}, mesh: {}}
crossings: {lb: {between: [internet, mesh]}}
services:
  gateway: {network: mesh, instances: 20, concurrency: 8, service_time: 200us, setup_time: 2ms,
            connections: 75k, connections_when_full: refuse, login: {timeout: 10s}}
clients:
  sockets: {network: internet, service: gateway, population: 2M, connection: keep_alive, timeout: 10s,
            demand: {kind: closed, think: 60s},
            retry: {layers: [{retries: unlimited, backoff: exponential, base: 1s, cap: 30s, jitter: full}]}}
  operators: {network: internet, service: gateway, population: 60, connection: keep_alive, timeout: 10s,
              demand: {kind: closed, think: 10s}}
activities:
  change: {kind: reconnect, service: gateway, at: 60s, reactions: [{clients: sockets, spread: 1s}]}
"""


def judged(file, activity, **more):
    asked = Check(file=file, activity=activity, seed=7)
    with ThreadPoolExecutor(1) as executor:
        return judge(asked, executor=executor, remedies=first_remedies, **more)


def test_a_budget_leaves_the_least_that_says_anything():
    """Of 100 happenings, 30 a run: three runs; and none beyond the least once all is spent."""
    left = Budget(most_count=100.0)
    assert 3 == left.runs_count(30.0, least=1, most=20)
    left.spend(100.0)
    assert left.is_spent
    assert 1 == left.runs_count(30.0, least=1, most=20)
    assert 2000 == Budget().runs_count(1e9, least=1, most=2000)
    assert ("30 s", "17 min") == (seconds_text(6e8), seconds_text(2e10))


def test_runs_that_cost_too_much_are_ended_and_that_is_said(monkeypatch: pytest.MonkeyPatch):
    """No *proceed* of what was not run: it cannot be told, and the last word says how to go on."""
    monkeypatch.setattr(judging, "MOST_HAPPENINGS", 1000)
    verdict = judged(overlay(grow(), {"objectives.request_p99": "10s"}), "grow")
    assert "cannot_tell" == verdict.verdict
    assert 3 == verdict.cases[0].collapse.runs_count
    assert any(note.startswith("The runs were ended after") for note in verdict.notes)


def test_what_arithmetic_has_decided_of_a_vast_world_comes_at_once(monkeypatch: pytest.MonkeyPatch):
    """Two million connections of 1.5 million, beside 60 of which none can be left out: nothing is proven."""
    monkeypatch.setattr(judging, "VAST_EVENTS", 20_000_000)
    seen = []
    verdict = judged(read_world(LARGE, "large.yaml"), "change", progress=lambda *told: seen.append(told))
    assert "stop" == verdict.verdict
    assert any("Arithmetic has decided" in note for note in verdict.notes)
    assert all(fraction < 0.01 for fraction in verdict.reproduction.fractions)
    assert ["believed", "not_acting"] == [one.name for one in verdict.cases]
    assert "Arithmetic has decided" in " ".join(answer_of(verdict).notes.must)


def test_while_a_run_takes_long_it_is_said_how_long(monkeypatch: pytest.MonkeyPatch):
    """Before the first run is over: from the guess of what it takes."""
    monkeypatch.setattr(cost_bound, "DEAR_EVENTS", 10.0)
    seen = []
    judged(grow(), "grow", progress=lambda *told: seen.append(told))
    assert "a run, at most 17 min for all" in seen[0][0]
    assert 0 == seen[0][1]
