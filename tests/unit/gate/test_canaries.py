"""Roll-outs in steps: Argo's canaries and Flagger's; never smaller than a real one."""

from __future__ import annotations

import pytest

from tidegate.gate.command_line import Options
from tidegate.gate.deployed import world_from_files

ROLLOUT = """\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {{name: shop}}
spec:
  replicas: 40
  strategy:
    canary: {canary}
  template:
    spec:
      containers:
      - name: shop
        resources: {{limits: {{memory: 512Mi}}}}
"""
DEPLOYMENT = ROLLOUT.replace("argoproj.io/v1alpha1", "apps/v1").replace("Rollout", "Deployment")
FLAGGER = """\
---
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: shop}
spec: {targetRef: {name: shop}}
"""
BACK = "{setCanaryScale: {matchTrafficWeight: true}}"
SET = f"{{steps: [{{setCanaryScale: {{weight: 25}}}}, {{pause: {{}}}}, {BACK}, MORE]}}"


def made(text):
    found = world_from_files([(text, "shop.yaml")], Options(scale="40:120"))
    rollout = found.file.world.activities["rollout"]
    return found, rollout


@pytest.mark.parametrize(
    ("canary", "sizes", "largest"),
    [
        ("{steps: [{setWeight: 20}, {pause: {duration: 10m}}, {setWeight: 60}, {pause: {}}]}",
         "8 for 10m, 24 for as long as somebody waits, 40 of 40", 16),
        ("{steps: [{setCanaryScale: {replicas: 3}}, {setWeight: 50}, {pause: {duration: 1h}}]}",
         "3 for 1h, 40 of 40", 37),
        (SET.replace("MORE", "{setWeight: 50}, {pause: {duration: 60}}"),
         "10 for as long as somebody waits, 20 for 60, 40 of 40", 20),
    ],
)  # fmt: skip
def test_the_steps_of_a_canary_are_told(canary, sizes, largest):
    """Sizes by weight or as set, how long each stays, and the largest step; the last is all."""
    found, _ = made(ROLLOUT.format(canary=canary))
    (note,) = [one for one in found.notes if "has steps" in one]
    assert f"{sizes}, the largest of {largest}." in note


def test_without_routing_the_limits_hold():
    """A quarter beside the old ones, as a Deployment."""
    _, rollout = made(ROLLOUT.format(canary="{steps: [{setWeight: 20}]}"))
    assert (2, 10) == (rollout.batches_count, rollout.surge_count)


def test_with_routing_all_new_pods_stand_beside_the_old():
    """Weights decide, whatever the surge allows, and the old ones stay to the end."""
    _, rollout = made(
        ROLLOUT.format(canary="{maxSurge: 1, trafficRouting: {nginx: {}}, steps: [{setWeight: 5}]}")
    )
    assert (1, 40) == (rollout.batches_count, rollout.surge_count)


ROUTED = "{{trafficRouting: {{nginx: {{}}}}, dynamicStableScale: {}, steps: [{}]}}"
HALF = "{setCanaryScale: {weight: 50}}, {pause: {}}"
STEPS = f"{{setCanaryScale: {{replicas: 2}}}}, {{pause: {{duration: 1m}}}}, {HALF}"


def test_the_sizes_of_a_canary_are_run_beside_the_old_pods():
    """Two, then half, then all: each with its time, and all of the old ones stay."""
    found, rollout = made(ROLLOUT.format(canary=ROUTED.format("false", STEPS)))
    steps = [(step.after_s, step.to_count) for step in rollout.steps]
    assert ("scale", [(0.0, 42), (60.0, 60), (90.0, 80)]) == (rollout.kind, steps)
    assert any("each run beside all of the old pods" in note for note in found.notes)
    assert {row.means for row in found.read if "canary.steps" in row.says} == {"activities.rollout"}


def test_where_old_pods_go_along_equal_steps_of_the_largest_are_run():
    """2, 20, 40 of 40: two of twenty."""
    _, rollout = made(ROLLOUT.format(canary=ROUTED.format("true", STEPS)))
    assert ("restart", 2, 20) == (rollout.kind, rollout.batches_count, rollout.surge_count)


def test_a_canary_of_hours_is_run_within_one():
    """Its steps come closer to each other, which is no easier."""
    slow = STEPS.replace("1m", "10h")
    _, rollout = made(ROLLOUT.format(canary=ROUTED.format("false", slow)))
    assert 3000.0 == pytest.approx(rollout.steps[-1].after_s, rel=0.01)


def test_flagger_starts_all_beside_the_old():
    """A Deployment that Flagger rolls out does not roll as it says itself."""
    _, plain = made(DEPLOYMENT.format(canary="{}"))
    found, rollout = made(DEPLOYMENT.format(canary="{}") + FLAGGER)
    assert (10, 40) == (plain.surge_count, rollout.surge_count)
    assert any("Flagger's shop starts all new pods" in one for one in found.notes)


def test_memory_of_pods_is_told_and_where_a_world_states_it():
    """What each connection takes no manifest says."""
    found, _ = made(ROLLOUT.format(canary="{}"))
    (row,) = [row for row in found.read if "limits.memory" in row.says]
    assert ("", True) == (row.means, "services.*.memory" in row.why)
