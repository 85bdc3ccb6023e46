"""Connections that an instance accepts, written for what stands before it: exact, refused or waiting."""

from __future__ import annotations

import pytest

import protected_world as sample
from tidegate.protect.adopted import Subjects
from tidegate.protect.protection import protection_of
from tidegate.protect.targets import vendors

LIMIT = "services.api.connections"
FULL = "services.api.connections_when_full"
ONE = sample.TEXT.replace("    devices: 2\n", "").replace("    instances: 4\n", "    instances: 1\n")
ALONE = ONE.replace("    autoscaler: {target: 0.6, least: 4, most: 12}\n", "").replace(
    "grow: {service: api, from: 4, to: 12,", "grow: {kind: reconnect, service: api,"
)
PROXIES = pytest.mark.parametrize("target", ["haproxy", "envoy", "nginx"])


def write(target, text, changes, addresses=None):
    file = sample.world(text)
    return vendors.named(target).write(protection_of(file, changes), file, addresses)


def test_envoy_refuses_only_before_one_instance():
    """A count for all instances is exact before one of them, and closes the excess at once."""
    done = write("envoy", ALONE, {LIMIT: 3, FULL: "refuse"})
    assert (LIMIT, FULL) == done.expressed
    (one,) = done.files
    assert "max_connections: 3," in one.text
    assert "per_host_thresholds" not in one.text
    read = vendors.named("envoy").read(one.text, one.name, Subjects(world=sample.world(ALONE).world))
    assert {LIMIT: 3, FULL: "refuse"} == read.overlay()


@pytest.mark.parametrize("text", [sample.TEXT, ONE, ONE.replace("autoscaler", "#")])
def test_envoy_does_not_say_refuse_where_several_instances_stand_or_will(text):
    """Neither four instances, nor a scaler's or an activity's twelve, can be refused each by itself."""
    done = write("envoy", text, {LIMIT: 3, FULL: "refuse"})
    assert ((), ()) == (done.files, done.expressed)
    assert [LIMIT, FULL] == [one.path for one in done.not_expressed]
    assert all("lets the excess wait" in one.why for one in done.not_expressed)
    assert not any(one.elsewhere for one in done.not_expressed)


def test_envoy_is_asked_what_the_world_says_of_the_excess():
    """A world that refuses the excess is no world in which it waits: nobody needs to ask for it again."""
    assert () == write("envoy", sample.TEXT, {LIMIT: 3}).expressed


def test_envoy_lets_the_excess_wait_and_says_how_exactly():
    """The count for each instance is that of one worker thread, in the file and in the note."""
    done = write("envoy", ONE, {LIMIT: 3, FULL: "backlog"})
    assert (LIMIT, FULL) == done.expressed
    (one,) = done.files
    assert "per_host_thresholds:\n      - max_connections: 3\n" in one.text
    assert "envoy --concurrency 1 -c" in one.text
    assert any("W - 1 connections more" in note for note in done.notes)
    found = vendors.named("envoy").read(one.text, one.name, Subjects(world=sample.world(ONE).world))
    assert {LIMIT: 3, FULL: "backlog"} == found.overlay()
    told = [left.why for left in found.ignored if "connect_timeout" not in left.words]
    why = "each worker thread but the first may open one connection more: a world has no key for it"
    assert [why] == told


@PROXIES
def test_devices_share_what_an_instance_accepts(target):
    """Two devices of 150 each are 301 to an instance, less what the division leaves."""
    full = "refuse" if target == "nginx" else "backlog"
    done = write(target, sample.TEXT, {LIMIT: 301, FULL: full})
    assert LIMIT in done.expressed
    (one,) = done.files
    assert any(word in one.text for word in ("maxconn 150", "max_connections: 150", "max_conns=150"))
    assert any("written as 150 for each of 2 devices" in note for note in done.notes)
    subjects = Subjects(world=sample.world().world)
    assert 300 == vendors.named(target).read(one.text, one.name, subjects).overlay()[LIMIT]


@PROXIES
def test_fewer_connections_than_devices_are_in_no_file(target):
    """One connection cannot be shared by two devices: neither gets it."""
    done = write(target, sample.TEXT, {LIMIT: 1, FULL: "backlog"})
    assert () == done.files
    assert all("2 devices share it" in one.why for one in done.not_expressed)


@PROXIES
def test_what_becomes_of_the_excess_may_be_asked_alone(target):
    """The limit is the world's own then, and it is said or refused for a reason of its own."""
    done = write(target, ALONE, {FULL: "refuse"})
    assert not any(one.elsewhere for one in done.not_expressed)
    assert (FULL,) == (*done.expressed, *(one.path for one in done.not_expressed))


@pytest.mark.parametrize(("target", "text", "words"), [
    ("haproxy", sample.TEXT, "not refused, as the world says"),
    ("nginx", sample.TEXT.replace("connections_when_full: refuse", "connections_when_full: backlog"),
     "does not let it wait"),
])  # fmt: skip
def test_an_excess_that_meets_something_else_than_in_the_world_is_noted(target, text, words):
    """Who asks for a number alone hears what the proxy makes of the excess."""
    assert any(words in note for note in write(target, text, {LIMIT: 200}).notes)


def test_a_count_of_flows_says_what_it_counts():
    """Closed flows that are not swept, and flows without an answer, hold a place in nftables."""
    notes = write("nftables", sample.TEXT, {"crossings.edge.admission.concurrent": "5k"}).notes
    assert any("counts flows that have closed" in note and "120 s" in note for note in notes)


def test_a_full_table_does_what_linux_does():
    """Linux makes room for a new flow by one that was never answered: only that is nothing to set."""
    full = "crossings.edge.table.when_full"
    assert (full,) == write("nftables", sample.TEXT, {full: "evict_unanswered"}).expressed
    for other in ("drop", "refuse", "evict"):
        (refused,) = write("nftables", sample.TEXT, {full: other}).not_expressed
        assert "never answered" in refused.why


def test_a_pool_beside_a_client_says_how_exactly():
    """Each worker thread of an Envoy keeps one connection at least."""
    done = write("envoy", sample.TEXT, {"clients.workers.pool": 2})
    assert any("--concurrency 1" in note for note in done.notes)
    assert "envoy --concurrency 1 -c workers.envoy.yaml" in done.files[0].text
