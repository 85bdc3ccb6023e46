"""The callers' own sides in examples/gate, each against a gate that is served over TLS with tokens."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import os
import re
import ssl
import subprocess
import sys
import urllib.parse
from pathlib import Path
from types import SimpleNamespace

import botocore.session
import pytest
import yaml
from botocore.stub import Stubber
from botocore.validate import ParamValidator

from called_back import KEY, run_task, signed_event, signed_task
from gate_sample import KNOWN_BY_MANY, keep_limits
from gate_served import Authority, gate
from tidegate.world.file.read import read_world

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "gate"
TOKENS = {
    name: f"token-of-{name}-0123456789" for name in ("flagger", "argo", "keda", "cloudformation", "ecs", "ci")
}
PROBE = "test-token"
SERVICE = "arn:aws:ecs:eu-west-1:123456789012:service/prod/shop"
DEPLOYMENT = "arn:aws:ecs:eu-west-1:123456789012:service-deployment/prod/shop/EZe5RN"


def example(name):
    return (EXAMPLES / name).read_text()


@pytest.fixture
def served(tmp_path):
    """A gate that knows how far the shop may go, and enforces it; what it lets through goes on in it."""
    folder = tmp_path
    (folder / "shop.yaml").write_text(KNOWN_BY_MANY)
    (folder / "key").write_text(KEY)
    keep_limits(folder / "tidegate-gate")
    text = example("tokens.yaml")
    for token in TOKENS.values():
        text = text.replace("DIGEST-OF-ITS-TOKEN", hashlib.sha256(token.encode()).hexdigest(), 1)
    (folder / "tokens.yaml").write_text(text)
    authority = Authority(folder, "authority")
    certificate, key = authority.certificate("gate")
    words = (
        "shop.yaml", "--mode", "enforce", "--on-doubt", "deny", "--tls-cert", certificate, "--tls-key", key,
        "--tokens", "tokens.yaml", "--run-task-key", "key", "--github-secret", "key", "--github-token", "key",
    )  # fmt: skip
    trusted = ssl.create_default_context(cafile=str(authority.path))
    with gate(folder, *words, trusted=trusted) as at:
        yield SimpleNamespace(at=at, ca=str(authority.path), url=f"https://localhost:{at.port}")


def bearer(name):
    return {"Authorization": f"Bearer {TOKENS[name]}"}


def test_the_world_of_the_examples_is_the_one_that_is_asked(served):
    """As it stands in examples/gate it says the same as the one that the tests serve."""
    ours = read_world(example("shop.yaml"), "shop.yaml").world
    activity = read_world(KNOWN_BY_MANY, "shop.yaml").world.activities["grow"]
    assert ours.activities["grow"].known_as == activity.known_as
    assert ours.services["db"].connections_count == 390


def test_a_canary_is_held_and_let_go(served):
    """Its webhooks as Flagger sends them: the address' token as a Basic login, as Go's client makes it."""
    canary = yaml.safe_load(example("flagger_canary.yaml"))
    hooks = canary["spec"]["analysis"]["webhooks"]
    assert {"confirm-rollout", "confirm-traffic-increase"} == {one["type"] for one in hooks}
    for one in hooks:
        to = urllib.parse.urlsplit(one["url"].replace("TOKEN", TOKENS["flagger"]))
        login = base64.b64encode(f"{to.username}:{to.password}".encode()).decode()
        said = {
            "name": canary["metadata"]["name"], "namespace": canary["metadata"]["namespace"],
            "phase": "Waiting", "checksum": "85d557f47b", "metadata": one["metadata"],
        }  # fmt: skip
        headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
        assert all(isinstance(value, str) for value in one["metadata"].values()), (
            "the schema takes texts alone"
        )
        assert 200 == served.at.ask(to.path, json.dumps(said).encode(), headers=headers)[0]
        said["metadata"] = {**one["metadata"], "to": "40"}
        status, text = served.at.ask(to.path, json.dumps(said).encode(), headers=headers)
        assert (403, 1) == (status, text.count("\n"))
        assert 401 == served.at.ask(to.path, json.dumps(said).encode())[0]


def test_an_analysis_pauses_where_neither_condition_holds(served):
    """Argo's order: failed where the failure condition holds, else successful where the other does."""
    assert ["Failed", "Inconclusive", "Inconclusive", "Successful"] == [
        phase_of(served, *sizes) for sizes in ((20, 40), (4, 40), (60, 70), (4, 10))
    ]


def phase_of(served, before, after):
    """Return in which phase Argo's measurement of the template ends."""
    template = yaml.safe_load(example("argo_analysis.yaml"))
    [metric] = template["spec"]["metrics"]
    web = metric["provider"]["web"]
    given = {"from": str(before), "to": str(after), "token": TOKENS["argo"]}

    def filled(text):
        return re.sub(r"\{\{args\.(\w+)\}\}", lambda found: given[found[1]], text)

    headers = {one["key"]: filled(one["value"]) for one in web["headers"]}
    body = filled(json.dumps(web["jsonBody"])).encode()
    path = urllib.parse.urlsplit(web["url"]).path
    status, text = served.at.ask(path, body, web["method"], headers)
    assert (200, "{$}") == (status, web["jsonPath"]), "any other status is an error, and aborts after four"
    result = SimpleNamespace(**json.loads(text))
    fails, succeeds = (
        eval(metric[key], {"result": result})  # noqa: S307  ours, in words that Python reads as Argo does
        for key in ("failureCondition", "successCondition")
    )
    return "Failed" if fails else "Successful" if succeeds else "Inconclusive"


def test_a_cap_is_never_below_what_runs(served):
    """The formula in Python, which has the same min, max and comparisons; `??` is what is taken for nil."""
    secret, scaled = yaml.safe_load_all(example("keda_scaledobject.yaml"))
    triggers = {one["name"]: one for one in scaled["spec"]["triggers"]}
    cap = triggers["cap"]["metadata"]
    to = urllib.parse.urlsplit(cap["url"])
    assert "bearer" == cap["authMode"]
    assert secret["metadata"]["name"] == triggers["cap"]["authenticationRef"]["name"]
    assert "token" == secret["spec"]["secretTargetRef"][0]["parameter"]
    status, text = served.at.ask(f"{to.path}?{to.query}", method="GET", headers=bearer("keda"))
    value = json.loads(text)[cap["valueLocation"]]
    assert (200, 180.0) == (status, value)
    query = to.query.replace("from=4", "from=60")
    assert 500 == served.at.ask(f"{to.path}?{query}", method="GET", headers=bearer("keda"))[0], "never 0"
    spec = scaled["spec"]["advanced"]["scalingModifiers"]
    assert "scalingModifiers" == scaled["spec"]["fallback"]["behavior"], "else no formula counts on an error"

    def pods(**known):
        words = re.sub(r"(\w+) \?\? (now \* 10|0)", r"(\1 if \1 is not None else \2)", spec["formula"])
        return eval(words, {"min": min, "max": max, **known}) / float(spec["target"])  # noqa: S307

    assert 18 == pods(demand=400, cap=value, now=4), "no more than what is safe"
    assert 9 == pods(demand=90, cap=value, now=4), "no more than what is needed"
    assert 30 == pods(demand=400, cap=value, now=30), "a cap is no reason to shrink"
    assert 7 == pods(demand=400, cap=None, now=7), "without the gate it stays"
    assert 7 == pods(demand=None, cap=value, now=7), "without a demand it stays too"


def test_the_task_of_terraform_is_one_that_the_gate_takes(served):
    """Its path, its stages, and the probe by which HCP tries a task as it is made."""
    text = example("terraform_run_task.tf")
    [url] = re.findall(r'url\s+= "https://[^/]+(/[^"]+)"', text)
    [stages] = re.findall(r"stages\s+= (\[.*\])", text)
    for stage in json.loads(stages):
        probe = run_task("https://app.terraform.io", stage=stage, access_token=PROBE)
        assert (200, "") == served.at.ask(url, probe, headers=signed_task(probe))
    assert {"tfe_organization_run_task", "tfe_workspace_run_task"} == set(
        re.findall(r'resource "(\w+)"', text)
    )


def test_the_app_of_github_hears_what_the_gate_reads(served):
    app = json.loads(example("github_app.json"))
    path = urllib.parse.urlsplit(app["hook_attributes"]["url"]).path
    for event in app["default_events"]:
        assert 200 == served.at.ask(path, b"{}", headers=signed_event(b"{}", event))[0]
    assert {"actions": "read", "deployments": "write"} == app["default_permissions"]
    assert "deployment_protection_rules" in example("github_rule.sh")


# -- AWS -----------------------------------------------------------------------------------------------------


@pytest.fixture
def lambdas(served, monkeypatch):
    """The handlers, loaded as Lambda does, beside what both ask by."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.setenv("GATE_URL", served.url)
    monkeypatch.setenv("GATE_CA", served.ca)

    def load(name, token, away="allow"):
        monkeypatch.setenv("GATE_TOKEN", TOKENS.get(token, token))
        monkeypatch.setenv("IF_AWAY", away)
        spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.handler

    yield load
    sys.modules.pop("hook_call", None)


def hook(after):
    data = {
        "targetName": "AWS::AutoScaling::AutoScalingGroup",
        "targetType": "AWS::AutoScaling::AutoScalingGroup", "targetLogicalId": "Shop",
        "targetModel": {
            "resourceProperties": {"MinSize": "4", "MaxSize": "100", "DesiredCapacity": str(after)},
            "previousResourceProperties": {"MinSize": "4", "MaxSize": "100", "DesiredCapacity": "4"},
        },
    }  # fmt: skip
    return {
        "clientRequestToken": "b6b5", "awsAccountId": "123456789012", "hookTypeName": "Acme::Tidegate::Scale",
        "hookModel": {}, "actionInvocationPoint": "UPDATE_PRE_PROVISION", "requestData": data,
        "requestContext": {"invocation": 1, "callbackContext": None},
    }  # fmt: skip


def test_a_stack_is_failed_with_the_way_that_may_be(lambdas):
    handler = lambdas("cloudformation_hook", "cloudformation")
    held = handler(hook(40), None)
    assert ("FAILED", "NonCompliant", "b6b5") == tuple(
        held[key] for key in ("hookStatus", "errorCode", "clientRequestToken")
    )
    assert "Up to 18" in held["annotations"][0]["remediationMessage"]
    assert "SUCCESS" == handler(hook(10), None)["hookStatus"]
    for away, status in (("allow", "SUCCESS"), ("deny", "FAILED")):
        nobody = lambdas("cloudformation_hook", "a wrong token", away)(hook(40), None)
        assert (status, "b6b5") == (nobody["hookStatus"], nobody["clientRequestToken"])


def test_the_hooks_configuration_asks_where_something_scales(served):
    class Loader(yaml.SafeLoader):
        """Reads the short forms of CloudFormation's functions as texts."""

    Loader.add_multi_constructor("!", lambda _loader, _name, node: node.value)
    resources = yaml.load(example("cloudformation_hook.yaml"), Loader)["Resources"]  # noqa: S506
    hook_ = resources["Hook"]["Properties"]
    assert ("FAIL", ["RESOURCE"]) == (hook_["FailureMode"], hook_["TargetOperations"])
    assert ["PRE_PROVISION"] == hook_["TargetFilters"]["InvocationPoints"]
    assert "DELETE" not in hook_["TargetFilters"]["Actions"]
    assert "cloudformation_hook.handler" == resources["Function"]["Properties"]["Handler"]
    assert resources["Function"]["Properties"]["Timeout"] < 30, "CloudFormation waits for so long"


def described(running, desired, strategy="BLUE_GREEN", percent=200):
    """An ECS client that answers as AWS' own model says it does, and takes no call that it would refuse."""
    client = botocore.session.get_session().create_client(
        "ecs",
        region_name="eu-west-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",  # noqa: S106  nobody is asked
    )
    stub = Stubber(client)
    service = {
        "serviceArn": SERVICE, "desiredCount": desired, "runningCount": running,
        "deploymentConfiguration": {"strategy": strategy, "maximumPercent": percent},
    }  # fmt: skip
    stub.add_response(
        "describe_services", {"services": [service]}, {"cluster": "prod", "services": [SERVICE]}
    )
    stub.activate()
    return client, stub


STAGE = {
    "executionId": "e8d5a28f", "lifecycleStage": "PRE_SCALE_UP", "resourceArn": DEPLOYMENT,
    "executionDetails": {
        "serviceArn": SERVICE, "testTrafficWeights": {}, "productionTrafficWeights": {},
        "targetServiceRevisionArn": "arn:aws:ecs:eu-west-1:123456789012:service-revision/prod/shop/93",
    },
}  # fmt: skip
PAUSE = {
    "version": "0", "id": "3329f79b", "detail-type": "ECS Hook State Change", "source": "aws.ecs",
    "account": "123456789012", "time": "2026-03-05T15:54:41Z", "region": "eu-west-1",
    "resources": [DEPLOYMENT],
    "detail": {
        "eventType": "INFO", "eventName": "HOOK_AWAITING_ACTION", "hookId": "ecs-pause-e7tK",
        "hookType": "PAUSE",
        "expiresAt": "2026-03-05T16:04:41Z", "lifecycleStage": "PRE_SCALE_UP",
        "clusterArn": "arn:aws:ecs:eu-west-1:123456789012:cluster/prod", "serviceArn": SERVICE,
        "serviceDeploymentArn": DEPLOYMENT, "updatedAt": "2026-03-05T15:54:41.618Z",
    },
}  # fmt: skip
LONG = SimpleNamespace(get_remaining_time_in_millis=lambda: 900_000)
SHORT = SimpleNamespace(get_remaining_time_in_millis=lambda: 21_000)


def test_a_deployment_of_ecs_goes_on_waits_or_rolls_back(lambdas):
    """Sizes by DescribeServices: green stands beside blue, a rolling one goes as far as it may."""
    handler = lambdas("ecs_hook", "ecs")
    for said, status in (
        ((20, 20), {"hookStatus": "FAILED"}),
        ((60, 60), {"hookStatus": "IN_PROGRESS"}),
        ((4, 4, "ROLLING", 200), {"hookStatus": "SUCCEEDED"}),
        ((4, 20), {"hookStatus": "IN_PROGRESS"}),
        ((4, 9), {"hookStatus": "SUCCEEDED"}),
    ):
        client, stub = described(*said)
        answer = handler(STAGE, LONG, client)
        stub.assert_no_pending_responses()
        assert 5 <= answer.pop("callBackDelay", 5) <= 600
        assert status == answer, said
    assert {"hookStatus": "SUCCEEDED"} == lambdas("ecs_hook", "wrong")(STAGE, LONG, described(4, 20)[0])
    assert {"hookStatus": "IN_PROGRESS"} == lambdas("ecs_hook", "wrong", "deny")(
        STAGE, LONG, described(4, 20)[0]
    )


@pytest.mark.parametrize(("sizes", "action"), [((4, 9), "CONTINUE"), ((20, 20), "ROLLBACK")])
def test_a_pause_is_continued_or_rolled_back(lambdas, sizes, action):
    """ContinueServiceDeployment is called with what AWS' model asks for."""
    handler = lambdas("ecs_hook", "ecs")
    client, stub = described(*sizes)
    said = {"serviceDeploymentArn": DEPLOYMENT, "hookId": "ecs-pause-e7tK", "action": action}
    stub.add_response("continue_service_deployment", {"serviceDeploymentArn": DEPLOYMENT}, said)
    assert {"action": action} == handler(PAUSE, LONG, client)
    stub.assert_no_pending_responses()


def test_a_pause_waits_and_is_left_where_it_is_not_ours(lambdas):
    """It is asked again after what the gate says; another stage is for whoever paused it."""
    handler = lambdas("ecs_hook", "ecs")
    slept = []
    with pytest.raises(TimeoutError):
        handler(PAUSE, SHORT, described(60, 60)[0], slept.append)
    client, stub = described(60, 60)
    service = {"serviceArn": SERVICE, "desiredCount": 60, "runningCount": 60}
    stub.add_response(
        "describe_services", {"services": [service]}, {"cluster": "prod", "services": [SERVICE]}
    )
    left = iter([900_000, 21_000])
    with pytest.raises(TimeoutError):
        handler(PAUSE, SimpleNamespace(get_remaining_time_in_millis=lambda: next(left)), client, slept.append)
    assert (1, True) == (len(slept), slept[0] >= 5)
    other = {**PAUSE, "detail": {**PAUSE["detail"], "lifecycleStage": "POST_TEST_TRAFFIC_SHIFT"}}
    assert {"action": "NONE"} == handler(other, LONG, client)


def test_ecs_takes_the_services_as_they_are_written():
    """By AWS' own model; what CreateService would refuse is refused here."""
    model = botocore.session.get_session().get_service_model("ecs")
    shape = model.operation_model("CreateService").input_shape
    service, pause = json.loads(example("ecs_service.json")), json.loads(example("ecs_pause.json"))
    for said in (
        service,
        {"serviceName": "shop", "deploymentConfiguration": pause["deploymentConfiguration"]},
    ):
        assert not ParamValidator().validate(said, shape).has_errors()
        hooks = said["deploymentConfiguration"]["lifecycleHooks"]
        allowed = shape.members["deploymentConfiguration"].members["lifecycleHooks"].member.members
        for one in hooks:
            assert one["targetType"] in allowed["targetType"].enum
            assert set(one["lifecycleStages"]) <= set(allowed["lifecycleStages"].member.enum)
    pattern = pause["eventPattern"]
    assert PAUSE["detail-type"] in pattern["detail-type"]
    assert all(PAUSE["detail"][key] in one for key, one in pattern["detail"].items())


def test_a_pipeline_ends_by_its_exit_code(served):
    """Each verdict has its own; without a right token nothing can be told."""
    for sizes, code in (((4, 40), 3), ((20, 40), 5), ((60, 70), 4), ((4, 10), 0)):
        done = piped(served, *sizes)
        assert code == done.returncode, done.stdout + done.stderr
        assert "verdict" in done.stdout
    stranger = piped(served, 4, 10, token=TOKENS["keda"])
    assert (4, True) == (stranger.returncode, "403" in stranger.stderr)


def piped(served, before, after, token=TOKENS["ci"]):
    return subprocess.run(
        ["sh", str(EXAMPLES / "ci_check.sh"), "prod/shop", str(before), str(after)],
        env={**os.environ, "GATE_URL": served.url, "GATE_TOKEN": token, "GATE_CA": served.ca},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
