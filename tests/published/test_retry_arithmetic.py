"""Published arithmetic of retries: expectation, several layers, the linear storm.

Sources: "Timeouts, retries, and backoff with jitter" (Amazon Builders' Library); "Addressing Cascading
Failures" (Google, Site Reliability Engineering).
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from tidegate.behaviour.layers import GiveUp, RetryState, guards_of
from tidegate.world.retry import RetryLayer, RetryPolicy

THREE_RETRIES = RetryLayer(retries_count=3, backoff="none")


def expected_by_walking(layer: RetryLayer, failure_ratio: float) -> tuple[float, float]:
    """Return success ratio and mean attempts of one request, by following the client's own decisions."""
    policy = RetryPolicy(layers=(layer,))
    state = RetryState(policy, guards_of(policy, 0.0))
    reached_ratio, success_ratio, attempts_count = 1.0, 0.0, 0.0
    while True:
        state.start(0.0)
        attempts_count += reached_ratio
        success_ratio += reached_ratio * (1.0 - failure_ratio)
        reached_ratio *= failure_ratio
        if isinstance(state.failure(0.0, lambda: 0.0), GiveUp):
            return success_ratio, attempts_count


@pytest.mark.parametrize(
    ("failure_ratio", "published_success_ratio", "published_load_ratio"),
    [(0.1, 0.9999, 1.111), (0.5, 0.9375, 1.875), (0.75, 0.6836, 2.734)],
)
class TestGeometricExpectation:
    """With three retries: success 1 - f^4, load (1 - f^4) / (1 - f)."""

    def test_exact(self, failure_ratio, published_success_ratio, published_load_ratio):
        """The client's decisions give the formula within 1e-9, and the published digits."""
        success_ratio, load_ratio = expected_by_walking(THREE_RETRIES, failure_ratio)
        assert pytest.approx(1.0 - failure_ratio**4, abs=1e-9) == success_ratio
        assert pytest.approx((1.0 - failure_ratio**4) / (1.0 - failure_ratio), abs=1e-9) == load_ratio
        assert pytest.approx(published_success_ratio, abs=5e-5) == success_ratio
        assert pytest.approx(published_load_ratio, abs=5e-4) == load_ratio

    def test_simulated(self, failure_ratio, published_success_ratio, published_load_ratio):
        """Ten thousand simulated requests agree within three standard errors."""
        requests_count = 10_000
        draw = iter(np.random.default_rng(11).random(4 * requests_count).tolist()).__next__
        policy = RetryPolicy(layers=(THREE_RETRIES,))
        attempts = np.zeros(requests_count)
        succeeded = np.zeros(requests_count)
        for request in range(requests_count):
            state = RetryState(policy, guards_of(policy, 0.0))
            while True:
                state.start(0.0)
                attempts[request] += 1
                if draw() >= failure_ratio:
                    state.success(0.0)
                    succeeded[request] = 1
                    break
                if isinstance(state.failure(0.0, lambda: 0.0), GiveUp):
                    break
        success_ratio, load_ratio = expected_by_walking(THREE_RETRIES, failure_ratio)
        # The standard errors come from theory: a lucky sample without a failure has none of its own.
        success_error = math.sqrt(success_ratio * (1.0 - success_ratio) / requests_count)
        square = sum((2 * k - 1) * failure_ratio ** (k - 1) for k in range(1, 5))
        load_error = math.sqrt((square - load_ratio**2) / requests_count)
        assert pytest.approx(success_ratio, abs=3.0 * success_error) == succeeded.mean()
        assert pytest.approx(load_ratio, abs=3.0 * load_error) == attempts.mean()


@pytest.mark.parametrize(
    ("layers_count", "retries_count", "published_attempts_count"), [(3, 3, 64), (5, 2, 243)]
)
def test_layers_multiply(layers_count, retries_count, published_attempts_count):
    """Three layers of three retries make 64 attempts; five layers of three tries make 243."""
    layer = RetryLayer(retries_count=retries_count, backoff="none")
    policy = RetryPolicy(layers=(layer,) * layers_count)
    state = RetryState(policy, guards_of(policy, 0.0))
    attempts_count = 0
    while True:
        assert state.start(0.0)
        attempts_count += 1
        if isinstance(state.failure(0.0, lambda: 0.0), GiveUp):
            break
    assert published_attempts_count == attempts_count


def test_linear_retry_storm():
    """10,100 requests/s at a limit of 10,000/s, each reject retried after 1 s, grow by 100 every second."""
    seconds_count, fresh_per_s, limit_per_s = 6, 10_100, 10_000
    policy = RetryPolicy(layers=(RetryLayer(backoff="constant", base_s=1.0),))
    guards = guards_of(policy, 0.0)
    rejected: list[tuple[float, RetryState]] = []
    offered_per_s = []
    for second in range(seconds_count):
        fresh = [(second + index / fresh_per_s, RetryState(policy, guards)) for index in range(fresh_per_s)]
        offered = sorted(rejected + fresh, key=lambda attempt: attempt[0])
        offered_per_s.append(len(offered))
        rejected = []
        for index, (now_s, state) in enumerate(offered):
            assert second <= now_s < second + 1
            state.start(now_s)
            if index >= limit_per_s:
                rejected.append((now_s + state.failure(now_s, lambda: 0.0).after_s, state))
    assert [fresh_per_s + 100 * second for second in range(seconds_count)] == offered_per_s
