"""Every reader of other tools' documents, with a document of each that it understands."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import yaml

from foreign_mutations import mutated
from nasty_worlds import nasty_tree
from record_sample import NOON_S, desk
from tidegate.errors import Fault, InputError
from tidegate.gate.change.judged import only_growth, planned
from tidegate.gate.changes import read_changes
from tidegate.gate.terraform.plan import read_plan
from tidegate.inform.state import State
from tidegate.server.api.json_body import Payload
from tidegate.track.alert import read_webhook
from tidegate.track.foreign.statuspage import read_statuspage
from tidegate.track.foreign.upptime import read_upptime
from tidegate.track.recorded import read_record
from tidegate.verbs.record.alert import hear
from tidegate.verbs.record.maintenance import Plan, plan
from tidegate.world.file.read import read_world

Tree = Any
LABELS = {"alertname": "CheckoutErrorRateHigh", "service": "shop", "severity": "critical"}
ALERTS = {
    "version": "4",
    "groupKey": "{}",
    "truncatedAlerts": 0,
    "status": "firing",
    "receiver": "tidegate",
    "groupLabels": {"alertname": "CheckoutErrorRateHigh"},
    "externalURL": "http://alertmanager:9093",
    "alerts": [
        {
            "status": "firing",
            "labels": LABELS,
            "annotations": {"summary": "Checkout fails"},
            "startsAt": "2025-12-01T11:00:00.123Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "fingerprint": "a1b2c3",
            "generatorURL": "http://prometheus:9090/graph",
        },
        {
            "status": "resolved",
            "labels": {"device_group": "edge"},
            "annotations": {},
            "startsAt": "2025-12-01T11:00:00Z",
            "endsAt": "2025-12-01T11:30:00Z",
            "fingerprint": "a1b2c4",
        },
    ],
}
WORK = {
    "title": "New disks",
    "describes": "Slow for a while.",
    "components": ["shop"],
    "starts": "2025-12-02T01:00:00Z",
    "lasts_s": 3600,
    "zone": "Europe/Berlin",
    "rule": "FREQ=WEEKLY;BYDAY=TU;COUNT=5",
}
SHOP = "aws_autoscaling_group.shop"
PLAN = {
    "format_version": "1.2",
    "complete": True,
    "errored": False,
    "resource_changes": [
        {
            "address": SHOP,
            "mode": "managed",
            "type": "aws_autoscaling_group",
            "name": "shop",
            "change": {
                "actions": ["update"],
                "before": {"desired_capacity": 40, "max_size": 50},
                "after": {"desired_capacity": 120, "max_size": 130},
                "after_unknown": {},
            },
        },
        {
            "address": "m.web[0]",
            "mode": "managed",
            "change": {
                "actions": ["update"],
                "before": {"spec": [{"replicas": "3"}]},
                "after": {"spec": [{"replicas": "9"}]},
                "after_unknown": {"id": True},
            },
        },
        {
            "address": "m.web[1]",
            "mode": "managed",
            "change": {
                "actions": ["create"],
                "before": None,
                "after": {},
                "after_unknown": {"desired_count": True},
            },
        },
        {"address": "data.x", "mode": "data", "change": {"actions": ["read"], "before": None, "after": {}}},
    ],
}
COMPONENTS = [
    {"id": "aaaaaaaaaaaa", "name": "API", "created_at": "2020-01-01T00:00:00.000Z", "group_id": "g"},
    {"id": "g", "name": "Core", "group": True, "status": "operational"},
]
INCIDENT = {
    "id": "cccccccccccc",
    "name": "API errors",
    "impact": "major",
    "created_at": "2024-05-01T10:10:00.000Z",
    "started_at": "2024-05-01T10:00:00.000Z",
    "resolved_at": "2024-05-01T12:00:00.000Z",
    "components": [{"id": "aaaaaaaaaaaa"}],
    "incident_updates": [
        {"id": "u2", "status": "resolved", "body": "Over.", "created_at": "2024-05-01T12:00:00.000Z"},
        {
            "id": "u1",
            "status": "investigating",
            "body": "We <b>look</b>.",
            "created_at": "2024-05-01T10:10:00Z",
            "affected_components": [{"code": "aaaaaaaaaaaa", "new_status": "partial_outage"}],
        },
    ],
}
SCHEDULED = {
    "id": "d",
    "name": "New disks",
    "created_at": "2024-06-01T10:00:00Z",
    "components": [{"id": "g"}],
    "scheduled_for": "2024-06-02T10:00:00Z",
    "scheduled_until": "2024-06-02T11:00:00Z",
    "incident_updates": [{"id": "w1", "body": "Slow."}],
}
STATUSPAGE = {
    "page": {"id": "y2j98763l56x", "name": "Example", "time_zone": "Europe/Berlin"},
    "components": COMPONENTS,
    "incidents": [INCIDENT],
    "scheduled_maintenances": [SCHEDULED],
}
PLANNED = "<!--\nstart: 2024-02-01T00:00:00Z\nend: 2024-02-01T01:00:00Z\nexpectedDown: api\n-->New disks"
UPPTIME = {
    "sites": {"api": {"name": "API", "url": "https://api.example", "startTime": "2020-01-01T00:00:00Z"}},
    "issues": [
        {
            "number": 1,
            "title": "🛑 API is down",
            "created_at": "2024-01-01T00:00:00Z",
            "body": "In `a1b2`, down.",
            "closed_at": "2024-01-01T01:00:00Z",
            "labels": [{"name": "status"}, {"name": "api"}],
        },
        {
            "number": 2,
            "title": "Work",
            "created_at": "2024-01-01T00:00:00Z",
            "labels": ["maintenance"],
            "body": PLANNED,
        },
    ],
    "comments": [
        {
            "id": 5,
            "issue_url": "https://api.github.com/repos/a/b/issues/1",
            "body": "We look.",
            "created_at": "2024-01-01T00:10:00Z",
        },
    ],
}
RECORD = {
    "tidegate_record": 1,
    "site": "there",
    "title": "A day",
    "zone": "Europe/Berlin",
    "entries": [
        {
            "kind": "outage.opened",
            "about": "one",
            "at": "2026-01-01T10:00Z",
            "title": "Sign-in fails",
            "components": {"login": "major_outage"},
            "source": "operator",
        },
        {"kind": "update.published", "about": "one", "at": "2026-01-01T10:05Z", "texts": {"en": "We look."}},
    ],
}
WORLD_TEXT = """
tidegate: 1
networks: {inside: {title: Workers}, outside: {title: Databases}}
crossings: {gateway: {between: [inside, outside], devices: 2,
                      forwarding: {value: 10k/s, low: 5k/s, high: 20k/s}}}
services: {database: {network: outside, instances: 2, concurrency: 8, service_time: 5ms}}
clients:
  workers: {network: inside, service: database, population: 200, retry: immediate,
            known_as: {terraform: SHOP}}
activities: {scale_out: {from: 200, to: 400, clients_added: workers}}
triggers: {slow: {at: 10s, set: {services.database.service_time: 50ms}}}
beliefs:
  back_off: {says: workers back off, counter: {clients.workers.retry: exponential-full-jitter}}
segments: {buyers: {title: buyers, uses: [database]}}
"""
WORLDS = (yaml.safe_load(WORLD_TEXT.replace("SHOP", SHOP)), *map(nasty_tree, range(20)))


def _text(tree: Tree) -> str:
    return json.dumps(tree)


KNOWN = _text(WORLDS[0]).replace('"terraform"', '"cloudformation"').replace(SHOP, "Pods")
TEMPLATE = {
    "Parameters": {"Many": {"Type": "Number", "Default": 4}},
    "Mappings": {"Sizes": {"prod": {"tasks": 30}}},
    "Conditions": {"Big": {"Fn::Equals": ["a", "b"]}},
    "Transform": ["Count"],
    "Resources": {
        "Pods": {"Type": "AWS::ECS::Service", "Condition": "Big",
                 "Properties": {"DesiredCount": {"Fn::FindInMap": ["Sizes", "prod", "tasks"]}}},
        "Fleet": {"Type": "AWS::AutoScaling::AutoScalingGroup",
                  "Properties": {"MinSize": 1, "MaxSize": {"Fn::If": ["Big", 9, {"Ref": "Many"}]}}},
        "Target": {"Type": "AWS::ApplicationAutoScaling::ScalableTarget", "Properties": {
            "MaxCapacity": 9, "ScheduledActions": [
                {"ScheduledActionName": "noon", "ScalableTargetAction": {"MinCapacity": 3}}]}},
        "Beanstalk": {"Type": "AWS::ElasticBeanstalk::Environment", "Properties": {
            "OptionSettings": [{"Namespace": "aws:autoscaling:asg", "OptionName": "MaxSize", "Value": 4}]}},
    },
}  # fmt: skip
CHANGE_SET = {
    "ChangeSetName": "next",
    "StackName": "shop",
    "Status": "CREATE_COMPLETE",
    "Changes": [{"Type": "Resource", "ResourceChange": {
        "Action": "Modify", "LogicalResourceId": "Pods", "PhysicalResourceId": "arn:web",
        "ResourceType": "AWS::ECS::Service", "Replacement": "Conditional",
        "BeforeContext": '{"Properties": {"DesiredCount": 4}}',
        "Details": [{"Target": {"Attribute": "Properties", "Name": "DesiredCount",
                                "Path": "/Properties/DesiredCount", "BeforeValue": "4", "AfterValue": "9"}}],
    }}],
}  # fmt: skip
SERVICES = {
    "services": [{
        "serviceName": "web", "clusterArn": "arn:x:cluster/prod", "desiredCount": 9, "runningCount": 4,
        "deployments": [{"status": "PRIMARY", "taskDefinition": "web:2"}, {"taskDefinition": "web:1"}],
        "deploymentConfiguration": {"maximumPercent": 200}}],
    "failures": [{"arn": "api", "reason": "MISSING"}],
}  # fmt: skip
POLICIES = {
    "ScalableTargets": [{"ServiceNamespace": "ecs", "ResourceId": "service/prod/web", "MinCapacity": 1,
                         "ScalableDimension": "ecs:service:DesiredCount", "MaxCapacity": 20}],
    "ScalingPolicies": [{
        "PolicyName": "up", "ResourceId": "service/prod/web", "StepScalingPolicyConfiguration": {
        "AdjustmentType": "ExactCapacity", "StepAdjustments": [{"ScalingAdjustment": 7}]}}],
}  # fmt: skip


def _object(tree: Tree) -> Payload:
    return Payload.read(_text(tree).encode())


def _alerts(tree: Tree) -> None:
    at, _, _ = desk()
    hear(at, read_webhook(_object(tree).document))


def _work(tree: Tree) -> None:
    said, (at, _, _) = _object(tree), desk()
    wanted = Plan(
        title=said.line("title"),
        describes=said.text("describes"),
        components=said.lines("components"),
        starts_s=said.moment("starts", is_needed=True) or 0.0,
        lasts_s=said.number("lasts_s"),
        zone=said.line("zone") or "UTC",
        rule=said.line("rule"),
    )
    said.check()
    plan(at, wanted)
    for one in at.state.maintenance():
        assert len(list(one.windows(NOON_S - 1e7, NOON_S + 1e7))) <= 1_000
        one.is_active(NOON_S)


def _plan(tree: Tree) -> None:
    found = read_plan(_text(tree), "plan.json")
    with suppress(InputError):
        only_growth(found)
    planned(found, read_world(_text(WORLDS[0]), "world.json"))


def _statuspage(tree: Tree) -> None:
    document = _object(tree).document
    State().take_all(read_statuspage([document]).entries())


def _upptime(tree: Tree) -> None:
    found = _object(tree).document
    sites, issues, comments = (found.get(name) for name in UPPTIME)
    rows = [*(sites.values() if isinstance(sites, dict) else [None])]
    for one in (issues, comments):
        rows += one if isinstance(one, list) else [None]
    if all(isinstance(row, dict) for row in rows):  # the command refuses others before they are read
        State().take_all(read_upptime(sites, issues, comments).entries())


def _record(tree: Tree) -> None:
    State().take_all(read_record(_text(tree), "record.json").entries())


def _changes(tree: Tree) -> None:
    file = read_world(KNOWN, "world.yaml")
    for found in read_changes([(_text(tree), "changes.json")]):
        planned(found, file)


def _world(tree: Tree) -> None:
    read_world(_text(tree), "world.json")


READERS: dict[str, tuple[Callable[[Tree], None], tuple[Tree, ...]]] = {
    "alertmanager": (_alerts, (ALERTS,)),
    "maintenance": (_work, (WORK,)),
    "terraform": (_plan, (PLAN,)),
    "cloudformation": (_changes, (TEMPLATE, CHANGE_SET)),
    "ecs": (_changes, (SERVICES, POLICIES)),
    "statuspage": (_statuspage, (STATUSPAGE,)),
    "upptime": (_upptime, (UPPTIME,)),
    "record": (_record, (RECORD,)),
    "world": (_world, WORLDS),
}


def read_mutations(name: str, seed: str, count: int) -> tuple[int, int]:
    """Read mutations of a reader's documents; return how many were read and refused."""
    read, documents = READERS[name]
    chance = random.Random(f"{name} {seed}")  # noqa: S311
    read_count = refused_count = 0
    for _ in range(count):
        tree = mutated(chance.choice(documents), chance)
        try:
            read(tree)
        except InputError as error:
            refused_count += _is_named(error.faults[0])
        else:
            read_count += 1
    assert read_count + refused_count == count  # each that was refused says what was unexpected
    return read_count, refused_count


def _is_named(fault: Fault) -> bool:
    return bool(fault.what and (fault.path or fault.value or fault.allowed))
