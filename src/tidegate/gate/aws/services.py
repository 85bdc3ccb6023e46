"""What do answers and inputs of ECS and of Auto Scaling state? As the AWS CLI prints and takes them.

An answer of `describe-services` says what runs and what is asked for; everything else says what shall be, and
the world what stands. Several files are read together: a scalable target and its service are one.

Sources: AWS, "Amazon ECS API reference" (Service, Deployment, TaskDefinition), "Application Auto Scaling API
reference" (ScalableTarget, ScalingPolicy, ScheduledAction), "Amazon EC2 Auto Scaling API reference".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tidegate.errors import Fault, InputError, Place
from tidegate.gate.aws.properties import document_of, items, listed, mapping
from tidegate.gate.change.cloudformation_sizes import ECS_SERVICE, SCALABLE_TARGET, SCALING_GROUP
from tidegate.gate.change.plan import Plan, Reconnect, Sized, plan_of
from tidegate.gate.change.resource import Resource
from tidegate.gate.change.resource_size import sizes_of

SYSTEM = "ecs"
_GROUP = ("DesiredCapacity", "MinSize", "MaxSize")
_BOUNDS = ("MinCapacity", "MaxCapacity")
_ALLOWED = "JSON of `aws ecs`, `aws application-autoscaling` or `aws autoscaling`"


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
    plan = plan_of(sized, doubts=reading.doubts, says_before=False)
    return replace(
        plan,
        system=SYSTEM,
        aliases={address: said.aliases for address, said in reading.resources.items()},
        reconnects=(*plan.reconnects, *reading.reconnects),
        notes=(*plan.notes, *reading.notes),
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
    return bool(found) or isinstance(document.get("failures"), list)


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
    if "ScalableTargetAction" in document:
        found = [document]
    for one in found:
        address = f"{_address(one)}.ScheduledActions.{one.get('ScheduledActionName', '')}"
        said = reading.resource(address, SCALABLE_TARGET, _address(one))
        action = mapping(one.get("ScalableTargetAction"))
        said.after |= {key: action[key] for key in _BOUNDS if key in action}
        reading.notes.append(f"{address} comes at {one.get('Schedule')}.")
    return bool(found) or "ScheduledActions" in document


def _policies(reading: _Reading, document: Mapping[str, Any]) -> bool:
    found = listed(document, "ScalingPolicies", reading.source)
    if "PolicyName" in document and "ResourceId" in document:
        found = [document]
    for one in found:
        step = mapping(one.get("StepScalingPolicyConfiguration"))
        following = mapping(one.get("TargetTrackingScalingPolicyConfiguration"))
        name = f"Policy {one.get('PolicyName')} of {_address(one)}"
        if step:
            added = [each.get("ScalingAdjustment") for each in items(step.get("StepAdjustments"))]
            most = max((each for each in added if isinstance(each, int | float)), default=None)
            reading.notes.append(
                f"{name} changes its size by {step.get('AdjustmentType')}, at most {most} a step, with a "
                f"cooldown of {step.get('Cooldown', 'the default')} s; how far, its scalable target says."
            )
            if step.get("AdjustmentType") == "ExactCapacity" and isinstance(most, int):
                said = reading.resource(f"{_address(one)}.{one.get('PolicyName')}", SCALABLE_TARGET)
                said.after["MaxCapacity"] = most
        elif following:
            reading.notes.append(
                f"{name} holds {following.get('TargetValue')}: it may go to the most of its scalable target "
                f"at once, with a cooldown of {following.get('ScaleOutCooldown', 'the default')} s."
            )
        else:
            reading.doubts.append(f"{name} is of a kind that is not understood ({one.get('PolicyType')}).")
    return bool(found) or "ScalingPolicies" in document


def _groups(reading: _Reading, document: Mapping[str, Any]) -> bool:
    found = listed(document, "AutoScalingGroups", reading.source)
    if "AutoScalingGroupName" in document and set(_GROUP) & set(document):
        found = [document]
    for one in found:
        said = reading.resource(str(one.get("AutoScalingGroupName")), SCALING_GROUP)
        said.after |= {key: one[key] for key in _GROUP if key in one}
        if isinstance(one.get("Instances"), list):
            said.before["DesiredCapacity"] = len(one["Instances"])
        if mapping(one.get("LaunchTemplate")) and "Instances" not in one:
            why = "gets another LaunchTemplate: an instance refresh starts its instances anew"
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
    return str(one.get("ResourceId", "")).removeprefix("service/")


def _last(name: object) -> str:
    return str(name or "").rpartition("/")[2]
