"""Clients who lose patience or come back, and waiting under any law of service: closed forms for the engine.

Patience is a time-out on work that leaves its queue when its client does, which makes it deterministic:
M/M/c+D. Erlang A, whose patience is exponential, has the same shape but cannot be written as a world; its
formula here takes the law of patience, as Baccelli and Hebuterne's does. Retrials: back-off laws are fixed
times with uniform jitter, never exponential, so that the classical and the constant retrial queue
(Falin and Templeton 1997) are met in what does not depend on the law of return: in the long run nobody is
lost, hence P(busy) = rho, and a load above what the server takes grows without end.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
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
STEPS = 20_000


def lowered(horizon_s: float, service: dict[str, Any], clients: dict[str, Any]) -> Tables:
    world = {
        "name": "patience",
        "detail": "coarse",
        "horizon": f"{horizon_s}s",
        "networks": {"a": {}},
        "services": {"s": {"network": "a", **service}},
        "clients": {"c": {"network": "a", "service": "s", "population": 1, **clients}},
    }
    return lower(write_script(read_world(json.dumps(world), "patience.yaml")), horizon_s=horizon_s)


def poisson(rate_per_s: float) -> dict[str, Any]:
    return {"demand": {"kind": "open", "rate": f"{rate_per_s}/s"}}


def interval(tables: Tables, measure: Callable[[Run], float]) -> tuple[float, float]:
    """Return the mean of `measure` over replications, and half its 99 % interval."""
    got = [measure(simulate(tables, seed=23, replication=i)) for i in range(REPLICATIONS)]
    return float(np.mean(got)), T_99 * float(np.std(got, ddof=1)) / math.sqrt(REPLICATIONS)


def after_warm_up(run: Run, rows: str, series: str) -> np.ndarray:
    """Return one series of the first row, without the first fifth of the run."""
    counts = getattr(getattr(run, rows), series)[: run.bins_count, 0]
    return counts[len(counts) // 5 :].astype(float)


def given_up_ratio(run: Run) -> float:
    fresh, failed = (after_warm_up(run, "populations", k).sum() for k in ("fresh_count", "failed_count"))
    return float(failed / fresh)


def waiting(run: Run) -> float:
    return float(after_warm_up(run, "services", "queued_count").mean())


def busy(run: Run) -> float:
    return float(after_warm_up(run, "services", "busy_count").mean())


def patience(
    servers: int, load: float, still_waits: Callable[[float], float], most: float
) -> tuple[float, float]:
    """Return P(gone before service begins) and the mean number waiting of M/M/c+G.

    Time is in units of a mean service; `still_waits(t)` is the chance that patience exceeds t, 0 beyond
    `most`. With H(v) = ∫₀ᵛ still_waits, the virtual wait of a full system has density
    λ p(c−1) exp(λ H(v) − c v); an arrival goes away in vain unless its patience exceeds the wait it meets.
    Source: Baccelli and Hebuterne, On queues with impatient customers, Performance '81; for a fixed
    patience first Barrer, Operations Research 5 (1957); for an exponential one Palm (Erlang A).
    """
    v = np.linspace(0.0, most, STEPS + 1)
    stays = np.array([still_waits(t) for t in v])
    step = v[1]
    h = np.concatenate([[0.0], np.cumsum((stays[1:] + stays[:-1]) / 2.0) * step])
    density = load * np.exp(load * h - servers * v)

    def integral(y: np.ndarray) -> float:
        return float(((y[1:] + y[:-1]) / 2.0).sum() * step)

    # Weights of 0 to c − 1 in the system, that of c − 1 being 1, and of a full system by its virtual wait.
    below, weight = 0.0, 1.0
    for n in range(servers - 1, -1, -1):
        below += weight
        weight *= n / load
    # Beyond `most` nobody new stays, so the wait only falls: the density falls with rate c.
    tail = float(density[-1]) / servers
    total = below + integral(density) + tail
    gone = (integral(density * (1.0 - stays)) + tail) / total
    # Who meets the wait v waits for the lesser of v and patience: H(v) on average (Little).
    number = load * (integral(density * h) + tail * float(h[-1])) / total
    return gone, number


def test_the_formula_of_patience_agrees_with_published_numbers() -> None:
    """Erlang A at c = 50, λ = 48, abandonment rate 0.5: P(abandon) .030912, 2.967576 waiting."""
    gone, number = patience(50, 48.0, lambda t: math.exp(-0.5 * t), 20.0)
    assert gone == pytest.approx(0.030912, abs=2e-6)
    assert number == pytest.approx(2.967576, abs=2e-4)


def test_the_formula_of_patience_agrees_with_one_server_by_hand() -> None:
    """M/M/1+D at load 1: the wait's density is flat up to the patience d, so that 1/(2 + d) are lost."""
    gone, number = patience(1, 1.0, lambda t: float(t <= 3.0), 3.0)
    assert gone == pytest.approx(1.0 / 5.0, rel=1e-6)
    assert number == pytest.approx((9.0 / 2.0 + 3.0) / 5.0, rel=1e-6)


@pytest.mark.parametrize(("servers", "load", "patience_s"), [(1, 0.9, 0.1), (4, 4.4, 0.2), (20, 19.0, 0.05)])
def test_clients_with_a_fixed_patience_leave_as_barrer_says(
    servers: int, load: float, patience_s: float
) -> None:
    """M/M/c+D: the share that leaves the queue unserved, and the number waiting (Barrer 1957)."""
    # The time-out also ends those being served, so what the engine calls given up is more than those who
    # left the queue: whoever got a worker keeps it to the end (`Z_SERVED` counts them).
    service = {"instances": servers, "service_time": "100ms", "abandoned_work": "leaves"}
    tables = lowered(400, service, poisson(load * 10) | {"timeout": f"{patience_s}s"})
    most = patience_s * 10
    gone, number = patience(servers, load, lambda t: float(t <= most), most)

    def left(run: Run) -> float:
        fresh = after_warm_up(run, "populations", "fresh_count")[1:].sum()
        served = after_warm_up(run, "services", "served_count")  # a running total at the end of each bin
        return float(1.0 - (served[-1] - served[0]) / fresh)

    for expected, measure in ((gone, left), (number, waiting)):
        mean, half = interval(tables, measure)
        assert abs(mean - expected) <= half, (expected, mean, half)


@pytest.mark.parametrize("jitter", ["none", "full"])
@pytest.mark.parametrize("load", [0.5, 0.8])
def test_a_retrial_queue_is_busy_as_much_as_it_is_loaded(load: float, jitter: str) -> None:
    """M/M/1 without a queue, tried again without limit: P(busy) = rho by any law of return."""
    back = {"retries": "unlimited", "backoff": "constant", "base": "170ms", "jitter": jitter}
    clients = poisson(load * 100) | {"timeout": "1000s", "retry": {"layers": [back]}}
    tables = lowered(300, {"service_time": "10ms", "queue": 0}, clients)
    mean, half = interval(tables, busy)
    assert abs(mean - load) <= half, (load, mean, half)


def test_a_retrial_queue_with_long_random_returns_has_the_classical_orbit() -> None:
    """Classical retrial, by moments: at rho = 0.8 the orbit holds near rho (λ + rho θ)/(θ (1 − rho)) clients.

    Each returns after a uniform time of mean 1/θ, not an exponential one. With θ small beside μ an orbit
    of many clients looks Poisson to the server whatever the law (Falin and Templeton 1997, section 1.4),
    so 5 % is allowed for the law.
    """
    arrival_per_s, back_per_s = 80.0, 1.0
    back = {"retries": "unlimited", "backoff": "constant", "base": "2s", "jitter": "full"}
    clients = poisson(arrival_per_s) | {"timeout": "1000s", "retry": {"layers": [back]}}
    tables = lowered(400, {"service_time": "10ms", "queue": 0}, clients)

    def orbit(run: Run) -> float:
        return float((after_warm_up(run, "populations", "unanswered_count")).mean()) - busy(run)

    mean, half = interval(tables, orbit)
    expected = 0.8 * (arrival_per_s + 0.8 * back_per_s) / (back_per_s * 0.2)
    assert abs(mean - expected) <= half + 0.05 * expected, (expected, mean, half)


@pytest.mark.parametrize(("load", "base", "grows"), [(0.9, "100ms", False), (1.1, "1s", True)])
def test_a_retrial_queue_is_stable_below_load_one(load: float, base: str, grows: bool) -> None:
    """Classical retrial: the orbit stays bounded below rho = 1, and above takes the excess λ − μ at least."""
    back = {"retries": "unlimited", "backoff": "constant", "base": base, "jitter": "full"}
    clients = poisson(load * 100) | {"timeout": "1000s", "retry": {"layers": [back]}}
    tables = lowered(100, {"service_time": "10ms", "queue": 0}, clients)

    def growth(run: Run) -> float:
        left = after_warm_up(run, "populations", "unanswered_count")
        return float(left[-1] - left[0]) / (0.8 * 100.0)

    mean, half = interval(tables, growth)
    if grows:
        assert mean + half >= 100.0 * (load - 1.0)
        assert mean - half > 0.0
    else:
        assert abs(mean) <= half + 0.2


@pytest.mark.parametrize(("arrivals", "arrivals_cv"), [("poisson", 1.0), ("paced", 0.0)])
@pytest.mark.parametrize("variation", [0.5, 2.0])
def test_waiting_stays_below_kingmans_bound(arrivals: str, arrivals_cv: float, variation: float) -> None:
    """GI/G/1 at 0.8, lognormal service: Wq ≤ λ(va + vs)/(2(1 − rho)) with variances va, vs (Kingman 1962).

    Close below it for Poisson arrivals: they wait as Pollaczek and Khinchine say.
    """
    rate_per_s, mean_s, rho = 160.0, 0.005, 0.8
    service = {"service_time": "5ms", "service_law": "lognormal", "service_cv": variation}
    demand = {"kind": "open", "rate": f"{rate_per_s}/s", "arrivals": arrivals}
    tables = lowered(400, service, {"demand": demand, "timeout": "1000s"})
    mean, half = interval(tables, waiting)
    spread = (arrivals_cv / rate_per_s) ** 2 + (variation * mean_s) ** 2
    assert mean - half <= rate_per_s**2 * spread / (2.0 * (1.0 - rho))
    if arrivals == "poisson":
        exact = rate_per_s**2 * mean_s**2 * (1.0 + variation**2) / (2.0 * (1.0 - rho))
        assert abs(mean - exact) <= half, (exact, mean, half)
