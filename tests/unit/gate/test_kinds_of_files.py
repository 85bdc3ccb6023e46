"""Whose file is it? Samples of kinds that public files are of, in words of our own."""

from __future__ import annotations

import pytest

import tidegate
from tidegate.errors import InputError
from tidegate.gate.changes import read_changes
from tidegate.gate.command_line import Options
from tidegate.gate.deployed import world_from_files
from tidegate.gate.settings.kinds import how_to_render, implies_a_world
from tidegate.gate.terraform.plan import read_plan
from tidegate.protect.adopted import Subjects
from tidegate.protect.targets import vendors

SCALE = Options(scale="40:120")
COMPOSE = """
services:
  web:
    image: shop
    networks: [back]
networks:
  back:
"""
WORLD = """
name: shop
networks: {inside: {}}
services:
  api: {network: inside}
"""


@pytest.mark.parametrize(
    ("text", "name", "how"),
    [
        (COMPOSE, "docker-compose.yml", "kompose convert"),
        (COMPOSE, "compose.yaml", "kompose convert"),
        ("database: {host: db}\n", "values-test.yaml", "helm template CHART -f values-test.yaml"),
        ("database: {host: db}\n", "prod.values.yaml", "helm template CHART -f prod.values.yaml"),
        ("apiVersion: v2\nname: shop\nversion: 1.0.0\n", "Chart.yaml", "helm template CHART"),
    ],
)
def test_what_must_be_rendered_is_told_how(text, name, how):
    """Networks make no world of a file of docker-compose, and a chart is no Kubernetes object."""
    assert (True, True) == (how in how_to_render(text, name), implies_a_world([(text, name)]))


@pytest.mark.parametrize(
    "text", [WORLD, "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n", "pool:\n  size: 4\n"]
)
def test_what_is_read_as_it_is_needs_no_rendering(text):
    """A world, a manifest and a program's settings."""
    assert "" == how_to_render(text, "app.yaml")


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ("listen: 127.0.0.1:4222\nauthorization {\n  timeout: 1\n}\n", "nats"),
        ("listen: localhost:-1\ntls {\n}\n", "nats"),
        ("cluster {\n  listen: 127.0.0.1:6222\n}\n", "nats"),
        ("global\n  maxconn 9\nlisten web\n  bind :80\n", "haproxy"),
        ("defaults http\n  timeout connect 5s\nbackend api\n", "haproxy"),
        ("node: {id: a}\ndynamic_resources:\n  cds_config: {}\n", "envoy"),
        ("limit_conn_zone $binary_remote_addr zone=a:1m;\n", "nginx"),
    ],
)
def test_a_vendor_is_told_by_what_only_it_writes(text, whose):
    """`listen: ADDRESS` is a NATS server's, `listen NAME` HAProxy's; a part of nginx is nginx."""
    assert whose == vendors.guessed(text, "x.conf").name


def test_limits_that_envoy_sets_by_itself_are_told():
    """A cluster without circuit breakers has Envoy's own, and what stands elsewhere is not silence."""
    clusters = [f"  - {{name: {name}, load_assignment: {{}}}}\n" for name in ("api", "db")]
    text = f"static_resources:\n  clusters:\n{''.join(clusters)}dynamic_resources: {{cds_config: {{}}}}\n"
    subjects = Subjects(world=tidegate.load("everyday_nat").world)
    told = vendors.named("envoy").read(text, "envoy.yaml", subjects).ignored
    assert ("no max_connections of api, db", True) == (told[0].words, "1,024 connections" in told[0].why)
    assert "dynamic_resources" == told[1].words
    stated = text.replace("load_assignment: {}", "circuit_breakers: {thresholds: [{max_connections: 9}]}")
    said = vendors.named("envoy").read(stated, "envoy.yaml", subjects)
    assert not any("no max_connections" in one.words for one in said.ignored)


def test_a_wrapper_that_begins_with_a_bracket_is_passed_over():
    """A line such as [command]terraform show is no list; a list of plans is."""
    plan = '{"format_version": "1.2", "planned_values": {}}'
    assert () == read_plan(f"[command]/bin/terraform show\n{plan}", "plan.json").changes
    with pytest.raises(InputError):
        read_plan(f"[\n{plan}]", "plan.json")


def test_a_resource_without_properties_is_one():
    """It is made all the same."""
    text = "Resources: {Gateway: {Type: AWS::EC2::InternetGateway}, Ip: {Type: AWS::EC2::EIP}}"
    (plan,) = read_changes([(text, "stack.yaml")])
    assert ["Gateway", "Ip"] == [name for name, _ in plan.resources]


def test_a_file_inside_a_config_map_may_be_anything():
    """What a program's own file says wrongly is no fault of the manifests; given by itself it is."""
    broken = "rules:\n- a: 1\n  b: 2\n    c: 3\n"
    inside = "".join(f"    {line}\n" for line in broken.splitlines())
    pod = "spec: {containers: [{name: a}], volumes: [{name: v, configMap: {name: c}}]}"
    text = (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a}}\nspec:\n  template: {{{pod}}}\n---\n"
    )
    text += f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n  rules.yaml: |\n{inside}"
    (row,) = [row for row in world_from_files([(text, "a.yaml")], SCALE).read if row.says == "rules.yaml"]
    assert ("", True) == (row.means, "cannot be read" in row.why)
    with pytest.raises(InputError):
        world_from_files([(broken, "rules.yaml")], SCALE)


def test_other_parts_of_a_nats_server_are_told():
    """Time-outs and limits of its routes, of TLS and of messages are not those of clients."""
    text = "max_connections: 5\nmax_payload: 9\ntls {\n timeout: 2\n}\n"
    text += "cluster {\n authorization {\n  timeout: 5\n }\n ping_interval: 9\n}\n"
    subjects = Subjects(world=tidegate.load("everyday_nat").world)
    found = vendors.named("nats").read(text, "nats.conf", subjects)
    told = {one.place.line: one.why for one in found.ignored}
    assert ({2, 4, 8, 10}, True) == (set(told), "other servers" in told[8])


def test_what_helm_notes_is_no_object_whatever_it_says():
    """NOTES is the last that Helm prints; it may look like YAML that is broken."""
    text = (
        "MANIFEST:\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec: {replicas: 4}\n"
    )
    notes = "NOTES:\n1. kind: of a note: [\n"
    found = world_from_files([(text + notes, "x.yaml")], Options(scale="4:12"))
    assert any("NOTES:" in note for note in found.notes)
