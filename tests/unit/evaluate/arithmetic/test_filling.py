"""What fills the memory of instances, as sums; which loss they bear; the cycle, and what breaks it."""

from __future__ import annotations

from typing import Any

import pytest

import tidegate
from tidegate.evaluate.arithmetic.exceeded import exceeded_limits
from tidegate.evaluate.arithmetic.feedback.breaking import breaks
from tidegate.evaluate.arithmetic.feedback.cycle import feedback
from tidegate.evaluate.arithmetic.filling import tips
from tidegate.evaluate.judging.fits import fits
from tidegate.simulate.script import Script, write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

TEXT = """
name: chat
horizon: 1min
networks: {internet: {}, cluster: {}}
crossings: {lb: {between: [internet, cluster], round_trip: 20ms}}
services:
  gateway:
    network: cluster
    instances: 4
    concurrency: 50
    service_time: 1ms
    balancing: {rule: least_outstanding}
    memory: {limit: 512MB, base: 200MB, per_connection: 1MB, restart: 10s}
    boot: {time: 10s}
clients:
  devices:
    network: internet
    service: gateway
    population: 1200
    connection: keep_alive
    timeout: 5s
    demand: {kind: closed, think: 5s}
    retry: [{retries: unlimited, backoff: exponential, base: 1s, cap: 10s, jitter: full}]
activities:
  deploy: {kind: restart, service: gateway, at: 10s, batches: 4, pause: 12s}
  grow: {kind: scale, service: gateway, to: 3, at: 10s}
"""
M = "services.gateway.memory"


def script(changes: dict[str, Any] | None = None, activity: str | None = None) -> Script:
    return write_script(overlay(read_world(TEXT, "chat.yaml"), changes or {}), activity)


def test_what_is_more_than_an_instance_may_use_is_a_limit_with_its_sum() -> None:
    """1,400 connections of 1 MB in four instances are 350 MB beside 200; 512 are allowed."""
    assert exceeded_limits(script()) == ()
    (says,) = exceeded_limits(script({"clients.devices.population": 1400}))
    assert says.startswith("each instance of gateway uses 550MB (200MB + 350 connections × 1MB), and may ")
    assert says.endswith("use 512MB, already before anything happens")


def test_a_connection_too_many_decides_and_one_fewer_does_not() -> None:
    """312 connections fit in each; what is full to the last byte is not exceeded."""
    assert exceeded_limits(script({"clients.devices.population": 4 * 312})) == ()
    assert exceeded_limits(script({"clients.devices.population": 4 * 312 + 1}))


@pytest.mark.parametrize("activity", ["deploy", "grow"])
def test_an_activity_that_leaves_fewer_instances_than_bear_it_exceeds_it(activity: str) -> None:
    """As one of four is away the other three would hold 400 connections each."""
    (says,) = exceeded_limits(script(None, activity))
    assert "600MB (200MB + 400 connections × 1MB)" in says
    found = fits(read_world(TEXT, "chat.yaml"), activity)
    assert f"{M}.limit" in [one.path for one in found]
    assert next(one.value for one in found if one.path == f"{M}.limit") == "600MB"


def test_how_many_may_go_is_said_with_the_sum_of_those_that_are_left() -> None:
    """The number at which it tips, while nothing is exceeded."""
    (one,) = tips(script())
    assert one.startswith("once one of the 4 instances of gateway is gone, each of the 3 that are left uses")
    (two,) = tips(script({f"{M}.limit": "650MB"}))
    assert two.startswith("once 2 of the 4 instances of gateway are gone, each of the 2 that are left uses")
    assert tips(script({f"{M}.limit": "2GB"})) == ()


def test_a_limit_on_connections_bounds_what_they_take() -> None:
    """Who finds no place waits for one, and fills nothing."""
    assert tips(script({"services.gateway.connections": 312})) == ()


def test_who_connects_anew_asks_as_well() -> None:
    """300 that lost their instance ask the other three at once, beside what they usually serve."""
    asking = {f"{M}.per_request": "2MB", f"{M}.per_connection": "0B", f"{M}.limit": "350MB"}
    (says,) = tips(script(asking))
    assert "about 100 requests × 2MB" in says


def test_the_cycle_has_the_gain_that_the_others_would_be_filled() -> None:
    """1,200 MB to hold over three times 312 MB."""
    (cycle,) = [one for one in feedback(script()).cycles if one.mechanism == "memory"]
    assert cycle.gain == pytest.approx(1200 / 936)
    assert cycle.usual_ratio == pytest.approx(300 / 312)
    assert cycle.feeds_itself
    assert "1.2GB filled once one of 4 is gone ÷ 936MB" in cycle.formula
    broken = {one.paths[0] for one in breaks(script(), cycle)}
    assert broken == {"services.gateway.connections", f"{M}.limit", "services.gateway.instances"}


def test_a_roomy_memory_makes_no_cycle_that_feeds_itself() -> None:
    """It is there, and weak."""
    (cycle,) = [one for one in feedback(script({f"{M}.limit": "4GB"})).cycles if one.mechanism == "memory"]
    assert not cycle.feeds_itself


@pytest.mark.parametrize(("changes", "word"), [({}, "stop"), ({f"{M}.limit": "2GB"}, "proceed")])
def test_a_loss_that_the_others_do_not_bear_is_no_proceed(changes: dict[str, Any], word: str) -> None:
    """One instance is lost for twenty seconds: with roomy memory nothing comes of it."""
    lost = {"triggers": {"lost": {"at": "10s", "for": "20s", "set": {"services.gateway.instances": 3}}}}
    file = overlay(read_world(TEXT, "chat.yaml"), changes | lost | {"activities": {}})
    (verdict,) = tidegate.check(file, jobs=1)
    assert (verdict.verdict == "proceed") is (word == "proceed")
    said = " ".join(verdict.notes)
    assert ("each instance of gateway uses 600MB" in said) is (word == "stop")
