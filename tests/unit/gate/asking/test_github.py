"""What a deployment of GitHub changes: as its payload says, or as a world states of its environment."""

from __future__ import annotations

import json

import pytest

from called_back import deployment
from gate_sample import KNOWN_BY_MANY, SHOP, WORLD
from tidegate.gate.asking.contracts.github import read_deployment, review
from tidegate.gate.asking.contracts.run_task import read_run_task, result
from tidegate.gate.asking.message import Asked, Heard
from tidegate.gate.asking.ruling import Mode, Policy, Ruling
from tidegate.world.file.read import read_world

EVENT = {"x-github-event": "deployment_protection_rule"}
KNOWN = "known_as: {kubernetes: apps/v1/Deployment/prod/shop"
NASTY = Ruling(
    verdict="stop", why="[x](http://e) <img src=y> @ann `z` #1 | **b**", world="w_1", activity="a*b"
)
ENFORCE = Policy(mode=Mode.ENFORCE)


def read(**said):
    return read_deployment(Heard(body=deployment("https://api.github.com", **said), headers=EVENT))


def way(host="https://api.github.com", repository="acme/shop"):
    return f"{host}/repos/{repository}/actions/runs/7/deployment_protection_rule"


def changes(world, **said):
    one = read(deployment_callback_url=way(), **said)
    plan = one.intent([read_world(text, "w.yaml").world for text in world]).plan
    return plan.system, [(c.address, c.before_count, c.after_count) for c in plan.changes], plan.reconnects


def test_it_goes_by_the_name_that_the_same_things_have_elsewhere():
    """So the autoscaler that asks about the Deployment next is judged together with it."""
    assert ("kubernetes", [(SHOP, 4, 6)], ()) == changes([KNOWN_BY_MANY])
    alone = WORLD.replace("kubernetes: apps/v1/Deployment/prod/shop", "github: acme/shop/production")
    assert ("github", [("acme/shop/production", 4, 6)], ()) == changes([alone])


def test_worlds_that_know_it_are_all_asked_about():
    more = KNOWN_BY_MANY.replace("to: 6, at", "to: 9, at")
    assert [(SHOP, 4, 6), (SHOP, 4, 9)] == changes([KNOWN_BY_MANY, more])[1]


def test_a_restart_is_one_too():
    """What a deployment replaces connects anew."""
    known = "known_as: {kubernetes: apps/v1/Deployment/prod/shop, github: acme/shop/production}"
    text = f"{WORLD}  roll: {{kind: restart, service: db, at: 10s, {known}}}\n"
    system, grown, anew = changes([text])
    assert ("kubernetes", [], [SHOP]) == (system, grown, [one.address for one in anew])


@pytest.mark.parametrize("payload", ["", "{}", {}, None, "text", [], {"other": 1}])
def test_what_nothing_states_is_in_doubt(payload):
    """No size is made up for it."""
    found = changes([WORLD], deployment={"id": 1, "payload": payload})
    assert ("github", [("acme/shop/production", None, None)], ()) == found


def test_a_payload_says_more_than_a_world():
    own = {"tidegate": {"system": "terraform", "changes": [{"address": "a", "from": 1, "to": 2}]}}
    for payload in (own, json.dumps(own)):
        found = changes([KNOWN_BY_MANY], deployment={"id": 1, "payload": payload})
        assert ("terraform", [("a", 1, 2)], ()) == found


@pytest.mark.parametrize(
    "host", ["https://api.github.com", "https://ghe.corp/api/v3", "https://api.corp.ghe.com"]
)
def test_the_api_begins_where_the_callback_does(host):
    assert host == read(deployment_callback_url=way(host)).base_url


def test_a_deployment_anew_is_another_question():
    """A run that is run again waits at the same address; the same delivery again is the same."""
    one, again, anew = (
        read(deployment_callback_url=way(), deployment={"id": number}) for number in (1, 1, 2)
    )
    assert one.key == again.key != anew.key


def test_nothing_that_a_world_says_becomes_markup():
    """Names come from files that others write."""
    asked = Asked(heard=Heard(), intent=read(deployment_callback_url=way()).intent([]), ruling=NASTY)
    task = json.loads(json.dumps(result(asked, ENFORCE)))
    [outcome] = task["data"]["relationships"]["outcomes"]["data"]
    comment = review(read(deployment_callback_url=way()), asked, ENFORCE)["comment"]
    for text in (comment, outcome["attributes"]["body"]):
        for mark in ("[x](", " <img", "@ann", " `z`", " #1", "**b"):
            assert mark not in text
    preview = review(read(deployment_callback_url=way()), asked, Policy())
    assert {"environment_name": "production", "state": "approved"} == preview


def test_a_preview_tells_a_run_nothing():
    asked = Asked(heard=Heard(), intent=read(deployment_callback_url=way()).intent([]), ruling=NASTY)
    data = result(asked, Policy())["data"]
    assert ("passed", False) == (data["attributes"]["status"], "STOP" in json.dumps(data))


def test_a_token_is_not_shown():
    document = {
        "payload_version": 1, "stage": "pre_apply", "access_token": "sesame", "task_result_id": "1",
        "task_result_callback_url": "https://app.terraform.io/x",
    }  # fmt: skip
    task = read_run_task(Heard(body=json.dumps(document).encode()))
    assert ("sesame", False) == (task.token, "sesame" in repr(task))
