"""An autoscaler of manifests becomes the steps that its controller takes, each with its time and its size."""

from __future__ import annotations

import pytest

from tidegate.errors import InputError
from tidegate.gate.command_line import Options
from tidegate.gate.kubernetes import world_from_manifests
from tidegate.simulate.script import write_script

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop, namespace: prod}
spec:
  replicas: 10
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec: {containers: [{name: shop, image: "shop:1"}]}
---
"""
HPA = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: shop, namespace: prod}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: shop}
  minReplicas: 10
  maxReplicas: 640
"""
KEDA = """\
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: shop}
spec:
  scaleTargetRef: {name: shop}
  minReplicaCount: 10
  maxReplicaCount: 100
  triggers:
  - type: cron
    metadata: {timezone: Etc/UTC, start: 0 8 * * *, end: 0 20 * * *, desiredReplicas: "120"}
"""
MIN = """selectPolicy: Min, policies: [{type: Pods, value: 200, periodSeconds: 15},
    {type: Percent, value: 400, periodSeconds: 15}]"""


def read(text, **said):
    return world_from_manifests(text, "app.yaml", Options(**said))


def steps(text, **said):
    """Return each size with its time after the first step."""
    phases = write_script(read(text, **said).file, "scale").phases
    first_s = phases[1].at_s
    return [(phase.at_s - first_s, phase.world.clients["app"].population_count) for phase in phases[1:]]


def up(rules, text=HPA):
    return text + f"  behavior: {{scaleUp: {{{rules}}}}}\n"


def test_doubling_is_run_as_doubling():
    """From 10 to 640 the last step is 320, not the mean of 105."""
    sizes = [20, 40, 80, 160, 320, 640]
    assert [(15.0 * i, size) for i, size in enumerate(sizes)] == steps(DEPLOYMENT + HPA)
    (said,) = (note for note in read(DEPLOYMENT + HPA).notes if "takes 6 steps" in note)
    assert said.endswith("(10 → 20 → 40 → 80 → 160 → 320 → 640), the largest of 320 pods.")


@pytest.mark.parametrize(
    ("rules", "sizes", "pause_s"),
    [
        ("policies: [{type: Percent, value: 900, periodSeconds: 60}]", [100, 640], 60.0),
        ("policies: [{type: Pods, value: 315, periodSeconds: 20}]", [325, 640], 30.0),
        (
            MIN,
            [50, 250, 450, 640],
            15.0,
        ),
        ("policies: [{type: Percent, value: 700, periodSeconds: 15}]", [80, 640], 15.0),
        ("stabilizationWindowSeconds: 120", [20, 40, 80, 160, 320, 640], 15.0),
    ],
)
def test_policies_give_the_steps_that_they_allow(rules, sizes, pause_s):
    """Per cent, pods, the smaller of both, and a window, which only says when it begins."""
    assert [(pause_s * i, size) for i, size in enumerate(sizes)] == steps(up(rules))


def test_a_raised_minimum_is_one_step_whatever_the_policies_say():
    """The pods asked for lie below the least: the controller goes there at once."""
    slow = up("policies: [{type: Pods, value: 50, periodSeconds: 60}]").replace("s: 10", "s: 540")
    assert [(0.0, 540), (60.0, 590), (120.0, 640)] == steps(DEPLOYMENT + slow)
    assert any("10 is below the least" in note for note in read(DEPLOYMENT + slow).notes)
    assert [(0.0, 500)] == steps(slow, scale="10:500")


def test_going_down_takes_the_steps_of_scale_down():
    """Half of the pods a minute; with nothing written all go at once."""
    half = "  behavior: {scaleDown: {policies: [{type: Percent, value: 50, periodSeconds: 60}]}}\n"
    assert [(0.0, 40), (60.0, 20), (120.0, 10)] == steps(HPA + half, scale="80:10")
    assert [(0.0, 10)] == steps(HPA, scale="80:10")


def test_who_never_grows_is_not_taken_to_grow():
    """Disabled: without --scale there is no question; with it somebody else does it, in one step."""
    never = up("selectPolicy: Disabled")
    with pytest.raises(InputError, match="never scales up"):
        read(never)
    assert [(0.0, 80)] == steps(never, scale="40:80")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("minReplicas: 10", "minReplicas: 0"), "HPAScaleToZero"),
        (("maxReplicas: 640", "maxReplicas: 9"), "is below minReplicas"),
        (("replicas: 10", "replicas: 0"), "its autoscaler does nothing"),
        (("metadata: {name: shop, namespace: prod}\nspec:\n  scaleT", "metadata: {}\nspec:\n  scaleT"), ""),
    ],
)
def test_what_the_server_refuses_is_refused(change, said):
    """And a workload at nought, which nobody wakes; a name is not needed."""
    text = (DEPLOYMENT + HPA).replace(*change)
    if not said:
        assert 640 == steps(text)[-1][1]
        return
    with pytest.raises(InputError, match=said):
        read(text)


@pytest.mark.parametrize(
    ("rules", "where"),
    [
        ("policies: []", "policies: is empty"),
        ("policies: [{type: Pods, value: 4}]", "periodSeconds"),
        ("policies: [{type: pods, value: 4, periodSeconds: 15}]", "type: is no kind of policy"),
        ("policies: [{type: Pods, value: 4, periodSeconds: 1801}]", "periodSeconds: is refused"),
        ("stabilizationWindowSeconds: 3601", "stabilizationWindowSeconds: is refused"),
        ("selectPolicy: Most", "selectPolicy: is no choice"),
    ],
)
def test_a_behavior_that_the_server_refuses_is_refused_with_its_line(rules, where):
    """Each at its path."""
    with pytest.raises(InputError, match=where) as caught:
        read(up(rules))
    assert 8 == caught.value.faults[0].place.line


def test_an_autoscaler_alone_is_enough():
    """The workload is known by the reference; nothing is said of its roll-out."""
    made = read(HPA)
    world = made.file.world
    assert ["scale"] == list(world.activities)
    assert {"kubernetes": "apps/v1/Deployment/prod/shop"} == world.clients["app"].known_as
    assert not any("roll" in note for note in made.notes)


def test_a_scaled_object_scales_as_the_autoscaler_that_it_makes():
    """Its own bounds and behaviour; the times at which cron wakes it are named."""
    assert [(0.0, 20), (15.0, 40), (30.0, 80), (45.0, 100)] == steps(DEPLOYMENT + KEDA)
    assert any("asks for 120 from 0 8 * * * to 0 20 * * * (Etc/UTC)" in note for note in read(KEDA).notes)
    slow = "{scaleUp: {policies: [{type: Pods, value: 45, periodSeconds: 60}]}}"
    paced = KEDA + f"  advanced: {{horizontalPodAutoscalerConfig: {{behavior: {slow}}}}}\n"
    assert [(0.0, 55), (60.0, 100)] == steps(paced)


def test_two_autoscalers_of_one_workload_are_refused():
    """Neither says what happens."""
    with pytest.raises(InputError, match="already"):
        read(f"{DEPLOYMENT}{HPA}---\n{KEDA}")


def test_an_autoscaler_of_another_namespace_is_another_one():
    """The same name stands in two namespaces."""
    text = DEPLOYMENT + HPA + "---\n" + HPA.replace("namespace: prod", "namespace: test")
    assert 6 == len(steps(text))


def test_the_version_of_a_cluster_decides_what_its_server_takes():
    """autoscaling/v2 came with 1.23; `tolerance` in `behavior` is dropped before 1.33."""
    with pytest.raises(InputError, match="is not served by Kubernetes 1"):
        read(HPA, kubernetes="1.20")
    tolerant = up("tolerance: 0.05")
    old, new = (" ".join(read(tolerant, kubernetes=version).notes) for version in ("1.29", "1.34"))
    assert ("drops tolerance of scaleUp" in old, "drops tolerance" in new) == (True, False)
    with pytest.raises(InputError, match="is no version"):
        read(HPA, kubernetes="latest")
    with pytest.raises(InputError, match="no autoscaler goes by it"):
        read(DEPLOYMENT, scale="10:20", kubernetes="1.29")


KEPT = """
  annotations:
    autoscaling.alpha.kubernetes.io/behavior: '{"ScaleUp":{"StabilizationWindowSeconds":0,
      "SelectPolicy":"Max","Policies":[{"Type":"Pods","Value":315,"PeriodSeconds":60}]},"ScaleDown":null}'
"""


def old(text):
    """Return an autoscaler of autoscaling/v1 with a behavior in its annotation."""
    named = "metadata:\n  name: shop\n  namespace: prod" + KEPT.rstrip()
    return text.replace("autoscaling/v2", "autoscaling/v1").replace(
        "metadata: {name: shop, namespace: prod}", named
    )


def test_an_old_version_keeps_its_behavior_in_an_annotation():
    """As the server writes it, and reads it again: two steps, and no doubling."""
    assert [(0.0, 325), (60.0, 640)] == steps(DEPLOYMENT + old(HPA))
    assert [(15.0 * i, 20 * 2**i) for i in range(6)] == steps(DEPLOYMENT + HPA.replace("/v2", "/v1"))


def test_an_annotation_that_is_broken_is_a_fault():
    """With those of the server."""
    with pytest.raises(InputError, match=r"annotations.*is not JSON"):
        read(DEPLOYMENT + old(HPA).replace('{"ScaleUp"', '{"ScaleUp'))
    with pytest.raises(InputError, match="value"):
        read(DEPLOYMENT + old(HPA).replace("315", "0"))


@pytest.mark.parametrize("least", ["  minReplicaCount: 0\n", ""])
def test_a_scaled_object_from_none_says_one_thing(least):
    """KEDA starts one by itself; the file says none, and no number twice."""
    text = KEDA.replace("  minReplicaCount: 10\n", least)
    (row,) = [one for one in read(text).read if one.means == "activities.scale.from"]
    assert ("minReplicaCount: 0", "1", "it starts one first") == (row.says, row.value, row.why)


def test_what_the_server_refuses_is_told_once():
    """A greatest size of nought leaves nothing to scale, too: that is no second fault."""
    with pytest.raises(InputError) as refused:
        read(DEPLOYMENT + HPA.replace("640", "0"))
    assert 1 == len(refused.value.faults)
