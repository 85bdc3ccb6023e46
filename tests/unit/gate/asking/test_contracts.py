"""Each caller's own words: what it reads of a yes, a no, a doubt, a preview, and of what is no request."""

from __future__ import annotations

import json

import pytest

from tidegate.errors import InputError
from tidegate.gate.asking.contracts.argo import Argo
from tidegate.gate.asking.contracts.cloudformation import CloudFormation
from tidegate.gate.asking.contracts.ecs import Ecs
from tidegate.gate.asking.contracts.flagger import Flagger
from tidegate.gate.asking.contracts.keda import Keda
from tidegate.gate.asking.contracts.plain import Plain
from tidegate.gate.asking.message import Asked, Heard
from tidegate.gate.asking.ruling import Mode, OnDoubt, Policy, Ruling

SHOP = "apps/v1/Deployment/prod/shop"
GO = Ruling(verdict="proceed", why="from 4 up to 18 was proven safe.", allowed_count=18, world="shop")
SLOW = Ruling(verdict="slow_down", why="only 18 was safe.", allowed_count=18, again_in_s=20.0, world="shop")
STOP = Ruling(verdict="stop", why="none was proven safe.", world="shop")
COLD = Ruling(verdict="cannot_tell", why="not worked out before.", again_in_s=9.0, world="shop")
ENFORCE, PREVIEW = Policy(mode=Mode.ENFORCE, on_doubt=OnDoubt.DENY), Policy()

CANARY = {
    "name": "shop", "namespace": "prod", "phase": "Progressing", "checksum": "85d557f47b",
    "metadata": {"from": "4", "to": "40"},
}  # fmt: skip
HOOK = {
    "awsAccountId": "123456789012", "clientRequestToken": "b6b5", "hookTypeName": "Tidegate::Gate::Scale",
    "actionInvocationPoint": "UPDATE_PRE_PROVISION", "hookModel": {"LambdaFunction": "f"},
    "requestData": {
        "targetName": "AWS::AutoScaling::AutoScalingGroup",
        "targetType": "AWS::AutoScaling::AutoScalingGroup",
        "targetLogicalId": "Shop",
        "targetModel": {
            "resourceProperties": {"MinSize": "4", "MaxSize": "100", "DesiredCapacity": "40"},
            "previousResourceProperties": {"MinSize": "4", "MaxSize": "100", "DesiredCapacity": "4"},
        },
    },
    "requestContext": {"invocation": 1, "callbackContext": None},
}  # fmt: skip
STAGE = {
    "lifecycleStage": "PRE_SCALE_UP",
    "executionDetails": {"serviceArn": "arn:aws:ecs:eu-west-1:123456789012:service/prod/shop"},
    "hookDetails": {"from": 4, "to": 8},
}
QUERY = {"address": SHOP, "from": "4", "to": "40"}


def body(document):
    return Heard(body=json.dumps(document).encode())


ASKED = {
    "flagger": (Flagger(), body(CANARY)),
    "argo": (Argo(), Heard(query=QUERY)),
    "keda": (Keda(), Heard(query={"address": SHOP, "from": "4", "target": "10"})),
    "cloudformation": (CloudFormation(), body(HOOK)),
    "ecs": (Ecs(), body(STAGE)),
    "check": (Plain(), body({"changes": [{"address": SHOP, "from": 4, "to": 40}]})),
}


def answer(name, ruling, policy=ENFORCE):
    caller, heard = ASKED[name]
    intent = caller.intent(heard)
    return caller.reply(Asked(heard=heard, intent=intent, ruling=ruling), policy)


@pytest.mark.parametrize(
    ("name", "system", "change"),
    [
        ("flagger", "kubernetes", (SHOP, 4, 40)),
        ("argo", "kubernetes", (SHOP, 4, 40)),
        ("keda", "kubernetes", (SHOP, 4, 5)),
        ("cloudformation", "cloudformation", ("Shop", 4, 40)),
        ("ecs", "ecs", ("prod/shop", 4, 8)),
        ("check", "kubernetes", (SHOP, 4, 40)),
    ],
)
def test_what_each_asks(name, system, change):
    caller, heard = ASKED[name]
    intent = caller.intent(heard)
    assert (name, system) == (intent.caller, intent.plan.system)
    grown = [(one.address, one.before_count, one.after_count) for one in intent.growth]
    assert change in grown


@pytest.mark.parametrize(
    ("name", "ruling", "status", "said"),
    [
        ("flagger", GO, 200, None),
        ("flagger", SLOW, 403, None),  # 5xx would be tried again, and its text lost
        ("argo", GO, 200, {"verdict": "proceed"}),
        ("argo", SLOW, 200, {"verdict": "slow_down"}),  # neither condition: the rollout pauses
        ("argo", STOP, 200, {"verdict": "stop"}),
        ("argo", COLD, 200, {"verdict": "cannot_tell"}),
        ("keda", GO, 200, {"cap": 180.0, "allowed": 18}),
        ("keda", STOP, 200, {"cap": 40.0, "allowed": 4}),  # never less than stands
        ("keda", COLD, 500, None),
        ("cloudformation", GO, 200, {"hookStatus": "SUCCESS", "clientRequestToken": "b6b5"}),
        ("cloudformation", SLOW, 200, {"hookStatus": "FAILED", "errorCode": "NonCompliant"}),
        ("cloudformation", COLD, 200, {"hookStatus": "IN_PROGRESS", "callbackContext": {"asked": 1}}),
        ("ecs", GO, 200, {"hookStatus": "SUCCEEDED"}),
        ("ecs", SLOW, 200, {"hookStatus": "IN_PROGRESS", "callBackDelay": 20}),
        ("ecs", STOP, 200, {"hookStatus": "FAILED"}),
        ("check", SLOW, 200, {"allow": False, "verdict": "slow_down", "allowed": 18}),
    ],
)
def test_what_each_reads_where_it_is_enforced(name, ruling, status, said):
    reply = answer(name, ruling)
    assert status == reply.status
    assert said is None or said.items() <= reply.document.items()
    if status == 403:
        assert reply.text.startswith("Tidegate: SLOW DOWN")
        assert 1 == reply.text.count("\n")


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("ruling", [SLOW, STOP, COLD])
def test_preview_lets_everything_through(name, ruling):
    """Whatever is known: a rollout goes on, a cap is none, and the change counts as one that happens."""
    reply = answer(name, ruling, PREVIEW)
    assert (200, True) == (reply.status, reply.happens)
    document = reply.document or {}
    assert document.get("verdict", "proceed") == "proceed" or name == "check"
    assert document.get("hookStatus", "SUCCESS") in {"SUCCESS", "SUCCEEDED"}
    assert document.get("cap", 1e8) >= 1e8
    assert document.get("allow", True)


@pytest.mark.parametrize(
    ("name", "heard"),
    [
        ("flagger", body({"name": "shop", "namespace": "prod"})),
        ("flagger", body({})),
        ("argo", Heard(query={"address": SHOP, "from": "4", "to": "many"})),
        ("keda", Heard(query={"address": SHOP})),
        ("keda", Heard(query={"address": SHOP, "from": "4", "target": "0"})),
        ("cloudformation", body({"actionInvocationPoint": "CREATE_PRE_PROVISION"})),
        ("ecs", body({"serviceArn": "x"})),
        ("ecs", body({k: v for k, v in STAGE.items() if k != "hookDetails"})),
        ("check", body({"changes": [{"address": SHOP, "from": 4, "to": "40"}]})),
        *((name, Heard(body=b"{")) for name in ("flagger", "cloudformation", "ecs", "check")),
    ],
)
def test_a_request_that_is_none_is_an_error_in_its_callers_words(name, heard):
    """In preview it is in nobody's way either; what is enforced holds it."""
    caller, _ = ASKED[name]
    with pytest.raises(InputError) as raised:
        caller.intent(heard)
    held, free = (caller.refusal(raised.value, policy) for policy in (ENFORCE, PREVIEW))
    expected = {"flagger": (400, 200), "keda": (500, 500), "check": (400, 400)}.get(name, (200, 200))
    assert expected == (held.status, free.status)
    words = {"argo": "verdict", "cloudformation": "hookStatus", "ecs": "hookStatus"}
    if name in words:
        assert held.document[words[name]] != free.document[words[name]]


def test_what_begins_anew_or_goes_is_not_asked_about():
    assert Flagger().intent(body(CANARY | {"phase": "Succeeded"})) is None
    assert CloudFormation().intent(body(HOOK | {"actionInvocationPoint": "DELETE_PRE_PROVISION"})) is None
    assert Ecs().intent(body(STAGE | {"lifecycleStage": "POST_SCALE_UP"})) is None


def test_a_hook_is_asked_at_most_three_times():
    """After that it must be told: what could not be found out is not let through where doubt is not."""
    third = HOOK | {"requestContext": {"invocation": 3, "callbackContext": {"asked": 3}}}
    caller, heard = CloudFormation(), body(third)
    reply = caller.reply(Asked(heard=heard, intent=caller.intent(heard), ruling=COLD), ENFORCE)
    assert "FAILED" == reply.document["hookStatus"]


def test_a_resource_that_is_new_begins_at_none():
    data = {**HOOK["requestData"], "targetModel": {"resourceProperties": {"DesiredCapacity": "40"}}}
    plan = CloudFormation().intent(body(HOOK | {"requestData": data})).plan
    assert {None, 0} >= {one.before_count for one in plan.changes}
