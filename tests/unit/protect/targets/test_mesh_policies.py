"""Policies of meshes and gateways: time-outs and retries of the clients of the host that they name."""

from __future__ import annotations

import pytest

from tidegate.errors import CannotTellError, InputError
from tidegate.verbs.adopt import Adopt, adopt

WORLD = """\
name: shop
networks: {inside: {}, outside: {}}
crossings: {edge: {between: [inside, outside], forwarding: 2570/s}}
services:
  api: {network: outside, instances: 4, concurrency: 32}
  billing: {network: outside}
clients:
  workers: {network: inside, service: api, population: 600, demand: {kind: closed, think: 6s}, timeout: 500ms,
            connection: pool, pool: 10, retry: {layers: [{attempts: 4, base: 100ms, jitter: full}]}}
"""
DESTINATION = """\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: api}
spec:
  host: api.prod.svc.cluster.local
  trafficPolicy:
    connectionPool:
      tcp: {maxConnections: 100, connectTimeout: 250ms}
      http: {http1MaxPendingRequests: 50, maxRetries: 3, maxRequestsPerConnection: 10}
    outlierDetection: {consecutive5xxErrors: 5}
  subsets:
  - {name: v1, trafficPolicy: {connectionPool: {tcp: {maxConnections: 1}}}}
"""
VIRTUAL = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: api}
spec:
  hosts: [api]
  http:
  - match: [{uri: {prefix: /slow}}]
    timeout: 60s
    retries: {attempts: 10}
    route: [{destination: {host: api}}]
  - timeout: 2s
    retries: {attempts: 3, perTryTimeout: 400ms, retryOn: connect-failure}
    fault: {delay: {fixedDelay: 1s}}
    route: [{destination: {host: api}}]
"""
ROUTE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: api}
spec:
  rules:
  - matches: [{path: {type: Exact, value: /slow}}]
    timeouts: {request: 1m30s}
    backendRefs: [{name: api}]
  - timeouts: {request: 10s, backendRequest: 2s}
    retry: {attempts: 2, backoff: 100ms, codes: [503]}
    backendRefs: [{name: api, port: 80}]
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: api
  annotations: {retry.linkerd.io/http: 5xx, retry.linkerd.io/limit: "2", retry.linkerd.io/timeout: 300ms,
    timeout.linkerd.io/request: 3s, timeout.linkerd.io/response: 1s}
"""
PROFILE = """\
apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata: {name: api.prod.svc.cluster.local}
spec:
  routes:
  - {name: GET /, condition: {method: GET}, timeout: 25ms, isRetryable: true}
  retryBudget: {retryRatio: 0.2, minRetriesPerSecond: 10, ttl: 10s}
"""
LAYER = "clients.workers.retry.layers.0"


def read(text, world=WORLD, **more):
    asked = Adopt(world_text=world, world_source="w.yaml", text=text, source="p.yaml", **more)
    adopted = adopt(asked).adopted
    return {one.path: one.value for one in adopted.understood}, {one.words: one for one in adopted.ignored}


def test_a_destination_rule_limits_the_pool_of_its_hosts_clients():
    """Connections and time to connect; everything else that limits is told, with its line."""
    found, left_out = read(DESTINATION)
    assert {
        "clients.workers.pool": 100,
        "clients.workers.connect_timeout": 0.25,
        "clients.workers.timeout_clock": "send",
    } == found
    told = {"http1MaxPendingRequests: 50", "maxRetries: 3", "maxRequestsPerConnection: 10"}
    assert told | {"outlierDetection", "subset v1"} == set(left_out)
    assert 9 == left_out["maxRetries: 3"].place.line


def test_a_virtual_service_says_how_often_and_how_long():
    """Of all requests; the route of some is told, and so are failures made on purpose."""
    found, left_out = read(VIRTUAL)
    said = {"clients.workers.timeout": 0.4, f"{LAYER}.attempts": 4, f"{LAYER}.deadline": 2.0}
    assert said.items() <= found.items()
    assert (0.025, 0.25, "full") == (found[f"{LAYER}.base"], found[f"{LAYER}.cap"], found[f"{LAYER}.jitter"])
    assert {"route 1", "fault"} == set(left_out)


def test_istio_tries_twice_more_where_nothing_is_said():
    """Its own retries; with `attempts: 0` none."""
    said = "    retries: {attempts: 3, perTryTimeout: 400ms, retryOn: connect-failure}\n"
    silent = VIRTUAL.replace(said, "")
    assert 3 == read(silent)[0][f"{LAYER}.attempts"]
    none = VIRTUAL.replace("attempts: 3, perTryTimeout: 400ms", "attempts: 0")
    found, left_out = read(none)
    assert {"clients.workers.timeout": 2.0} == found
    assert "the clients' own retries stay" in left_out["retries: attempts 0"].why


def test_without_a_route_of_all_requests_the_one_that_tries_most_counts():
    """The worst that may come."""
    some = "  - match: [{uri: {prefix: /a}}]\n    timeout: 2s"
    found, left_out = read(VIRTUAL.replace("  - timeout: 2s", some))
    assert 11 == found[f"{LAYER}.attempts"]
    assert "route 2" in left_out


def test_a_route_of_the_gateway_api_is_read():
    """Time of a request, of an attempt, and retries."""
    found, left_out = read(ROUTE)
    said = {"clients.workers.timeout": 2.0, f"{LAYER}.attempts": 3, f"{LAYER}.base": 0.1}
    assert said.items() <= found.items()
    assert 10.0 == found[f"{LAYER}.deadline"]
    assert {"route 1"} == set(left_out)


def test_linkerds_annotations_are_read():
    """It tries again at once, once where no limit is said."""
    found, left_out = read(SERVICE)
    said = {"clients.workers.timeout": 0.3, f"{LAYER}.attempts": 3, f"{LAYER}.backoff": "none"}
    assert said.items() <= found.items()
    assert 3.0 == found[f"{LAYER}.deadline"]
    assert {"timeout.linkerd.io/response: 1s"} == set(left_out)
    assert 2 == read(SERVICE.replace('retry.linkerd.io/limit: "2", ', ""))[0][f"{LAYER}.attempts"]


def test_a_service_profile_says_its_time_out():
    """Its budget and what may be tried again are told."""
    found, left_out = read(PROFILE)
    assert {"clients.workers.timeout": 0.025} == found
    assert {"GET /: isRetryable", "retryBudget"} == set(left_out)


@pytest.mark.parametrize("text", [DESTINATION, VIRTUAL.replace("hosts: [api]", "hosts: [api.prod]"), PROFILE])
def test_a_policy_of_another_host_is_not_these_clients(text):
    """It is told for whom it is; clients that are named take it all the same."""
    other = text.replace("host: api", "host: search").replace("[api.prod]", "[search]")
    other = other.replace("name: api.", "name: search.")
    with pytest.raises(CannotTellError, match="no service of the world is called so"):
        read(other)
    assert read(other, clients="workers")[0]


def test_faults_are_named_with_their_lines():
    """A duration and a number that are none."""
    with pytest.raises(InputError) as caught:
        read(VIRTUAL.replace("timeout: 2s", "timeout: soon").replace("attempts: 3", "attempts: many"))
    assert {"soon", "many"} == {fault.value for fault in caught.value.faults}


@pytest.mark.parametrize(("gateways", "is_taken"), [("[ingress]", False), ("[ingress, mesh]", True)])
def test_a_virtual_service_of_a_gateway_is_none_of_the_mesh(gateways, is_taken):
    """Unless whose clients are meant is said."""
    text = VIRTUAL.replace("  hosts: [api]\n", f"  hosts: [api]\n  gateways: {gateways}\n")
    if is_taken:
        assert 4 == read(text)[0][f"{LAYER}.attempts"]
        return
    with pytest.raises(CannotTellError, match="holds for requests that come in there alone"):
        read(text)
    found, left_out = read(text, clients="workers")
    assert (4, True) == (found[f"{LAYER}.attempts"], "gateways: ingress" in left_out)
