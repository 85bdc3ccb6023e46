"""Closed forms the event engine must meet, each within the 99 % interval of independent replications."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from tidegate.simulate.lower import lower
from tidegate.simulate.run import Run, simulate
from tidegate.simulate.script import write_script
from tidegate.simulate.tables import Tables
from tidegate.world.file.read import read_world

REPLICATIONS = 24
T_99 = 2.807  # Student's t, 23 degrees of freedom, two-sided 99 %


def lowered(
    horizon_s: float,
    service: dict[str, Any],
    clients: dict[str, Any],
    *,
    crossing: dict[str, Any] | None = None,
    detail: str = "coarse",
) -> Tables:
    world: dict[str, Any] = {
        "name": "queue",
        "detail": detail,
        "horizon": f"{horizon_s}s",
        "networks": {"a": {}},
        "services": {"s": {"network": "a", **service}},
        "clients": {"c": {"network": "a", "service": "s", "population": 100, "timeout": "10000s", **clients}},
    }
    if crossing is not None:
        world["networks"]["b"] = {}
        world["crossings"] = {"x": {"between": ["a", "b"], **crossing}}
        world["services"]["s"]["network"] = "b"
    return lower(write_script(read_world(json.dumps(world), "queue.yaml")), horizon_s=horizon_s)


def poisson(rate_per_s: float) -> dict[str, Any]:
    return {"demand": {"kind": "open", "rate": f"{rate_per_s}/s"}}


def after_warm_up(run: Run, rows: str, series: str) -> np.ndarray:
    """Return one series of the first row, without the first fifth of the run."""
    counts = getattr(getattr(run, rows), series)[: run.bins_count, 0]
    return counts[len(counts) // 5 :].astype(float)


def meets(expected: float, tables: Tables, measure: Any) -> None:
    """Assert that the mean over replications lies within its 99 % interval around `expected`."""
    got = np.array([measure(simulate(tables, seed=11, replication=i)) for i in range(REPLICATIONS)])
    half = T_99 * got.std(ddof=1) / math.sqrt(REPLICATIONS)
    assert abs(got.mean() - expected) <= half + 1e-12, (expected, got.mean(), half)


def in_system(run: Run) -> float:
    """Return the mean number in the system, sampled at the end of each bin."""
    busy, queued = (after_warm_up(run, "services", k) for k in ("busy_count", "queued_count"))
    return float((busy + queued).mean())


def waiting(run: Run) -> float:
    return float(after_warm_up(run, "services", "queued_count").mean())


def failed_ratio(run: Run) -> float:
    fresh, failed = (after_warm_up(run, "populations", k).sum() for k in ("fresh_count", "failed_count"))
    return float(failed / fresh)


def erlang_b(servers: int, load: float) -> float:
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def test_one_server_holds_rho_over_one_minus_rho() -> None:
    """M/M/1 at 0.8: four in the system."""
    tables = lowered(900, {"service_time": "10ms"}, poisson(80))
    meets(4.0, tables, in_system)


@pytest.mark.parametrize(("servers", "load"), [(2, 1.0), (5, 4.0), (10, 8.0)])
def test_several_servers_wait_as_erlang_c_says(servers: int, load: float) -> None:
    """M/M/c: mean number waiting is C(c, a) rho / (1 - rho)."""
    b = erlang_b(servers, load)
    rho = load / servers
    wait = b / (1.0 - rho * (1.0 - b))
    tables = lowered(600, {"instances": servers, "service_time": "100ms"}, poisson(load * 10))
    meets(wait * rho / (1.0 - rho), tables, waiting)


def test_a_full_queue_loses_what_m_m_1_k_loses() -> None:
    """M/M/1/10 at 0.9: 5.08 % are turned away (nine may wait)."""
    tables = lowered(600, {"service_time": "10ms", "queue": 9}, poisson(90))
    meets(0.0508137, tables, failed_ratio)


@pytest.mark.parametrize(
    ("law", "variation", "expected"),
    [("fixed", 1.0, 1.6), ("exponential", 1.0, 3.2), ("lognormal", 2.0, 8.0)],
)
def test_waiting_depends_on_the_variance_of_service(law: str, variation: float, expected: float) -> None:
    """M/G/1 at 0.8 (Pollaczek-Khinchine): waiting lambda Wq = 1.6, 3.2 and, at cv 2, 8.0."""
    service: dict[str, Any] = {"service_time": "5ms", "service_law": law}
    if law == "lognormal":
        service["service_cv"] = variation
    meets(expected, lowered(900, service, poisson(160)), waiting)


@pytest.mark.parametrize("law", ["exponential", "fixed"])
@pytest.mark.parametrize(("places", "load", "expected"), [(30, 25.0, 0.052603), (10, 4.46, 0.009985)])
def test_places_without_a_queue_lose_as_erlang_b_says(
    places: int, load: float, expected: float, law: str
) -> None:
    """M/G/c/c: loss does not depend on the law of the holding time."""
    service = {"instances": places, "service_time": "100ms", "service_law": law, "queue": 0}
    meets(expected, lowered(400, service, poisson(load * 10)), failed_ratio)


@pytest.mark.parametrize(("ports", "load", "expected"), [(30, 25.0, 0.052603), (10, 4.46, 0.009985)])
def test_a_port_range_loses_as_erlang_b_says(ports: int, load: float, expected: float) -> None:
    """A port range with refusal is an Erlang loss system; here the hold-down is the holding time."""
    service = {"instances": 100, "concurrency": 100, "service_time": "0s", "service_law": "fixed"}
    crossing = {
        "round_trip": "0s",
        "ports": {"per_destination": ports, "when_full": "refuse", "hold": "100ms"},
    }
    meets(expected, lowered(400, service, poisson(load * 10), crossing=crossing), failed_ratio)


def test_retries_at_a_fixed_chance_of_failure_follow_the_geometric_law() -> None:
    """Half the attempts fail independently (a server always busy or free): load (1 - f^4) / (1 - f)."""
    # A loss system in which retries come back long after, so that attempts see independent states.
    retry = {
        "layers": [
            {"retries": 3, "backoff": "constant", "base": "20s", "jitter": "spread", "jitter_width": "90%"}
        ]
    }
    tables = lowered(900, {"service_time": "10ms", "queue": 0}, {**poisson(60), "retry": retry})

    def excess(run: Run) -> float:
        fresh, attempts, served = (
            after_warm_up(run, "populations", name).sum()
            for name in ("fresh_count", "attempts_count", "served_count")
        )
        f = 1.0 - served / attempts
        return float(attempts / fresh - (1.0 - f**4) / (1.0 - f))

    got = np.mean([excess(simulate(tables, seed=4, replication=i)) for i in range(REPLICATIONS)])
    assert abs(got) < 0.01


@pytest.mark.parametrize(("base_per_s", "heals"), [(20, True), (30, False)])
def test_a_collapsed_server_heals_below_mu_over_r(base_per_s: int, heals: bool) -> None:
    """Retry-curve law: with R = 4 attempts and mu = 100/s it heals below 25/s and not above."""
    world = {
        "name": "curve",
        "detail": "coarse",
        "horizon": "200s",
        "networks": {"a": {}},
        "services": {
            "s": {"network": "a", "service_time": "10ms", "queue": 400, "queue_when_full": "silent"}
        },
        "clients": {
            "c": {
                "network": "a",
                "service": "s",
                "population": 100,
                "timeout": "500ms",
                "demand": {"kind": "open", "rate": f"{base_per_s}/s"},
                "retry": {"layers": [{"retries": 3, "backoff": "none", "base": "0s"}]},
            }
        },
        "triggers": {"spike": {"at": "10s", "for": "10s", "set": {"clients.c.demand.rate": "500/s"}}},
    }
    tables = lower(write_script(read_world(json.dumps(world), "curve.yaml")), horizon_s=200)
    healthy = 0
    for i in range(REPLICATIONS):
        run = simulate(tables, seed=6, replication=i)
        served = run.populations.served_count[run.bins_count - 100 : run.bins_count, 0].sum()
        fresh = run.populations.fresh_count[run.bins_count - 100 : run.bins_count, 0].sum()
        healthy += bool(served > 0.9 * fresh)
    assert (REPLICATIONS if heals else 0) == healthy


def test_admission_lets_its_rate_through_exactly() -> None:
    """GCRA: from idle the burst, then one an interval, whatever is offered above it."""
    service = {"instances": 100, "concurrency": 100, "service_time": "1ms"}
    crossing = {"round_trip": "0s", "admission": {"rate": "50/s", "burst": 10}}
    tables = lowered(100, service, poisson(500), crossing=crossing)
    run = simulate(tables, seed=2)
    admitted = run.crossings.admitted_count[:, 0].sum()
    assert abs(admitted - (10 + 50 * 100)) <= 3


@pytest.mark.parametrize(("timeout_s", "syns"), [(5.5, 6), (130, 11)])
def test_a_silent_device_sees_linux_syns(timeout_s: float, syns: int) -> None:
    """Linux 6.5 or newer: 6 SYNs within 5 s of silence, 11 in all."""
    crossing = {"round_trip": "0s", "admission": {"rate": "0.0001/s", "burst": 1}}
    clients = {"timeout": f"{timeout_s}s", "demand": {"kind": "open", "rate": "1/s", "arrivals": "paced"}}
    tables = lowered(600, {"service_time": "1ms"}, clients, crossing=crossing, detail="packet")
    run = simulate(tables, seed=2)
    offered = run.crossings.offered_count[run.bins_count - 200 : run.bins_count, 0].sum()
    fresh = run.populations.fresh_count[run.bins_count - 200 : run.bins_count, 0].sum()
    assert syns == pytest.approx(offered / fresh, rel=0.01)
