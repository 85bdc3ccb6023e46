"""The catalogue: every entry has a source and date, and every tree is one the world file accepts."""

from __future__ import annotations

import re

import pytest

from tidegate.behaviour.layers import GiveUp, RetryState, guards_of
from tidegate.world.belief import BASES
from tidegate.world.catalogue.entries import (
    catalogue,
    devices,
    retry_policies,
    syn_schedules,
)
from tidegate.world.file.read import from_document
from tidegate.world.retry import RetryLayer


def world_with(*, retry="none", device=""):
    return from_document(
        {
            "networks": {"a": {}, "b": {}},
            "crossings": {"edge": {"between": ["a", "b"], "device": device}},
            "services": {"s": {"network": "b"}},
            "clients": {"c": {"network": "a", "service": "s", "retry": retry}},
        },
        "test",
    )


def quantities(tree):
    if isinstance(tree, dict):
        if "value" in tree:
            yield tree
        else:
            for part in tree.values():
                yield from quantities(part)


def test_every_entry_says_what_it_is_and_where_from():
    """Title, version, source, month and tag are there for each entry, and its name can be written."""
    for entry in catalogue():
        assert all((entry.title, entry.version, entry.source)), entry.name
        assert re.fullmatch(r"20\d\d-[01]\d", entry.read_on), entry.name
        assert entry.tag in {"read", "measured", "recalled", "derived"}, entry.name
        assert re.fullmatch(r"[a-z0-9.-]+", entry.name)


def test_names_are_used_once_a_kind():
    """No entry hides another."""
    names = [(entry.kind, entry.name) for entry in catalogue()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", sorted(retry_policies()))
def test_every_behaviour_is_a_retry_policy(name):
    """The reader takes every behaviour by name, with as many layers as its tree has."""
    policy = world_with(retry=name).world.clients["c"].retry
    assert name == policy.name
    assert len(retry_policies()[name]["layers"]) == len(policy.layers)


@pytest.mark.parametrize("name", sorted(devices()))
def test_every_device_fills_a_crossing(name):
    """The reader takes every device; each of its quantities becomes an estimate with its range."""
    file = world_with(device=name)
    assert len(list(quantities(devices()[name]))) == len(file.estimates)


@pytest.mark.parametrize("name", sorted(devices()))
def test_every_device_number_is_based_on_something(name):
    """A number is published or measured with a source, or assumed with a range that has a width."""
    for quantity in quantities(devices()[name]):
        assert quantity["basis"] in BASES
        if quantity["basis"] == "assumed":
            assert quantity["low"] != quantity["high"]
        else:
            assert quantity["source"]


def test_immediate_never_waits():
    """The catalogue's `immediate` is one layer that never waits."""
    assert world_with(retry="immediate").world.clients["c"].retry.layers == (
        RetryLayer(backoff="none", base_s=0.0),
    )


def test_old_and_new_aws_modes_are_apart():
    """The defaults before and after November 2026 differ in base delay, attempts and budget."""
    new, old, legacy = (
        world_with(retry=name).world.clients["c"].retry.layers[0]
        for name in ("botocore-standard", "botocore-standard-2025", "botocore-legacy")
    )
    assert (0.05, 1.0, 1.0) == (new.base_s, old.base_s, legacy.base_s)
    assert (2, 2, 4) == (new.retries_count, old.retries_count, legacy.retries_count)
    assert (14.0, 10.0) == (new.budget.cost_count, old.budget.cost_count)
    assert legacy.budget is None


def test_syn_schedules_are_the_measured_ones():
    """A new kernel sends six SYNs within 5 s, an old one three."""
    schedules = syn_schedules()
    assert schedules["linux"] == schedules["linux-6.5"]
    assert (1, 2, 3, 4, 5, 7, 11, 19, 35, 68) == schedules["linux-6.5"]
    assert (1, 3, 7, 15, 31, 63) == schedules["linux-classic"]
    assert () == schedules["none"]
    within = [1 + sum(at_s <= 5 for at_s in schedules[name]) for name in ("linux-6.5", "linux-classic")]
    assert [6, 3] == within


def test_the_rehearsal_device_has_its_measured_numbers():
    """The rig forwards 2,000 packets a second and buffers 1,000."""
    edge = world_with(device="kernel-twin-rig").world.crossings["edge"]
    assert (2000.0, 1000) == (edge.forwarding_per_s, edge.queue_packets_count)


def waits_of(name: str, most: int = 200, attempt_s: float = 0.001) -> list[float]:
    """Return how long a behaviour waits before each retry of one request, by middling chance."""
    policy = world_with(retry=name).world.clients["c"].retry
    state = RetryState(policy, guards_of(policy, 0.0))
    waits: list[float] = []
    now_s = 0.0
    state.start(now_s)
    while len(waits) < most:
        now_s += attempt_s
        what_next = state.failure(now_s, lambda: 0.5, why="error")
        if isinstance(what_next, GiveUp):
            break
        waits.append(what_next.after_s)
        now_s += what_next.after_s
        state.start(now_s)
    return waits


@pytest.mark.parametrize(
    ("name", "seen_s", "retries"),
    [
        ("aiohttp", (0,), 1),
        ("aiohttp-retry", (0.2, 0.4), 2),
        ("httpx-retries", (0,) * 10, 10),
        ("elasticsearch", (0, 0, 0), 3),
        ("opensearch-py", (0, 0, 0), 3),
        ("kubernetes-python", (0, 0, 0), 3),
        ("got", (1, 2), 2),
        ("ky", (0.3, 0.6), 2),
        ("axios-retry", (0, 0, 0), 3),
        ("undici-retry", (0.5, 1, 2, 4, 8), 5),
        ("pymongo", (0.5,) * 59, 59),
        ("valkey", (), 0),
        ("psycopg-pool", (1, 2, 4, 8, 16), None),
        ("ioredis", (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5), None),
        ("node-redis", (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2, 2), None),
        ("mariadb", (0.5,) * 20, None),
        ("mysql2", (), 0),
        ("pg", (), 0),
        ("confluent-kafka", (0.053,) * 100, None),
        ("confluent-kafka-2.9", (1, 1, 1), None),
        ("kafkajs", (0.3, 0.6, 1.2, 2.4, 4.8), 5),
        ("nats-py", (2,) * 20, 60),
        ("kombu", (2, 4, 6, 8), None),
        ("kafka-python", (0.05, 0.1, 0.2, 0.4, 0.8), 9),
        ("paho-mqtt", (1, 2, 4, 8), None),
        ("mqtt-js", (1, 1, 1), None),
        ("pyzmq", (0.15,) * 6, None),
        ("httplib2", (0,), 1),
        ("rhea", (0.1,) * 60, None),
        ("rhea-refused", (0.1, 0.2, 0.4, 0.8, 1.6, 3.2), None),
        ("amqp-connection-manager", (5, 5), None),
        ("stompit", tuple(0.02 * 2**k for k in range(10)), None),
        ("amqtt", (1, 2, 4), 3),
        ("gmqtt", (6, 6, 6), None),
        ("pymodbus", (0.1,) * 38, None),
        ("lightkube-watch", (0,) * 100, None),
        ("haproxy-retry-on", (0, 0, 0), 3),
        ("haproxy-retries", (1, 1, 1), 3),
        ("pygithub", (0,) * 10, 10),
        ("elasticsearch-js", (0, 0, 0), 3),
        ("python-tds", (1.2, 2.4, 4.8), 3),
        ("mosquitto-sub", (1,) * 19, None),
    ],
)
def test_a_measured_client_waits_as_it_was_seen_to(name, seen_s, retries):
    """The waits of an entry are those of the packets that it was made from, and so is their number."""
    waits = waits_of(name)
    assert pytest.approx(seen_s, rel=0.02) == waits[: len(seen_s)]
    if retries is not None:
        assert retries == len(waits)
    elif name != "psycopg-pool":  # which ends after five minutes
        assert 200 == len(waits)


@pytest.mark.parametrize(
    ("name", "seen_s"),
    [
        ("kafka-python-refused", (0.12, 0.4, 1.5, 6.6)),
        ("valkey-glide", (0.22, 0.32, 0.78)),
        ("websockets", (1.9, 3.1, 5.0, 8.1, 13.1)),
        ("hazelcast", tuple(1.05**k for k in range(14))),
        ("neo4j", (1.06, 2.1, 3.9, 7.2)),
        ("nodemailer-pool", (0.207, 0.259, 0.354, 0.568, 0.957)),
        ("elasticsearch-js-closed", (1.52, 2.87, 2.94)),
        ("node-zookeeper-client", (15 / 50,) * 50),
    ],
)
def test_a_fitted_law_is_near_what_was_seen(name, seen_s):
    """Where a law was fitted, or a client draws by chance, its waits are within a third of those seen."""
    assert pytest.approx(seen_s, rel=0.34) == waits_of(name)[: len(seen_s)]


def test_a_name_stands_for_what_makes_the_most_connections():
    """Where a client behaves differently by situation, a world gets the one that is worse for a surge."""
    differing = [entry for entry in catalogue() if entry.situations]
    assert {
        "aiohttp",
        "aiohttp-retry",
        "axios-retry",
        "confluent-kafka",
        "elasticsearch-js",
        "gmqtt",
        "haproxy-retries",
        "haproxy-retry-on",
        "httplib2",
        "kafka-python",
        "nodemailer-pool",
        "pymodbus",
        "pymongo",
        "rhea",
    } == {entry.name for entry in differing}
    for entry in differing:
        assert set(entry.situations) <= {"refused", "closed", "silent", "status"}
        most = max(entry.situations.values(), key=lambda name: len(waits_of(name)))
        assert len(waits_of(most)) == len(waits_of(entry.name)), entry.name
