"""The token bucket."""

from __future__ import annotations

import pytest

from tidegate.behaviour.limiter import RateLimiter


def test_burst_then_rate():
    """From idle the burst passes at once, then one an interval."""
    limiter = RateLimiter(rate_per_s=10.0, burst_count=3)
    assert [limiter.admit(100.0) for _ in range(4)] == [True, True, True, False]
    assert [limiter.admit(now_s) for now_s in (100.099, 100.1, 100.199, 100.2)] == [False, True, False, True]


def test_idle_fills_no_further_than_the_burst():
    """An hour of silence gives the burst once, not an hour's worth."""
    limiter = RateLimiter(rate_per_s=10.0, burst_count=3)
    limiter.admit(0.0)
    assert sum(limiter.admit(3600.0) for _ in range(50)) == 3


@pytest.mark.parametrize("start_s", [-50.0, 0.0, 1.7e9])
def test_any_clock_will_do(start_s):
    """The bucket is full at first, wherever the clock starts."""
    limiter = RateLimiter(rate_per_s=10.0, burst_count=5)
    assert sum(limiter.admit(start_s) for _ in range(10)) == 5


def test_refusals_cost_nothing():
    """Refused ones do not push the next one back."""
    limiter = RateLimiter(rate_per_s=1.0, burst_count=1)
    assert limiter.admit(0.0)
    assert not any(limiter.admit(0.01 * step) for step in range(1, 100))
    assert limiter.admit(1.0)
