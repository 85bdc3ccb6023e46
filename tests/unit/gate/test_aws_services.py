from __future__ import annotations

import json

import pytest

import tidegate
from tidegate.errors import InputError
from tidegate.gate.change.judged import only_growth, planned
from tidegate.gate.changes import read_changes

ROLLING = [{"status": "PRIMARY", "taskDefinition": "arn:a:task-definition/web:8"},
           {"status": "ACTIVE", "taskDefinition": "arn:a:task-definition/web:7"}]  # fmt: skip


def service(running=40, desired=40, **said):
    one = {"serviceName": "web", "clusterArn": "arn:aws:ecs:eu-west-1:1:cluster/prod"}
    return {"services": [one | {"runningCount": running, "desiredCount": desired} | said], "failures": []}


def target(least=2, most=200, **said):
    one = {"ServiceNamespace": "ecs", "ResourceId": "service/prod/web"}
    return (
        one
        | {"ScalableDimension": "ecs:service:DesiredCount", "MinCapacity": least, "MaxCapacity": most}
        | said
    )


def read(*documents):
    (found,) = read_changes([(json.dumps(one), f"{n}.json") for n, one in enumerate(documents)])
    return found


def shop(name="prod/web"):
    return tidegate.load("everyday_nat", {"clients.pods.known_as": {"ecs": name}})


def sizes(plan):
    return [(one.attribute, one.before_count, one.after_count) for one in plan.changes]


def test_what_runs_and_what_is_asked_for_is_growth():
    """`describe-services` says both; where they are alike the world says what stands."""
    assert [("DesiredCount", 4, 120)] == sizes(read(service(4, 120)))
    assert "4:120" == only_growth(read(service(4, 120)))
    for name in ("prod/web", "web"):
        assert ("plan_pods",) == planned(read(service(120, 120)), shop(name)).activities


def test_a_service_and_its_target_are_one():
    """Desired and maximum are both told; a least above what runs is a jump."""
    plan = read(service(), {"ScalableTargets": [target()]})
    assert [("DesiredCount", None, 40), ("MaxCapacity", None, 200)] == sizes(plan)
    judged = planned(plan, shop())
    assert any("MaxCapacity) may grow" in one and "200" in one for one in judged.cannot_tell)
    assert ("MinCapacity", None, 90) in sizes(read(service(), target(least=90)))


def test_inputs_are_read_like_answers():
    """What is given to `update-service` and `register-scalable-target` by --cli-input-json."""
    plan = read({"cluster": "prod", "service": "web", "desiredCount": 120, "forceNewDeployment": True})
    assert ([("DesiredCount", None, 120)], 1) == (sizes(plan), len(plan.reconnects))
    assert [("MinCapacity", None, 2), ("MaxCapacity", None, 200)] == sizes(read(target()))


def test_a_roll_out_and_a_task_definition_start_tasks_anew():
    """Two deployments at once, or another version: whoever is connected may connect anew."""
    (rolling,) = read(service(deployments=ROLLING)).reconnects
    assert "web:8, web:7" in rolling.why
    (anew,) = read({"taskDefinition": {"family": "web", "containerDefinitions": []}}).reconnects
    assert "web" == anew.address


def test_policies_and_schedules_are_told():
    """A step policy's own size counts; a schedule's bounds are sizes; an unknown kind is a doubt."""
    step = {"AdjustmentType": "ExactCapacity", "Cooldown": 60, "StepAdjustments": [{"ScalingAdjustment": 70}]}
    policy = {"PolicyName": "up", "ResourceId": "service/prod/web", "PolicyType": "StepScaling"}
    plan = read({"ScalingPolicies": [policy | {"StepScalingPolicyConfiguration": step}]})
    assert ([("MaxCapacity", None, 70)], True) == (sizes(plan), "at most 70 a step" in plan.notes[0])
    following = policy | {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 75.0}}
    assert "at once" in read(following).notes[0]
    assert 1 == len(read(policy | {"PolicyType": "PredictiveScaling"}).doubts)
    action = {"ScheduledActionName": "noon", "ResourceId": "service/prod/web", "Schedule": "at(…)",
              "ScalableTargetAction": {"MinCapacity": 90}}  # fmt: skip
    assert [("MinCapacity", None, 90)] == sizes(read({"ScheduledActions": [action]}))


def test_units_of_a_table_are_no_instances():
    """Application Auto Scaling counts other things as well; bound or not, they are no fleet."""
    table = target(most=400) | {"ServiceNamespace": "dynamodb", "ResourceId": "table/orders"}
    table["ScalableDimension"] = "dynamodb:table:ReadCapacityUnits"
    told = planned(read(table), shop("table/orders")).cannot_tell
    assert any("capacity units, which are no instances" in one for one in told)


def test_a_group_of_instances_is_read():
    """What stands is counted, and what is asked for is not the same."""
    group = {
        "AutoScalingGroupName": "web",
        "DesiredCapacity": 9,
        "MinSize": 1,
        "MaxSize": 20,
        "Instances": [{}] * 3,
    }
    plan = read({"AutoScalingGroups": [group]})
    assert [("DesiredCapacity", 3, 9), ("MaxSize", None, 20)] == sizes(plan)


def test_what_could_not_be_described_is_a_doubt():
    """A service that is missing is not a service that does not change."""
    plan = read({"services": [], "failures": [{"arn": "web", "reason": "MISSING"}]})
    assert ("web could not be described: MISSING.",) == plan.doubts


def test_other_json_is_refused():
    """What holds the words and none of the forms."""
    with pytest.raises(InputError):
        read({"service": 3})


@pytest.mark.parametrize(
    "answer",
    [
        {"serviceDeployments": [{"status": "IN_PROGRESS"}], "failures": []},
        {"serviceRevisions": [{"serviceArn": "web"}], "failures": []},
        {"tasks": [{"taskArn": "web"}], "failures": []},
        {"clusters": [{"clusterName": "prod"}], "failures": []},
    ],
)
def test_an_answer_about_something_else_is_no_change_of_nothing(answer):
    """Each answer of ECS lists its failures: that there are none does not say that nothing changes."""
    with pytest.raises(InputError):
        read(answer)


def test_a_policy_alone_says_not_how_far():
    """What follows a target, or adds step by step, may go to a most that stands in another answer."""
    policy = {"PolicyName": "cpu", "ResourceId": "service/prod/web", "PolicyType": "TargetTrackingScaling",
              "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 60.0}}  # fmt: skip
    (doubt,) = read(policy).doubts
    assert "describe-scalable-targets" in doubt
    assert () == read(policy, target()).doubts
    down = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": [{"ScalingAdjustment": -2}]}
    assert () == read(policy | {"TargetTrackingScalingPolicyConfiguration": None,
                                "StepScalingPolicyConfiguration": down}).doubts  # fmt: skip


def test_policies_and_schedules_of_a_group_are_read():
    """EC2 Auto Scaling writes them with its own words, and a group's machines beside its sizes."""
    policy = {"AutoScalingGroupName": "web", "PolicyName": "cpu", "PolicyType": "TargetTrackingScaling",
              "TargetTrackingConfiguration": {"TargetValue": 40.0}}  # fmt: skip
    plan = read({"ScalingPolicies": [policy]})
    assert ("holds 40.0" in plan.notes[0], "cpu of web" in plan.doubts[0]) == (True, True)
    step = {"AdjustmentType": "ExactCapacity", "PolicyType": "SimpleScaling", "ScalingAdjustment": 70}
    assert [("MaxSize", None, 70)] == sizes(read({"AutoScalingGroupName": "web", "PolicyName": "up"} | step))
    action = {"AutoScalingGroupName": "web", "ScheduledActionName": "noon", "Recurrence": "0 12 * * *"}
    action |= {"MinSize": 1, "MaxSize": 60, "DesiredCapacity": 40}
    for form in (action, {"ScheduledUpdateGroupActions": [action]}):
        plan = read(form)
        assert [("DesiredCapacity", None, 40), ("MaxSize", None, 60)] == sizes(plan)
        assert "0 12 * * *" in plan.notes[0]
    (anew,) = read({"AutoScalingGroupName": "web", "MixedInstancesPolicy": {"a": 1}}).reconnects
    assert "MixedInstancesPolicy" in anew.why


def test_a_page_or_nothing_is_not_everything():
    """The rest of an answer may grow; a name that is wrong finds nothing."""
    (page,) = read({"ScalableTargets": [target()], "NextToken": "x"}).doubts
    assert "one page of several" in page
    (nothing,) = read({"AutoScalingGroups": []}).doubts
    assert "Nothing is described" in nothing
    assert () == read(service(), {"ScalableTargets": []}).doubts
