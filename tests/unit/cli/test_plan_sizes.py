"""A plan against a world of another day: what was let through although the sum was too much."""

from __future__ import annotations

import json
import re
import sys

import pytest

from tidegate.cli.main import main
from tidegate.gate.change.judged import planned
from tidegate.gate.terraform.plan import read_plan
from tidegate.world.file.read import read_world

WORLD = """
name: shop
horizon: 40s
networks: {{app: {{}}, data: {{}}}}
crossings: {{nat: {{between: [app, data], forwarding: 100000/s}}}}
services: {{db: {{network: data, connections: {most}, service_time: 1ms, concurrency: 100}}}}
clients:
  a: {{{clients}{known_clients}}}
  b: {{{clients}}}
activities:
{activities}
"""
CLIENTS = (
    "network: app, service: db, population: 80, timeout: 2s, connection: keep_alive, "
    "demand: {kind: closed, think: 2s}"
)
GROW_A = "  grow_a: {clients_added: a, from: 4, to: 6, known_as: {terraform: aws_autoscaling_group.a}}"
GROW_B = (
    "  grow_b: {clients_added: b, from: 4, to: 6, at: 25s, known_as: {terraform: aws_autoscaling_group.b}}"
)
ROLL_A = (
    "  roll_a: {kind: restart, clients_added: a, from: 4, known_as: {terraform: aws_autoscaling_group.a}}"
)


def world(*activities, most=400, known_clients=""):
    return WORLD.format(
        most=most, clients=CLIENTS, known_clients=known_clients, activities="\n".join(activities)
    )


def plan(**sizes):
    resources = [
        {
            "address": f"aws_autoscaling_group.{name}", "mode": "managed", "type": "aws_autoscaling_group",
            "change": {
                "actions": ["update"], "before": {"desired_capacity": before},
                "after": {"desired_capacity": after}, "after_unknown": {},
            },
        }
        for name, (before, after) in sizes.items()
    ]  # fmt: skip
    return json.dumps({"format_version": "1.2", "resource_changes": resources})


@pytest.fixture
def check(monkeypatch, capsys, tmp_path):
    """Check a world and a plan by the command line; give the exit code, and all that was said in one line."""
    monkeypatch.chdir(tmp_path)

    def ran(text, changes, *words):
        (tmp_path / "world.yaml").write_text(text)
        (tmp_path / "plan.json").write_text(changes)
        given = ["check", "world.yaml", "--changes", "plan.json", "--no-report", "--runs", "1", *words]
        monkeypatch.setattr(sys, "argv", ["tidegate", *given])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), re.sub(r"\s+", " ", said.out + said.err)

    return ran


def test_clients_are_as_many_an_instance_as_the_world_says(check):
    """20 a group's instance: 16 are 320 and not 80 / 13 × 16, whatever the world's own numbers of the day."""
    code, said = check(world(GROW_A, most=390), plan(a=(13, 16)))
    assert (3, True) == (code, "accepts 390 connections, and 400 are wanted" in said), said


def test_growth_is_not_judged_as_a_restart(check):
    """What the world knows as the group restarts; that says nothing of three more instances."""
    code, said = check(world(ROLL_A), plan(a=(13, 16)))
    assert (4, True) == (code, "what this world knows as it does not grow" in said), said


def test_an_activity_that_grows_goes_before_one_that_restarts(check):
    """Both are known as the group, and the plan makes it larger."""
    code, said = check(world(ROLL_A, GROW_A, most=390), plan(a=(13, 16)))
    assert (3, True) == (code, "and 400 are wanted" in said), said


def test_what_one_plan_does_is_judged_as_one(check):
    """Each alone fits (280 and 280 of 300); together they are 400."""
    code, said = check(world(GROW_A, GROW_B, most=300), plan(a=(4, 10), b=(4, 10)))
    assert 3 == code, said
    assert "accepts 300 connections, and 400 are wanted" in said
    assert "shop · grow_a + grow_b" in said
    assert "tidegate protect WORLD" in said  # world.yaml alone would be asked about other sizes


def test_what_cannot_be_judged_as_one_cannot_be_told(check):
    """Two groups that the world takes for the same clients: neither activity has the sum."""
    other = GROW_B.replace("clients_added: b", "clients_added: a")
    code, said = check(world(GROW_A, other), plan(a=(4, 5), b=(4, 5)))
    assert (4, True) == (code, "changes clients.a as grow_a does" in said), said


def test_a_population_is_no_fewer_than_its_instances(check):
    """Without an activity the population is the group itself: 60 stand, and not the 80 / 60 of a day ago."""
    known = ", known_as: {terraform: aws_autoscaling_group.a}"
    code, said = check(world("  {}", most=300, known_clients=known), plan(a=(200, 260)))
    assert (3, True) == (code, "and 340 are wanted" in said), said


def test_growth_from_none_is_not_guessed(check):
    """How many clients one instance is, is known only of more than none."""
    code, said = check(world(GROW_A), plan(a=(0, 3)))
    assert (4, True) == (code, "how many of a one instance is" in said), said


def test_a_plan_is_carried_out_at_once():
    """A world that grows in ten steps says how a script of its own does it; what applies a plan takes one."""
    text = world(GROW_A.replace("from: 4, to: 6", "from: 4, to: 24, batches: 10, pause: 2s"))
    file = read_world(text, "world.yaml")
    grown = planned(read_plan(plan(a=(4, 24)), "plan.json"), file)
    allowed = planned(read_plan(plan(a=(4, 24)).replace("desired_capacity", "max_size"), "plan.json"), file)
    assert [1, 10] == [one.file.world.activities["grow_a"].steps_count for one in (grown, allowed)]
