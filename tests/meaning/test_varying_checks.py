"""Checks and look-ups whose time-outs differ: some are short, and those are what acts."""

from __future__ import annotations

import pytest

import tidegate

WORLD = """
name: varying
horizon: 3min
networks: {apps: {}, pods: {}}
crossings: {net: {between: [apps, pods], round_trip: 20ms}}
services:
  api:
    network: pods
    instances: 4
    concurrency: 4
    service_time: 300ms
    service_law: fixed
    boot: {time: 20s}
    health_probes:
    - {network: apps, interval: 2s, timeout: 1s, timeout_law: LAW, failures: 1, on_failure: restart}
  names: {network: pods, concurrency: 100, service_time: 1ms}
clients:
  users:
    network: apps
    service: api
    population: 20
    timeout: 5s
    lookup: {service: names, ttl: 0s, timeout: 1s, timeout_law: NAMES, tries: 1}
    demand: {kind: open, rate: 10/s}
activities: {more: {service: api, to: 5, at: 30s}}
"""


def judged(tmp_path, checks="fixed", names="fixed"):
    path = tmp_path / "varying.yaml"
    path.write_text(WORLD.replace("LAW", checks).replace("NAMES", names))
    (verdict,) = tidegate.check(tidegate.load(str(path)), runs_count=2, jobs=1)
    return verdict


@pytest.mark.evidence
def test_checks_that_give_up_sooner_restart_what_is_well(tmp_path):
    """In the mean a check waits a second and the answer takes a third: one in four waits for less."""
    seldom = "{values: [100ms, 1.3s], weights: [1, 3]}"
    assert judged(tmp_path).cases[0].collapse.value == 0.0
    assert judged(tmp_path, checks=seldom).verdict not in {"proceed", "cannot_tell"}


@pytest.mark.evidence
def test_look_ups_that_give_up_sooner_fail(tmp_path):
    """A fifth of them waits for less than the round trip, once: so many requests never leave."""
    short = "{values: [10ms, 1.2s], weights: [1, 4]}"
    assert judged(tmp_path, names=short).verdict not in {"proceed", "cannot_tell"}
