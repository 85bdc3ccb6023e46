"""A plan in which no fleet grows may still take a limit away, or give each client more: never in silence."""

from __future__ import annotations

import json

import pytest

from tidegate.gate.change.judged import planned
from tidegate.gate.changes import read_changes
from tidegate.world.file.read import read_world

WORLD = """
name: tiny
networks: {inside: {}, outside: {}}
crossings: {edge: {between: [inside, outside]}}
services: {api: {network: outside}}
clients: {workers: {network: inside, service: api, population: 6}}
"""


def plan(kind, before, after, actions=("update",)):
    change = {"actions": list(actions), "before": before, "after": after, "after_unknown": {}}
    one = {"address": f"{kind}.x", "mode": "managed", "type": kind, "name": "x", "change": change}
    text = json.dumps({"format_version": "1.2", "resource_changes": [one]})
    (found,) = read_changes([(text, "plan.json")])
    return planned(found, read_world(WORLD, "world.yaml"))


TOLD = {
    "a limit in a list of parameters": (
        "aws_db_parameter_group",
        {"parameter": [{"name": "max_connections", "value": "500"}]},
        {"parameter": [{"name": "max_connections", "value": "100"}]},
        "(parameter.max_connections) falls from 500 to 100",
    ),
    "ports of a NAT": (
        "google_compute_router_nat", {"min_ports_per_vm": 1024}, {"min_ports_per_vm": 64},
        "(min_ports_per_vm) falls from 1,024 to 64",
    ),
    "addresses of a NAT": (
        "google_compute_router_nat", {"nat_ips": ["a", "b"]}, {"nat_ips": ["a"]},
        "(nat_ips) falls from 2 to 1",
    ),
    "a rule of a firewall": (
        "aws_wafv2_web_acl", {"rule": [{"limit": 2000}]}, {"rule": [{"limit": 100}]},
        "(rule.limit) falls from 2,000 to 100",
    ),
    "nodes that serve": (
        "aws_msk_cluster", {"number_of_broker_nodes": 6}, {"number_of_broker_nodes": 3}, "falls from 6 to 3",
    ),
    "a pool in a ConfigMap": (
        "kubernetes_config_map", {"data": {"DB_POOL_SIZE": "5"}}, {"data": {"DB_POOL_SIZE": "50"}},
        "(data.DB_POOL_SIZE) grows from 5 to 50: a pool",
    ),
    "a pool in JSON within": (
        "aws_ecs_task_definition",
        {"container_definitions": '[{"environment": [{"name": "DB_POOL_SIZE", "value": "5"}]}]'},
        {"container_definitions": '[{"environment": [{"name": "DB_POOL_SIZE", "value": "9"}]}]'},
        "DB_POOL_SIZE) grows from 5 to 9",
    ),
    "a count within a text": (
        "nomad_job", {"jobspec": 'group "g" { count = 4 }'}, {"jobspec": 'group "g" { count = 400 }'},
        "(jobspec.count) grows from 4 to 400",
    ),
    "a type that nobody knows": (
        "acme_fleet", {"node_total": 4}, {"node_total": 400}, "whether that is a size",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TOLD)
def test_what_bears_on_clients_cannot_be_told(case):
    """With its path, from what to what."""
    kind, before, after, says = TOLD[case]
    assert any(says in one for one in plan(kind, before, after).cannot_tell)


def test_what_is_removed_and_carries_connections_may_reconnect_its_clients():
    """A NAT gateway that goes, with nothing in its place; a rule of a firewall is nothing of the kind."""
    gone = plan("aws_nat_gateway", {"id": "n"}, None, ("delete",))
    assert any("is removed" in one for one in gone.cannot_tell)
    assert () == plan("aws_security_group_rule", {"id": "n"}, None, ("delete",)).cannot_tell


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("aws_db_instance", {"allocated_storage": 100}, {"allocated_storage": 200}),
        ("acme_disk", {"disk_size": 10, "memory_size": 4}, {"disk_size": 20, "memory_size": 8}),
        ("aws_lb", {"idle_timeout": 60}, {"idle_timeout": 30}),
        ("acme_fleet", {"retention_count": 4}, {"retention_count": 9}),
    ],
)
def test_what_is_no_size_and_no_limit_of_clients_stays_quiet(kind, before, after):
    """Disks, memory, time-outs, retention."""
    assert () == plan(kind, before, after).cannot_tell
