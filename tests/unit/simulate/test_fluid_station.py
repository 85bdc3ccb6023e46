"""The queue with a processor."""

from __future__ import annotations

import pytest

from tidegate.simulate.fluid.brake import Brake, Purse
from tidegate.simulate.fluid.station import Station
from tidegate.world.retry import Breaker, Budget


def station(*, capacity: float | None = 1.0, places: float = 1000.0) -> Station:
    built = Station(100, 0.1)
    built.capacity_ratio, built.places_count = capacity, places
    return built


def offer(built: Station, step: int, count: float, each_s: float) -> None:
    """Let `count` arrive in a step, all known beforehand."""
    built.due_count[step] += count
    built.due_work_s[step] += count * each_s
    built.begin(step)
    kept = count * (1.0 - built.loss_ratio)
    built.arrived_count, built.arrived_work_s = count, count * each_s
    built.taken_count, built.taken_work_s = kept, kept * each_s


def test_below_capacity_nobody_waits():
    """Half the capacity leaves the queue empty."""
    built = station()
    for step in range(20):
        offer(built, step, 5.0, 0.01)
    assert built.wait_s == 0.0
    assert built.busy_ratio == pytest.approx(0.5)


def test_above_capacity_the_wait_grows_with_the_excess():
    """Twice the capacity adds a second of work a second."""
    built = station()
    for step in range(21):
        offer(built, step, 20.0, 0.01)
    assert built.work_s == pytest.approx(2.0)
    assert built.queued_count == pytest.approx(200.0)


def test_full_queue_loses_the_excess():
    """Once full, twice the capacity loses half, and the wait is the places' work."""
    built = station(places=50.0)
    for step in range(50):
        offer(built, step, 20.0, 0.01)
    assert built.loss_ratio == pytest.approx(0.5)
    assert built.wait_s == pytest.approx(0.5)


def test_without_a_limit_nothing_waits():
    """No capacity stated means never the limit."""
    built = station(capacity=None)
    offer(built, 0, 1e9, 1.0)
    assert (built.wait_s, built.loss_ratio) == (0.0, 0.0)


def test_without_workers_nothing_is_answered():
    """No workers: the wait is beyond any horizon."""
    built = station(capacity=0.0)
    offer(built, 0, 1.0, 0.01)
    assert built.wait_s > 1e6


def test_budget_limits_retries_to_what_is_paid_in():
    """After the first tokens, one tenth of the first attempts may be retried."""
    purse = Purse(Budget(tokens_count=10, per_request_count=0.1, scope="population"), 600)
    assert purse.pay(100.0) == pytest.approx(10.0)
    purse.step(50.0, 0.1)
    assert purse.pay(100.0) == pytest.approx(5.0)


def test_budget_floor_must_remain():
    """With a floor of one half, only half the tokens can be spent."""
    purse = Purse(Budget(tokens_count=10, floor_ratio=0.5), 2)
    assert purse.pay(100.0) == pytest.approx(10.0)


def test_budget_follows_the_population():
    """Newcomers bring full buckets."""
    purse = Purse(Budget(tokens_count=10), 1)
    purse.pay(10.0)
    purse.change(3)
    assert purse.tokens_count == pytest.approx(20.0)


def test_breaker_opens_and_lets_one_call_a_client_try():
    """It opens on failures, stays open for its time, tries, and closes on success."""
    brake = Brake(Breaker(least_calls_count=2, open_s=5.0), 10.0, 0.1)
    brake.hear(0.0, 100.0)
    assert brake.lets(50.0, 1.0) == 0.0
    assert brake.lets(50.0, 5.9) == 0.0
    assert brake.lets(50.0, 6.1) == pytest.approx(10.0)
    brake.hear(10.0, 0.0)
    assert brake.lets(50.0, 6.2) == pytest.approx(50.0)
