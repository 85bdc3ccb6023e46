"""Configurations as people write them: what is taken over, what is left out and why, each fault's line."""

from __future__ import annotations

import pytest

import deployed_pools
import protected_world as sample
from tidegate.errors import InputError
from tidegate.protect.adopted import Subjects
from tidegate.protect.targets import vendors

AT = "crossings.edge.admission."
LAYER = "clients.workers.retry.layers.0."
NFT = """\
flush ruleset
define most = 180/second
table ip filter {
	set seen { type ipv4_addr; flags dynamic; }
	chain forward {
		type filter hook forward priority 0; policy drop;
		ct state established,related accept
		ct state new meter flood { ip saddr limit rate over 6/minute } drop
		ct state new limit rate over 1000/second log prefix "x; {y}"
		ct state new ct count over 400 reject with tcp reset
		tcp flags & (fin|syn|rst|ack) == syn limit rate $most burst 20 packets accept
		limit rate 10 mbytes/second accept
	}
}
"""
HAPROXY = """\
global
  maxconn 20000
  maxsslrate 50
defaults
  timeout client 1m
frontend web
  bind :80
  rate-limit sessions 90
  stick-table type ip size 1m expire 30s store gpc0,conn_rate(10s)
  tcp-request connection track-sc0 src
  tcp-request connection reject if { sc0_conn_rate gt 50 }
  tcp-request connection reject if { src -f blocked.lst }
backend app
  server a 10.0.0.1:80 check maxconn 30 maxqueue 5
  server b 10.0.0.2:80 check maxconn 30 maxqueue 5
"""
ENVOY = """\
static_resources:
  listeners:
  - name: ingress
    filter_chains:
    - filters:
      - name: l4
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit
          max_connections: 300
      - name: http
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit
  clusters:
  - name: app
    circuit_breakers: {thresholds: [{priority: DEFAULT, max_connections: 800}]}
"""
NGINX = """\
http {
  limit_req_zone $binary_remote_addr zone=r:1m rate=5r/s;
  limit_conn_zone $binary_remote_addr zone=s:1m;
  limit_conn_zone "$server_name" zone=all:1m;
  upstream app { server 10.0.0.1 max_conns=9; }
  upstream pool { zone pool 64k; server 10.0.0.1 max_conns=70; }
  server { limit_req zone=r burst=5; limit_conn s 10; limit_conn all 900; proxy_pass http://pool; }
}
"""
PGBOUNCER = """\
[databases]
orders = host=10.2.0.5 port=5432 pool_size=900 reserve_pool=100
"other" = host=10.9.0.1
ledger = host='10.2.0.6' max_db_connections=30

[pgbouncer]
pool_mode = session
max_client_conn = 1100
query_wait_timeout = 5
max_db_connections = 800
server_connect_timeout = 3
%include users.ini
"""
HPA = """\
apiVersion: v1
kind: Service
metadata: {name: api}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: api, namespace: prod}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}
  maxReplicas: 20
  behavior:
    scaleUp:
      tolerance: 50m
      policies: [{type: Percent, value: 50, periodSeconds: 60}, {type: Pods, value: 2, periodSeconds: 60}]
"""
GRPC = """\
{"methodConfig": [
  {"name": [{"service": "a.B"}], "timeout": "9s"},
  {"name": [{}], "timeout": "2s", "retryPolicy": {"maxAttempts": 9, "initialBackoff": "0.1s",
   "maxBackoff": "1s", "backoffMultiplier": 1, "retryableStatusCodes": ["UNAVAILABLE"]}}]}
"""
AWS = """\
[profile batch]
max_attempts = 9
[default]
region = eu-central-1
retry_mode = adaptive
s3 =
  max_concurrent_requests = 20
  max_attempts = nonsense
"""
READ = {
    "nftables": (
        NFT,
        {
            AT + "rate": 180.0, AT + "burst": 20, AT + "on_excess": "drop",
            AT + "per_source": 0.1, AT + "per_source_burst": 5, AT + "concurrent": 400,
        },
        {9: "lets the excess pass", 10: "one for all", 11: "one for all", 12: "new flows"},
    ),
    "haproxy": (
        HAPROXY,
        {
            AT + "concurrent": 20000, AT + "rate": 90.0, AT + "on_excess": "drop", AT + "per_source": 5.0,
            AT + "per_source_burst": 50, "services.api.connections": 60, "services.api.queue": 20,
            "services.api.queue_when_full": "visible", "services.api.connections_when_full": "backlog",
        },
        {3: "TLS", 5: "time-out of HAProxy itself", 12: "no rate of connections"},
    ),
    "envoy": (
        ENVOY,
        {
            AT + "concurrent": 300, AT + "on_excess": "reset",
            "services.api.connections": 400, "services.api.connections_when_full": "refuse",
        },
        {11: "requests, not new flows"},
    ),
    "nginx": (
        NGINX,
        {
            AT + "concurrent": 900, AT + "on_excess": "reset",
            "services.api.connections": 140, "services.api.connections_when_full": "refuse",
        },
        {5: "each worker process", 7: "one source"},
    ),
    "pgbouncer": (
        PGBOUNCER,
        {
            "services.orders.connections": 4800, "services.pooler.connections": 1100,
            "services.pooler.connections_when_full": "refuse", "services.ledger.connections": 30,
            "services.ledger.connections_when_full": "backlog",
        },
        {3: "no service of the world", 7: "how long a connection stays", 9: "how long a query waits",
         11: "--client", 12: "another file"},
    ),
    "kubernetes": (
        HPA,
        {
            "services.api.autoscaler.least": 1, "services.api.autoscaler.most": 20,
            "services.api.autoscaler.step": 0.5, "services.api.autoscaler.step_instances": 2,
            "services.api.autoscaler.step_period": 60.0, "services.api.autoscaler.interval": 15.0,
            "services.api.autoscaler.tolerance": 0.05,
        },
        {},
    ),
    "grpc": (
        GRPC,
        {
            LAYER + "attempts": 5, LAYER + "base": 0.1, LAYER + "backoff": "constant", LAYER + "cap": 1.0,
            LAYER + "jitter": "spread", LAYER + "jitter_width": 0.2, LAYER + "deadline": 2.0,
        },
        {2: "single methods", 3: "takes more than 5 as 5"},
    ),
    "aws": (AWS, {"clients.workers.retry": {"name": "botocore-standard"}},
            {2: "one profile", 5: "a rate that the client keeps", 7: "transfers of one service"}),
}  # fmt: skip
BROKEN = {
    "nftables": (
        (
            "table ip t {\n chain c {\n  ct state new limit rate over 5/fortnight drop\n"
            "  ct state new ct count over many drop\n  ct state new limit rate over $x drop\n"
        ),
        {1: "never closed", 2: "never closed", 3: "states no rate", 4: "states no number", 5: "not defined"},
    ),
    "haproxy": (
        (
            "maxconn 5\nglobal\n maxconn many\nfrontend f\n rate-limit sessions\n"
            " tcp-request connection reject if { src_conn_rate(t) gt 5 }\n log 'x\n"
        ),
        {
            1: "before any section",
            3: "no whole number",
            5: "no whole number",
            6: "no rate",
            7: "without an end",
        },
    ),
    "envoy": (
        (
            'a:\n  "@type": x.filters.network.local_ratelimit.v3.L\n  token_bucket:\n    max_tokens: x\n'
            "    fill_interval: 50ms\n"
        ),
        {4: "max_tokens is no whole number", 5: "fill_interval is no duration"},
    ),
    "nginx": (
        "stream {\n limit_conn all 5;\n upstream u { zone u 1m; server a max_conns=x; }\n listen 5\n}\n}\n",
        {2: "zone that is not defined", 3: "no number", 4: "no semicolon", 6: "never opened"},
    ),
    "pgbouncer": (
        (
            "max_client_conn = 5\n[databasez]\n[pgbouncer]\nmax_client_conn = many\nnonsense\n"
            "server_connect_timeout = soon\n[databases]\norders = pool_size=x\n"
        ),
        {
            1: "no setting of a section",
            2: "is no section",
            4: "no whole number",
            5: "no setting",
            6: "no number of seconds",
            8: "no whole number",
        },
    ),
    "kubernetes": (
        (
            "---\nkind: HorizontalPodAutoscaler\napiVersion: autoscaling/v2\nspec:\n"
            "  scaleTargetRef: {name: api}\n"
            "  minReplicas: x\n---\nkind: HorizontalPodAutoscaler\napiVersion: autoscaling/v2\nspec:\n"
            "  scaleTargetRef: {name: api}\n  maxReplicas: 5\n  behavior:\n    scaleUp:\n"
            "      policies: [{type: Podz, value: 1}]\n"
        ),
        {4: "maxReplicas", 6: "minReplicas", 15: "no kind of policy"},
    ),
    "grpc": (
        (
            '{"methodConfig": [{"name": [{}],\n "retryPolicy": {"maxAttempts": 1, "initialBackoff": "1",\n'
            ' "backoffMultiplier": 2,\n "retriableStatusCodes": []}}],\n'
            ' "retryThrottling": {"maxTokens": 2000,\n "tokenRatio": 0.1}}'
        ),
        {2: "maxAttempts is no number", 4: "no name of a service config", 5: "maxTokens is no number"},
    ),
    "aws": (
        "[default]\nretry_mode = standart\nmax_attempts = 0\nnonsense\n",
        {2: "is no retry mode", 3: "no number of attempts", 4: "is no setting"},
    ),
}
READ |= deployed_pools.READ
BROKEN |= deployed_pools.BROKEN


def read(target, text, **named):
    return vendors.named(target).read(
        text, "deployed", Subjects(world=sample.world_of(target).world, **named)
    )


@sample.EACH_TARGET
def test_what_people_write_is_understood(target):
    """Limits written by hand become values of the world, the strictest where several stand."""
    text, values, _ = READ[target]
    assert values == read(target, text).overlay()


@sample.EACH_TARGET
def test_what_a_world_cannot_say_is_named(target):
    """What limits something else is listed with its line and the reason."""
    text, _, ignored = READ[target]
    found = {one.place.line: one.why for one in read(target, text).ignored}
    assert set(ignored) == set(found)
    for line, why in ignored.items():
        assert why in found[line]


@sample.EACH_TARGET
def test_every_fault_is_told_at_once_with_its_line(target):
    """A broken configuration is refused with all of its faults."""
    text, wanted = BROKEN[target]
    with pytest.raises(InputError) as caught:
        read(target, text)
    lines = [fault.place.line for fault in caught.value.faults]
    assert sorted(lines) == lines
    told = [(fault.place.line, fault.what) for fault in caught.value.faults]
    for line, words in wanted.items():
        assert any(words in what for number, what in told if number == line), (line, words, told)


def test_the_subject_is_asked_for_where_there_are_several():
    """With two crossings, a configuration that names none needs --crossing."""
    text = sample.TEXT.replace("services:", "  other: {between: [inside, outside]}\nservices:", 1)
    world = sample.world(text).world
    rules = "table ip t {\n chain c {\n  ct state new limit rate over 5/second drop\n }\n}\n"
    target = vendors.named("nftables")
    with pytest.raises(InputError, match="--crossing NAME, one of edge, other"):
        target.read(rules, "x", Subjects(world=world))
    found = target.read(rules, "x", Subjects(world=world, crossing="other")).overlay()
    assert 5.0 == found["crossings.other.admission.rate"]


def test_a_subject_that_does_not_exist_is_refused():
    """A mistyped crossing is told with the nearest name."""
    with pytest.raises(InputError, match="did you mean edge"):
        Subjects(world=sample.world().world, crossing="egde")


def test_kernel_settings_become_the_flow_table():
    """sysctl settings are read as the flow table and its timers; the others are left out."""
    text = (
        "net.ipv4.ip_forward = 1\n"
        "net.netfilter.nf_conntrack_max = 262144\n"
        "net/netfilter/nf_conntrack_tcp_timeout_established=3600\n"
    )
    adopted = read("nftables", text)
    assert {
        "crossings.edge.table.entries": 262144,
        "crossings.edge.table.idle_timeout": 3600,
    } == adopted.overlay()
    assert [1] == [one.place.line for one in adopted.ignored]


def test_a_kernel_setting_that_is_no_number_is_told():
    """A timer without a number is a fault with its line."""
    with pytest.raises(InputError, match=r"deployed:1: .*whole number"):
        read("nftables", "net.netfilter.nf_conntrack_max = many\n")
