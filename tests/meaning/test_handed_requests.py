"""Requests that get an instance each, and instances that count unequally: what `check` says of them."""

from __future__ import annotations

import pytest
from test_shrinking import WORLD as SHRINKING

import tidegate
from tidegate.errors import InputError

WORLD = """
name: handed
horizon: 90s
networks: {apps: {}, pods: {}}
crossings: {net: {between: [apps, pods]}}
services:
  api: {network: pods, instances: 4, concurrency: 2, service_time: 20ms, boot: {time: 5s}, BALANCED}
clients:
  apps:
    network: apps
    service: api
    population: 4
    connection: pool
    pool: 50
    after_timeout: keep
    timeout: 1s
    demand: {kind: open, rate: 120/s}
    retry: {layers: [{retries: 2, backoff: exponential, base: 100ms, cap: 2s}]}
activities: {more: {service: api, to: 8, at: 10s, batches: 2, pause: 10s}}
triggers: {rush: {at: 25s, set: {clients.apps.demand.rate: 600/s}}}
"""


def judged(tmp_path, balanced, world=WORLD, activity="more"):
    path = tmp_path / "handed.yaml"
    path.write_text(world.replace("BALANCED", f"balancing: {{{balanced}}}").replace("SAID", ""))
    (verdict,) = tidegate.check(tidegate.load(str(path)), activity, runs_count=2, jobs=1)
    return verdict


def test_new_instances_help_only_where_requests_and_not_connections_are_spread(tmp_path):
    """Kept connections stay where they are: who adds instances for a rush adds them for nobody."""
    kept = judged(tmp_path, "rule: least_outstanding")
    handed = judged(tmp_path, "rule: least_outstanding, each: request")
    assert kept.verdict not in {"proceed", "cannot_tell"}
    assert kept.cases[0].collapse.value > handed.cases[0].collapse.value


def test_who_counts_most_is_full_first(tmp_path):
    """Of eight, one that counts twelve times as much gets 12 of 19 requests, and does 100/s."""
    verdict = judged(tmp_path, "rule: round_robin, each: request, weights: [12]")
    assert verdict.verdict == "stop"
    assert "before the instance that counts most is full" in " ".join(verdict.notes)


@pytest.mark.parametrize(("at", "stops"), [("proxy", False), ("client", True)])
def test_who_is_balanced_by_the_client_connects_again_as_an_instance_goes(tmp_path, at, stops):
    """Behind a proxy 4,000 watchers keep their connections; without one half ask for a list."""
    balanced = f"rule: round_robin, each: request, at: {at}"
    verdict = judged(tmp_path, balanced, SHRINKING, "fewer")
    assert (verdict.verdict == "stop") is stops
    assert (verdict.cases[0].collapse.value > 0.5) is stops


@pytest.mark.parametrize(
    ("balanced", "path"),
    [
        ("rule: random, at: client", "services.api.balancing.at"),
        ("rule: random, skew: 50%, weights: [2]", "services.api.balancing.skew"),
        ("rule: random, weights: [0]", "services.api.balancing.weights.0"),
        (
            "rule: random, each: request}, memory: {limit: 1GB, per_connection: 1MB",
            "services.api.memory.per_connection",
        ),
    ],
)
def test_what_cannot_be_meant_is_said(tmp_path, balanced, path):
    """Each with its place."""
    with pytest.raises(InputError) as caught:
        judged(tmp_path, balanced)
    assert path in [fault.path for fault in caught.value.faults]


def test_who_asks_the_rule_cannot_change_within_a_run(tmp_path):
    """A connection belongs to an instance or to none: a trigger changes the rule and the weights alone."""
    world = WORLD.replace("clients.apps.demand.rate: 600/s", "services.api.balancing.each: connection")
    with pytest.raises(InputError, match="cannot change while the world runs"):
        judged(tmp_path, "rule: random, each: request", world)
