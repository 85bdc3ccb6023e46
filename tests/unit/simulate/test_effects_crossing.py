"""Effects of the devices between two networks: each with it, and without."""

from __future__ import annotations

from typing import Any

import pytest
from effect_worlds import BASE, Told

STEADY: dict[str, float] = {"since_s": 4.0, "until_s": 8.0}
BESIDE = """
  kept:
    network: near
    service: web
    population: 50
    timeout: 900ms
    connection: keep_alive
    retry: none
    demand: {kind: open, rate: 200/s, arrivals: paced}
"""


def table(**more: Any) -> dict[str, Any]:
    return {"crossings.gate.table": {"entries": 50, "closed_hold": "2s", **more}}


def test_setting_up_flows_is_a_limit_of_its_own() -> None:
    """40 set-ups a second limit new flows to 40 a second while established traffic passes unharmed."""
    limit = {"crossings.gate.setup": "40/s", "crossings.gate.queue_packets": 10}
    told = Told(BASE + BESIDE, limit | {"crossings.gate.setup_processor": "separate"})
    assert told.per_s("served_count", **STEADY) == pytest.approx(40, abs=2)
    assert told.per_s("served_count", name="kept", **STEADY) == pytest.approx(200, abs=1)
    without = Told(BASE + BESIDE)
    assert without.per_s("served_count", **STEADY) == pytest.approx(100, abs=1)


def test_setting_up_flows_on_the_shared_processor_starves_established_traffic() -> None:
    """Where one processor does both, a flood of new flows makes established requests fail."""
    limit = {
        "crossings.gate.setup": "40/s",
        "crossings.gate.queue_packets": 10,
        "crossings.gate.forwarding": "5k/s",
    }
    shared = Told(BASE + BESIDE, limit | {"crossings.gate.setup_processor": "shared"})
    separate = Told(BASE + BESIDE, limit | {"crossings.gate.setup_processor": "separate"})
    assert shared.per_s("served_count", name="kept", **STEADY) < 150
    assert separate.per_s("served_count", name="kept", **STEADY) == pytest.approx(200, abs=1)


def test_a_full_table_drops_refuses_or_evicts() -> None:
    """50 entries held 2 s carry 25 flows a second; a refusal is heard at once; eviction carries all."""
    drop, refuse, evict = (Told(BASE, table(when_full=fate)) for fate in ("drop", "refuse", "evict"))
    assert drop.per_s("served_count", **STEADY) == pytest.approx(25, abs=2.5)
    assert refuse.per_s("served_count", **STEADY) == pytest.approx(25, abs=2.5)
    assert evict.per_s("served_count", **STEADY) == pytest.approx(100, abs=1)
    assert drop.waiting(**STEADY) == pytest.approx(75 * 0.9, rel=0.1)
    assert refuse.waiting(**STEADY) < 5
    roomy = Told(BASE, table(entries=1000))
    assert roomy.per_s("served_count", **STEADY) == pytest.approx(100, abs=1)


@pytest.mark.parametrize(("hold", "flows_per_s"), [("2s", 50), ("4s", 25), ("500ms", 100)])
def test_ports_over_their_hold_time_bound_new_flows(hold: str, flows_per_s: int) -> None:
    """100 ports to one destination, held after each flow: 100 / hold flows a second, at most the demand."""
    ports = {"per_destination": 100, "hold": hold, "when_full": "refuse"}
    told = Told(BASE, {"crossings.gate.ports": ports, "horizon": "20s"})
    assert told.per_s("served_count", since_s=8.0, until_s=16.0) == pytest.approx(flows_per_s, rel=0.03)


@pytest.mark.parametrize(("idle", "attempts_each"), [("1s", 1.82), ("600s", 1.0)])
def test_an_idle_time_out_forgets_a_kept_flow(idle: str, attempts_each: float) -> None:
    """After a pause longer than the idle time (exp(-1/5) = 82 % of pauses) the next request times out
    and the client connects anew."""
    changes = table(entries=1000, idle_timeout=idle) | {
        "clients.users.connection": "keep_alive",
        "clients.users.demand": {"kind": "closed", "think": "5s"},
        "clients.users.retry": {"layers": [{"retries": 1, "backoff": "none", "base": "0s"}]},
        "clients.users.timeout": "100ms",
        "horizon": "60s",
    }
    told = Told(BASE, changes)
    served, attempts = (told.clients(k, since_s=10.0) for k in ("served_count", "attempts_count"))
    assert attempts / served == pytest.approx(attempts_each, abs=0.04)
    assert told.clients("failed_count") == 0
    assert told.crossing("offered_count", since_s=10.0) == pytest.approx(attempts - served, abs=5)


def test_background_traffic_takes_its_share() -> None:
    """1,100 of 2,000 packets a second are gone: 90 short connections a second fit instead of 200."""
    narrow = {"crossings.gate.forwarding": "2000/s"}
    alone = Told(BASE, narrow)
    assert alone.per_s("served_count", **STEADY) == pytest.approx(100, abs=1)
    beside = Told(BASE, narrow | {"crossings.gate.background.packets": "1100/s"})
    assert beside.per_s("served_count", **STEADY) < 91
    assert beside.crossing("delay_ns") > alone.crossing("delay_ns")


def test_background_flows_take_their_share_of_the_table() -> None:
    """30 of 50 entries are taken: 20 entries held 2 s carry 10 flows a second."""
    told = Told(BASE, table() | {"crossings.gate.background.flows": 30})
    assert told.per_s("served_count", **STEADY) == pytest.approx(10, abs=1.5)


def test_admission_drops_silently_or_answers_with_a_reset() -> None:
    """40 of 100 new flows a second enter; the others wait out their time-out, or hear it at once."""
    rate = {"rate": "40/s", "burst": 5}
    drop = Told(BASE, {"crossings.gate.admission": rate})
    reset = Told(BASE, {"crossings.gate.admission": rate | {"on_excess": "reset"}})
    for told in (drop, reset):
        assert told.per_s("served_count", **STEADY) == pytest.approx(40, abs=1)
        assert told.crossing("shed_count", **STEADY) == pytest.approx(240, abs=5)
    assert drop.waiting(**STEADY) == pytest.approx(60 * 0.9, rel=0.05)
    assert reset.waiting(**STEADY) < 3
    # Each reset is one more packet through the device that refuses.
    packets = reset.crossing("packets_count", **STEADY) - drop.crossing("packets_count", **STEADY)
    assert packets == pytest.approx(240, abs=10)


def test_a_limit_per_source_stops_the_greedy_client_alone() -> None:
    """One client asking 100 times a second gets 5 a second; fifty others, 1 a second each, lose nothing."""
    others = BESIDE.replace("keep_alive", "per_request").replace("200/s", "50/s")
    others = others.replace("kind: open, rate: 50/s, arrivals: paced", "kind: closed, think: 2s")
    changes = {
        "clients.users.population": 1,
        "crossings.gate.admission": {"per_source": "5/s", "per_source_burst": 5},
    }
    told = Told(BASE + others, changes)
    assert told.per_s("served_count", **STEADY) == pytest.approx(5, abs=0.5)
    assert told.clients("served_count", name="kept") > 0.99 * told.clients("fresh_count", name="kept") - 3


@pytest.mark.parametrize(("limit", "served_per_s"), [({"concurrent": 20}, 40), ({"rate": "10k/s"}, 100)])
def test_a_limit_of_open_flows_is_a_rate_over_their_life(limit: dict[str, Any], served_per_s: int) -> None:
    """20 open flows that live half a second each: 40 a second."""
    changes = {"services.web.service_time": "500ms", "crossings.gate.admission": limit}
    assert Told(BASE, changes).per_s("served_count", **STEADY) == pytest.approx(served_per_s, abs=2)


IN_A_ROW = BASE.replace("networks: {near: {}, far: {}}", "networks: {near: {}, mid: {}, far: {}}").replace(
    "  gate: {between: [near, far], round_trip: 2ms}",
    "  gate: {between: [near, mid], round_trip: 100ms}\n  next: {between: [mid, far], round_trip: 150ms}",
)


def test_delays_of_crossings_in_a_row_add() -> None:
    """A handshake and an exchange over 100 ms and 150 ms take twice 250 ms."""
    assert Told(IN_A_ROW).median_s() == pytest.approx(0.5, rel=0.07)
    assert Told(IN_A_ROW, {"crossings.next.round_trip": "0s"}).median_s() == pytest.approx(0.2, rel=0.07)


@pytest.mark.parametrize(("first", "second"), [("80/s", "30/s"), ("30/s", "80/s")])
def test_the_narrower_of_two_crossings_limits(first: str, second: str) -> None:
    """Of 80 and 30 admitted a second, 30 get through, whichever comes first."""
    changes = {
        "crossings.gate.admission": {"rate": first, "burst": 5},
        "crossings.next.admission": {"rate": second, "burst": 5},
    }
    assert Told(IN_A_ROW, changes).per_s("served_count", **STEADY) == pytest.approx(30, abs=1)


@pytest.mark.parametrize(("skew", "shed_per_s"), [("0%", 0), ("100%", 20)])
def test_uneven_hashing_overloads_one_device(skew: str, shed_per_s: int) -> None:
    """Four devices admit 30 a second each: twice its share gives one device 50 of 100, so 20 are shed."""
    changes = {
        "crossings.gate.devices": 4,
        "crossings.gate.skew": skew,
        "crossings.gate.admission": {"rate": "30/s", "burst": 20},
        "horizon": "40s",
    }
    told = Told(BASE, changes)
    assert told.crossing("shed_count", since_s=5.0, until_s=35.0) / 30 == pytest.approx(shed_per_s, abs=2)
