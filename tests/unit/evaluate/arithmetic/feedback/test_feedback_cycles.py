"""Cycles of known outages are named first, and what is safe by construction has none that feeds itself."""

from __future__ import annotations

import json
import math
import pathlib

import pytest

from tidegate.evaluate.arithmetic.feedback.breaking import breaks
from tidegate.evaluate.arithmetic.feedback.cycle import feedback
from tidegate.evaluate.judging.loops import loops
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

ROOT = pathlib.Path(__file__).parents[5]
THRICE = {"layers": [{"retries": 3, "backoff": "none"}]}

PAID = {"layers": [{"retries": 3, "backoff": "none", "budget": {"per_request": 0.1}}]}
FOR_EVER = {"layers": [{"retries": "unlimited", "base": "1s", "backoff": "constant"}]}


def world(*, service=None, clients=None, crossing=None, **rest):
    """One service of 100/s, asked 80/s by clients that wait a second; queue of ten seconds."""
    tree = {
        "networks": {"in": {}, "out": {}},
        "crossings": {"edge": {"between": ["out", "in"], **(crossing or {})}},
        "services": {
            "api": {
                "network": "in", "concurrency": 10, "service_time": "100ms", "queue": 1000, **(service or {})
            },
            **rest.pop("services", {}),
        },
        "clients": {
            "users": {
                "network": "out", "service": "api", "population": 100, "timeout": "1s",
                "demand": {"kind": "open", "rate": "80/s"}, "retry": THRICE, **(clients or {}),
            }
        },
        **rest,
    }  # fmt: skip
    return read_world(json.dumps(tree), "w.yaml")


def found(file, activity=None):
    return feedback(write_script(file, activity)).cycles


def gains(file):
    return {one.mechanism: pytest.approx(one.gain, rel=0.02) for one in found(file)}


def test_the_gain_of_retries_is_attempts_times_load():
    """Four attempts of each of 80/s over 100/s; it turns at a quarter of what the place can do."""
    (cycle,) = found(world())
    assert 3.2 == pytest.approx(cycle.gain)
    assert 0.25 == pytest.approx(cycle.turns_ratio)
    assert ("retries", 1.0) == (cycle.mechanism, cycle.timeout_s)
    assert {"services.api", "clients.users"} == set(cycle.parts)


@pytest.mark.parametrize(
    "changed",
    [
        {"clients": {"retry": "none"}},
        {"service": {"queue": 20}},
        {"service": {"queue_order": "lifo"}},
        {"clients": {"retry": PAID}},
        {"crossing": {"admission": {"rate": "90/s", "on_excess": "drop"}}},
    ],
)  # fmt: skip
def test_what_is_safe_by_construction_has_no_cycle_that_feeds_itself(changed):
    """No retries, a queue shorter than the time-out, last come first served, a budget, an admission limit."""
    assert [] == [one for one in found(world(**changed)) if one.feeds_itself]


def test_abandoned_work_that_leaves_does_not_save_many_places():
    """Who is served by then has waited nearly as long as may be, and leaves while it is served."""
    few = world(service={"abandoned_work": "leaves", "concurrency": 1, "service_time": "10ms"})
    hundred = {"abandoned_work": "leaves", "concurrency": 100, "service_time": "1s"}
    many = world(service=hundred, clients={"timeout": "5s"})
    assert max(one.gain for one in found(few)) < max(one.gain for one in found(many))


def test_connections_that_are_opened_anew_are_a_cycle_of_their_own():
    """No retries at all: a kept connection that is late is rebuilt, and that is dearer than its request."""
    kept = {"connection": "keep_alive", "retry": "none", "population": 1000}
    kept |= {"demand": {"kind": "closed", "think": "10s"}}
    assert {"reconnections": 10.0} == gains(world(service={"setup_time": "1s"}, clients=kept))
    assert {} == gains(world(service={"setup_time": "1s"}, clients=kept | {"after_timeout": "keep"}))


def test_work_that_is_put_off_comes_back():
    """80/s and a drain of 40/s are more than 100/s."""
    put_off = {"kind": "open", "rate": "80/s", "unserved": "deferred", "drain": "40/s"}
    assert {"deferred work": 1.2} == gains(world(clients={"retry": "none", "demand": put_off}))


def test_checks_that_wait_with_the_requests_take_instances_away():
    """Restarted for 30 s after 30 s each, half of the instances is left for 80 % of the load."""
    checked = {"health_probes": [{"network": "out", "on_failure": "restart"}]}
    checked |= {"instances": 2, "concurrency": 5}
    assert {"health checks": 1.6} == gains(world(service=checked, clients={"retry": "none"}))
    apart = {"health_probes": [{"network": "out", "on_failure": "restart", "busy_fails": False}]}
    assert {} == gains(world(service=apart, clients={"retry": "none"}))


def test_a_cache_that_is_filled_in_time_only_stays_cold():
    """All of 80/s are asked of an origin that does 20/s, which a warm cache keeps from nine in ten."""
    origin = {"db": {"network": "in", "concurrency": 1, "service_time": "50ms", "queue": 1000}}
    call = {"service": "db", "timeout": "500ms", "cache": {"hit": 0.9}}
    cold = world(service={"calls": [call], "concurrency": 100}, services=origin, clients={"retry": "none"})
    assert ["cold cache"] == [one.mechanism for one in found(cold) if one.feeds_itself]
    call["cache"]["fill"] = "read_through"
    filled = world(service={"calls": [call], "concurrency": 100}, services=origin, clients={"retry": "none"})
    assert [] == [one for one in found(filled) if one.feeds_itself]


def test_names_that_nobody_knows_are_asked_for_again():
    """Look-ups of 80/s, each tried twice, of a resolver that does 100 queries a second."""
    dns = {"dns": {"network": "in", "service_time": "10ms", "queue": 5000}}
    lookup = {"service": "dns", "ttl": "60s", "timeout": "1s"}
    file = world(services=dns, clients={"lookup": lookup, "timeout": "30s", "retry": "none"})
    (cycle,) = (one for one in found(file) if one.feeds_itself)
    assert ("look-ups", 1.6) == (cycle.mechanism, pytest.approx(cycle.gain))


def test_instances_that_start_ask_until_they_are_answered():
    """Twenty at once, each for 100 answers within a second, of a service that does 100/s."""
    conf = {"conf": {"network": "in", "service_time": "10ms", "queue": 5000}}
    call = {"service": "conf", "requests": 100, "timeout": "1s", "retry": FOR_EVER}
    grow = {"grow": {"service": "api", "from": 10, "to": 30}}
    booting = {"instances": 10, "boot": {"calls": [call]}}
    file = world(service=booting, services=conf, clients={"retry": "none"}, activities=grow)
    (cycle,) = (one for one in found(file, "grow") if one.feeds_itself)
    assert ("starts", 10.0) == (cycle.mechanism, pytest.approx(cycle.gain, rel=0.05))


def test_a_herd_without_jitter_comes_back_as_one():
    """A thousand come at once, and thirty have room; jitter breaks it."""
    clients = {"population": 1000, "demand": {"kind": "closed", "think": "60s"}, "timeout": "5s"}
    again = {"triggers": {"all": {"at": "10s", "reconnect": "users"}}}
    file = world(service={"queue": 20}, clients=clients | {"retry": FOR_EVER}, **again)
    (cycle,) = (one for one in found(file) if one.feeds_itself)
    assert ("herd", 1000 / 30) == (cycle.mechanism, pytest.approx(cycle.gain))
    assert "clients.users.retry" in {path for one in breaks(write_script(file), cycle) for path in one.paths}


def test_a_pool_of_those_who_ask_at_a_rate_is_a_place_of_its_own():
    """Who has waited for a connection has no time left for the answer: found in a random world."""
    pool = {"connection": "keep_alive", "population": 50, "timeout": "2s"}
    pool |= {"demand": {"kind": "open", "rate": "12/s"}}
    file = world(
        service={"concurrency": 20, "service_time": "500ms", "queue": 20, "queue_when_full": "silent"},
        clients=pool | {"retry": "exponential-full-jitter"}, horizon="10min",
    )  # fmt: skip
    first = found(file)[0]
    assert ("pool", "users") == (first.places[0].kind, first.places[0].name)
    assert first.feeds_itself


def test_answers_that_fill_a_link_are_asked_for_again():
    """80/s of 1 MB are 640 of 1,000 Mbit/s, and four times that where nobody waits long enough for one."""
    file = world(service={"answer_size": "1MB"}, crossing={"bandwidth": "1Gbit/s"})
    (cycle,) = (one for one in found(file) if one.places[0].kind == "link")
    assert ("retries", pytest.approx(2.56, rel=0.01)) == (cycle.mechanism, cycle.gain)


def test_images_of_instances_that_start_fill_a_link():
    """Twenty instances ask for 100 MB each and begin again after 20 s, over 100 Mbit/s: 800 are asked."""
    images = {"images": {"network": "out", "service_time": "1ms", "instances": 100}}
    call = {"service": "images", "answer_size": "100MB", "timeout": "20s", "retry": FOR_EVER}
    grow = {"grow": {"service": "api", "from": 10, "to": 30}}
    booting = {"instances": 10, "boot": {"calls": [call]}}
    file = world(
        service=booting, services=images, crossing={"bandwidth": "100Mbit/s"}, clients={"retry": "none"},
        activities=grow,
    )  # fmt: skip
    (cycle,) = (one for one in found(file, "grow") if one.feeds_itself)
    assert ("starts", "link", pytest.approx(7.7, rel=0.05)) == (
        cycle.mechanism, cycle.places[0].kind, cycle.gain
    )  # fmt: skip


def test_a_pool_of_calls_that_the_time_out_waits_for_is_a_place_too():
    """A hundred places share twenty connections, and wait longer for one than their time-out lets them."""
    behind = {"db": {"network": "in", "concurrency": 100, "service_time": "400ms"}}
    call = {"service": "db", "timeout": "500ms", "retry": THRICE, "pool": {"most": 20}}
    api = {"concurrency": 100, "service_time": "1ms", "calls": [call]}
    users = {"demand": {"kind": "open", "rate": "40/s"}, "retry": "none"}
    pools = [one for one in found(world(service=api, services=behind, clients=users)) if one.feeds_itself]
    assert [("pool", "api/call/0")] == [(place.kind, place.name) for one in pools for place in one.places]
    call["pool"]["wait"] = "500ms"
    waiting = found(world(service=api, services=behind, clients=users))
    assert [] == [one for one in waiting if one.feeds_itself]


def test_each_setting_that_is_named_breaks_its_cycle():
    """A budget, a short queue, last come first served: with each of them the gain is below 1."""
    file = world()
    (cycle,) = found(file)
    named = breaks(write_script(file), cycle)
    assert {"clients.users.retry", "services.api.queue", "services.api.queue_order"} <= {
        path for one in named for path in one.paths
    }
    assert all(one.gain < 1.0 for one in named)


KNOWN = {
    "examples/surge/world.yaml": ("retries", "nat"),
    "examples/us_east_1_2021/world.yaml": ("reconnections", "edge"),
    "examples/square_2017/world.yaml": ("retries", "redis"),
    "examples/gitlab_nat/world.yaml": ("dead flows", "cloud_nat"),
    "tests/published/worlds/hotos21_look_aside_cache.yaml": ("cold cache", "database"),
    "tests/published/worlds/hotos21_retry_storm.yaml": ("retries", "database"),
    "tests/published/worlds/hotos25_queue.yaml": ("retries", "server"),
    "tests/published/worlds/kernel_twin.yaml": ("retries", "device"),
    "tests/published/worlds/kernel_twin_server.yaml": ("retries", "web"),
    "tests/published/worlds/metastable_example.yaml": ("retries", "api"),
    "tests/published/worlds/osdi22_mongodb.yaml": ("reconnections", "primary"),
    "tests/meaning/worlds/nats_533.yaml": ("reconnections", "nats"),
}


@pytest.mark.parametrize("path", KNOWN)
def test_the_cycle_that_people_named_is_listed_first_or_second(path):
    """Of outages that are known, it can feed itself, as believed or with a belief wrong."""
    file = read_world((ROOT / path).read_text(encoding="utf-8"), path)
    listed = [one.cycle for one in loops(file).loops if one.cycle.feeds_itself][:2]
    assert KNOWN[path] in [(one.mechanism, part.split(".")[1]) for one in listed for part in one.parts]


SAFE = ("examples/everyday_nat", "examples/kinesis_2020")


@pytest.mark.parametrize("path", SAFE)
def test_what_goes_down_by_a_limit_alone_has_no_cycle_that_feeds_itself(path):
    """Connections and threads are counted, and nothing makes them more."""
    file = read_world((ROOT / path / "world.yaml").read_text(encoding="utf-8"), path)
    assert 0 == loops(file).feeding_count


AGEING = {
    "population": 2000, "connection": "keep_alive", "demand": {"kind": "none"}, "retry": "none",
    "connection_age": {"age": "60s"},
}  # fmt: skip
TOGETHER = {
    "horizon": "10min", "triggers": {"drop": {"at": "10s", "reconnect": "users", "reconnect_spread": "1s"}}
}  # fmt: skip


def test_connections_of_one_age_come_back_together():
    """2,000 within a second at 100/s and room for 100 that are answered in time; jitter takes them apart."""
    file = world(clients=AGEING, **TOGETHER)
    (ages,) = [one for one in found(file) if one.mechanism == "ages"]
    assert 10.0 == pytest.approx(ages.gain)
    assert "60 s later (no jitter)" in " ".join(ages.steps)
    (broken,) = breaks(write_script(file, None), ages)
    assert (("clients.users.connection_age.jitter",), True) == (broken.paths, broken.gain < 1.0)


def test_the_age_of_a_service_counts_as_well():
    """Who closes connections is named: the setting that helps is there."""
    own = {key: value for key, value in AGEING.items() if key != "connection_age"}
    file = world(clients=own, service={"connection_age": {"age": "60s"}}, **TOGETHER)
    (ages,) = [one for one in found(file) if one.mechanism == "ages"]
    (broken,) = breaks(write_script(file, None), ages)
    assert ("services.api.connection_age.jitter",) == broken.paths


def test_what_a_connection_carries_first_is_work_each_time_it_is_opened():
    """Four attempts of each of 80/s, of 100 ms and a list of 400 ms on a new connection, at ten places."""
    kept = {"connection": "keep_alive", "on_connect": [{"service_time": "400ms"}]}
    assert "reconnections" not in gains(world(clients={"connection": "keep_alive"}))
    assert 4 * 80 * 0.5 / 10 == gains(world(clients=kept))["reconnections"]


def test_requests_that_hold_each_other_up_are_more_work_when_all_places_are_busy():
    """Ten at a time, of whose work a tenth is done by one at a time: 1.9 times as long each."""
    held = world(service={"contention": {"serial": 0.1}})
    assert 1.9 * 3.2 == pytest.approx(gains(held)["retries"].expected, rel=0.02)


def test_a_limit_that_clients_keep_by_themselves_bounds_what_they_ask():
    """A hundred clients of 0.9/s each ask for 90 % of what there is, however often they try again."""
    limited = world(clients={"limit": {"rate": "0.9/s"}})
    assert 0.9 == gains(limited)["retries"]


def test_instances_that_start_slowly_are_less_of_what_is_left():
    """Four times as slow as they come, and warm only after they are restarted again."""
    probe = {
        "network": "in", "interval": "1s", "timeout": "500ms", "failures": 3, "on_failure": "restart",
        "busy_fails": True,
    }  # fmt: skip
    service = {"health_probes": [probe], "boot": {"time": "3s"}}
    cold = {**service, "warm_up": {"time": "30s", "slowdown": 4}}
    warm_gain, cold_gain = (gains(world(service=one))["health checks"].expected for one in (service, cold))
    speed = 30 / 3 * math.log(1 / (1 - 3 * 0.1 / 4)) / (30 * 0.1)
    assert warm_gain / speed == pytest.approx(cold_gain, rel=0.03)


@pytest.mark.parametrize(("setup", "feeds"), [("500ms", True), ("5ms", False)])
def test_instances_that_are_removed_may_call_themselves_back(setup, feeds):
    """Of 1,000 connections to ten instances most move as they go: dear ones keep the rest too busy."""
    scaler = {"target": 0.6, "least": 1, "most": 10, "interval": "15s", "drops_connections": True}
    service = {
        "instances": 2, "service_time": "10ms", "setup_time": setup, "autoscaler": scaler,
    }  # fmt: skip
    file = world(service=service, clients={"connection": "keep_alive", "population": 1000})
    (cycle,) = [one for one in found(file) if one.mechanism == "scaling"]
    assert feeds == cycle.feeds_itself
    (broken,) = breaks(write_script(file, None), cycle)
    assert ("services.api.autoscaler.drops_connections",) == broken.paths
