"""Large files of each kind that is read, made to a size: what people have, and what is meant to hurt."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator

MB = 1024 * 1024


def _filled(size: int, head: str, part: Callable[[int], str], tail: str = "", join: str = "") -> str:
    parts, length = [head], len(head) + len(tail)
    for number in itertools.count():
        text = (join if number else "") + part(number)
        length += len(text)
        if length > size:
            return "".join([*parts, tail])
        parts.append(text)
    raise AssertionError


def _plan(size: int) -> str:
    def one(n: int) -> str:
        sides = [
            {"desired_capacity": 4, "tags": {"a": "b" * 40}, "ingress": [{"port": p} for p in range(20)]}
            for _ in range(2)
        ]
        sides[1]["desired_capacity"] = 4 + n % 2
        change = {
            "actions": ["update"],
            "before": sides[0],
            "after": sides[1],
            "after_unknown": {"arn": True},
        }
        return json.dumps(
            {
                "address": f"aws_autoscaling_group.g{n}",
                "mode": "managed",
                "type": "aws_autoscaling_group",
                "change": change,
            }
        )

    return _filled(size, '{"format_version": "1.2", "resource_changes": [', one, "]}", ",")


def _object(n: int) -> dict[str, object]:
    env = [{"name": f"SETTING_{k}", "value": str(k)} for k in range(10)]
    spec = {"containers": [{"name": "a", "image": "a:1", "env": env}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": f"d{n}"},
        "spec": {"replicas": 3, "template": {"spec": spec}},
    }


def _list(size: int) -> str:
    head = '{"apiVersion": "v1", "kind": "List", "items": [\n'
    return _filled(size, head, lambda n: json.dumps(_object(n)), "]}", ",\n")


def _cluster(size: int) -> str:
    """What `kubectl get -o json` prints: mostly what the cluster reports."""
    owned = {f"f:part{k}": {"f:a": {}, "f:b": {".": {}, "f:c": {}}} for k in range(30)}
    told = [{"type": f"T{k}", "status": "True", "since": "2024-01-01T00:00:00Z"} for k in range(20)]

    def one(n: int) -> str:
        found = _object(n)
        found["metadata"] = {"name": f"d{n}", "managedFields": [{"manager": "m", "fieldsV1": owned}]}
        return json.dumps(found | {"status": {"conditions": told, "replicas": 3}}, indent=1)

    return _filled(size, '{"apiVersion": "v1", "kind": "List", "items": [\n', one, "]}", ",\n")


def _documents(size: int) -> str:
    return _filled(size, "", lambda n: f"---\n{json.dumps(_object(n))}\n")


def _laughs(_: int) -> str:
    rows = ["kind: &a [x,x,x,x,x,x,x,x,x]"]
    rows += [f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]" for a, b in itertools.pairwise("abcdefghi")]
    return "apiVersion: v1\n" + "\n".join(rows) + "\n"


def _lines(head: str, line: str, tail: str = "") -> Callable[[int], str]:
    return lambda size: _filled(size, head, lambda n: line.replace("%", str(n)) + "\n", tail)


def _nft_json(size: int) -> str:
    def rule(n: int) -> str:
        match = {
            "match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": n}
        }
        limit = {"limit": {"rate": 10, "per": "second", "burst": 5}}
        return json.dumps(
            {
                "rule": {
                    "family": "inet",
                    "table": "t",
                    "chain": "c",
                    "handle": n,
                    "expr": [match, limit, {"accept": None}],
                }
            }
        )

    chain = {
        "family": "inet",
        "table": "t",
        "name": "c",
        "type": "filter",
        "hook": "forward",
        "prio": 0,
        "policy": "accept",
    }
    head = '{"nftables": [{"table": {"family": "inet", "name": "t"}},' + json.dumps({"chain": chain}) + ","
    return _filled(size, head, rule, "]}", ",")


def _envoy(size: int) -> str:
    def cluster(n: int) -> str:
        breakers = {"thresholds": [{"max_connections": 100, "max_retries": 3}]}
        ends = [{"endpoint": {"address": {"socket_address": {"address": "10.0.0.1", "port_value": 80}}}}] * 4
        return json.dumps(
            {
                "version_info": "1",
                "cluster": {
                    "name": f"c{n}",
                    "connect_timeout": "1s",
                    "circuit_breakers": breakers,
                    "load_assignment": {"cluster_name": f"c{n}", "endpoints": [{"lb_endpoints": ends}]},
                },
            }
        )

    head = '{"configs": [{"@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump", '
    return _filled(size, head + '"static_clusters": [', cluster, "]}]}", ",\n")


def _mesh(size: int) -> str:
    """What a sidecar's admin interface prints: mostly whom it leads to, and with which keys."""
    ends = [{"endpoint": {"address": {"socket_address": {"address": "10.0.0.1", "port_value": 80}}}}] * 10
    keys = {"name": "tls", "typed_config": {"sds": [{"name": f"s{k}", "path": "/x"} for k in range(20)]}}

    def cluster(n: int) -> str:
        return json.dumps(
            {
                "version_info": "1",
                "cluster": {
                    "name": f"c{n}",
                    "connect_timeout": "1s",
                    "circuit_breakers": {"thresholds": [{"max_connections": 100, "max_retries": 3}]},
                    "transport_socket": keys,
                    "metadata": {"filter_metadata": {"istio": {"services": ends}}},
                    "load_assignment": {"cluster_name": f"c{n}", "endpoints": [{"lb_endpoints": ends}]},
                },
            }
        )

    head = '{"configs": [{"@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump", '
    return _filled(size, head + '"dynamic_active_clusters": [', cluster, "]}]}", ",\n")


def _template(size: int) -> str:
    resource = (
        "  R%: {Type: 'AWS::ECS::Service', Properties: {DesiredCount: !Ref Many, Cluster: !Sub '${A}'}}"
    )
    return _lines("Resources:\n", resource)(size)


def _services(size: int) -> str:
    one = '{"serviceName": "s%", "clusterArn": "a/prod", "desiredCount": 3, "runningCount": 2}'
    return _filled(size, '{"services": [', lambda n: one.replace("%", str(n)), '], "failures": []}', ",\n")


def _change_set(size: int) -> str:
    def one(n: int) -> str:
        target = {
            "Attribute": "Properties",
            "Name": "DesiredCount",
            "BeforeValue": "1",
            "AfterValue": "2",
            "Path": "/Properties/DesiredCount",
        }
        change = {
            "Action": "Modify",
            "LogicalResourceId": f"R{n}",
            "ResourceType": "AWS::ECS::Service",
            "Replacement": "False",
            "Details": [{"Target": target}],
        }
        return json.dumps({"Type": "Resource", "ResourceChange": change})

    return _filled(size, '{"ChangeSetName": "a", "Changes": [', one, "]}", ",\n")


def _grpc(size: int) -> str:
    def one(n: int) -> str:
        policy = {
            "maxAttempts": 3,
            "initialBackoff": "1s",
            "maxBackoff": "5s",
            "backoffMultiplier": 2,
            "retryableStatusCodes": ["UNAVAILABLE"],
        }
        return json.dumps({"name": [{"service": f"a.S{n}"}], "timeout": "2s", "retryPolicy": policy})

    return _filled(size, '{"methodConfig": [', one, "]}", ",\n")


_IPTABLES = "-A FORWARD -p tcp -m tcp --dport % -m limit --limit 10/sec --limit-burst 5 -j ACCEPT"
_SERVER = "  server { listen %; location / { proxy_pass http://c; proxy_connect_timeout 3s; } }"
LARGE: dict[str, tuple[str, str, float, Callable[[int], str]]] = {
    "Terraform plan": ("changes", "plan.json", 50, _plan),
    "CloudFormation template": ("changes", "stack.yaml", 1.7, _template),
    "CloudFormation change set": ("changes", "set.json", 10, _change_set),
    "ECS services": ("changes", "web.json", 10, _services),
    "Kubernetes List (JSON)": ("check", "list.json", 5, _list),
    "all of a cluster (JSON)": ("check", "cluster.json", 9, _cluster),
    "Kubernetes documents": ("check", "all.yaml", 9, _documents),
    "YAML, nested deeply": ("check", "deep.yaml", 9, lambda size: "kind: " + "[" * (size - 10)),
    "YAML, aliases of aliases": ("check", "laughs.yaml", 1, _laughs),
    "YAML, one long line": ("check", "line.yaml", 9, lambda size: "kind: " + "a" * (size - 10)),
    "environment file": ("check", "app.env", 2.2, _lines("", "SERVICE_%_DB_POOL_SIZE=5")),
    "environment file of URLs": (
        "check",
        "urls.env",
        9,
        _lines("", "S%_URL=postgres://db%.internal:5432/a?pool_size=3"),
    ),
    "properties, one long line": (
        "check",
        "a.properties",
        9,
        lambda size: "pool.size=" + "1 " * (size // 2 - 9),
    ),
    "application.yaml": (
        "check",
        "application.yaml",
        0.9,
        _lines("settings:\n", "  name_%: {pool: {size: 3}}"),
    ),
    "TOML": ("check", "app.toml", 0.95, _lines("", "name_%.pool_size = 3")),
    "sysctl": ("check", "99-sysctl.conf", 3.4, _lines("", "net.ipv4.conf.eth%.rp_filter = 1")),
    "pgbouncer.ini": (
        "check",
        "pgbouncer.ini",
        3.8,
        _lines("[databases]\n", "db% = host=h% port=5432 pool_size=5"),
    ),
    "postgresql.conf": (
        "check",
        "postgresql.conf",
        2.0,
        _lines("max_connections = 10\n", "custom.setting_% = 4"),
    ),
    "iptables-save": ("adopt", "rules.v4", 5, _lines("*filter\n:FORWARD ACCEPT [0:0]\n", _IPTABLES)),
    "nft -j": ("adopt", "ruleset.json", 2.0, _nft_json),
    "nft": (
        "adopt",
        "rules.nft",
        5,
        _lines(
            "table inet t {\n chain c {\n  type filter hook forward priority 0;\n",
            "  tcp dport % limit rate 10/second burst 5 packets accept",
            " }\n}\n",
        ),
    ),
    "nginx -T": (
        "adopt",
        "nginx.conf",
        5,
        _lines("# configuration file /etc/nginx/nginx.conf:\nevents {}\nhttp {\n", _SERVER, "}\n"),
    ),
    "HAProxy": (
        "adopt",
        "haproxy.cfg",
        5,
        _lines("global\n maxconn 9\n", "backend b%\n server s 10.0.0.1:80 maxconn 5"),
    ),
    "Envoy config dump of a mesh": ("adopt", "mesh.json", 5, _mesh),
    "Envoy config dump": ("adopt", "dump.json", 1.5, _envoy),
    "gRPC service config": ("adopt", "grpc.json", 1.6, _grpc),
    "AWS config": (
        "adopt",
        "config",
        5,
        _lines("[default]\nmax_attempts = 3\n", "[profile p%]\nmax_attempts = 4"),
    ),
    "sshd_config": (
        "adopt",
        "sshd_config",
        5,
        _lines("MaxStartups 10:30:100\n", "Match User u%\n  PermitRootLogin no"),
    ),
    "NATS": (
        "adopt",
        "nats.conf",
        5,
        _lines("max_connections: 5\n", "authorization { users = [{user: u%}] }"),
    ),
    "Python with SQLAlchemy": (
        "adopt",
        "db.py",
        0.95,
        _lines("", "e% = create_engine(url, pool_size=5, max_overflow=%)"),
    ),
    "Node with pg": (
        "adopt",
        "db.js",
        5,
        _lines("", "const p% = new Pool({max: 5, connectionTimeoutMillis: 9})"),
    ),
    "HikariCP": ("adopt", "hikari.properties", 5, _lines("maximumPoolSize=5\n", "dataSource.prop%=1")),
}
"""By kind: how it is given, what it is called, its size in MB, and what makes it."""


def made(name: str, size: int | None = None) -> Iterator[str]:
    """Yield how a kind is given, what it is called and its text, of a size in bytes."""
    way, called, most, text = LARGE[name]
    yield from (way, called, text(size or int(most * MB)))
