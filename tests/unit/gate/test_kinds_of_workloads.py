"""Every kind of workload and file that people have: which objects are meant, how many pods, how they come."""

from __future__ import annotations

import pytest

from tidegate.errors import InputError
from tidegate.gate.command_line import Options
from tidegate.gate.deployed import world_from_files
from tidegate.gate.kubernetes import world_from_manifests
from tidegate.gate.schedule import every_s

SCALE = Options(scale="40:120")
POD = "{metadata: {labels: {app: shop}}, spec: {containers: [{name: shop, image: x}]}}"
DEPLOYMENT = f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: shop}}
spec: {{replicas: 40, template: {POD}}}
"""
SCALER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: shop}
  minReplicas: 40
  maxReplicas: 120
"""


def together(*documents):
    return "---\n".join(documents)


def of(text, options=None, **more):
    return world_from_manifests(text, "app.yaml", options, **more)


def refused(text, options=None, **more):
    with pytest.raises(InputError) as caught:
        of(text, options, **more)
    return caught.value.faults


def scale_of(made):
    return made.file.world.activities["scale"]


def sizes(made):
    return scale_of(made).from_count, scale_of(made).to_count


def test_pods_of_a_stateful_set_come_one_after_the_other():
    """Each when the one before is ready; how soon that is, is not known without probes."""
    made = of(DEPLOYMENT.replace("Deployment", "StatefulSet"), SCALE)
    assert (80, 30.0) == (scale_of(made).batches_count, scale_of(made).pause_s)
    assert "one after the other" in " ".join(made.notes)
    assert "7.5s" == made.document["activities"]["scale"]["pause"]["low"]


def test_pods_of_a_parallel_stateful_set_come_at_once():
    """As their management policy says; another is named."""
    parallel = DEPLOYMENT.replace("Deployment", "StatefulSet").replace(
        "replicas: 40", "replicas: 40, podManagementPolicy: Parallel"
    )
    assert 1 == scale_of(of(parallel, SCALE)).batches_count
    (fault,) = refused(parallel.replace("Parallel", "Parallell"), SCALE)
    assert "OrderedReady, Parallel" == fault.allowed


def test_growth_in_order_takes_an_hour_at_most():
    """What would take longer comes closer together, which is worse and never better, and is told."""
    made = of(DEPLOYMENT.replace("Deployment", "StatefulSet"), Options(scale="1:1001"))
    assert (1000, 3.6) == (scale_of(made).batches_count, scale_of(made).pause_s)
    assert "growth takes an hour" in " ".join(made.notes)


def test_an_autoscaler_alone_names_its_workload():
    """Its sizes are enough for the growth; of the rest is said that it is not known."""
    made = of(SCALER)
    assert ((40, 120), "shop") == (sizes(made), made.file.world.clients["app"].title)
    assert "rollout" not in made.file.world.activities
    assert any("known by its autoscaler alone" in note for note in made.notes)


KEDA = """\
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: shop}
spec:
  scaleTargetRef: {name: shop}
  minReplicaCount: 40
  maxReplicaCount: 120
  advanced:
    horizontalPodAutoscalerConfig:
      behavior: {scaleUp: {policies: [{type: Pods, value: 20, periodSeconds: 60}]}}
  triggers:
  - {type: cron, metadata: {timezone: Etc/UTC, start: 0 8 * * *, end: 0 20 * * *, desiredReplicas: "120"}}
"""


def test_a_scaled_object_of_keda_is_the_autoscaler_it_makes():
    """Sizes, steps, and the cron trigger by name and as often as it begins."""
    made = of(together(DEPLOYMENT, KEDA))
    assert ((40, 120), 4, 86400.0) == (sizes(made), scale_of(made).batches_count, scale_of(made).every_s)
    assert any("0 8 * * * to 0 20 * * * (Etc/UTC)" in note for note in made.notes)
    assert not any("ScaledObject" in note for note in made.notes if note.startswith("Not used:"))


def test_a_scaled_object_has_kedas_own_bounds():
    """None and a hundred where it says nothing; the first pod is started by itself."""
    bare = KEDA.replace("  minReplicaCount: 40\n", "").replace("  maxReplicaCount: 120\n", "")
    made = of(together(DEPLOYMENT, bare))
    assert (1, 100) == sizes(made)
    assert any("starts one first" in note for note in made.notes)


def test_faults_of_a_scaled_object_stand_where_it_is_written():
    """The line is that of KEDA's own key."""
    fault, *_ = refused(together(DEPLOYMENT, KEDA.replace("maxReplicaCount: 120", "maxReplicaCount: many")))
    assert (12, "many") == (fault.place.line, fault.value)


CRON_JOB = f"""\
apiVersion: batch/v1
kind: CronJob
metadata: {{name: nightly}}
spec:
  schedule: "0 2 * * *"
  jobTemplate: {{spec: {{parallelism: 50, template: {POD}}}}}
"""


def test_a_cron_job_starts_its_pods_at_once():
    """From none to its parallelism, as often as its schedule comes round."""
    made = of(CRON_JOB)
    assert ((0, 50), 86400.0) == (sizes(made), scale_of(made).every_s)
    assert 50 == sizes(of(CRON_JOB.replace("parallelism: 50", "parallelism: 70, completions: 50")))[1]


def test_a_job_and_a_scaled_job_start_their_pods_at_once():
    """Of ScaledJobs as many jobs as there may be, each with its parallelism."""
    job = f"kind: Job\nmetadata: {{name: j}}\nspec: {{parallelism: 8, template: {POD}}}\n"
    assert (0, 8) == sizes(of(job))
    target = f"jobTargetRef: {{parallelism: 2, template: {POD}}}"
    scaled = f"kind: ScaledJob\nmetadata: {{name: j}}\nspec: {{maxReplicaCount: 30, {target}}}\n"
    assert (0, 60) == sizes(of(scaled))


@pytest.mark.parametrize(
    ("schedule", "often_s"),
    [
        ("* * * * *", 60.0), ("*/30 2-3 * * *", 21600.0), ("0 8,20 * * *", 43200.0), ("@hourly", 3600.0),
        ("5/15 * * * *", 900.0), ("0 9 * * mon-fri", 86400.0 * 7 / 5), ("0 0 1 * *", 86400.0 * 30.4),
        ("0 0 * * 7", 7 * 86400.0), ("every day", None), ("61 * * * *", None), ("0 0 * * * *", None),
    ],
)  # fmt: skip
def test_schedules_come_round(schedule, often_s):
    """The mean time between two turns; None for what cron would refuse."""
    assert (None if often_s is None else pytest.approx(often_s)) == every_s(schedule)


def test_a_daemon_set_needs_the_number_of_nodes():
    """It has no size of its own."""
    daemons = DEPLOYMENT.replace("Deployment", "DaemonSet")
    assert "nodes" in refused(daemons)[0].allowed
    assert (40, 120) == sizes(of(daemons, SCALE))


ROLLOUT = """\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: shop}
spec:
  replicas: 40
  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: shop}
  strategy: {STRATEGY}
"""


@pytest.mark.parametrize(
    ("strategy", "batches", "surge"),
    [
        ("canary: {maxSurge: 10%, maxUnavailable: 0}", 10, 4),
        ("canary: {maxSurge: 25%, steps: [{setWeight: 20}, {pause: {}}]}", 2, 10),
        ("blueGreen: {activeService: shop}", 1, 40),
    ],
)
def test_a_rollout_of_argo_replaces_its_pods_as_its_strategy_says(strategy, batches, surge):
    """Its pods are those of the Deployment it refers to, which is then no workload of its own."""
    made = of(together(DEPLOYMENT, ROLLOUT.replace("STRATEGY", strategy)), SCALE)
    rollout = made.file.world.activities["rollout"]
    assert (batches, surge) == (rollout.batches_count, rollout.surge_count)
    assert ("steps" in strategy) == any("strategy.canary.steps" in note for note in made.notes)


def two_namespaces():
    staging, prod = (
        DEPLOYMENT.replace("name: shop}\nspec", f"name: shop, namespace: {space}}}\nspec")
        for space in ("staging", "prod")
    )
    return together(staging, prod.replace("replicas: 40", "replicas: 4"), SCALER)


def test_the_same_name_in_two_namespaces_is_chosen_by_both():
    """How to say which is told, and the name alone is told to be both."""
    text = two_namespaces()
    for wanted in ("", "shop"):
        assert "prod/shop, staging/shop, by --workload" in refused(text, SCALE, workload=wanted)[0].allowed
    made = of(text, workload="prod/shop")
    assert "apps/v1/Deployment/prod/shop" == made.file.world.clients["app"].known_as["kubernetes"]
    assert "prod/shop" == refused(text, SCALE, workload="prod/shp")[0].nearest


def test_the_same_name_of_two_kinds_is_chosen_by_its_kind():
    """As kubectl names them."""
    text = together(DEPLOYMENT, DEPLOYMENT.replace("Deployment", "StatefulSet"))
    assert "Deployment/shop, StatefulSet/shop" in refused(text, SCALE)[0].allowed
    made = of(text, SCALE, workload="statefulset/shop")
    assert "apps/v1/StatefulSet/default/shop" == made.file.world.clients["app"].known_as["kubernetes"]


def test_an_autoscaler_of_another_namespace_is_not_the_workloads():
    """Only one that does not state its namespace may be any."""
    other = SCALER.replace("name: shop}\nspec", "name: shop, namespace: prod}\nspec")
    there = DEPLOYMENT.replace("name: shop}\nspec", "name: shop, namespace: test}\nspec")
    assert 1 == scale_of(of(together(there, other), SCALE)).batches_count


def test_odd_documents_of_a_rendering_are_passed_over_and_told():
    """What Helm prints around its manifests, comments alone, and nothing."""
    text = together(
        "NAME: shop\nSTATUS: x\n", "  # only a comment\n", DEPLOYMENT, "null\n", "Thanks!\n", SCALER
    )
    made = of(text)
    assert (40, 120) == sizes(made)
    assert 2 == sum(note.startswith("Not read: app.yaml:") for note in made.notes)


def test_what_is_odd_in_an_object_counts_only_where_it_is_used():
    """Tags in a ConfigMap that nobody reads do not matter; in the workload they are named."""
    other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: !!binary aGVsbG8=}\n"
    assert (40, 120) == sizes(of(together(DEPLOYMENT, other), SCALE))
    (fault,) = refused(DEPLOYMENT.replace("replicas: 40", "replicas: !count 40"), SCALE)
    assert "has a tag" == fault.what


def test_a_list_in_json_is_read_as_the_same_objects_in_yaml():
    """As `kubectl get -o json` prints it, with what the server adds."""
    text = (
        '{\n    "apiVersion": "v1",\n    "kind": "List",\n    "items": [\n        {"apiVersion": "apps/v1", '
        '"kind": "Deployment", "metadata": {"name": "shop", "managedFields": [{"f:spec": {}}]}, '
        '"spec": {"replicas": 40}, "status": {}}\n    ],\n    "metadata": {"resourceVersion": ""}\n}\n'
    )
    assert scale_of(of(DEPLOYMENT, SCALE)) == scale_of(of(text, SCALE))


def test_merge_keys_and_anchors_are_what_they_stand_for():
    """A probe that two containers share."""
    text = DEPLOYMENT.replace(
        "containers: [{name: shop, image: x}]",
        "containers: [{name: a, readinessProbe: &p {tcpSocket: {port: 1}, periodSeconds: 7}}, "
        "{name: b, readinessProbe: {<<: *p, initialDelaySeconds: 20}}]",
    )
    assert 27.0 == of(text, SCALE).file.world.activities["rollout"].pause_s


OWNED = """\
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: shop-abc, ownerReferences: [{kind: Deployment, name: shop, controller: true}]}
spec: {replicas: 40, template: {spec: {containers: [{name: c, image: x}]}}}
"""


def test_what_another_workload_makes_is_none_of_its_own():
    """`kubectl get all` lists a Deployment and its ReplicaSets."""
    text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec: {replicas: 40}\n" + OWNED
    found = world_from_files([(text, "all.yaml")], Options(scale="40:120"))
    assert "shop" == found.file.world.clients["app"].title
