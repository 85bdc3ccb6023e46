"""What do the descriptions of AWS' CLI show? NAT gateways, load balancers, target groups, RDS, ECS, groups.

Sources: AWS CLI reference (`ec2 describe-nat-gateways`, `elbv2 describe-load-balancers`,
`describe-target-groups`, `describe-target-health`, `rds describe-db-instances`, `ecs describe-services`,
`describe-task-definition`, `application-autoscaling describe-scalable-targets`, `autoscaling
describe-auto-scaling-groups`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tidegate.errors import Fault, InputError, Place
from tidegate.gate.aws.properties import PAGE, document_of, items, mapping
from tidegate.gate.environment import Environment
from tidegate.gate.inventory.asked_hosts import asks_of, is_hidden
from tidegate.gate.inventory.cloud_things import aws_gateway, database, entrance, gateway, group, number_of
from tidegate.gate.inventory.seen_thing import Inventory, Seen, endpoint, machine, resource, stated
from tidegate.gate.settings.text import Setting
from tidegate.world.how_many import how_many

_ALLOWED = (
    "what `aws` prints of NAT gateways, load balancers, target groups and their health, databases, services, "
    "task definitions, scalable targets and groups"
)
_MOST_TEXT = 2_000


@dataclass
class _Aws:
    """What was read of one account, over all its texts."""

    inventory: Inventory
    source: str = ""
    balancers: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    group_of_balancer: dict[str, set[str]] = field(default_factory=dict)
    targets: list[tuple[str, set[str]]] = field(default_factory=list)
    services: list[tuple[Seen, str]] = field(default_factory=list)
    definitions: dict[str, tuple[Environment, str]] = field(default_factory=dict)
    limits: dict[str, float] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)


def aws_inventory(texts: Sequence[tuple[str, str, str]]) -> Inventory:
    """Return what descriptions of AWS show, read together.

    Parameters
    ----------
    texts
        Each with its name, and with where and when it was read.

    Raises
    ------
    InputError
        If one is not JSON, or none of those that are known.
    """
    aws = _Aws(Inventory(sources=[said for _, _, said in texts]))
    faults: list[Fault] = []
    for text, source, said in texts:
        aws.source = said
        try:
            document = document_of(text, source)
            if not sum(reader(aws, document) for reader in _READERS):
                what = "is no description that is known"
                faults.append(Fault(what=what, allowed=_ALLOWED, place=Place(source=source)))
        except InputError as error:
            faults += error.faults
            continue
        if document.get("NextToken") or document.get("nextToken") or document.get("NextMarker"):
            aws.inventory.notes.append(PAGE.format(source).rstrip("."))
    if faults:
        raise InputError(*faults)
    _connect(aws)
    return aws.inventory


def _said(one: Mapping[str, Any], key: str) -> str:
    value = one.get(key)
    return value[:_MOST_TEXT] if isinstance(value, str) else ""


def _tag(one: Mapping[str, Any]) -> str:
    return next((_said(tag, "Value") for tag in items(one.get("Tags")) if tag.get("Key") == "Name"), "")


def _gateways(aws: _Aws, document: Mapping[str, Any]) -> bool:
    for one in items(document.get("NatGateways")):
        name, state = _said(one, "NatGatewayId"), _said(one, "State")
        if state in {"deleted", "deleting", "failed"}:
            aws.inventory.unused["NAT gateway", f"is {state}"] += 1
            continue
        addresses = items(one.get("NatGatewayAddresses"))
        public = [each for each in addresses if each.get("PublicIp")]
        seen = gateway(
            _tag(one) or "nat",
            "aws-nat-gateway",
            f"{aws.source}, {name}",
            known_as={"aws": name, "cloudwatch": name},
        )
        seen.names |= {machine(str(each["PublicIp"])) for each in public}
        seen.words["zone"] = _said(one, "SubnetId")
        aws.inventory.seen.append(aws_gateway(seen, len(public or addresses)))
    return "NatGateways" in document


def _balancers(aws: _Aws, document: Mapping[str, Any]) -> bool:
    for one in items(document.get("LoadBalancers")):
        arn = _said(one, "LoadBalancerArn") or _said(one, "LoadBalancerName")
        if _said(one, "Scheme") == "internal":
            aws.inventory.unused[
                "load balancer", "is internal: what it leads to is asked by its own name"
            ] += 1
            continue
        aws.balancers[arn] = one
        aws.said[arn] = f"{aws.source}, {_said(one, 'LoadBalancerName')}"
    return "LoadBalancers" in document


def _groups(aws: _Aws, document: Mapping[str, Any]) -> bool:
    for one in items(document.get("TargetGroups")):
        arn, balancers = _said(one, "TargetGroupArn"), one.get("LoadBalancerArns")
        for balancer in balancers if isinstance(balancers, list) else ():
            aws.group_of_balancer.setdefault(str(balancer), set()).add(resource(arn))
        aws.said[resource(arn)] = f"{aws.source}, {_said(one, 'TargetGroupName')}"
    return "TargetGroups" in document


def _health(aws: _Aws, document: Mapping[str, Any]) -> bool:
    described = items(document.get("TargetHealthDescriptions"))
    found = {
        endpoint(
            _said(mapping(one.get("Target")), "Id"),
            int(number_of(mapping(one.get("Target")).get("Port")) or 0),
        )
        for one in described
    }
    if found:
        aws.targets.append((aws.source, found))
    return "TargetHealthDescriptions" in document


def _databases(aws: _Aws, document: Mapping[str, Any]) -> bool:
    for one in items(document.get("DBInstances")):
        where, name = mapping(one.get("Endpoint")), _said(one, "DBInstanceIdentifier")
        seen = database(
            name,
            f"{aws.source}, {name}",
            "aws_db_instance",
            {"instance_class": _said(one, "DBInstanceClass"), "engine": _said(one, "Engine")},
            host=_said(where, "Address"),
            port=where.get("Port"),
            engine=_said(one, "Engine"),
        )
        seen.known_as["aws"] = _said(one, "DBInstanceArn") or name
        seen.names.add(resource(seen.known_as["aws"]))
        aws.inventory.seen.append(seen)
    return "DBInstances" in document


def _ecs(aws: _Aws, document: Mapping[str, Any]) -> bool:
    for one in items(document.get("services")):
        name = _said(one, "serviceName")
        cluster = _said(one, "clusterArn").rpartition("/")[2] or "default"
        led = {resource(_said(each, "targetGroupArn")) for each in items(one.get("loadBalancers"))}
        seen = group(
            name,
            f"{aws.source}, {cluster}/{name}",
            known_as={"ecs": f"{cluster}/{name}"},
            size=one.get("desiredCount"),
            most=None,
            led_by={each for each in led if each != resource("")},
        )
        running = one.get("runningCount")
        desired = seen.figures.get("instances")
        if isinstance(running, int) and desired is not None and 0 < running != desired.value:
            aws.inventory.notes.append(
                f"{seen.source}: {running} tasks run of {desired.value:g} that are wanted"
            )
        aws.services.append((seen, _said(one, "taskDefinition")))
        aws.inventory.seen.append(seen)
    for failure in items(document.get("failures")):
        aws.inventory.notes.append(f"{aws.source}: {failure.get('arn', 'a service')} could not be described")
    return "services" in document


def _definition(aws: _Aws, document: Mapping[str, Any]) -> bool:
    one = mapping(document.get("taskDefinition"))
    containers = items(one.get("containerDefinitions"))
    place = Place(source=aws.source)
    settings = tuple(
        tuple(
            Setting(key=_said(each, "name"), value=_said(each, "value"), place=place)
            for each in items(container.get("environment"))
        )
        for container in containers
    )
    hidden = tuple(
        (Setting(key=_said(each, "name"), value="", place=place), "a store of secrets")
        for container in containers
        for each in items(container.get("secrets"))
    )
    if containers:
        arn = _said(one, "taskDefinitionArn")
        aws.definitions[arn] = (
            Environment(containers=settings, unknown=hidden),
            f"{aws.source}, {_said(one, 'family')}",
        )
    return bool(containers)


def _scalable(aws: _Aws, document: Mapping[str, Any]) -> bool:
    for one in items(document.get("ScalableTargets")):
        _, _, name = _said(one, "ResourceId").partition("service/")
        if name and isinstance(one.get("MaxCapacity"), int):
            aws.limits[name] = float(one["MaxCapacity"])
        else:
            aws.inventory.unused["scalable target", "scales no service of ECS"] += 1
    return "ScalableTargets" in document


def _machines(aws: _Aws, document: Mapping[str, Any]) -> bool:
    for one in items(document.get("AutoScalingGroups")):
        name, led = _said(one, "AutoScalingGroupName"), one.get("TargetGroupARNs")
        seen = group(
            name,
            f"{aws.source}, {name}",
            known_as={"ecs": name},
            size=one.get("DesiredCapacity"),
            most=one.get("MaxSize"),
            led_by={resource(str(each)) for each in led or ()} if isinstance(led, list) else (),
        )
        seen.words["hides"] = "what its machines run is not described"
        aws.inventory.seen.append(seen)
    return "AutoScalingGroups" in document


def _counted(aws: _Aws, document: Mapping[str, Any]) -> bool:
    """Count what is described and says nothing here."""
    known = False
    for key, why in (
        ("Reservations", "machines by themselves: what runs on them is not described"),
        (
            "CacheClusters",
            "give `describe-replication-groups` or a name in settings: its limits are not described",
        ),
        ("DBClusters", "its instances are read: `describe-db-instances`"),
        ("Subnets", "networks: what stands in them is read"),
        ("Vpcs", "networks: what stands in them is read"),
    ):
        if key in document:
            aws.inventory.unused[key, why] += len(items(document.get(key)))
            known = True
    return known


_READERS: tuple[Callable[[_Aws, Mapping[str, Any]], bool], ...] = (
    _gateways,
    _balancers,
    _groups,
    _health,
    _databases,
    _ecs,
    _definition,
    _scalable,
    _machines,
    _counted,
)


def _connect(aws: _Aws) -> None:
    """Say what belongs together: tasks and their settings, balancers and what they lead to, scalers."""
    for seen, definition in aws.services:
        environment, source = aws.definitions.get(definition, (None, ""))
        if environment is None:
            seen.words["hides"] = "its task definition was not given: `aws ecs describe-task-definition`"
            continue
        seen.asks, notes = asks_of(environment, source, lambda _host, _port: ())
        aws.inventory.notes += notes
        if is_hidden(environment):
            seen.words["hides"] = "its settings stand in a store of secrets"
    for seen, _ in aws.services:
        most, size = aws.limits.get(seen.known_as["ecs"], 0.0), seen.figures.get("instances")
        if size is not None and most > size.value:
            seen.grows_to_count, seen.scaler_name = int(most), f"{seen.known_as['ecs']}"
    led_services = {name for seen, _ in aws.services for name in seen.names}
    led_services |= {name for seen in aws.inventory.seen for name in seen.names if seen.section == "services"}
    aws.inventory.seen += _targets(aws)
    for arn, one in aws.balancers.items():
        led = sorted(aws.group_of_balancer.get(arn, ()))
        name = _said(one, "LoadBalancerName")
        if led and not led_services.intersection(led):
            aws.inventory.seen.append(_unknown_targets(aws, name, led))
        aws.inventory.seen += entrance(
            name, aws.said[arn], host=_said(one, "DNSName"), known_as={"aws": arn}, targets=led
        )


def _unknown_targets(aws: _Aws, name: str, led: Sequence[str]) -> Seen:
    """Return what a balancer leads to where nothing that was given says what it is."""
    return Seen(
        section="services",
        name=f"behind_{name}",
        source=aws.said.get(led[0], aws.source),
        names=set(led),
        title=f"what {name} leads to",
        is_asked=True,
        where_rank=1,
        words={"hides": "what its targets run is not described"},
    )


def _targets(aws: _Aws) -> Iterator[Seen]:
    """Yield what targets of one group show: which addresses answer, and how many."""
    groups = [name for name in aws.said if name.startswith(resource(""))]
    for source, found in aws.targets:
        # An answer does not say of which group it is.
        own = set(groups) if len(groups) == len(aws.targets) == 1 else set()
        seen = Seen(
            section="services",
            name=f"targets_{len(found)}",
            source=source,
            names=found | own,
            is_asked=True,
            title=f"{how_many(len(found), 'target')} of a group",
            where_rank=1,
        )
        seen.figures["instances"] = stated(len(found), source)
        yield seen
