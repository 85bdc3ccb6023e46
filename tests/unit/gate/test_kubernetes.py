"""Kubernetes manifests: sizes, steps, roll-out and probes become a world; faults have their places."""

from __future__ import annotations

from pathlib import Path

import pytest

from tidegate.errors import InputError
from tidegate.gate.command_line import Options
from tidegate.gate.kubernetes import world_from_manifests
from tidegate.simulate.script import write_script
from tidegate.world.file.write import write_world

GOLDEN = Path(__file__).parents[2] / "golden" / "gate"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: metadata-api
  namespace: prod
  annotations:
    tidegate.dev/pool: "20"
    tidegate.dev/retry: botocore-standard
spec:
  replicas: 40
  strategy:
    rollingUpdate: {maxSurge: 10%, maxUnavailable: 0}
  template:
    metadata:
      labels: {app: metadata}
    spec:
      containers:
        - name: api
          readinessProbe:
            httpGet: {path: /ready, port: 80}
            periodSeconds: 5
            initialDelaySeconds: 10
          livenessProbe:
            tcpSocket: {port: 80}
"""
AUTOSCALER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: metadata, namespace: prod}
spec:
  minReplicas: 40
  maxReplicas: 120
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: metadata-api}
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: metadata, namespace: prod}
spec:
  selector: {app: metadata}
"""
REST = """\
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: metadata}
spec: {minAvailable: 30}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
"""
SCALE = Options(scale="40:120")


def together(*documents):
    return "---\n".join(documents)


def faults_of(text, options=None, **more):
    with pytest.raises(InputError) as caught:
        world_from_manifests(text, "app.yaml", options, **more)
    return caught.value.faults


def test_the_world_of_manifests_is_as_before():
    """The written world is the golden one, character by character."""
    text = together(DEPLOYMENT, AUTOSCALER, SERVICE, REST)
    made = world_from_manifests(text, "app.yaml", Options(to="db.internal", through="aws-nat-gateway"))
    assert (GOLDEN / "manifests.yaml").read_text(encoding="utf-8") == write_world(made.document)


def test_the_autoscaler_gives_sizes_and_steps():
    """From 40 to 120 with Kubernetes' defaults takes two steps, 15 s apart."""
    activity = world_from_manifests(together(DEPLOYMENT, AUTOSCALER), "app.yaml").file.world.activities[
        "scale"
    ]
    assert (40, 120) == (activity.from_count, activity.to_count)
    assert (2, 15.0) == (activity.batches_count, activity.pause_s)
    assert {"kubernetes": "autoscaling/v2/HorizontalPodAutoscaler/prod/metadata"} == activity.known_as


def test_a_given_scale_goes_before_the_autoscalers_bounds():
    """--scale says from where to where; the autoscaler still says how fast."""
    made = world_from_manifests(together(DEPLOYMENT, AUTOSCALER), "app.yaml", Options(scale="40:320"))
    activity = made.file.world.activities["scale"]
    assert (40, 320, 3) == (activity.from_count, activity.to_count, activity.steps_count)
    assert any("320 is above the most of" in note for note in made.notes)


def test_without_autoscaler_the_change_is_one_step():
    """Setting the replicas starts all new pods at once."""
    activity = world_from_manifests(DEPLOYMENT, "app.yaml", SCALE).file.world.activities["scale"]
    assert 1 == activity.batches_count
    assert {"kubernetes": "apps/v1/Deployment/prod/metadata-api"} == activity.known_as


def test_annotations_say_what_manifests_cannot_and_options_go_first():
    """The pool comes from the annotation unless the command line says otherwise."""
    clients = world_from_manifests(DEPLOYMENT, "app.yaml", SCALE).file.world.clients["app"]
    assert (20, "botocore-standard") == (clients.pool_count, clients.retry.name)
    more = Options(scale="40:120", pool="7")
    assert 7 == world_from_manifests(DEPLOYMENT, "app.yaml", more).file.world.clients["app"].pool_count


def test_the_rolling_update_is_an_activity_of_its_own():
    """A tenth of 40 pods at a time makes ten steps, each as long as a pod takes to be ready."""
    rollout = world_from_manifests(DEPLOYMENT, "app.yaml", SCALE).file.world.activities["rollout"]
    assert ("restart", 10, 15.0) == (rollout.kind, rollout.batches_count, rollout.pause_s)
    assert (("app",), 40, 4) == (rollout.clients_added, rollout.from_count, rollout.surge_count)


@pytest.mark.parametrize(
    ("more", "pause_s"),
    [
        ("", 15.0),
        ("          startupProbe: {periodSeconds: 3, initialDelaySeconds: 20}\n", 38.0),
        ("        - {name: slow, startupProbe: {periodSeconds: 60}}\n", 60.0),
        ("        - {name: quick, readinessProbe: {periodSeconds: 1}}\n", 15.0),
    ],
)
def test_a_pod_is_ready_when_its_slowest_container_has_started_and_is_ready(more, pause_s):
    """A readiness probe begins when the startup probe is passed."""
    rollout = world_from_manifests(DEPLOYMENT + more, "app.yaml", SCALE).file.world.activities["rollout"]
    assert pause_s == rollout.pause_s


def test_what_is_not_used_of_an_autoscaler_is_told():
    """Its metrics, and how it scales down; not what it scales."""
    behavior = "  behavior: {scaleDown: {selectPolicy: Min}, scaleUp: {stabilizationWindowSeconds: 9}}\n"
    cpu = "{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}"
    more = behavior + f"  metrics: [{cpu}]\n"
    notes = world_from_manifests(together(DEPLOYMENT, AUTOSCALER + more), "app.yaml").notes
    of = "of HorizontalPodAutoscaler metadata."
    assert f"Not used, and it bears on start and stop: behavior.scaleDown {of}" in notes
    assert f"Not used besides: metrics {of}" in notes


@pytest.mark.parametrize(
    ("strategy", "batches_count", "surge_count"),
    [
        ("rollingUpdate: {maxSurge: 10%, maxUnavailable: 0}", 10, 4),
        ("rollingUpdate: {maxSurge: 3, maxUnavailable: 2}", 8, 3),
        ("rollingUpdate: {maxSurge: 1%, maxUnavailable: 3%}", 20, 1),
        ("type: RollingUpdate", 2, 10),
        ("type: Recreate", 1, 0),
        ("rollingUpdate: {maxSurge: 0, maxUnavailable: 1%}", 40, 0),
        ("rollingUpdate: {maxSurge: 100%, maxUnavailable: 0}", 1, 40),
    ],
)
def test_steps_of_a_rolling_update(strategy, batches_count, surge_count):
    """Surge rounded up and unavailable rounded down start together; what surges runs beside the old."""
    text = DEPLOYMENT.replace("rollingUpdate: {maxSurge: 10%, maxUnavailable: 0}", strategy)
    rollout = world_from_manifests(text, "app.yaml", SCALE).file.world.activities["rollout"]
    assert (batches_count, surge_count) == (rollout.batches_count, rollout.surge_count)


@pytest.mark.parametrize(
    ("kind", "strategy", "batches_count", "surge_count"),
    [
        ("StatefulSet", "rollingUpdate: {partition: 0}", 40, 0),
        ("DaemonSet", "rollingUpdate: {maxUnavailable: 11%}", 8, 0),
        ("DaemonSet", "rollingUpdate: {maxSurge: 11%, maxUnavailable: 0}", 8, 5),
        ("DaemonSet", "type: RollingUpdate", 40, 0),
    ],
)
def test_steps_of_other_workloads(kind, strategy, batches_count, surge_count):
    """One at a time, or as a DaemonSet says: both of its shares are rounded up."""
    text = DEPLOYMENT.replace("kind: Deployment", f"kind: {kind}").replace("strategy:", "updateStrategy:")
    text = text.replace("rollingUpdate: {maxSurge: 10%, maxUnavailable: 0}", strategy)
    rollout = world_from_manifests(text, "app.yaml", SCALE).file.world.activities["rollout"]
    assert (batches_count, surge_count) == (rollout.batches_count, rollout.surge_count)


def test_pods_that_are_replaced_by_hand_are_not_rolled_out():
    """OnDelete: no activity, and a note that says so."""
    text = DEPLOYMENT.replace("kind: Deployment", "kind: DaemonSet").replace("strategy:", "updateStrategy:")
    text = text.replace("rollingUpdate: {maxSurge: 10%, maxUnavailable: 0}", "type: OnDelete")
    made = world_from_manifests(text, "app.yaml", SCALE)
    assert ["scale"] == list(made.file.world.activities)
    assert "OnDelete" in " ".join(made.notes)


def test_an_unknown_strategy_is_a_fault():
    """With what there is."""
    text = DEPLOYMENT.replace("rollingUpdate: {maxSurge: 10%, maxUnavailable: 0}", "type: BlueGreen")
    with pytest.raises(InputError, match="RollingUpdate, Recreate"):
        world_from_manifests(text, "app.yaml", SCALE)


def test_pools_exist_twice_while_old_and_new_overlap():
    """Four pods and one more that surges: five pools of 20."""
    text = DEPLOYMENT.replace("rollingUpdate: {maxSurge: 10%, maxUnavailable: 0}", "type: RollingUpdate")
    script = write_script(world_from_manifests(text, "app.yaml", Options(scale="4:5")).file, "rollout")
    most = max(phase.world.clients["app"].population_count for phase in script.phases)
    assert 5 * 20 == most * script.phases[0].world.clients["app"].pool_count


def test_a_roll_out_that_takes_hours_is_left_out_with_a_note():
    """A StatefulSet replaces one pod at a time."""
    text = DEPLOYMENT.replace("kind: Deployment", "kind: StatefulSet")
    made = world_from_manifests(text, "app.yaml", Options(scale="400:500"))
    assert ["scale"] == list(made.file.world.activities)
    assert "more than an hour" in " ".join(made.notes)


def test_a_served_workload_has_probes_that_eject_and_restart():
    """With a Service the pods are a service too, watched by their probes."""
    world = world_from_manifests(together(DEPLOYMENT, SERVICE), "app.yaml", SCALE).file.world
    ready, alive = world.services["own_pods"].health_probes
    assert ("eject", 5.0, 1.0, 3, True) == (
        ready.on_failure,
        ready.interval_s,
        ready.timeout_s,
        ready.failures_count,
        ready.busy_fails,
    )
    assert ("restart", 10.0, False) == (alive.on_failure, alive.interval_s, alive.busy_fails)
    assert "restart" == world.activities["rollout"].kind
    assert (None, None) == (alive.initial_delay_s, alive.startup)


def test_checks_of_pods_that_start_are_read():
    """When liveness begins, and what a start-up probe allows."""
    probes = "livenessProbe:\n            initialDelaySeconds: 40"
    starting = f"startupProbe: {{periodSeconds: 5, failureThreshold: 12}}\n          {probes}"
    text = together(DEPLOYMENT.replace("livenessProbe:", starting), SERVICE)
    _, alive = world_from_manifests(text, "app.yaml", SCALE).file.world.services["own_pods"].health_probes
    assert 40.0 == alive.initial_delay_s
    assert alive.startup is not None
    assert (5.0, 12) == (alive.startup.interval_s, alive.startup.failures_count)


def test_other_kinds_are_named_in_notes():
    """What is not used is said."""
    notes = " ".join(world_from_manifests(together(DEPLOYMENT, REST), "app.yaml", SCALE).notes)
    assert "PodDisruptionBudget" in notes
    assert "ConfigMap" in notes


def test_lists_are_opened():
    """The items of a List are objects like any others."""
    item = '{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}}'
    text = f'{{"kind": "List", "items": [{item}]}}'
    assert "a" == world_from_manifests(text, "a.json", SCALE).file.world.clients["app"].title


def test_several_workloads_need_a_name_or_an_autoscaler():
    """With two workloads the autoscaler's target is meant, or the one that is named."""
    other = DEPLOYMENT.replace("name: metadata-api", "name: worker")
    (fault,) = faults_of(together(DEPLOYMENT, other), SCALE)
    assert "metadata-api, worker" in fault.allowed
    for made in (
        world_from_manifests(together(other, DEPLOYMENT, AUTOSCALER), "app.yaml"),
        world_from_manifests(together(other, DEPLOYMENT), "app.yaml", SCALE, workload="metadata-api"),
    ):
        assert "metadata-api" == made.file.world.clients["app"].title
    (fault,) = faults_of(together(DEPLOYMENT, other), SCALE, workload="metdata-api")
    assert "metadata-api" == fault.nearest


def test_all_faults_have_their_places():
    """Faults of several documents come together, with lines counted in the whole file."""
    text = together(
        DEPLOYMENT.replace("periodSeconds: 5", "periodSeconds: soon").replace("dev/pool", "dev/pol"),
        AUTOSCALER.replace("maxReplicas: 120", "maxReplicas: 12"),
    )
    faults = {fault.path: fault for fault in faults_of(text)}
    lines = {path.rpartition(".")[2]: fault.place.line for path, fault in faults.items()}
    assert {"periodSeconds": 21, "maxReplicas": 31, "dev/pol": 7} == lines
    assert "tidegate.dev/pool" == faults["metadata.annotations.tidegate.dev/pol"].nearest


def test_a_bad_annotation_is_told_where_it_stands():
    """What the world refuses names the annotation and its line."""
    (fault,) = faults_of(DEPLOYMENT.replace('"20"', "0"), SCALE)
    assert ("tidegate.dev/pool", 7) == (fault.path, fault.place.line)


def test_no_change_of_size_says_what_to_give():
    """Without --scale and autoscaler there is no question."""
    (fault,) = faults_of(DEPLOYMENT)
    assert "--scale" in fault.allowed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "---\n---\n",
        "a: [",
        "- 1",
        "kind: [1]",
        "\x00",
        "[" * 100_000,
        "kind: Deployment\nkind: Service\n",
        "a: 1\n---\n" * 2000,
        "&a [*a]",
        DEPLOYMENT.replace("replicas: 40", "template: 3"),
    ],
    ids=range(11),
)
def test_foreign_text_is_refused_as_input(text):
    """Nothing but input errors comes of texts that are no manifests."""
    assert faults_of(text, SCALE)
