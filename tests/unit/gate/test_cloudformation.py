from __future__ import annotations

import json

import pytest

import tidegate
from tidegate.errors import InputError
from tidegate.gate.change.judged import planned
from tidegate.gate.changes import read_changes

TEMPLATE = """
Parameters:
  Many: {Type: Number, Default: 12}
Mappings:
  Sizes: {prod: {tasks: 30}}
Resources:
  Pods:
    Type: AWS::ECS::Service
    Properties:
      DesiredCount: %s
      TaskDefinition: !Ref Task
  Images:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Sub "${AWS::StackName}-%s"}
"""


def shop(name="Pods", system="cloudformation"):
    return tidegate.load("everyday_nat", {"clients.pods.known_as": {system: name}})


def read(text, before=None, source="stack.yaml"):
    (found,) = read_changes([(text, source)], before and (before, "before.yaml"))
    return found


def change_set(*changes, **said):
    parts = [{"Type": "Resource", "ResourceChange": one} for one in changes]
    return json.dumps({"Changes": parts, "ChangeSetName": "next", "StackName": "shop"} | said)


def modified(name, kind="AWS::ECS::Service", *, details=(), replacement="False", **said):
    change = {"Action": "Modify", "LogicalResourceId": name, "ResourceType": kind, "Replacement": replacement}
    return change | {"Details": list(details)} | said


def sizes(plan):
    return [(one.address, one.attribute, one.before_count, one.after_count) for one in plan.changes]


def test_two_templates_say_what_grows():
    """The size that differs is told; what only its name changes reconnects nobody."""
    plan = read(TEMPLATE % (120, "b"), TEMPLATE % (40, "a"))
    assert [("Pods", "DesiredCount", 40, 120)] == sizes(plan)
    assert "2 resources change, 1 size grows, 0 may reconnect their clients." == plan.summary
    judged = planned(plan, shop())
    assert (("plan_pods",), ()) == (judged.activities, judged.cannot_tell)
    activity = judged.file.world.activities["plan_pods"]
    assert (40, 120) == (activity.from_count, activity.to_count)


def test_a_template_alone_is_measured_by_the_world_and_never_passes_for_all():
    """What stands is the world's; what a template cannot say is a doubt."""
    file = shop()
    stands = file.world.clients["pods"].population_count
    judged = planned(read(TEMPLATE % (stands + 80, "a")), file)
    assert ("plan_pods",) == judged.activities
    assert stands == judged.file.world.activities["plan_pods"].from_count
    assert any("not what is replaced" in one for one in judged.cannot_tell)
    same = planned(read(TEMPLATE % (stands, "a")), file)
    assert () == same.activities
    assert any(f"is {stands}, as in the world" in one for one in same.notes)


@pytest.mark.parametrize(
    "size",
    ["!Ref Many", "!If [Big, 40, 4]", "!ImportValue tasks", "!FindInMap [Sizes, !Ref Env, tasks]",
     '{"Ref": "Many"}'],
)  # fmt: skip
def test_a_size_that_only_the_stack_knows_is_never_passed_over(size):
    """A parameter's default, a condition, an import: none is taken for what the stack has."""
    plan = read(TEMPLATE % (size, "a"), TEMPLATE % (40, "a"))
    assert [("Pods", "DesiredCount", 40, None)] == sizes(plan)
    (told,) = planned(plan, shop()).cannot_tell
    assert "Pods (DesiredCount) is known only to the stack" in told


def test_what_a_map_says_is_read_and_an_equal_parameter_is_no_change():
    """Fn::FindInMap with words of its own is a number; the same function on both sides changes nothing."""
    found = read(TEMPLATE % ("!FindInMap [Sizes, prod, tasks]", "a"), TEMPLATE % (4, "a"))
    assert [("Pods", "DesiredCount", 4, 30)] == sizes(found)
    assert [] == sizes(read(TEMPLATE % ("!Ref Many", "a"), TEMPLATE % ("!Ref Many", "a")))
    changed = TEMPLATE.replace("Default: 12", "Default: 90") % ("!Ref Many", "a")
    assert [("Pods", "DesiredCount", None, None)] == sizes(read(changed, TEMPLATE % ("!Ref Many", "a")))


def test_a_change_that_is_no_size_may_replace():
    """A template does not say what a change of a property replaces, so that is never silence."""
    nat = "Resources: {Nat: {Type: AWS::EC2::NatGateway, Properties: {SubnetId: %s}}}"
    (found,) = read(nat % "a", nat % "b").reconnects
    assert ("Nat", True) == (found.address, "only a change set says" in found.why)
    assert () == read(TEMPLATE % (40, "b"), TEMPLATE % (40, "a")).reconnects


def test_what_a_template_makes_unseen_is_said():
    """Macros, loops and nested stacks make resources that nobody sees here."""
    text = """
Transform: [AWS::Serverless-2016-10-31, Count]
Resources:
  Fn::ForEach::All: [Name, [a, b], {}]
  Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: https://x}}
  Fleet: {Type: AWS::AutoScaling::AutoScalingGroup, Properties: {MinSize: 1, MaxSize: '9'}}
"""
    plan = read(text, "Resources: {Fleet: {Type: AWS::AutoScaling::AutoScalingGroup}}")
    assert 3 == len([one for one in plan.doubts if "not seen" in one or "not said here" in one])
    assert ("Fleet", "MaxSize", None, 9) in sizes(plan)


def test_a_scheduled_action_is_a_size_of_its_own():
    """A schedule that raises the least is told beside the target's own bounds."""
    target = (
        "Resources: {T: {Type: AWS::ApplicationAutoScaling::ScalableTarget, Properties: {MinCapacity: 2, "
    )
    target += "MaxCapacity: 9, ScheduledActions: [{ScheduledActionName: noon, ScalableTargetAction: "
    plan = read(target + "{MinCapacity: 8}}]}}}", target + "{MinCapacity: 2}}]}}}")
    assert [("T.ScheduledActions.noon", "MinCapacity", 2, 8)] == sizes(plan)


def test_a_change_set_with_values_is_judged():
    """Values stand in the details, or in the contexts before and after."""
    target = {"Attribute": "Properties", "Name": "DesiredCount", "Path": "/Properties/DesiredCount"}
    detail = {"Target": target | {"BeforeValue": "40", "AfterValue": "120"}, "Evaluation": "Static"}
    group = "AWS::AutoScaling::AutoScalingGroup"
    contexts = {f"{side}Context": json.dumps({"Properties": {"MaxSize": size}})
                for side, size in (("Before", "4"), ("After", "10"))}  # fmt: skip
    plan = read(change_set(modified("Pods", details=[detail]), modified("Asg", group, **contexts)))
    assert [("Pods", "DesiredCount", 40, 120), ("Asg", "MaxSize", 4, 10)] == sizes(plan)
    for name in ("Pods", "shop/Pods"):
        assert ("plan_pods",) == planned(plan, shop(name)).activities


def test_a_change_set_without_values_is_never_silent():
    """A size known by name alone, also inside another property, and one that is made."""
    inside = modified("Nodes", "AWS::EKS::Nodegroup", details=[{"Target": {"Name": "ScalingConfig"}}])
    plain = modified("Pods", details=[{"Target": {"Name": "DesiredCount"}}])
    made = {"Action": "Add", "LogicalResourceId": "New", "ResourceType": "AWS::ECS::Service"}
    plan = read(change_set(plain, inside, made))
    assert [("Pods", None), ("Nodes", None), ("New", None)] == [(a, after) for a, _, _, after in sizes(plan)]
    assert all("--include-property-values" in one.unknown_why for one in plan.changes)


def test_what_a_change_set_replaces_reconnects():
    """Replaced surely or perhaps; a resource that the world knows and whose change is not understood."""
    nat = modified("Nat", "AWS::EC2::NatGateway", replacement="True")
    perhaps = modified("Db", "AWS::RDS::DBInstance", replacement="Conditional")
    odd = modified("Pods", details=[{"Target": {"Attribute": "Properties", "Name": "PlatformVersion"}}])
    plan = read(change_set(nat, perhaps, odd))
    assert {"Nat": "is replaced", "Db": "may be replaced (Replacement: Conditional)"} == {
        one.address: one.why for one in plan.reconnects
    }
    assert any("Pods is known to this world and changes" in one for one in planned(plan, shop()).cannot_tell)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"NextToken": "x"}, "one page of several"),
        ({"Status": "FAILED", "StatusReason": "no such export"}, "could not be made (no such export)"),
        ({"Changes": [{"Type": "Hook"}]}, "of a type that is not understood"),
        ({"Changes": [{"Type": "Resource", "ResourceChange": {
            "Action": "Dynamic", "LogicalResourceId": "X", "ResourceType": "A::B::C"}}]}, "only when"),
        ({"Changes": [{"Type": "Resource", "ResourceChange": {
            "Action": "Modify", "LogicalResourceId": "X", "ResourceType": "AWS::CloudFormation::Stack"}}]},
         "its own change set"),
    ],
)  # fmt: skip
def test_a_change_set_that_does_not_say_all_is_in_doubt(said, words):
    """Each is a sentence on what cannot be told."""
    assert any(words in one for one in read(change_set(**said)).doubts)


def test_an_empty_change_set_is_nothing():
    """A change set that changes nothing fails by design, and is in order."""
    said = {"Status": "FAILED", "StatusReason": "The submitted information didn't contain changes."}
    plan = read(change_set(**said))
    assert ((), (), "0 resources change, 0 sizes grow, 0 may reconnect their clients.") == (
        plan.changes, plan.doubts, plan.summary)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Resources:\n  a: [", "is not YAML"),
        ('{"Resources": {', "is not JSON"),
        ("Resources:\n  a: {Kind: b}", "is no template of CloudFormation"),
        ("version: 0.2\nphases: {}", "says of nothing that it changes"),
    ],
)
def test_what_is_none_of_them_is_refused(text, what):
    """With what is allowed, never with a traceback."""
    with pytest.raises(InputError) as caught:
        read(text)
    assert what in caught.value.faults[0].what


def test_a_template_that_stands_needs_one_that_shall_be():
    """`--before` alone, or beside a plan of Terraform, means nothing."""
    with pytest.raises(InputError):
        read('{"format_version": "1.2", "resource_changes": []}', "Resources: {}")


SAM = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {ReservedConcurrentExecutions: %s, Environment: {Variables: {A: b}}}
Resources:
  Jobs: {Type: AWS::Serverless::Function, Properties: {Handler: a}}
  Own:
    Type: AWS::Serverless::Function
    Properties: {ReservedConcurrentExecutions: 9, Environment: {Kept: c}}
  Plain: {Type: AWS::Lambda::Function, Properties: {Handler: a}}
"""


def test_what_sam_states_for_all_is_each_resources_own():
    """`Globals` of its type alone; what a resource states itself goes first."""
    plan = read(SAM % 50, SAM % 5)
    assert [("Jobs", 5, 50)] == [(one.address, one.before_count, one.after_count) for one in plan.changes]
    assert ["Jobs"] == [name for name, _ in plan.resources]
