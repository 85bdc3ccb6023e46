"""Populations that come later, ask seldom or never: sound worlds, and nothing that is said against them."""

from __future__ import annotations

import pytest

from tidegate.api import check, load

WORLD = """
name: sound
horizon: 3min
networks: {a: {}, b: {}}
crossings: {nat: {between: [a, b]}}
services: {web: {network: b, concurrency: 1000, service_time: 500ms}}
clients:
  app: {network: a, service: web, population: 10, timeout: 5s, demand: {kind: closed, think: 1s}}
  other: {network: a, service: web, timeout: 2s, OTHER}
activities:
  grow: {from: 10, to: 12, at: 60s, clients_added: app}
objectives: {success: 90%, collapse_probability: 20%}
"""
COME_LATER = """
triggers: {come: {at: 60s, set: {clients.other.population: 600}}}
"""

DARK = """
name: dark
detail: coarse
horizon: 100s
networks: {site: {}}
services:
  front:
    network: site
    concurrency: 1000
    service_time: 1ms
    calls: [{service: bottom, timeout: 1s, retry: {layers: [{retries: 3, backoff: none}]}}]
  bottom: {network: site, instances: 0}
clients:
  users:
    network: site
    service: front
    population: 100
    timeout: 8s
    demand: {kind: open, rate: 1/s}
    retry: {layers: [{retries: 3, backoff: none}]}
triggers: {quiet: {at: 50s, set: {clients.users.demand.rate: 0/s}}}
objectives: {collapse_probability: 20%}
"""


@pytest.mark.parametrize(
    ("other", "more"),
    [
        ("population: 0, demand: {kind: closed, think: 1s}", ""),
        ("population: 5, demand: {kind: open, rate: 0/s}", ""),
        ("population: 1, demand: {kind: open, rate: 1/min}", ""),
        ("population: 0, demand: {kind: closed, think: 5s}", COME_LATER),
    ],
)
def test_who_asks_seldom_never_or_later_stops_nothing(tmp_path, other, more):
    """Requests are served at once: it may go ahead, and nobody reads that something was not served."""
    path = tmp_path / "sound.yaml"
    path.write_text(WORLD.replace("OTHER", other) + more)
    (verdict,) = check(load(path), runs_count=20)
    assert "proceed" == verdict.verdict, verdict
    believed = verdict.cases[0]
    assert 0.0 == believed.collapse.value
    assert all(one.success_floor_ratio >= 0.9 for one in believed.clients)


def test_few_who_wait_for_ever_are_not_taken_for_served(tmp_path):
    """Three clients, none of whom is ever answered again: nothing of what they ask is served."""
    path = tmp_path / "stuck.yaml"
    other = "population: 3, timeout: 170s, demand: {kind: closed, think: 20s}, retry: none"
    text = WORLD.replace("timeout: 2s, OTHER", other)
    path.write_text(text + "triggers: {down: {at: 30s, set: {services.web.instances: 0}}}\n")
    (verdict,) = check(load(path), runs_count=20)
    assert verdict.verdict in {"stop", "protect_first"}
    assert 0.5 > verdict.cases[0].clients[1].success_floor_ratio


def test_nobody_is_ever_answered_and_the_silence_is_no_habit(tmp_path):
    """What is called is down from the beginning; that less is asked later makes nothing well."""
    path = tmp_path / "dark.yaml"
    path.write_text(DARK)
    (verdict,) = check(load(path), runs_count=20)
    assert verdict.verdict in {"stop", "protect_first"}, verdict
    assert 30.0 < verdict.cases[0].clients[0].unserved_s
