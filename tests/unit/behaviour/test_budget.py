"""The token bucket that retries pay from."""

from __future__ import annotations

from tidegate.behaviour.budget import RetryBudget
from tidegate.world.retry import Budget


def test_starts_full_and_pays_down_to_nothing():
    """Three tokens pay for three retries, and a refusal takes nothing."""
    budget = RetryBudget(Budget(tokens_count=3.0), now_s=0.0)
    assert [budget.take_retry(0.0) for _ in range(5)] == [True, True, True, False, False]
    assert budget.tokens_count(0.0) == 0.0


def test_floor_must_remain():
    """With a floor of one half, half of the tokens cannot be spent."""
    budget = RetryBudget(Budget(tokens_count=10.0, floor_ratio=0.5), now_s=0.0)
    assert sum(budget.take_retry(0.0) for _ in range(20)) == 5
    assert budget.tokens_count(0.0) == 5.0


def test_ten_tenths_pay_for_one():
    """Ten payments of 0.1 token pay for one retry, in spite of binary fractions."""
    budget = RetryBudget(Budget(tokens_count=1.0, per_success_count=0.1), now_s=0.0)
    assert budget.take_retry(0.0)
    for _ in range(9):
        budget.success(0.0)
    assert not budget.take_retry(0.0)
    budget.success(0.0)
    assert budget.take_retry(0.0)


def test_requests_pay_in_up_to_the_size():
    """First attempts pay in, and a full bucket stays full."""
    budget = RetryBudget(Budget(tokens_count=2.0, per_request_count=0.5), now_s=0.0)
    budget.request(0.0)
    assert budget.tokens_count(0.0) == 2.0
    budget.take_retry(0.0)
    budget.request(0.0)
    assert budget.tokens_count(0.0) == 1.5


def test_time_pays_in():
    """Tokens come back with time, whether or not anybody asks in between."""
    often = RetryBudget(Budget(tokens_count=8.0, cost_count=8.0, fill_per_s=2.0), now_s=5.0)
    seldom = RetryBudget(Budget(tokens_count=8.0, cost_count=8.0, fill_per_s=2.0), now_s=5.0)
    assert often.take_retry(5.0)
    assert seldom.take_retry(5.0)
    assert [0.5 * step for step in range(8)] == [often.tokens_count(5.0 + step / 4) for step in range(8)]
    assert seldom.tokens_count(6.75) == often.tokens_count(6.75)
    assert not often.take_retry(8.75)
    assert often.take_retry(9.0)
