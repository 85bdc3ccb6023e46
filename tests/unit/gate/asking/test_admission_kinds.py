"""Reviews of every kind that a server sends: which are asked about, and which are never in the way."""

from __future__ import annotations

import json

import pytest

from gate_sample import HPA, SHOP, review, scale, scaler
from tidegate.gate.asking.bookings import Scalers
from tidegate.gate.asking.contracts.admission import Admission
from tidegate.gate.asking.message import Heard
from tidegate.gate.asking.mirrored.cluster_mirror import Mirror
from tidegate.gate.asking.mirrored.cluster_objects import Key

DEPLOYER = "system:serviceaccount:kube-system:deployment-controller"
OWNED = {"ownerReferences": [{"kind": "Deployment", "name": "shop", "controller": True}]}
TEMPLATE = {"spec": {"containers": [{"name": "main", "image": "shop:1"}]}}
OTHER = {"spec": {"containers": [{"name": "main", "image": "shop:2"}]}}
SET = "apps/v1/StatefulSet/prod/shop"


def up(*periods_s):
    """Return a behaviour with policies of some periods."""
    policies = [{"type": "Pods", "value": 4, "periodSeconds": one} for one in periods_s]
    return {"scaleUp": {"policies": policies}}


def doors(cluster=None):
    scalers = Scalers() if cluster is None else cluster.scalers
    return [Admission(scalers, "tidegate", cluster, mutates=one) for one in (False, True)]


def workload(count, *, template=TEMPLATE, **meta):
    """Return a workload as a server has it: with what it and others have written into it."""
    spec = {"selector": {"matchLabels": {"app": "shop"}}, "template": template, "revisionHistoryLimit": 10,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%"}}}  # fmt: skip
    spec |= {} if count is None else {"replicas": count}
    fields = [{"manager": "kubectl", "operation": "Apply", "fieldsV1": {"f:spec": {}}}]
    meta = {"name": "shop", "namespace": "prod", "uid": "a", "generation": 3, "managedFields": fields} | meta
    return {"kind": "Deployment", "apiVersion": "apps/v1", "metadata": meta, "spec": spec, "status": {}}


def of(version, heard, group="apps", resource="deployments"):
    """Return a review of another version than the one that is usual."""
    document = json.loads(heard.body)
    document["request"]["resource"] = {"group": group, "version": version, "resource": resource}
    return Heard(body=json.dumps(document).encode())


ASKED = {
    "kubectl scale": (review("deployments", scale(4), scale(40), user="alice"), SHOP, 4, 40),
    "autoscaler": (review("deployments", scale(4), scale(40)), SHOP, 4, 40),
    "scale from none": (review("deployments", scale(0), scale(40)), SHOP, 0, 40),
    "apply": (review("deployments", workload(4), workload(40), sub="", user="alice"), SHOP, 4, 40),
    "server-side apply": (
        review("deployments", workload(4), workload(40), sub="", user="alice",
               options={"kind": "PatchOptions", "apiVersion": "meta.k8s.io/v1", "fieldManager": "kubectl",
                        "force": True}), SHOP, 4, 40),
    "apply that makes it": (
        review("deployments", None, workload(40), sub="", operation="CREATE", user="alice"), SHOP, 0, 40),
    "made without a size": (
        review("deployments", None, workload(None), sub="", operation="CREATE", user="alice"), SHOP, 0, 1),
    "dry run": (review("deployments", scale(4), scale(40), dryRun=True), SHOP, 4, 40),
    "stateful set": (review("statefulsets", scale(4), scale(40)), SET, 4, 40),
    "replica set of its own": (
        review("replicasets", scale(4), scale(40), user="alice"), "apps/v1/ReplicaSet/prod/shop", 4, 40),
    "another group, equivalent": (
        review("deployments", scale(4), scale(40), requestKind={"group": "extensions", "version": "v1beta1",
               "kind": "Scale"}, requestResource={"group": "extensions", "version": "v1beta1",
               "resource": "deployments"}), SHOP, 4, 40),
    "another group, exact": (
        of("v1beta1", review("deployments", scale(4), scale(40)), "extensions"),
        "extensions/v1beta1/Deployment/prod/shop", 4, 40),
    "a Scale of apps": (
        of("v1beta2", review("deployments", scale(4), scale(40),
                             kind={"group": "apps", "version": "v1beta1", "kind": "Scale"})),
        "apps/v1beta2/Deployment/prod/shop", 4, 40),
    "no namespace but the object's": (
        review("deployments", workload(4), workload(40), sub="", namespace=None), SHOP, 4, 40),
    "a name that is still to be made": (
        review("deployments", None, workload(40, name=None, generateName="shop-"), sub="", name="",
               operation="CREATE"), "apps/v1/Deployment/prod/shop-", 0, 40),
    "raised minimum, autoscaling/v1": (
        of("v1", review("x", scaler(), {**scaler(least=40), "apiVersion": "autoscaling/v1"}, sub=""),
           "autoscaling", "horizontalpodautoscalers"), SHOP, 4, 40),
}  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
def test_what_is_asked_about(name):
    """By its name in the world, in whatever version; both webhooks ask the same, and again the same."""
    heard, address, before, after = ASKED[name]
    for door in doors():
        for _ in range(2):
            intent = door.intent(heard)
            [change] = intent.plan.changes
            assert (address, before, after) == (change.address, change.before_count, change.after_count)
            assert intent.is_trial == (name == "dry run")
            if "shop-" not in address:
                assert "prod/shop" in intent.plan.names_of(address)


UNASKED = {
    "delete": review("deployments", workload(4), None, sub="", operation="DELETE"),
    "delete of many": review("deployments", workload(4), None, sub="", operation="DELETE", name=""),
    "status": review("deployments", workload(4), workload(4), sub="status"),
    "status of an autoscaler": review(
        "horizontalpodautoscalers", scaler(), scaler(least=40), sub="status"),
    "eviction": review("pods", None, {"kind": "Eviction"}, sub="eviction", operation="CREATE"),
    "exec": review("pods", None, {}, sub="exec", operation="CONNECT"),
    "a pod": review("pods", None, {"kind": "Pod"}, sub="", operation="CREATE"),
    "a node": review("nodes", {"spec": {}}, {"spec": {"unschedulable": True}}, sub="", namespace=""),
    "our own configuration": review(
        "validatingwebhookconfigurations", {}, {}, sub="", namespace=""),
    "ReplicaSet in a roll-out": review(
        "replicasets", {"spec": {"replicas": 0}}, {"spec": {"replicas": 40}, "metadata": OWNED}, sub="",
        user=DEPLOYER),
    "ReplicaSet that is made in a roll-out": review(
        "replicasets", None, {"spec": {"replicas": 40}, "metadata": OWNED}, sub="", operation="CREATE",
        user=DEPLOYER),
    "scale of a ReplicaSet by what carries it out": review("replicasets", scale(4), scale(40), user=DEPLOYER),
    "the same where controllers share an account": review(
        "replicasets", scale(4), scale(40), user="system:kube-controller-manager"),
    "ours, scaled": review("deployments", scale(1), scale(40), namespace="tidegate", name="gate"),
    "ours, by its autoscaler": review("deployments", scale(1), scale(40), namespace="tidegate", user=HPA),
    "ours, rolled": review(
        "deployments", workload(2, namespace="tidegate"), workload(2, template=OTHER, namespace="tidegate"),
        sub="", namespace="tidegate"),
    "ours, made": review("deployments", None, workload(2), sub="", operation="CREATE", namespace="tidegate"),
    "our autoscaler": review(
        "horizontalpodautoscalers", scaler(), scaler(least=40), sub="", namespace="tidegate"),
    "our ReplicaSet, drained with its node": review(
        "replicasets", {"spec": {"replicas": 1}}, {"spec": {"replicas": 2}}, sub="", namespace="tidegate"),
    "the cluster's own": review("deployments", scale(1), scale(40), namespace="kube-system", name="coredns"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNASKED)
def test_what_is_never_in_the_way(name):
    """Nothing about it is asked, so nothing can hold it up, whatever is known or not."""
    for door in doors():
        assert door.intent(UNASKED[name]) is None
        uid = json.loads(UNASKED[name].body)["request"]["uid"]
        assert {"uid": uid, "allowed": True} == door.nothing(UNASKED[name]).document["response"]


def test_a_gate_outside_of_a_cluster_lets_nothing_past_that_has_no_namespace():
    """It has no namespace of its own, and an object without one is not its own."""
    door = Admission(Scalers(), "", mutates=False)
    assert door.intent(review("deployments", scale(4), scale(40), namespace="")) is not None


def test_a_template_that_changes_is_a_restart_and_its_size_a_growth():
    heard = review("deployments", workload(4), workload(40, template=OTHER), sub="")
    plan = doors()[0].intent(heard).plan
    assert [40] == [one.after_count for one in plan.changes]
    assert [SHOP] == [one.address for one in plan.reconnects]


def held(seen, **spec):
    """Return a workload with more in its spec, whose controller has seen a generation of it."""
    made = workload(4)
    return made | {
        "spec": made["spec"] | spec,
        "status": {"observedGeneration": seen, "replicas": 4, "updatedReplicas": 1 if seen == 2 else 4},
    }


def of_set(partition=None, kind="RollingUpdate", revision="b"):
    made = workload(4)
    strategy = (
        {"type": kind} if partition is None else {"type": kind, "rollingUpdate": {"partition": partition}}
    )
    status = {"observedGeneration": 3, "currentRevision": "a", "updateRevision": revision}
    return made | {"spec": made["spec"] | {"updateStrategy": strategy}, "status": status}


@pytest.mark.parametrize(
    ("before", "after", "restarts"),
    [
        (held(2, paused=True), held(2), True),
        (held(2, paused=True), held(2, paused=False), True),
        (held(3, paused=True), held(3), False),
        (held(2), held(2, paused=True), False),
        (of_set(4), of_set(2), True),
        (of_set(4, revision="a"), of_set(2), False),
        (of_set(2), of_set(4), False),
        (of_set(kind="OnDelete"), of_set(), True),
        (held(3), held(3, restartAt="2026-12-01T10:00:00Z"), True),
    ],
)
def test_a_roll_out_that_was_held_and_goes_on_is_a_restart(before, after, restarts):
    """Its template was another before; what was proven then was of another moment."""
    for door in doors():
        intent = door.intent(review("deployments", before, after, sub="", user="alice"))
        assert restarts == bool(intent.plan.reconnects)
        assert restarts == intent.may_harm


@pytest.mark.parametrize(
    ("behavior", "books_for_s"),
    [
        (None, 0.0),
        ({}, 15.0),
        ({"scaleDown": {}}, 15.0),
        (up(60), 60.0),
        (up(15, 300), 300.0),
        (up(10**9), 1800.0),
    ],
)
def test_for_how_long_an_autoscaler_books_its_wish(behavior, books_for_s):
    """As its newest version says it, and as older ones keep it in an annotation."""
    target = Key("Deployment", "prod", "shop")
    one, old = scaler(), scaler()
    if behavior is not None:
        one["spec"]["behavior"] = behavior
        kept = json.dumps(behavior)
        for word in ("scaleUp", "scaleDown", "policies", "periodSeconds", "type"):
            kept = kept.replace(f'"{word}"', f'"{word[:1].upper()}{word[1:]}"')
        old["metadata"]["annotations"] = {"autoscaling.alpha.kubernetes.io/behavior": kept}
    for made in (one, {**old, "apiVersion": "autoscaling/v1"}):
        scalers = Scalers()
        scalers.see(made, "prod")
        assert books_for_s == scalers.of(target).books_for_s
    scalers.forget(one)
    assert scalers.of(target) is None


def test_of_two_autoscalers_of_one_workload_the_longer_booking_counts():
    scalers = Scalers()
    long = scaler([{"type": "Pods", "value": 4, "periodSeconds": 60}])
    long["metadata"]["name"] = "another"
    scalers.replace([scaler(), long, {"spec": {}}, {"spec": {"scaleTargetRef": []}}])
    assert 60.0 == scalers.of(Key("Deployment", "prod", "shop")).books_for_s


def test_a_cluster_says_what_a_scale_does_not():
    """Which Deployment a ReplicaSet belongs to, and what is noted at a workload."""
    cluster = Mirror()
    notes = {"annotations": {"tidegate.dev/override": " incident \n 7 "}}
    cluster.replace("deployments", [workload(4, **notes)])
    cluster.replace("replicasets", [workload(4, name="shop-1", **OWNED), workload(4, name="free")])
    validate = doors(cluster)[0]
    assert "incident 7" == validate.intent(review("deployments", scale(4), scale(40))).override
    named = [review("replicasets", scale(4), scale(40), user="alice", name=one) for one in ("shop-1", "free")]
    assert [True, False] == [validate.intent(one) is None for one in named]
