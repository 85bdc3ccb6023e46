"""What do answers and inputs of ECS and of Auto Scaling state? As the AWS CLI prints and takes them.

An answer of `describe-services` says what runs and what is asked for; everything else says what shall be, and
the world what stands. Several files are read together: a scalable target and its service are one.

Sources: AWS, "Amazon ECS API reference" (Service, Deployment, TaskDefinition), "Application Auto Scaling API
reference" (ScalableTarget, ScalingPolicy, ScheduledAction), "Amazon EC2 Auto Scaling API reference"
(AutoScalingGroup, ScalingPolicy, ScheduledUpdateGroupAction).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tidegate.errors import Fault, InputError, Place
from tidegate.gate.aws.properties import PAGE, document_of, items, listed, mapping
from tidegate.gate.change.cloudformation_sizes import ECS_SERVICE, SCALABLE_TARGET, SCALING_GROUP
from tidegate.gate.change.plan import Plan, Reconnect, Sized, plan_of
from tidegate.gate.change.resource import Resource
from tidegate.gate.change.resource_size import sizes_of

SYSTEM = "ecs"
_GROUP = ("DesiredCapacity", "MinSize", "MaxSize")
_MACHINES = ("LaunchTemplate", "LaunchConfigurationName", "MixedInstancesPolicy")
_BOUNDS = ("MinCapacity", "MaxCapacity")
_MOST = ("MaxCapacity", "MaxSize")
_ALLOWED = (
    "what `aws ecs`, `aws application-autoscaling` and `aws autoscaling` print or take of services, task "
    "definitions, scalable targets, groups, scaling policies and scheduled actions"
)


@dataclass(kw_only=True)
class _Said:
    """What one resource is said to be."""

    kind: str
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()


@dataclass(kw_only=True)
class _Reading:
    source: str = ""
    resources: dict[str, _Said] = field(default_factory=dict)
    reconnects: list[Reconnect] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    following: list[tuple[str, str]] = field(default_factory=list)

    def resource(self, address: str, kind: str, *aliases: str) -> _Said:
        said = self.resources.setdefault(address, _Said(kind=kind))
        said.aliases = tuple(dict.fromkeys((*said.aliases, *(one for one in aliases if one))))
        return said


def read_services(texts: Sequence[tuple[str, str]]) -> Plan:
    """Return what the JSON of several calls comes to.

    Parameters
    ----------
    texts
        Each with its name.

    Raises
    ------
    InputError
        If one is not JSON, or none of those that are known.
    """
    reading = _Reading()
    for text, source in texts:
        reading.source = source
        document = document_of(text, source)
        if not any(reader(reading, document) for reader in _READERS):
            place = Place(source=source)
            raise InputError(Fault(what="is no answer or input that is known", allowed=_ALLOWED, place=place))
        if document.get("NextToken") or document.get("nextToken"):
            reading.doubts.append(PAGE.format(source))
    if not (reading.resources or reading.doubts or reading.notes):
        sources = ", ".join(source for _, source in texts)
        reading.doubts.append(f"Nothing is described in {sources}: was it asked for by the right name?")
    sized: list[Sized] = []
    for address, said in reading.resources.items():
        # What runs as it is asked for says nothing of a change: then the world says what stands.
        before = {key: size for key, size in said.before.items() if size != said.after.get(key)}
        resource = Resource(
            address=address,
            kind=said.kind,
            actions=frozenset({"update"}),
            before=before,
            after=said.after,
            unknown=frozenset(),
        )
        sized.append((resource, sizes_of(resource, address)))
    plan = plan_of(sized, doubts=(*reading.doubts, *_without_most(reading)), says_before=False)
    return replace(
        plan,
        system=SYSTEM,
        aliases={address: said.aliases for address, said in reading.resources.items()},
        reconnects=(*plan.reconnects, *reading.reconnects),
        notes=(*plan.notes, *reading.notes),
    )


def _without_most(reading: _Reading) -> Iterator[str]:
    """Yield the policies of which nothing says how far they may go."""
    for address, name in reading.following:
        said = reading.resources.get(address)
        if said is None or not any(isinstance(said.after.get(key), int) for key in _MOST):
            yield (
                f"{name} may go as far as its scalable target or group says, which was not given: give the "
                "answer of `describe-scalable-targets` or `describe-auto-scaling-groups` as well."
            )


def _ecs(reading: _Reading, document: Mapping[str, Any]) -> bool:
    alone = document.get("service")
    found = [alone] if isinstance(alone, Mapping) else listed(document, "services", reading.source)
    for one in found:
        _service(reading, one)
    for failure in listed(document, "failures", reading.source):
        reading.doubts.append(
            f"{failure.get('arn', 'A service')} could not be described: {failure.get('reason')}."
        )
    # Each answer of ECS has failures: what runs as a task, or was rolled out, says nothing of what shall be.
    return bool(found) or "services" in document


def _service(reading: _Reading, one: Mapping[str, Any]) -> None:
    name, cluster = str(one.get("serviceName", "")), _last(one.get("clusterArn") or "default")
    address = f"{cluster}/{name}"
    said = reading.resource(address, ECS_SERVICE, name, str(one.get("serviceArn", "")))
    for side, key in ((said.before, "runningCount"), (said.after, "desiredCount")):
        if isinstance(one.get(key), int):
            side["DesiredCount"] = one[key]
    if one.get("schedulingStrategy") == "DAEMON":
        reading.notes.append(f"{address} has one task on each instance of its cluster (DAEMON).")
    under_way = [_last(each.get("taskDefinition")) for each in items(one.get("deployments"))]
    if len(under_way) > 1:
        most = mapping(one.get("deploymentConfiguration")).get("maximumPercent", 200)
        why = f"is being rolled out ({', '.join(under_way)}; up to {most} % of its tasks at a time)"
        reading.reconnects.append(Reconnect(address=address, why=why))
    if items(one.get("taskSets")):
        reading.doubts.append(f"{address} has task sets of its own, whose sizes are not read.")


def _ecs_input(reading: _Reading, document: Mapping[str, Any]) -> bool:
    name = document.get("service", document.get("serviceName"))
    if not isinstance(name, str) or not {"desiredCount", "taskDefinition", "forceNewDeployment"} & set(
        document
    ):
        return False
    address = f"{_last(document.get('cluster') or 'default')}/{_last(name)}"
    said = reading.resource(address, ECS_SERVICE, _last(name))
    if isinstance(document.get("desiredCount"), int):
        said.after["DesiredCount"] = document["desiredCount"]
    if document.get("taskDefinition") or document.get("forceNewDeployment"):
        why = "starts all its tasks anew where its task definition is another or a deployment is forced"
        reading.reconnects.append(Reconnect(address=address, why=why))
    return True


def _task_definition(reading: _Reading, document: Mapping[str, Any]) -> bool:
    one = mapping(document.get("taskDefinition")) or document
    if not isinstance(one.get("containerDefinitions"), list):
        return False
    family = str(one.get("family", "the task definition"))
    reading.resource(family, "AWS::ECS::TaskDefinition")
    why = "is a task definition: a service that takes it starts all its tasks anew"
    reading.reconnects.append(Reconnect(address=family, why=why))
    return True


def _targets(reading: _Reading, document: Mapping[str, Any]) -> bool:
    found = listed(document, "ScalableTargets", reading.source)
    if set(_BOUNDS) & set(document) and "ResourceId" in document:
        found = [document]
    for one in found:
        said = _of_target(reading, one)
        said.after |= {key: one[key] for key in ("ServiceNamespace", *_BOUNDS) if key in one}
        suspended = [name for name, value in mapping(one.get("SuspendedState")).items() if value is True]
        if suspended:
            reading.notes.append(f"{_address(one)}: {', '.join(suspended)}.")
    return bool(found) or "ScalableTargets" in document


def _scheduled(reading: _Reading, document: Mapping[str, Any]) -> bool:
    found = listed(document, "ScheduledActions", reading.source)
    found = [*found, *listed(document, "ScheduledUpdateGroupActions", reading.source)]
    if "ScalableTargetAction" in document or "ScheduledActionName" in document:
        found = [document]
    for one in found:
        address = f"{_address(one)}.ScheduledActions.{one.get('ScheduledActionName', '')}"
        is_group = "AutoScalingGroupName" in one
        said = reading.resource(address, SCALING_GROUP if is_group else SCALABLE_TARGET, _address(one))
        action = one if is_group else mapping(one.get("ScalableTargetAction"))
        said.after |= {key: action[key] for key in (*_BOUNDS, *_GROUP) if key in action}
        when = one.get("Schedule") or one.get("Recurrence") or one.get("StartTime")
        reading.notes.append(f"{address} comes at {when}.")
    return bool(found) or not {"ScheduledActions", "ScheduledUpdateGroupActions"}.isdisjoint(document)


def _policies(reading: _Reading, document: Mapping[str, Any]) -> bool:
    found = listed(document, "ScalingPolicies", reading.source)
    if "PolicyName" in document and {"ResourceId", "AutoScalingGroupName"} & set(document):
        found = [document]
    for one in found:
        _policy(reading, one, f"Policy {one.get('PolicyName')} of {_address(one)}")
    return bool(found) or "ScalingPolicies" in document


def _policy(reading: _Reading, one: Mapping[str, Any], name: str) -> None:
    """Tell a policy, of a scalable target or of a group of instances, whose own keys are its steps."""
    step = mapping(one.get("StepScalingPolicyConfiguration"))
    if not step and "AdjustmentType" in one:
        step = one
    target = mapping(one.get("TargetTrackingScalingPolicyConfiguration"))
    following = target or mapping(one.get("TargetTrackingConfiguration"))
    if step:
        listed_steps = [each.get("ScalingAdjustment") for each in items(step.get("StepAdjustments"))]
        added = [*listed_steps, step.get("ScalingAdjustment")]
        most = max((each for each in added if isinstance(each, int | float)), default=None)
        reading.notes.append(
            f"{name} changes its size by {step.get('AdjustmentType')}, at most {most} a step, with a "
            f"cooldown of {step.get('Cooldown', 'the default')} s; how far, its scalable target says."
        )
        if step.get("AdjustmentType") == "ExactCapacity" and isinstance(most, int):
            is_group = "AutoScalingGroupName" in one
            kind, key = (SCALING_GROUP, "MaxSize") if is_group else (SCALABLE_TARGET, "MaxCapacity")
            said = reading.resource(f"{_address(one)}.{one.get('PolicyName')}", kind)
            said.after[key] = most
        elif most is None or most > 0:
            reading.following.append((_address(one), name))
    elif following:
        reading.notes.append(
            f"{name} holds {following.get('TargetValue')}: it may go to the most of its scalable target "
            f"at once, with a cooldown of {following.get('ScaleOutCooldown', 'the default')} s."
        )
        reading.following.append((_address(one), name))
    else:
        reading.doubts.append(f"{name} is of a kind that is not understood ({one.get('PolicyType')}).")


def _groups(reading: _Reading, document: Mapping[str, Any]) -> bool:
    found = listed(document, "AutoScalingGroups", reading.source)
    is_other = {"PolicyName", "ScheduledActionName"} & set(document)
    if "AutoScalingGroupName" in document and {*_GROUP, *_MACHINES} & set(document) and not is_other:
        found = [document]
    for one in found:
        said = reading.resource(str(one.get("AutoScalingGroupName")), SCALING_GROUP)
        said.after |= {key: one[key] for key in _GROUP if key in one}
        if isinstance(one.get("Instances"), list):
            said.before["DesiredCapacity"] = len(one["Instances"])
        machines = [key for key in _MACHINES if one.get(key)]
        if machines and "Instances" not in one:
            why = f"gets another {', '.join(machines)}: an instance refresh starts its instances anew"
            reading.reconnects.append(Reconnect(address=str(one["AutoScalingGroupName"]), why=why))
    return bool(found) or "AutoScalingGroups" in document


_READERS = (_ecs, _ecs_input, _task_definition, _targets, _scheduled, _policies, _groups)


def _of_target(reading: _Reading, one: Mapping[str, Any]) -> _Said:
    is_service = str(one.get("ScalableDimension", "")) == "ecs:service:DesiredCount"
    address = _address(one)
    kind = ECS_SERVICE if is_service or address.startswith("service/") else SCALABLE_TARGET
    return reading.resource(address, kind, address.rpartition("/")[2] if is_service else "")


def _address(one: Mapping[str, Any]) -> str:
    """Return cluster and name of a service of ECS; what else is scaled as its API names it."""
    return str(one.get("ResourceId", one.get("AutoScalingGroupName", ""))).removeprefix("service/")


def _last(name: object) -> str:
    return str(name or "").rpartition("/")[2]
