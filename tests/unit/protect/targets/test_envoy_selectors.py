"""A limit of Envoy belongs to its priority, route, listener and cluster: taken where it holds for all."""

from __future__ import annotations

import json

import pytest

import protected_world as sample
from tidegate.protect.adopted import Subjects
from tidegate.protect.targets import vendors

AT = "crossings.edge.admission."
TYPE = "type.googleapis.com/envoy.extensions.filters.network."


def manager(*routes, policy=None):
    """Return the filter that hands requests on."""
    hosts = [{"name": "all", "routes": list(routes), **({"retry_policy": policy} if policy else {})}]
    return {
        "typed_config": {
            "@type": TYPE + "http_connection_manager.v3.H",
            "route_config": {"virtual_hosts": hosts},
        }
    }


def route(prefix="/", **action):
    """Return a route."""
    return {"match": {"prefix": prefix}, "route": {"cluster": "app", **action}}


def listener(name, *filters, **chain):
    """Return a listener with one chain."""
    return {"name": name, "filter_chains": [{"filters": list(filters), **chain}]}


def bootstrap(*listeners, clusters=()):
    """Return a whole file."""
    plain = [{"name": "app", "load_assignment": {}}]
    return json.dumps(
        {"static_resources": {"listeners": list(listeners), "clusters": list(clusters) or plain}}
    )


def camel(text):
    """Return a text whose names are spelt as JSON for protocol buffers has them."""
    for name in (
        "static_resources",
        "filter_chains",
        "typed_config",
        "max_connections",
        "route_config",
        "virtual_hosts",
    ):
        first, *rest = name.split("_")
        text = text.replace(f'"{name}"', f'"{first}{"".join(map(str.capitalize, rest))}"')
    return text


LIMIT = {"typed_config": {"@type": TYPE + "connection_limit.v3.ConnectionLimit", "max_connections": 300}}
IN = listener("in", LIMIT, manager(route()))
DUMP = {
    "configs": [
        {
            "@type": "type.googleapis.com/envoy.admin.v3.ListenersConfigDump",
            "static_listeners": [{"listener": IN}],
        }
    ]
}
TAKEN = {
    "the only listener": bootstrap(IN),
    "in camelCase": camel(bootstrap(IN)),
    "a dump of the running configuration": json.dumps(DUMP, indent=1),
}
TOLD = {
    "one of two listeners": (bootstrap(IN, listener("ssh", manager(route()))), "listener in only, one of 2"),
    "a chain that chooses": (
        bootstrap(
            listener("in", LIMIT, manager(route()), filter_chain_match={"server_names": ["a.example"]})
        ),
        "filter_chain_match",
    ),
    "priority": (
        bootstrap(
            clusters=[
                {
                    "name": "app",
                    "load_assignment": {},
                    "circuit_breakers": {"thresholds": [{"priority": "HIGH", "max_connections": 5}]},
                }
            ]
        ),
        "priority HIGH only",
    ),
    "a cluster that is no service": (
        bootstrap(
            clusters=[
                {"name": "app", "load_assignment": {}},
                {"name": "audit", "circuit_breakers": {"thresholds": [{"max_connections": 1}]}},
            ]
        ),
        "cluster audit only, one of 2",
    ),
    "ejection": (bootstrap(clusters=[{"name": "app", "outlier_detection": {}}]), "takes an instance out"),
    "pending": (
        bootstrap(
            clusters=[{"name": "app", "circuit_breakers": {"thresholds": [{"max_pending_requests": 5}]}}]
        ),
        "wait for a connection",
    ),
    "connecting": (bootstrap(clusters=[{"name": "app", "connect_timeout": "1s"}]), "reach an instance"),
}


def read(text, **named):
    return vendors.guessed(text, "deployed").read(
        text, "deployed", Subjects(world=sample.world().world, **named)
    )


@pytest.mark.parametrize("name", TAKEN)
def test_a_limit_on_all_is_taken_over(name):
    """In each of the spellings in which Envoy takes or shows it."""
    assert {AT + "concurrent": 300, AT + "on_excess": "reset"} == read(TAKEN[name]).overlay()


@pytest.mark.parametrize("name", TOLD)
def test_a_limit_on_a_part_is_told(name):
    """It becomes no value of the world, and its line is listed with the reason."""
    text, why = TOLD[name]
    adopted = read(text)
    assert {} == adopted.overlay()
    assert any(why in one.why for one in adopted.ignored), adopted.ignored


def retries(*routes, policy=None):
    """Return the attempts that are taken over, and what is told."""
    adopted = read(bootstrap(listener("in", manager(*routes, policy=policy))), clients="workers")
    return adopted.overlay().get("clients.workers.retry.layers.0.attempts"), [
        one.words for one in adopted.ignored
    ]


def test_the_route_for_everything_else_is_the_policy():
    """Those for a part are told with their retries."""
    many, few = {"num_retries": 10}, {"num_retries": 2}
    attempts, told = retries(route("/slow", retry_policy=many), route(retry_policy=few))
    assert 3 == attempts
    assert any("10 retries" in words for words in told)


def test_without_such_a_route_it_is_the_one_that_tries_again_most():
    """Nothing else would be cautious."""
    attempts, _ = retries(
        route("/a", retry_policy={"num_retries": 1}), route("/b", retry_policy={"num_retries": 4})
    )
    assert 5 == attempts


def test_a_virtual_hosts_policy_is_that_of_routes_without_one():
    """And is told where every route has its own."""
    assert 4 == retries(route(), policy={"num_retries": 3})[0]
    attempts, told = retries(route(retry_policy={"num_retries": 1}), policy={"num_retries": 3})
    assert 2 == attempts
    assert "retry_policy: num_retries 3" in told


def of_routes(*routes):
    """Return what a proxy beside the workers says, and what is told."""
    adopted = read(bootstrap(listener("in", manager(*routes))), clients="workers")
    return adopted.overlay(), {one.words: one.why for one in adopted.ignored}


def test_what_envoy_does_unasked_counts():
    """A route that states no time-out has one of 15 s; one of nought has none; no retries are none."""
    overlay, told = of_routes(route())
    assert ({}, True) == (overlay, "not longer" in told["no timeout"])
    overlay, _ = of_routes(route(retry_policy={"num_retries": 2}))
    assert 15.0 == overlay["clients.workers.retry.layers.0.deadline"]
    overlay, told = of_routes(route(timeout="0s", retry_policy={"num_retries": 0}))
    assert {} == overlay
    assert "no time-out" in told["timeout: 0s"]
    assert "the clients' own retries stay" in told["num_retries: 0"]


def test_a_route_for_everything_else_that_says_nothing_is_the_policy_too():
    """What a part is tried again, the rest is not."""
    overlay, told = of_routes(route("/slow", retry_policy={"num_retries": 9}), route())
    assert {} == overlay
    assert {"timeout 15s, 9 retries", "no timeout"} <= set(told)


@pytest.mark.parametrize("found", [{"type": "ORIGINAL_DST"}, {"cluster_type": {"name": "envoy.clusters.x"}}])
def test_a_cluster_of_any_kind_has_envoys_own_limits(found):
    """Also one that finds its instances in the requests themselves."""
    adopted = read(bootstrap(clusters=[{"name": "app", "lb_policy": "CLUSTER_PROVIDED", **found}]))
    assert any("1,024 connections" in one.why for one in adopted.ignored)


@pytest.mark.parametrize("kind", ["connection_limit.v3.ConnectionLimit", "local_ratelimit.v3.LocalRateLimit"])
def test_a_filter_that_is_switched_off_limits_nothing(kind):
    """It is told: the runtime may switch it on."""
    bucket = {"max_tokens": 9, "fill_interval": "1s"}
    off = {"@type": TYPE + kind, "max_connections": 9, "token_bucket": bucket,
           "runtime_enabled": {"default_value": False}}  # fmt: skip
    adopted = read(bootstrap(listener("in", {"typed_config": off}, manager(route()))))
    assert {} == adopted.overlay()
    assert any("switched off" in one.why for one in adopted.ignored)
