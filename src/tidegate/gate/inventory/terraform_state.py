"""What does a state of Terraform show of a world? Gateways, databases, balancers and groups, by type.

A state as `terraform show -json` writes it (format 1.x: `values`, of a plan its `prior_state`), or a file of
version 4 (`.tfstate`). Attributes are those of the providers aws, google and azurerm.

Sources: developer.hashicorp.com/terraform/internals/json-format (state representation); the providers'
documentation of each type. Shortcut: types that are not listed are counted, and not read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tidegate.errors import Fault, InputError, Place
from tidegate.gate.aws.properties import items, mapping
from tidegate.gate.environment import Environment
from tidegate.gate.inventory.asked_hosts import asks_of, is_hidden
from tidegate.gate.inventory.cloud_things import (
    aws_gateway,
    azure_gateway,
    database,
    entrance,
    gateway,
    google_gateway,
    group,
    outbound_rule,
)
from tidegate.gate.inventory.printed_json import read_printed
from tidegate.gate.inventory.seen_thing import Inventory, Seen, machine, resource, workload
from tidegate.gate.settings.text import Setting
from tidegate.world.file.nearest_name import shown

_ALLOWED = "a state: what `terraform show -json` writes of one (format 1.x), or a .tfstate of version 4"
_MOST_RESOURCES = 100_000
_SAYS_NOTHING = re.compile(
    r"_(role|policy|attachment|association|record|zone|key|secret|version|rule|permission|user|tag|alarm|subnet|vpc"
    r"|route|table|network|group_rule|certificate|bucket|object|member|binding|grant)$"
)
_VERSION = 4
Attributes = Mapping[str, Any]


def terraform_inventory(text: str, source: str, said: str) -> Inventory:
    """Return what a state shows.

    Parameters
    ----------
    text, source
        It, and its name.
    said
        Where and when it was read, to stand beside each number.

    Raises
    ------
    InputError
        If it is not JSON, or no state.
    """
    inventory = Inventory(sources=[said])
    environments: dict[str, tuple[Environment, str]] = {}
    tasks: list[tuple[Seen, str]] = []
    limits: dict[str, float] = {}
    gateways: dict[str, set[str]] = {}
    for count, (address, kind, one) in enumerate(_resources(_document(text, source), source)):
        if count >= _MOST_RESOURCES:
            place = Place(source=source)
            raise InputError(
                Fault(what=f"holds more than {_MOST_RESOURCES:,} resources", allowed=_ALLOWED, place=place)
            )
        where = f"{said}, {address}"
        if kind == "aws_ecs_task_definition":
            environments[_of(one, "arn")] = _environment(one, where)
        elif kind == "aws_appautoscaling_target":
            limits[_of(one, "resource_id").removeprefix("service/")] = float(one.get("max_capacity") or 0)
        elif kind == "aws_nat_gateway_eip_association":
            gateways.setdefault(_of(one, "nat_gateway_id"), set()).add(_of(one, "allocation_id"))
        elif kind in _READERS:
            for seen in _READERS[kind](address, where, one):
                inventory.seen.append(seen)
                if kind == "aws_ecs_service":
                    tasks.append((seen, _of(one, "task_definition")))
        else:
            why = (
                "network, access or storage: no limit of who asks whom"
                if _SAYS_NOTHING.search(kind)
                else _UNREAD
            )
            inventory.unused[shown(kind), why] += 1
    _connect(inventory, tasks, environments, limits)
    return inventory


_UNREAD = "a type that is not read: describe it in the world where it limits something"


def _document(text: str, source: str) -> Attributes:
    found = read_printed(text, source, _ALLOWED)
    if not isinstance(found, Mapping):
        raise InputError(Fault(what="is no JSON object", allowed=_ALLOWED, place=Place(source=source)))
    return found


def _resources(document: Attributes, source: str) -> Iterator[tuple[str, str, Attributes]]:
    """Yield address, type and attributes of each resource that is managed."""
    values = document.get("values") or mapping(document.get("prior_state")).get("values")
    if isinstance(values, Mapping):
        stack = [mapping(values.get("root_module"))]
        while stack:
            module = stack.pop()
            stack += items(module.get("child_modules"))
            for one in items(module.get("resources")):
                if one.get("mode") == "managed":
                    yield _of(one, "address"), _of(one, "type"), mapping(one.get("values"))
    elif document.get("version") == _VERSION and isinstance(document.get("resources"), list):
        for one in items(document["resources"]):
            for instance in items(one.get("instances")) if one.get("mode") == "managed" else ():
                yield _address(one, instance), _of(one, "type"), mapping(instance.get("attributes"))
    else:
        version = document.get("version", document.get("format_version", "nothing"))
        value = f"version {version}" if "values" not in document else "no values"
        raise InputError(
            Fault(what="is no state that is known", value=value, allowed=_ALLOWED, place=Place(source=source))
        )


def _address(one: Attributes, instance: Attributes) -> str:
    module = f"{one['module']}." if isinstance(one.get("module"), str) else ""
    key = instance.get("index_key")
    index = "" if key is None else f'["{key}"]' if isinstance(key, str) else f"[{key}]"
    return f"{module}{one.get('type')}.{one.get('name')}{index}"


def _of(one: Attributes, key: str) -> str:
    value = one.get(key)
    return value if isinstance(value, str) else ""


def _name(address: str) -> str:
    return re.sub(r"\[[^\]]*\]", "", address).rpartition(".")[2]


def _environment(one: Attributes, where: str) -> tuple[Environment, str]:
    try:
        containers = items(json.loads(_of(one, "container_definitions") or "[]"))
    except (ValueError, RecursionError):
        containers = []
    place = Place(source=where)
    settings = tuple(
        tuple(
            Setting(key=_of(each, "name"), value=_of(each, "value"), place=place)
            for each in items(one.get("environment"))
        )
        for one in containers
    )
    hidden = tuple(
        (Setting(key=_of(each, "name"), value="", place=place), "a store of secrets")
        for container in containers
        for each in items(container.get("secrets"))
    )
    return Environment(containers=settings, unknown=hidden), where


def _aws_nat(address: str, where: str, one: Attributes) -> list[Seen]:
    seen = gateway(
        _name(address),
        "aws-nat-gateway",
        where,
        known_as={"terraform": address, "aws": _of(one, "id"), "cloudwatch": _of(one, "id")},
    )
    seen.known_as = {key: value for key, value in seen.known_as.items() if value}
    public = _of(one, "public_ip")
    seen.names |= {machine(public)} if public else set()
    more = one.get("secondary_allocation_ids")
    return [aws_gateway(seen, 1 + (len(more) if isinstance(more, list) else 0))]


def _azure_nat(address: str, where: str, one: Attributes) -> list[Seen]:
    seen = gateway(
        _name(address), "azure-nat-gateway", where, known_as={"terraform": address, "azure": _of(one, "id")}
    )
    return [azure_gateway(seen, 0, one.get("idle_timeout_in_minutes"))]


def _google_nat(address: str, where: str, one: Attributes) -> list[Seen]:
    seen = gateway(
        _name(address),
        "google-cloud-nat-static",
        where,
        known_as={"terraform": address},
        names=[f"{_of(one, 'router')}/{_of(one, 'name')}"],
    )
    said = {
        "least": one.get("min_ports_per_vm"),
        "most": one.get("max_ports_per_vm"),
        "dynamic": one.get("enable_dynamic_port_allocation"),
        "time_wait": one.get("tcp_time_wait_timeout_sec"),
        "transitory": one.get("tcp_transitory_idle_timeout_sec"),
    }
    addresses = one.get("nat_ips")
    return [google_gateway(seen, said, len(addresses) if isinstance(addresses, list) else 0)]


def _azure_rule(address: str, where: str, one: Attributes) -> list[Seen]:
    seen = gateway(
        _name(address),
        "azure-load-balancer-snat",
        where,
        known_as={"terraform": address, "azure": _of(one, "id")},
    )
    return [
        outbound_rule(
            seen, one.get("allocated_outbound_ports"), len(items(one.get("frontend_ip_configuration")))
        )
    ]


def _aws_database(address: str, where: str, one: Attributes) -> list[Seen]:
    host = _of(one, "address") or _of(one, "endpoint").partition(":")[0]
    seen = database(
        _name(address),
        where,
        "aws_db_instance",
        one,
        host=host,
        port=one.get("port"),
        engine=_of(one, "engine"),
    )
    return [_bound(seen, address, _of(one, "arn"))]


def _google_database(address: str, where: str, one: Attributes) -> list[Seen]:
    engine = _of(one, "database_version").partition("_")[0].lower()
    port = {"postgres": 5432, "mysql": 3306}.get(engine, 0)
    host = _of(one, "private_ip_address") or _of(one, "first_ip_address")
    seen = database(
        _name(address), where, "google_sql_database_instance", one, host=host, port=port, engine=engine
    )
    return [_bound(seen, address, _of(one, "connection_name"))]


def _azure_database(address: str, where: str, one: Attributes) -> list[Seen]:
    engine = "postgres" if "postgresql" in address else "mysql"
    port = {"postgres": 5432, "mysql": 3306}[engine]
    seen = database(_name(address), where, "azure", one, host=_of(one, "fqdn"), port=port, engine=engine)
    return [_bound(seen, address, _of(one, "id"))]


def _cache(address: str, where: str, one: Attributes) -> list[Seen]:
    host = (
        _of(one, "primary_endpoint_address") or _of(one, "configuration_endpoint_address") or _of(one, "host")
    )
    host = host or next((_of(each, "address") for each in items(one.get("cache_nodes"))), "")
    engine = _of(one, "engine") or "redis"
    seen = database(_name(address), where, "cache", one, host=host, port=one.get("port"), engine=engine)
    return [_bound(seen, address, _of(one, "arn"))]


def _bound(seen: Seen, address: str, other: str) -> Seen:
    seen.known_as["terraform"] = address
    seen.names |= {resource(address)} | ({resource(other)} if other else set())
    return seen


def _balancer(address: str, where: str, one: Attributes) -> list[Seen]:
    if one.get("internal") is True:
        return []
    known = {"terraform": address, "aws": _of(one, "arn")}
    host = _of(one, "dns_name")
    return entrance(
        _name(address), where, host=host, known_as={k: v for k, v in known.items() if v}, targets=()
    )


def _tasks(address: str, where: str, one: Attributes) -> list[Seen]:
    cluster = _of(one, "cluster").rpartition("/")[2] or "default"
    led = {
        resource(_of(each, "target_group_arn"))
        for each in items(one.get("load_balancer"))
        if each.get("target_group_arn")
    }
    known = {"terraform": address, "ecs": f"{cluster}/{_of(one, 'name')}"}
    return [
        group(
            _of(one, "name") or _name(address),
            where,
            known_as=known,
            size=one.get("desired_count"),
            most=None,
            led_by=led,
        )
    ]


def _machines(address: str, where: str, one: Attributes) -> list[Seen]:
    led = one.get("target_group_arns")
    names = {resource(str(each)) for each in led} if isinstance(led, list) else set()
    known = {"terraform": address, "ecs": _of(one, "name")}
    seen = group(
        _name(address),
        where,
        known_as={k: v for k, v in known.items() if v},
        size=one.get("desired_capacity"),
        most=one.get("max_size"),
        led_by=names,
    )
    seen.words["hides"] = "what its machines run is not described"
    return [seen]


def _kubernetes(address: str, where: str, one: Attributes) -> list[Seen]:
    metadata, spec = next(iter(items(one.get("metadata"))), {}), next(iter(items(one.get("spec"))), {})
    kind = "StatefulSet" if "stateful_set" in address else "Deployment"
    space, name = _of(metadata, "namespace") or "default", _of(metadata, "name")
    seen = group(
        name, where, known_as={"terraform": address}, size=spec.get("replicas"), most=None, led_by=()
    )
    seen.names.add(workload(kind, space, name))
    seen.words["hides"] = "its settings are not read here: give the cluster's own objects"
    return [seen]


_READERS: Mapping[str, Callable[[str, str, Attributes], list[Seen]]] = {
    "aws_nat_gateway": _aws_nat,
    "azurerm_nat_gateway": _azure_nat,
    "google_compute_router_nat": _google_nat,
    "azurerm_lb_outbound_rule": _azure_rule,
    "aws_db_instance": _aws_database,
    "aws_rds_cluster": _aws_database,
    "google_sql_database_instance": _google_database,
    "azurerm_postgresql_flexible_server": _azure_database,
    "azurerm_mysql_flexible_server": _azure_database,
    "aws_elasticache_replication_group": _cache,
    "aws_elasticache_cluster": _cache,
    "google_redis_instance": _cache,
    "aws_lb": _balancer,
    "aws_alb": _balancer,
    "aws_elb": _balancer,
    "aws_ecs_service": _tasks,
    "aws_autoscaling_group": _machines,
    "kubernetes_deployment": _kubernetes,
    "kubernetes_deployment_v1": _kubernetes,
    "kubernetes_stateful_set": _kubernetes,
    "kubernetes_stateful_set_v1": _kubernetes,
}


def _connect(
    inventory: Inventory,
    tasks: list[tuple[Seen, str]],
    environments: Mapping[str, tuple[Environment, str]],
    limits: Mapping[str, float],
) -> None:
    for seen, definition in tasks:
        environment, where = environments.get(definition, (None, ""))
        if environment is None:
            seen.words["hides"] = "its task definition is not in this state"
        else:
            seen.asks, notes = asks_of(environment, where, lambda _host, _port: ())
            inventory.notes += notes
            if is_hidden(environment):
                seen.words["hides"] = "its settings stand in a store of secrets"
        most, size = limits.get(seen.known_as["ecs"], 0.0), seen.figures.get("instances")
        if size is not None and most > size.value:
            seen.grows_to_count = int(most)
