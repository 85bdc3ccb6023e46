"""Effects of a change of devices, instances or endpoints: each with it, and without."""

from __future__ import annotations

from typing import Any

import pytest
from effect_worlds import IMMEDIATE, STANDING, Told

CROWD = STANDING.replace("population: 100", "population: 400")
NAMED = CROWD.replace("  web:", "  names: {network: near, instances: 1, concurrency: 1000}\n  web:")


def devices(to: int, **crossing: Any) -> dict[str, Any]:
    """400 clients that ask once a second on connections they keep; the devices change after 5 s."""
    change = {"kind": "devices", "crossing": "gate", "from": 4, "to": to, "at": "5s"}
    return {
        "clients.users.demand": {"kind": "closed", "think": "1s"},
        "clients.users.retry": IMMEDIATE,
        "clients.users.timeout": "500ms",
        "activities": {"change": change},
        "crossings.gate.devices": 4,
        "horizon": "20s",
    } | {f"crossings.gate.{key}": value for key, value in crossing.items()}


@pytest.mark.parametrize("to", [5, 3])
@pytest.mark.parametrize(
    ("state", "remapped", "lost", "give"),
    [("lost", "100%", 400, 0), ("lost", "25%", 100, 26), ("kept", "100%", 0, 0), ("lost", "0%", 0, 0)],
)
def test_flows_that_another_device_gets_are_lost_or_kept(
    to: int, state: str, remapped: str, lost: int, give: int
) -> None:
    """A device added or removed loses the remapped share of kept flows: each times out and reconnects."""
    told = Told(CROWD, devices(to, flow_state=state, remapped=remapped), activity="change")
    timed_out = told.clients("attempts_count") - told.clients("fresh_count")
    assert timed_out == pytest.approx(lost, abs=give)
    assert told.crossing("offered_count") == pytest.approx(lost, abs=give)
    assert told.clients("failed_count") == 0


def test_without_a_change_of_devices_no_flow_is_lost() -> None:
    """The same clients, left alone, never connect anew."""
    assert Told(CROWD, devices(5)).crossing("offered_count") == 0


@pytest.mark.parametrize(("before", "between", "least", "most"), [(1, 2, 0, 0), (2, 1, 180, 330)])
def test_flows_come_back_to_their_device_unless_it_was_away(
    before: int, between: int, least: int, most: int
) -> None:
    """What asks in 300 ms at a device that does not know it is sent again, at home if that was not away."""
    there = devices(4, devices=before, remapped="50%")
    del there["activities"]
    away = {"at": "5s", "for": "300ms", "set": {"crossings.gate.devices": between}}
    told = Told(CROWD, there | {"triggers": {"away": away}})
    assert least <= told.crossing("offered_count") <= most


def reaction(**more: Any) -> dict[str, Any]:
    """Endpoints change after 5 s without a change of size."""
    move = {"kind": "reconnect", "at": "5s", "reactions": [{"clients": "users", **more}]}
    return {"activities": {"move": move}, "horizon": "20s"}


@pytest.mark.parametrize(("share", "count"), [("100%", 400), ("30%", 120)])
def test_endpoints_that_change_make_clients_reconnect(share: str, count: int) -> None:
    """A share of the clients makes new connections although nothing grows or shrinks."""
    changes = reaction(reconnect=share)
    assert Told(CROWD, changes, activity="move").crossing("offered_count") == count
    assert Told(CROWD, changes).crossing("offered_count") == 0


def test_a_trigger_makes_clients_reconnect() -> None:
    """All 400 connect anew within the spread of four seconds, 100 in each."""
    trigger = {"again": {"at": "5s", "reconnect": "users", "reconnect_spread": "4s"}}
    told = Told(CROWD, {"triggers": trigger})
    assert told.crossing("offered_count") == 400
    assert told.crossing("offered_count", since_s=6.0, until_s=7.0) == pytest.approx(100, abs=2)


@pytest.mark.parametrize(("by_lookup", "first_second"), [(True, 50), (False, 400)])
def test_the_time_to_live_of_a_name_spreads_a_reaction(by_lookup: bool, first_second: int) -> None:
    """Names that live 8 s spread 400 reconnections to 50 a second; otherwise all come at once."""
    changes = reaction(spread_by_lookup=by_lookup)
    changes["clients.users.lookup"] = {"service": "names", "ttl": "8s"}
    told = Told(NAMED, changes, activity="move")
    assert told.crossing("offered_count") == 400
    assert told.crossing("offered_count", until_s=6.0) == pytest.approx(first_second, abs=2)


@pytest.mark.parametrize(("cold", "served_in_two_seconds"), [(True, 100), (False, 400)])
def test_lost_tls_sessions_cost_full_set_ups(cold: bool, served_in_two_seconds: int) -> None:
    """400 reconnections of 20 ms work each take 8 s of one worker; resumed, at 1 ms, under half a second."""
    changes = reaction(cold=cold) | {
        "services.web": {
            "network": "far",
            "service_time": "0s",
            "setup_time": "20ms",
            "resumed_setup_time": "1ms",
            "resumption": "100%",
        },
        "clients.users.timeout": "30s",
    }
    told = Told(CROWD, changes, activity="move")
    assert told.clients("served_count", until_s=7.0) == pytest.approx(served_in_two_seconds, abs=2)
    assert told.clients("served_count") == 400


def test_a_restart_breaks_the_connections_of_one_batch_after_another() -> None:
    """Four batches, two seconds apart, each break a quarter of the connections."""
    roll = {"kind": "restart", "service": "web", "at": "5s", "batches": 4, "pause": "2s"}
    roll["reactions"] = [{"clients": "users", "cold": True}]
    changes = {"activities": {"roll": roll}, "services.web.instances": 4, "horizon": "20s"}
    told = Told(CROWD, changes, activity="roll")
    for i in range(4):
        since_s = 4.5 + 2 * i
        offered_count = told.crossing("offered_count", since_s=since_s, until_s=since_s + 2)
        assert offered_count == pytest.approx(100, abs=1)


def test_new_clients_of_a_scaling_step_connect() -> None:
    """Twice as many instances that are clients themselves open 400 connections more, spread over 4 s."""
    grow = {"kind": "scale", "clients_added": "users", "from": 10, "to": 20, "at": "5s"}
    changes = {"activities": {"grow": grow}, "clients.users.start_spread": "4s"}
    told = Told(CROWD, changes, activity="grow")
    assert told.crossing("offered_count") == 400
    assert told.crossing("offered_count", since_s=6.0, until_s=7.0) == pytest.approx(100, abs=2)


def test_each_batch_of_a_restart_breaks_other_connections() -> None:
    """Each of 400 clients waits once, also where a batch comes before the last has had its answers."""
    roll = {
        "kind": "restart", "service": "web", "at": "2s", "batches": 4, "pause": "500ms",
        "reactions": [{"clients": "users"}],
    }  # fmt: skip
    slow = {"services.web.service_time": "5s", "services.web.instances": 4, "clients.users.timeout": "60s"}
    told = Told(CROWD, {**slow, "activities": {"roll": roll}}, activity="roll")
    assert told.clients("fresh_count") == 400
    assert told.waiting(since_s=4.0, until_s=6.5) == pytest.approx(400)
