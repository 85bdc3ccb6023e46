"""What clients do of themselves: wait for their turn, choose what they try again, poll faster and faster."""

from __future__ import annotations

import pytest

from tidegate.behaviour.backoff import delay_s
from tidegate.behaviour.layers import GiveUp, Retry, RetryState, guards_of
from tidegate.behaviour.limiter import RateLimiter
from tidegate.world.retry import RetryLayer, RetryPolicy


def test_what_is_too_much_waits_for_its_turn() -> None:
    """Two at once, then one each half second, in order."""
    limiter = RateLimiter(2.0, 2)
    assert [0.0, 0.0, 0.5, 1.0] == [limiter.wait_s(0.0) for _ in range(4)]
    assert limiter.wait_s(0.75) == 0.75


def test_who_would_wait_too_long_takes_no_turn() -> None:
    """A turn that is refused is left to the next."""
    limiter = RateLimiter(1.0, 1)
    assert [0.0, 1.0, None, None] == [limiter.wait_s(0.0, 1.5) for _ in range(4)]
    assert limiter.wait_s(0.75, 1.5) == 1.25


def test_a_failure_that_is_not_tried_again_ends_the_tries_of_its_layer() -> None:
    """The layer above judges it by its own list; what none tries again ends the request."""
    inner = RetryLayer(backoff="constant", base_s=1.0, retries_on=("timeout",))
    outer = RetryLayer(backoff="constant", base_s=7.0, retries_count=1, retries_on=("error",))
    policy = RetryPolicy(layers=(inner, outer))
    state = RetryState(policy, guards_of(policy, 0.0))
    assert state.start(0.0)
    assert Retry(after_s=1.0, layer_index=0) == state.failure(0.0, lambda: 0.5, why="timeout")
    assert Retry(after_s=7.0, layer_index=1) == state.failure(0.0, lambda: 0.5, why="error")
    assert GiveUp() == state.failure(0.0, lambda: 0.5, why="refused")


@pytest.mark.parametrize(("retry", "after_s"), [(1, 8.0), (2, 4.0), (3, 2.0), (4, 1.5), (400, 1.5)])
def test_a_delay_may_shrink_to_its_floor(retry: int, after_s: float) -> None:
    """Half as long each time, and never below the floor."""
    layer = RetryLayer(base_s=8.0, multiplier_ratio=0.5, floor_s=1.5)
    assert after_s == delay_s(layer, retry, 0.0, 0.5)
