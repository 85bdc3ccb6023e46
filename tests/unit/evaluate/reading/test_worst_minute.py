"""The worst minute: what is under way as it ends is neither served nor lost, and who hangs is not served."""

from __future__ import annotations

import pytest

from tidegate.api import check, load

BURST = """
name: burst
horizon: 3min
networks: {a: {}, b: {}}
services: {web: {network: b, concurrency: 5000, service_time: 2s}}
crossings: {nat: {between: [a, b]}}
clients:
  cron: {network: a, service: web, population: 100, timeout: 30s, demand: {kind: open, rate: 20/s}}
triggers: {minute: {at: 60s, for: 5s, set: {clients.cron.demand.rate: 500/s}}}
objectives: {success: 99%, collapse_probability: 20%}
"""
HANG = """
name: hang
horizon: 4min
networks: {a: {}, b: {}}
services:
  other: {network: b, concurrency: 500, service_time: 10ms}
crossings: {nat: {between: [a, b]}}
clients:
  hung: {network: a, service: other, population: 50, timeout: 10min, DEMAND}
triggers: {down: {at: 60s, set: {services.other.instances: 0}}}
objectives: {success: 50%, collapse_probability: 20%}
"""


def floors(tmp_path, text, **how):
    path = tmp_path / "world.yaml"
    path.write_text(text)
    (verdict,) = check(load(path), runs_count=3, **how)
    return verdict, {one.name: one.success_floor_ratio for one in verdict.cases[0].clients}


def test_what_is_under_way_as_a_burst_is_asked_is_not_lost(tmp_path):
    """A thousand requests are under way at a time, and each is answered: the objective of 99 % holds."""
    verdict, found = floors(tmp_path, BURST)
    assert not verdict.failed_objectives
    assert 1.0 == found["cron"]


@pytest.mark.parametrize("at", ["118s", "176s", "178s"])
def test_nothing_is_lost_wherever_the_burst_lies(tmp_path, at):
    """Across a minute, and across the end of what is looked at."""
    _, found = floors(tmp_path, BURST.replace("at: 60s", f"at: {at}"))
    assert 0.99 < found["cron"]


@pytest.mark.parametrize("demand", ["demand: {kind: open, rate: 20/s}", "demand: {kind: closed, think: 2s}"])
def test_who_hangs_for_ever_is_not_served(tmp_path, demand):
    """Requests with ten minutes' patience and nobody to answer them: none of the worst minute is served."""
    verdict, found = floors(tmp_path, HANG.replace("DEMAND", demand))
    assert verdict.verdict in {"stop", "protect_first"}
    assert 0.0 == found["hung"]


def test_an_outage_is_none_the_less_for_patience(tmp_path):
    """Five minutes without an answer, after which each is answered: of a minute of it none is in time."""
    text = HANG.replace("DEMAND", "demand: {kind: open, rate: 20/s}").replace(
        "at: 60s,", "at: 60s, for: 100s,"
    )
    _, found = floors(tmp_path, text)
    assert 0.05 > found["hung"]


def test_clients_that_wait_instead_of_asking_are_not_well_served(tmp_path):
    """Each answer takes 8 s where it took 10 ms: closed clients ask a fifth of what they did."""
    text = HANG.replace("DEMAND", "demand: {kind: closed, think: 2s}").replace(
        "timeout: 10min", "timeout: 20s"
    )
    _, found = floors(tmp_path, text.replace("other.instances: 0", "other.service_time: 8s"))
    assert 0.1 < found["hung"] < 0.4
