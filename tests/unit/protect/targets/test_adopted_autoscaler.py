"""A deployed autoscaler is adopted by its controller's rules: nothing of its pace is lost in silence."""

from __future__ import annotations

import pytest

from tidegate.verbs.adopt import Adopt, adopt
from tidegate.world.file.read import read_world

WORLD = """\
name: shop
networks: {inside: {}, outside: {}}
crossings:
  edge: {between: [inside, outside], forwarding: 2570/s}
services:
  shop: {network: outside, instances: 4, concurrency: 32SCALER}
clients:
  workers: {network: inside, service: shop, population: 600, demand: {kind: closed, think: 6s}, timeout: 1s}
"""
SCALER = ", autoscaler: {signal: utilisation, target: 0.5, least: 2, most: 10}"
HPA = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: shop}
  minReplicas: 3
  maxReplicas: 50
  metrics:
  - type: Resource
    resource: {name: memory, target: {type: Utilization, averageUtilization: 80}}
  - type: Resource
    resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}
  behavior:
    scaleDown: {stabilizationWindowSeconds: 600, policies: [{type: Percent, value: 10, periodSeconds: 60}]}
    scaleUp:
      stabilizationWindowSeconds: 30
      selectPolicy: CHOICE
      policies: POLICIES
"""
BOTH = "[{type: Percent, value: 100, periodSeconds: 15}, {type: Pods, value: 4, periodSeconds: 60}]"
SLOW = "[{type: Pods, value: 2, periodSeconds: 60}, {type: Percent, value: 10, periodSeconds: 60}]"
PODS = "[{type: Pods, value: 2, periodSeconds: 60}]"


def adopted(choice, policies, scaler=SCALER):
    """Return the autoscaler that the world has then, and what was left out."""
    text = HPA.replace("CHOICE", choice).replace("POLICIES", policies)
    done = adopt(Adopt(world_text=WORLD.replace("SCALER", scaler), world_source="w", text=text, source="hpa"))
    return read_world(done.edited.text, "w").world.services["shop"].autoscaler, str(done.adopted.ignored)


def budgets(listed):
    return [(one.share_ratio, one.instances_count, one.period_s) for one in listed]


@pytest.mark.parametrize("scaler", [SCALER, ""])
def test_steps_of_any_periods_and_both_ways_are_kept(scaler):
    """Per cent and pods in periods of their own, up and down; of two metrics the processor."""
    found, left_out = adopted("Max", BOTH, scaler)
    assert [(1.0, None, 15.0), (None, 4, 60.0)] == budgets(found.steps)
    assert [(0.1, None, 60.0)] == budgets(found.removals)
    assert (0.6, 3, 50, 30.0, 600.0) == (
        found.target_count,
        found.least_count,
        found.most_count,
        found.scale_up_delay_s,
        found.scale_down_delay_s,
    )
    assert "Resource memory" in left_out
    assert " in 60 s" not in left_out


def test_the_smaller_of_two_policies_stays_the_smaller():
    """At most two pods, or a tenth, a minute."""
    found, _ = adopted("Min", SLOW)
    assert (0.1, 2, 60.0, "smaller") == (
        found.step_ratio,
        found.step_instances_count,
        found.step_period_s,
        found.step_choice,
    )


def test_one_policy_leaves_no_other_step():
    """Two pods a minute, whatever the size."""
    found, _ = adopted("Max", PODS)
    assert (2, 60.0) == (found.step_instances_count, found.step_period_s)
    assert found.step_ratio * 10_000 <= 1.0


@pytest.mark.parametrize("scaler", [SCALER, ""])
def test_who_never_scales_up_is_never_a_free_autoscaler(scaler):
    """It adds nothing by itself, and that is said; it still removes."""
    found, left_out = adopted("Disabled", PODS, scaler)
    assert ("none", 50) == (found.step_choice, found.most_count)
    assert "never scales up" in left_out


def test_who_never_scales_down_keeps_what_there_is():
    """scaleDown Disabled is one of the ways of the world's own autoscaler."""
    down = "600, policies: [{type: Percent, value: 10, periodSeconds: 60}]"
    text = HPA.replace(down, "600, selectPolicy: Disabled")
    done = adopt(Adopt(
        world_text=WORLD.replace("SCALER", SCALER), world_source="w", source="hpa",
        text=text.replace("CHOICE", "Max").replace("POLICIES", PODS),
    ))  # fmt: skip
    assert "none" == read_world(done.edited.text, "w").world.services["shop"].autoscaler.removal_choice


@pytest.mark.parametrize("scaler", [SCALER, ""])
@pytest.mark.parametrize(
    ("version", "metrics"),
    [
        ("autoscaling/v1", "  targetCPUUtilizationPercentage: 70\n"),
        (
            "autoscaling/v2beta1",
            "  metrics: [{type: Resource, resource: {name: cpu, targetAverageUtilization: 70}}]\n",
        ),
    ],
)
def test_older_versions_say_the_same_of_the_processor(version, metrics, scaler):
    """Which v1 and v2beta1 spell otherwise."""
    text = HPA.partition("  metrics:")[0].replace("autoscaling/v2", version) + metrics
    done = adopt(Adopt(world_text=WORLD.replace("SCALER", scaler), world_source="w", text=text, source="hpa"))
    assert 0.7 == read_world(done.edited.text, "w").world.services["shop"].autoscaler.target_count


def test_what_was_read_is_shown_as_numbers():
    """As a world file writes them, lists of budgets too."""
    text = HPA.replace("CHOICE", "Max").replace("POLICIES", BOTH)
    done = adopt(Adopt(world_text=WORLD.replace("SCALER", SCALER), world_source="w", text=text, source="hpa"))
    shown = {one.path.rpartition(".")[2]: (one.text, one.words) for one in done.adopted.understood}
    assert "[{share: 1, period: 15s}, {instances: 4, period: 60s}]" == shown["steps"][0]
    assert shown["steps"][1].startswith("steps: [{share: 1, period: 15s}")
    assert ("0.6", "target: 0.6") == shown["target"]


def test_an_old_version_keeps_its_behavior_in_an_annotation():
    """It is read from there, as the server does."""
    kept = '{"ScaleUp":{"Policies":[{"Type":"Pods","Value":2,"PeriodSeconds":60}]}}'
    head = f"metadata: {{name: shop, annotations: {{autoscaling.alpha.kubernetes.io/behavior: '{kept}'}}}}"
    text = HPA.partition("  metrics:")[0].replace("metadata: {name: shop}", head).replace("/v2", "/v1")
    text += "  targetCPUUtilizationPercentage: 60\n"
    done = adopt(Adopt(world_text=WORLD.replace("SCALER", SCALER), world_source="w", text=text, source="hpa"))
    found = read_world(done.edited.text, "w").world.services["shop"].autoscaler
    assert (2, 60.0) == (found.step_instances_count, found.step_period_s)
