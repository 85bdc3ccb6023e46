"""Reviews as a server sends them, and what it reads of the answer."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from gate_sample import HPA, SHOP, review, scale, scaler
from tidegate.errors import InputError
from tidegate.gate.asking.bookings import Scalers
from tidegate.gate.asking.contracts.admission import Admission
from tidegate.gate.asking.message import Asked, Heard
from tidegate.gate.asking.ruling import Mode, OnDoubt, Policy, Ruling

SLOWER = Ruling(
    verdict="slow_down", why="only 18 was proven safe.", allowed_count=18, again_in_s=20.0, world="shop"
)
ENFORCE = Policy(mode=Mode.ENFORCE)
EVERY_15_S = [{"type": "Percent", "value": 100, "periodSeconds": 15}]
EVERY_MINUTE = [{"type": "Pods", "value": 50, "periodSeconds": 60}]


def doors():
    scalers = Scalers()
    return tuple(Admission(scalers, own_namespace="tidegate", mutates=one) for one in (False, True))


def made(autoscaler):
    return review("horizontalpodautoscalers", None, autoscaler, sub="", operation="CREATE")


def answered(door, heard, ruling=SLOWER, policy=ENFORCE):
    intent = door.intent(heard)
    assert intent is not None
    reply = door.reply(Asked(heard=heard, intent=intent, ruling=ruling), policy)
    assert 200 == reply.status
    assert reply.document is not None
    said = reply.document["apiVersion"], reply.document["kind"]
    assert ("admission.k8s.io/v1", "AdmissionReview") == said
    return reply.document["response"], reply


def test_a_scale_is_read_as_what_it_scales():
    """The group is that of the parent; a size that the server leaves out is 0."""
    validate, _ = doors()
    intent = validate.intent(review("deployments", scale(4), scale(40)))
    [change] = intent.plan.changes
    assert (SHOP, 4, 40, HPA) == (change.address, change.before_count, change.after_count, intent.asked_by)
    assert "prod/shop" in intent.plan.names_of(SHOP)
    [change] = validate.intent(review("deployments", scale(0), scale(3))).plan.changes
    assert (0, 3) == (change.before_count, change.after_count)


@pytest.mark.parametrize(
    "heard",
    [
        review("deployments", scale(4), scale(40), namespace="kube-system"),
        review("deployments", scale(4), scale(40), namespace="tidegate"),
        review("deployments", {"spec": {}}, None, sub="", operation="DELETE"),
        review("configmaps", {}, {}, sub=""),
        review("deployments", {}, {}, sub="status"),
        review("replicasets", {"spec": {"replicas": 0}}, {
            "spec": {"replicas": 40}, "metadata": {"ownerReferences": [{"controller": True}]}}, sub=""),
    ],
)  # fmt: skip
def test_what_is_never_held_up_is_not_asked_about(heard):
    """The cluster's own, ourselves, what goes, and what a controller carries out that was asked about."""
    for door in doors():
        assert door.intent(heard) is None
        assert door.nothing(heard).document["response"] == {
            "uid": "0df28fbd-5f5f-11e8-bc74-36e6bb280816", "allowed": True,
        }  # fmt: skip


def test_a_scale_down_is_harmless():
    validate, _ = doors()
    assert validate.intent(review("deployments", scale(40), scale(4))).is_harmless


def test_an_autoscaler_that_asks_again_is_brought_down():
    """15 s: what it booked is over by its next sync; the truth is in the warnings."""
    validate, mutate = doors()
    validate.intent(made(scaler(EVERY_15_S)))
    response, reply = answered(mutate, review("deployments", scale(4), scale(40)))
    patch = json.loads(base64.b64decode(response["patch"]))
    assert [{"op": "replace", "path": "/spec/replicas", "value": 18}] == patch
    assert (True, "JSONPatch") == (response["allowed"], response["patchType"])
    assert (18, True) == (reply.to_count, reply.happens)
    assert "brought down to 18" in " ".join(response["warnings"])


@pytest.mark.parametrize(
    ("policies", "user"),
    [(EVERY_MINUTE, HPA), (None, "alice"), (EVERY_15_S, "alice"), ("unseen", HPA)],
)
def test_whoever_would_take_a_smaller_step_for_the_whole_is_refused(policies, user):
    """A minute's policy books its wish; a person's scale is done with; one never seen may do either."""
    validate, mutate = doors()
    if policies != "unseen":
        validate.intent(made(scaler(policies)))
    heard = review("deployments", scale(4), scale(40), user=user)
    response, reply = answered(mutate, heard)
    assert ({"allowed": True}, False) == ({key: response[key] for key in ("allowed",)}, reply.happens)
    assert "patch" not in response
    response, reply = answered(validate, heard)
    assert (False, 403, False) == (response["allowed"], response["status"]["code"], reply.happens)
    assert "Allowed now: 18. Ask again in 20 s." in response["status"]["message"]


def test_a_refusal_is_said_once():
    """kubectl prints the warnings of both paths beside the refusal: they would say it twice."""
    for door in doors():
        assert "warnings" not in answered(door, review("deployments", scale(4), scale(40), user="alice"))[0]


def test_a_scaler_without_behaviour_asks_at_every_sync():
    _, mutate = doors()
    mutate.intent(made(scaler()))
    assert 18 == answered(mutate, review("deployments", scale(4), scale(40)))[1].to_count


def test_preview_changes_nothing_and_says_nothing():
    """Not a word in the answer: nobody is to notice it."""
    for door in doors():
        response, reply = answered(door, review("deployments", scale(4), scale(40)), policy=Policy())
        assert ({"uid", "allowed"}, True) == (set(response), reply.happens)


def test_advice_is_in_pieces_that_a_server_passes_on():
    long = replace(SLOWER, why="because " * 60)
    response, _ = answered(
        doors()[0], review("deployments", scale(4), scale(40)), long, Policy(mode=Mode.ADVISE)
    )
    assert response["allowed"]
    assert max(map(len, response["warnings"])) <= 120
    assert "shop" == response["auditAnnotations"]["world"]


@pytest.mark.parametrize(("on_doubt", "allowed"), [(OnDoubt.ALLOW, True), (OnDoubt.DENY, False)])
def test_doubt_goes_as_it_is_set(on_doubt, allowed):
    unknown = Ruling(verdict="cannot_tell", why="this was not worked out before.", world="shop")
    policy = Policy(mode=Mode.ENFORCE, on_doubt=on_doubt)
    heard = review("deployments", scale(4), scale(40))
    assert allowed == answered(doors()[0], heard, unknown, policy)[0]["allowed"]


def test_a_workload_may_say_that_it_is_to_go_through():
    """Break-glass: with a reason, in the object itself."""
    notes = {"tidegate.dev/override": "incident 7"}
    after = {"metadata": {"name": "shop", "annotations": notes}, "spec": {"replicas": 40}}
    heard = review("deployments", {"spec": {"replicas": 4}}, after, sub="")
    intent = doors()[0].intent(heard)
    assert ("incident 7", None) == (intent.override, intent.override_until_s)
    response = answered(doors()[0], heard)[0]
    assert response["allowed"]
    said = " ".join(response["warnings"])
    assert "until it is taken away: say its end with tidegate.dev/override-until" in said


@pytest.mark.parametrize(("now_s", "why"), [(1_000.0, "incident 7"), (2_000.0, "")])
def test_a_workload_may_say_until_when_that_is_so(now_s, why):
    """After that it is a change like any other."""
    until = "1970-01-01T00:30:00+00:00"
    notes = {"tidegate.dev/override": "incident 7", "tidegate.dev/override-until": until}
    after = {"metadata": {"name": "shop", "annotations": notes}, "spec": {"replicas": 40}}
    heard = review("deployments", {"spec": {"replicas": 4}}, after, sub="")
    assert why == doors()[0].intent(heard).at(now_s).override
    assert "say its end" not in " ".join(answered(doors()[0], heard)[0].get("warnings", []))


def test_another_template_makes_pods_connect_anew():
    before = {"spec": {"replicas": 4, "template": {"spec": {"containers": [{"image": "a"}]}}}}
    after = {"spec": {"replicas": 4, "template": {"spec": {"containers": [{"image": "b"}]}}}}
    plan = doors()[0].intent(review("deployments", before, after, sub="")).plan
    assert ((), [SHOP]) == (plan.changes, [one.address for one in plan.reconnects])


def test_a_raised_least_goes_there_at_once():
    """No policy holds that up; so it is the autoscaler's object that is asked about."""
    heard = review("horizontalpodautoscalers", scaler(least=4), scaler(least=60, now=4), sub="")
    [change] = doors()[0].intent(heard).plan.changes
    assert (SHOP, 4, 60) == (change.address, change.before_count, change.after_count)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}",
     b'{"apiVersion": "admission.k8s.io/v1beta1", "kind": "AdmissionReview", "request": {}}',
     b'{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}', b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_review_is_refused_with_a_reason(body):
    """The server then goes by its failurePolicy."""
    door = doors()[0]
    with pytest.raises(InputError) as raised:
        door.intent(Heard(body=body))
    assert 400 == door.refusal(raised.value, ENFORCE).status


@pytest.mark.parametrize("count", ["40", True, -1, 10**9, 1.5, []])
def test_a_size_that_is_none_is_not_taken_for_one(count):
    """It is unknown, which is never harmless."""
    plan = doors()[0].intent(review("deployments", scale(4), {"spec": {"replicas": count}})).plan
    assert [None] == [one.after_count for one in plan.changes]
