"""What do vendors document of the limits in a file? An independent reading: no reader of Tidegate is used.

Each key of a table is a setting that limits, waits or tries again, with the vendor's own words for it and the
places of a world that may mean it. Files are read by PyYAML, `json` and lines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

_SIZES = r"activities\."
_PROBE = r"health_probes|rollout\.pause"
KUBERNETES = {
    "replicas": ("number of desired pods", _SIZES),
    "minReplicas": ("lower limit of the autoscaler", _SIZES),
    "maxReplicas": ("upper limit of the autoscaler", _SIZES),
    "minReadySeconds": ("how long ready before available", r"pause"),
    "maxSurge": ("pods above the desired number in a roll-out", r"surge|batches"),
    "maxUnavailable": ("pods that may be missing in a roll-out", r"batches"),
    "parallelism": ("pods of a job at a time", _SIZES),
    "completions": ("pods a job needs", _SIZES),
    "terminationGracePeriodSeconds": ("time to end by itself", r"^$"),
    "periodSeconds": ("how often to probe, or a policy's period", _PROBE + r"|scale\.pause"),
    "timeoutSeconds": ("when a probe is given up", _PROBE),
    "failureThreshold": ("failures in a row that act", _PROBE),
    "successThreshold": ("successes in a row that undo it", _PROBE),
    "initialDelaySeconds": ("time before the first probe", _PROBE),
    "setWeight": ("share of the canary", r"rollout|^$"),
    "memory": ("memory of a container", r"^$"),
    "cpu": ("processor of a container", r"^$"),
}
HAPROXY = {
    "maxconn": (
        "most connections of process, proxy or server",
        r"admission\.concurrent|services\..*connections",
    ),
    "maxconnrate": ("connections a second of the process", r"admission\.rate"),
    "timeout connect": ("how long a connection to a server may take", r"^$"),
    "timeout queue": ("how long a request waits for a server", r"^$"),
    "retries": ("tries to connect to a server", r"^$"),
    "fullconn": ("load at which minconn grows to maxconn", r"^$"),
    "rate-limit sessions": ("sessions a second of a proxy", r"admission\.rate"),
}
NGINX = {
    "worker_connections": ("connections of a worker", r"admission\.concurrent|^$"),
    "limit_conn": ("connections of a key", r"admission|connections|^$"),
    "limit_req": ("requests a second of a key", r"^$"),
    "proxy_connect_timeout": ("how long a connection to a server may take", r"^$"),
}
ENVOY = {
    "max_connections": ("connections of a cluster", r"connections|pool"),
    "max_pending_requests": ("requests that wait for a connection", r"^$"),
    "max_requests": ("requests of a cluster in progress", r"^$"),
    "max_retries": ("retries of a cluster in progress", r"^$"),
    "connect_timeout": ("how long a connection to a cluster may take", r"connect_timeout"),
    "num_retries": ("how often a request is tried again", r"retry"),
    "per_try_timeout": ("time-out of each try", r"timeout"),
}
MESH = {
    "maxConnections": ("connections to a host", r"pool|connections"),
    "http1MaxPendingRequests": ("requests that wait for a connection", r"^$"),
    "http2MaxRequests": ("requests to a host in progress", r"^$"),
    "maxRequestsPerConnection": ("requests of one connection", r"^$"),
    "attempts": ("tries of a request", r"retry"),
    "perTryTimeout": ("time-out of each try", r"timeout"),
    "backendRequest": ("time-out of a request to a backend", r"timeout"),
    "request": ("time-out of a whole request", r"timeout|deadline"),
}
SETTINGS = {
    "max_client_conn": ("client connections in all", r"\.connections"),
    "default_pool_size": ("server connections of a user and database", r"pooler\.most|connections"),
    "reserve_pool_size": ("further server connections", r"pooler\.reserve|connections"),
    "pool_mode": ("when a server connection is free again", r"pooler\.mode|^$"),
    "max_connections": ("connections of the server", r"\.connections"),
    "maxclients": ("connections of the server", r"\.connections"),
    "tcp-backlog": ("connections that wait to be accepted", r"^$"),
    "server_idle_timeout": ("when an idle server connection is closed", r"idle_timeout|^$"),
    "query_wait_timeout": ("how long a query waits for a connection", r"wait|^$"),
    "server_lifetime": ("age of a server connection", r"connection_age|^$"),
}
NATS = {
    "max_connections": ("client connections", r"connections"),
    "timeout": ("how long a log-in may take", r"login\.timeout"),
    "max_payload": ("largest message", r"^$"),
    "ping_interval": ("how often a client is asked", r"^$"),
}
SSHD = {
    "MaxStartups": ("connections that have not logged in", r"login|admission|^$"),
    "LoginGraceTime": ("how long a log-in may take", r"login"),
}
GRPC = {
    "timeout": ("deadline of a call", r"timeout|deadline"),
    "maxAttempts": ("tries of a call", r"retry"),
    "initialBackoff": ("wait before the second try", r"retry"),
}
TABLES = {
    "Kubernetes": KUBERNETES, "HAProxy": HAPROXY, "nginx": NGINX, "Envoy": ENVOY, "mesh or gateway": MESH,
    "settings": SETTINGS, "NATS": NATS, "sshd": SSHD, "gRPC": GRPC,
}  # fmt: skip
SOURCES = {
    "Kubernetes": "kubernetes.io, API reference; argo-rollouts.readthedocs.io",
    "HAProxy": "docs.haproxy.org, configuration manual",
    "nginx": "nginx.org, modules reference",
    "Envoy": "envoyproxy.io, v3 API reference",
    "mesh or gateway": "istio.io, configuration reference; gateway-api.sigs.k8s.io",
    "settings": "pgbouncer.org/config, postgresql.org, dev.mysql.com, redis.conf's own comments",
    "NATS": "docs.nats.io, configuration",
    "sshd": "man.openbsd.org/sshd_config",
    "gRPC": "grpc.io, service config",
    "Terraform plan": "developer.hashicorp.com, JSON output format",
    "CloudFormation": "docs.aws.amazon.com, template anatomy and resource types",
    "change set": "docs.aws.amazon.com, CloudFormation API reference (DescribeChangeSet)",
    "ECS and Auto Scaling": "docs.aws.amazon.com, API references of ECS, Application and EC2 Auto Scaling",
    "to be rendered": "compose-spec.io; helm.sh, chart files",
}
_SIZED = {
    "AWS::AutoScaling::AutoScalingGroup": ("DesiredCapacity", "MinSize", "MaxSize"),
    "AWS::ECS::Service": ("DesiredCount",),
    "AWS::ApplicationAutoScaling::ScalableTarget": ("MinCapacity", "MaxCapacity"),
    "AWS::Lambda::Function": ("ReservedConcurrentExecutions",),
}


_SERVICES = (
    ("serviceName", ("desiredCount",)),
    ("ResourceId", ("MinCapacity", "MaxCapacity")),
    ("AutoScalingGroupName", ("DesiredCapacity", "MinSize", "MaxSize")),
)


@dataclass(frozen=True)
class Limit:
    """One documented setting of a file: its line, key, value and the vendor's words for it."""

    line: int
    key: str
    value: str
    words: str
    means: str


class _Loader(yaml.SafeLoader):
    """Reads templates: what `!Ref x` means is left as text."""


def _left(_loader: object, tag: str, _node: object) -> str:
    return f"!{tag}"


_Loader.add_multi_constructor("!", _left)


def limits(kind: str, text: str, *, only: str = "") -> Iterator[Limit]:
    """Yield the documented settings of a file; of manifests those of the workload `only`, as kind/name."""
    table = TABLES[kind]
    if kind in {"Kubernetes", "Envoy", "mesh or gateway", "gRPC"}:
        yield from _of_trees(table, text, only)
        return
    names = "|".join(re.escape(key).replace(r"\ ", r"\s+") for key in sorted(table, key=len, reverse=True))
    stated = re.compile(rf"(?:^|[\s;{{])({names})[\s:=]+[\"']?(\w[\w.:%-]*)")
    for number, row in enumerate(text.splitlines(), start=1):
        line = row.split("#")[0].split(";")[0] if kind == "settings" else row.split("#")[0]
        if line.split()[:1] == ["stats"]:  # HAProxy's own socket
            continue
        for found in stated.finditer(line):
            key = " ".join(found[1].split())
            yield Limit(number, key, found[2], *table[key])


def _of_trees(table: dict[str, tuple[str, str]], text: str, only: str) -> Iterator[Limit]:
    for document in yaml.compose_all(text, Loader=yaml.SafeLoader):
        parts = [document]
        if isinstance(document, yaml.MappingNode) and only:
            parts = [one for one in _objects(document) if _name(one) == only]
        for part in parts:
            yield from _walk(table, part, inside=not only)


def _objects(node: yaml.MappingNode) -> Iterator[yaml.MappingNode]:
    items = next((value for key, value in node.value if key.value == "items"), None)
    yield from (items.value if isinstance(items, yaml.SequenceNode) else [node])


def _name(node: yaml.Node) -> str:
    found = yaml.SafeLoader.construct_document(yaml.SafeLoader(""), node)
    if not isinstance(found, dict):
        return ""
    return f"{found.get('kind')}/{(found.get('metadata') or {}).get('name')}"


def _walk(table: dict[str, tuple[str, str]], node: yaml.Node | None, *, inside: bool) -> Iterator[Limit]:
    if isinstance(node, yaml.SequenceNode):
        for one in node.value:
            yield from _walk(table, one, inside=inside)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = inside or key.value == "spec"
            if (
                below
                and key.value in table
                and isinstance(value, yaml.ScalarNode)
                and value.value[:1].isdigit()
            ):
                yield Limit(key.start_mark.line + 1, key.value, value.value, *table[key.value])
            elif key.value not in {"env", "command", "args", "metadata", "httpGet", "headers"}:
                yield from _walk(table, value, inside=below)


def calls(text: str) -> Iterator[tuple[int, int]]:
    """Yield the first and last line of each entry of a gRPC service config that tries again or gives up."""
    document = yaml.compose(text, Loader=yaml.SafeLoader)
    entries = next((value for key, value in document.value if key.value == "methodConfig"), None)
    for one in entries.value if entries is not None else []:
        if {"timeout", "retryPolicy"} & {key.value for key, _ in one.value}:
            yield one.start_mark.line + 1, one.end_mark.line + 1


def of_plan(text: str) -> tuple[int, int]:
    """Return how many managed resources a plan changes, and how many it replaces."""
    document = json.loads(text[text.index("{") :])
    changes = [one for one in document.get("resource_changes") or [] if one.get("mode") == "managed"]
    actions = [set(one["change"]["actions"]) for one in changes]
    changing = [one for one in actions if one & {"create", "update", "delete", "forget"}]
    return len(changing), sum({"create", "delete"} <= one for one in changing)


def of_template(text: str) -> tuple[int, list[str]]:
    """Return how many resources a template states, and the names of those that state a size."""
    document = yaml.load(text, Loader=_Loader)  # noqa: S506  a SafeLoader that leaves tags
    resources = document.get("Resources") or {}
    sized = [
        name
        for name, one in resources.items()
        if any(key in (one.get("Properties") or {}) for key in _SIZED.get(one.get("Type"), ()))
    ]
    return len(resources), sized


def of_change_set(text: str) -> int:
    """Return how many resources a change set changes."""
    return sum(one.get("Type", "Resource") == "Resource" for one in json.loads(text).get("Changes") or [])


def of_services(text: str) -> Iterator[tuple[str, int]]:
    """Yield the greatest size of each service, target and group that an answer of AWS states, by its name."""
    stack = [json.loads(text)]
    while stack:
        here = stack.pop()
        stack += here.values() if isinstance(here, dict) else here if isinstance(here, list) else []
        for name, keys in _SERVICES if isinstance(here, dict) else ():
            stated = {**here, **(here.get("ScalableTargetAction") or {})} if name in here else {}
            sizes = [stated[key] for key in keys if isinstance(stated.get(key), int)]
            if sizes:
                yield str(here[name]).rpartition("/")[2], max(sizes)
