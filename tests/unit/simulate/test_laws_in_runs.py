"""Service times, time-outs and delays that vary: what a run draws of them, against the formula."""

from __future__ import annotations

import math

import numpy as np
import pytest
from effect_worlds import BASE, Told

from tidegate.simulate.fluid.chain import chain_of
from tidegate.simulate.fluid.unfollowed import unfollowed
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tidegate.world.law import EXPONENTIAL, UNIFORM, law_of_values
from tidegate.world.retry import RetryLayer, RetryPolicy

W, U = "services.web", "clients.users"
MANY = {
    f"{U}.demand.rate": "1000/s",
    f"{U}.timeout": "30s",
    f"{W}.concurrency": 100_000,
    "triggers": {"enough": {"at": "6s", "set": {f"{U}.demand.rate": "0/s"}}},
}
SEEN = {"quantiles": {"p50": "20ms", "p90": "80ms", "p99": "1s", "max": "3s"}}


def latencies_s(changes):
    """Return the lower edges and counts of the histogram of answers."""
    told = Told(BASE, MANY | changes)
    counts = told._run.latencies.request_count[told._tables.populations.index("users")]
    edges = np.array([((16 + i % 16) << (i // 16 + 6)) / 1e9 for i in range(len(counts))])
    return edges, counts


@pytest.mark.parametrize(
    ("law", "shares"),
    [
        (SEEN, {0.02: 0.5, 0.05: 0.3, 0.08: 0.1, 0.54: 0.055, 1.0: 0.01}),
        ({"values": ["10ms", "50ms", "2s"], "weights": [2, 1, 1]}, {0.005: 1.0, 0.03: 0.5, 1.0: 0.25}),
        ("uniform", {0.1: 0.875, 0.4: 0.5, 0.7: 0.125}),
        ("exponential", {0.2: math.exp(-0.5), 0.4: math.exp(-1.0), 1.2: math.exp(-3.0)}),
    ],
    ids=["quantiles", "values", "uniform", "exponential"],
)
def test_service_times_come_from_the_law(law, shares):
    """Six thousand requests, nobody waits: as many take longer than a time as the formula says."""
    changes = {f"{W}.service_law": law}
    if isinstance(law, str):
        changes[f"{W}.service_time"] = "400ms"
    edges, counts = latencies_s(changes)
    assert 6000 == pytest.approx(counts.sum(), rel=0.01)
    for time_s, share in shares.items():
        longer = 1.0 - counts[edges < time_s + 0.004].sum() / counts.sum()
        assert share == pytest.approx(longer, abs=0.004 + 0.05 * share)  # a bucket is up to 6 % wide


def failing_ratio(changes):
    told = Told(BASE, {f"{W}.service_time": "300ms", f"{U}.demand.rate": "500/s"} | changes)
    failed, served = (told.clients(f"{what}_count") for what in ("failed", "served"))
    return failed / (failed + served)


@pytest.mark.parametrize(
    ("law", "wanted"),
    [
        ("fixed", 0.0),
        ("uniform", 0.304 / 1.2),
        ("exponential", 1.0 - math.exp(-0.304 / 0.6)),
        ({"values": ["100ms", "700ms"], "weights": [1, 5]}, 1 / 6),
    ],
    ids=["fixed", "uniform", "exponential", "values"],
)
@pytest.mark.parametrize("per", ["request", "client"])
def test_time_outs_come_from_the_law(law, per, wanted):
    """An answer takes 304 ms: those fail whose time-out, 600 ms in the mean, is shorter."""
    changes = {f"{U}.timeout_law": law, f"{U}.population": 4000}
    if law != "fixed":
        changes[f"{U}.timeout_per"] = per
    assert wanted == pytest.approx(failing_ratio(changes | {f"{U}.timeout": "600ms"}), abs=0.03)


def test_a_client_keeps_its_time_out():
    """Who tries again has the same time-out: of two tries no more succeed, if both are the request's."""
    seen = {f"{U}.timeout_law": {"values": ["100ms", "900ms"]}, f"{U}.retry": "immediate"}
    told = Told(BASE, {f"{W}.service_time": "300ms"} | seen | {f"{U}.retry": {"layers": [{"retries": 3}]}})
    assert 0.5 == pytest.approx(
        told.clients("failed_count", until_s=8.0) / told.clients("fresh_count", until_s=7.0), abs=0.1
    )


def test_one_client_that_waits_long_enough_never_fails():
    """With a time-out of each client, one client's requests all fare alike."""
    lone = {f"{U}.population": 1, f"{U}.timeout_per": "client"}
    law = {f"{U}.timeout_law": {"values": ["100ms", "900ms"]}}
    assert failing_ratio(law | lone) in {0.0, 1.0}
    assert 0.0 < failing_ratio(law) < 1.0


@pytest.mark.parametrize(
    ("law", "shortest_s", "longest_s", "middle_s", "middle"),
    [
        ("uniform", 0.0, 2.0, 0.9, 0.5),
        ({"values": ["1s", "3s"], "weights": [1, 3]}, 1.0, 3.0, 2.0, 0.25),
        ("fixed", 1.0, 1.0, 2.0, 1.0),
    ],
    ids=["uniform", "values", "fixed"],
)
def test_delays_come_from_the_law(law, shortest_s, longest_s, middle_s, middle):
    """Who fails at once comes back after a delay of the law: none sooner or later, as many by its middle."""
    come = {
        f"{U}.demand": {"kind": "once"},
        f"{U}.population": 0,
        f"{W}.instances": 0,
        f"{W}.when_down": "refuse",
        f"{U}.retry": {"layers": [{"retries": 1, "backoff": "constant", "base": "1s", "law": "fixed"}]},
        "triggers": {"come": {"at": "2s", "set": {f"{U}.population": 3000}}},
    }
    told = Told(BASE, come | ({} if law == "fixed" else {f"{U}.retry.layers.0.law": law}))
    tries = np.array([told.clients("attempts_count", until_s=2.1 + 0.1 * i) - 3000 for i in range(50)])
    assert 3000 == tries[-1]
    assert shortest_s == pytest.approx(0.1 * np.flatnonzero(tries > 0)[0], abs=0.11)
    assert longest_s == pytest.approx(0.1 * np.flatnonzero(tries == 3000)[0], abs=0.11)
    assert middle * 3000 == pytest.approx(tries[round(10 * middle_s)], abs=100)


def test_the_fluid_engine_keeps_the_mean_of_delays():
    """An exponential delay is spread evenly up to twice its mean, others as wide as they are."""
    for law, width in ((EXPONENTIAL, 1.0), (UNIFORM, 1.0), (law_of_values([1.0, 3.0]), 0.5 * math.sqrt(3.0))):
        layer = RetryLayer(retries_count=1, backoff="constant", base_s=2.0, law=law)
        branch = chain_of(RetryPolicy(layers=(layer,)), 1.0).ways[0][0][0]
        assert (2.0 - 2.0 * width, 2.0 + 2.0 * width) == pytest.approx((branch.least_s, branch.most_s))


def test_the_fluid_engine_says_that_time_outs_differ():
    """It reckons with their mean, so nobody is calm because of it."""
    file = read_world(BASE, "effect.yaml")
    assert () == unfollowed(file.world)
    changed = overlay(file, {f"{U}.timeout_law": "uniform"})
    assert ("how the time-outs of users differ",) == unfollowed(changed.world)
