"""What is written for an autoscaler takes no larger step than was proven, by its controller's own rules."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.behaviour.hpa.climb import climb, largest_step
from tidegate.behaviour.hpa.spec import behavior_of
from tidegate.behaviour.hpa.stride import Behavior, Rules
from tidegate.protect.protection import protection_of
from tidegate.protect.targets import kubernetes
from tidegate.protect.targets.kubernetes_pace import policy_for
from tidegate.simulate.staircase import stages
from tidegate.world.activity import Activity
from tidegate.world.file.read import read_world
from tidegate.world.file.tree import read_tree


@given(
    before=st.integers(1, 400),
    growth=st.integers(1, 400),
    many=st.integers(1, 60),
    pause_s=st.floats(1.0, 90.0),
)
def test_no_step_is_larger_and_none_comes_sooner(before, growth, many, pause_s):
    """Whatever the batches: the policy's real steps and pauses keep to the proven ones."""
    proven = stages(Activity(batches_count=many, pause_s=pause_s), before, before + growth)
    policy = policy_for(before, proven)
    assert policy is not None
    real = climb(before, before + growth, Behavior(up=Rules(policies=(policy,))))
    assert real is not None
    assert largest_step(before, real) <= largest_step(before, proven)
    assert all(b - a >= pause_s for (a, _), (b, _) in pairwise(real)) or many == 1


WORLD = """
name: shop
networks: {near: {}, far: {}}
crossings: {gate: {between: [near, far]}}
services:
  api:
    network: far
    instances: 10
    autoscaler: {signal: cpu, target: 0.6, least: 50, most: 200, interval: 20s, step: 0.005,
                 step_instances: 2}
clients: {users: {network: near, service: api, population: 5, demand: {kind: closed, think: 1s}, timeout: 1s}}
activities: {grow: {service: api, from: 10, to: 110}}
"""


def written(changes, text=WORLD):
    """Return the spec of the autoscaler that is written, and the notes beside it."""
    file = read_world(text, "shop.yaml")
    found = kubernetes.write(protection_of(file, changes), file)
    (config,) = found.files
    return read_tree(config.text, "hpa").document["spec"], found.notes


def test_a_paced_activity_does_not_begin_with_a_jump_to_the_least():
    """An autoscaler of at least 50 would add 40 at once where ten run."""
    spec, notes = written({"activities.grow.batches": 10, "activities.grow.pause": 60.0})
    assert "10" == spec["minReplicas"]
    assert any("a step of its own" in note for note in notes)
    real = climb(10, 110, behavior_of(spec), least_count=int(spec["minReplicas"]))
    assert real is not None
    assert 10 == largest_step(10, real)


@pytest.mark.parametrize(("key", "value"), [("most", 100), ("step_instances", 2)])
def test_the_pace_of_the_world_is_written_whatever_was_changed(key, value):
    """Without `behavior` it would double; half a per cent is no whole one and is left out."""
    spec, _ = written({f"services.api.autoscaler.{key}": value})
    real = climb(50, 100, behavior_of(spec))
    assert real is not None
    assert 2 == largest_step(50, real)
    assert "cpu" == spec["metrics"][0]["resource"]["name"]
