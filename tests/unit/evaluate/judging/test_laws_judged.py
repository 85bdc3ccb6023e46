"""What `check` says where times vary, and where they have the same mean and do not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tidegate.evaluate.judging.asked import Check
from tidegate.evaluate.judging.judge import judge
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

WORLD = """
name: varying
horizon: 30s
networks: {inner: {}, main: {}}
crossings: {gate: {between: [inner, main], round_trip: 200us}}
services: {web: {network: main, instances: 2, concurrency: 50, service_time: 300ms, service_law: fixed}}
clients:
  users: {network: inner, service: web, population: 50, timeout: 1s, retry: none,
          demand: {kind: open, rate: 50/s}}
activities: {grow: {service: web, to: 3, at: 5s}}
objectives: {request_p99: 800ms}
"""
U = "clients.users"
TAIL = {"values": ["100ms", "900ms"], "weights": [3, 1]}
HOPELESS = {"values": ["100ms", "4s"], "weights": [1, 3]}


def verdict(changes):
    with ThreadPoolExecutor(1) as executor:
        file = overlay(read_world(WORLD, "varying.yaml"), changes)
        return judge(Check(file=file, activity="grow", seed=7), executor=executor)


@pytest.mark.parametrize(
    ("changes", "is_safe"),
    [
        ({}, True),
        ({"services.web.service_law": TAIL}, False),
        ({f"{U}.timeout_law": HOPELESS}, False),
        ({f"{U}.timeout_law": {"values": ["500ms", "4s"], "weights": [1, 3]}}, True),
    ],
    ids=["fixed", "a tail of service times", "time-outs too short", "time-outs long enough"],
)
def test_a_law_decides_where_the_mean_does_not(changes, is_safe):
    """300 ms are in time for all; a quarter at 900 ms, or a time-out of 100 ms for a quarter, is not."""
    assert is_safe == (verdict(changes).verdict == "proceed")
