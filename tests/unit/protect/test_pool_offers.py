"""What is offered of pools, waits, bursts and starts: where a sum says that it can act, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tidegate.protect.offers import further_settings, offers_for
from tidegate.protect.ordinary import steady_flows_per_s
from tidegate.protect.protection import protection_of
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

ROOT = Path(__file__).parents[3]
WORLD = """
name: shop
horizon: 1min
networks: {apps: {}, data: {}}
crossings: {lan: {between: [apps, data], round_trip: 1ms}}
services:
  web:
    network: apps
    instances: 2
    concurrency: 40
    service_time: 1ms
    calls: [{service: orders, timeout: 1s, pool: {most: 10, wait: 100ms, opened: eager}}]
  orders: {network: data, concurrency: 100, service_time: 50ms, connections: 60}
clients:
  users:
    {network: apps, service: web, population: 100, connection: keep_alive, timeout: 2s,
     demand: {kind: open, rate: 60/s}}
activities: {grow: {service: web, from: 2, to: 4, at: 5s}}
"""
POOL = "services.web.calls.0.pool."
RETRIES = {"layers": [{"retries": 3, "backoff": "exponential", "jitter": "full"}]}
NO_TIME_OUTS = "clients.users.retry.layers.0.retries_on"


def world(**changes: object) -> WorldFile:
    return overlay(read_world(WORLD, "w.yaml"), {path.replace("__", "."): v for path, v in changes.items()})


def offered(file: WorldFile, activity: str | None = "grow") -> dict[str, Any]:
    """What settings are offered, by path."""
    offers = [*offers_for(file, activity, steady_flows_per_s(file)), *further_settings(file, activity)]
    settings = [one for one in offers if one.asks == "setting"]
    return {path: value for one in settings for path, value in one.changes.items()}


def test_nothing_is_offered_where_nothing_presses() -> None:
    """Twenty connections carry 400 a second, 60 are wanted, and four instances open 20 at once."""
    assert {} == offered(world())


@pytest.mark.parametrize(
    ("changes", "path", "value"),
    [
        # 3.5 of 3 are busy: 5 at 70 %, and 3 standard deviations more.
        ({f"{POOL}most": 3, "clients.users.demand.rate": "140/s"}, f"{POOL}most", 12),
        # Of 60 connections each of four instances may have 15, whatever is wanted.
        ({"clients.users.demand.rate": "900/s"}, f"{POOL}most", 15),
        # A quarter of the two seconds that users wait.
        ({f"{POOL}most": 3, f"{POOL}wait": "30s"}, f"{POOL}wait", 0.5),
        # 40 connections of two instances that start, at what sets up 100 in four seconds.
        ({f"{POOL}most": 20, "services.orders.setup_time": "4s"}, f"{POOL}opened", "lazy"),
        ({"clients.users.retry": RETRIES, "services.web.service_time": "600ms"}, NO_TIME_OUTS, "error"),
    ],
)
def test_what_can_act_is_offered(changes: dict[str, object], path: str, value: Any) -> None:
    """Each with the value that its sum gives."""
    found = offered(world(**changes))
    assert path in found
    assert value in found[path] if value == "error" else value == found[path]
    if value == "error":
        assert "timeout" not in found[path]
    written = protection_of(world(**changes), {path: found[path]}).elements[0]
    assert written.text
    assert "as asked" not in written.reason


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({f"{POOL}most": 3}, f"{POOL}most"),  # 60 of 120 a second
        ({f"{POOL}most": 40, "clients.users.demand.rate": "2000/s"}, f"{POOL}most"),  # no more places
        ({"services.orders.connections": 40, "clients.users.demand.rate": "900/s"}, f"{POOL}most"),  # no room
        ({f"{POOL}most": 3, f"{POOL}wait": "900ms"}, f"{POOL}wait"),  # users wait longer
        ({f"{POOL}most": 40, f"{POOL}wait": "30s"}, f"{POOL}wait"),  # nobody waits: a connection a place
        ({f"{POOL}wait": "30s", "clients.users.demand.rate": "1/s"}, f"{POOL}wait"),  # hardly anybody
        ({"services.orders.setup_time": "4s", f"{POOL}opened": "lazy"}, f"{POOL}opened"),
        ({"services.orders.setup_time": "4s", "activities.grow.to": 2}, f"{POOL}opened"),  # nothing starts
        ({"clients.users.retry": RETRIES}, NO_TIME_OUTS),  # four times 60 a second are served
        (
            {"clients.users.retry": {"layers": [{"retries": "unlimited", "jitter": "full"}]},
             "services.web.service_time": "600ms"},
            NO_TIME_OUTS,
        ),
    ],
)  # fmt: skip
def test_what_cannot_act_is_not_offered(changes: dict[str, object], path: str) -> None:
    """It would cost runs."""
    assert path not in offered(world(**changes))


LIMITED = """
name: limited
horizon: 1min
networks: {apps: {}, data: {}}
crossings: {lan: {between: [apps, data], round_trip: 1ms}}
services:
  web:
    network: apps
    instances: 4
    concurrency: 500
    service_time: 1ms
    boot:
      time: 1s
      calls: [{service: tokens, requests: 100, timeout: 1s, retry: {layers: [{backoff: none}]}}]
    calls: [{service: tokens, timeout: 1s, limit: {rate: 20/s, burst: 200}, connection_age: {age: 20s}}]
  tokens: {network: data, concurrency: 2, service_time: 20ms}
clients:
  users:
    {network: apps, service: web, population: 100, connection: keep_alive, timeout: 2s,
     demand: {kind: open, rate: 70/s}}
activities: {roll: {kind: restart, service: web, at: 5s}}
"""


def test_limits_ages_and_starts_are_offered_where_they_act() -> None:
    """800 at once where 100 a second are done, turns nearly all taken, ages and starts together."""
    found = offered(read_world(LIMITED, "w.yaml"), "roll")
    assert 6 == found["services.web.calls.0.limit.burst"]  # of four: what is done in a quarter second
    assert 0.5 == found["services.web.calls.0.limit.longest_wait"]
    assert 0.5 == found["services.web.calls.0.connection_age.jitter"]
    assert "exponential-full-jitter" == found["services.web.boot.calls.0.retry"]
    quiet = LIMITED.replace("burst: 200", "burst: 2").replace("70/s", "10/s").replace("age: 20s", "age: 5min")
    quiet = quiet.replace("requests: 100", "requests: 2")
    assert {"services.web.calls.0", "services.web.boot"}.isdisjoint(
        path.rsplit(".", 2)[0] for path in offered(read_world(quiet, "w.yaml"), "roll")
    )


@pytest.mark.parametrize(
    ("name", "activity", "count"),
    [
        ("everyday_nat", "to_90", 8),
        ("gitlab_nat", "more_workers", 7),
        ("kinesis_2020", "add_servers", 2),
        ("square_2017", "deploy_identity", 3),
        ("surge", None, 6),
        ("us_east_1_2021", "scale_out", 10),
    ],
)
def test_a_plain_world_is_offered_no_more_than_it_was(name: str, activity: str | None, count: int) -> None:
    """Each offer costs runs: worlds without pools, limits and starts have as many as before these came."""
    file = read_world((ROOT / "examples" / name / "world.yaml").read_text(encoding="utf-8"), name)
    offers = [*offers_for(file, activity, steady_flows_per_s(file)), *further_settings(file, activity)]
    assert count == len(offers)
