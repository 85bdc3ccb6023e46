"""What a retry policy comes to where nobody is answered, against sums by hand."""

from __future__ import annotations

import math

import pytest

from tidegate.evaluate.arithmetic.feedback.tries import Asking, tries
from tidegate.world.retry import Breaker, Budget, RetryLayer, RetryPolicy

ASKING = Asking(clients_count=10.0, requests_per_s=100.0)


def of(*layers, attempt_s=1.0, within_s=600.0):
    return tries(RetryPolicy(layers=layers), attempt_s, within_s, ASKING)


def test_without_layers_there_is_one_attempt():
    """As long as the time-out."""
    found = of()
    assert (1.0, 1.0, True) == (found.count, found.spent_s, found.ends)


def test_layers_multiply():
    """Four attempts of three make twelve, in twelve time-outs and the delays between."""
    outer = RetryLayer(retries_count=3, backoff="constant", base_s=5.0)
    found = of(RetryLayer(retries_count=2, backoff="none"), outer)
    assert (12.0, 27.0, True) == (found.count, found.spent_s, found.ends)


def test_retries_without_end_fill_the_time_that_is_looked_at():
    """One attempt every two seconds, also beyond those that are followed one by one."""
    found = of(RetryLayer(backoff="constant", base_s=1.0))
    assert found.count == pytest.approx(300.0, abs=2.0)
    assert not found.ends


def test_who_does_not_retry_time_outs_tries_once():
    """What is refused would be tried again; what is not answered is not."""
    assert 1.0 == of(RetryLayer(retries_count=3, backoff="none", retries_on=("refused",))).count


def test_a_deadline_ends_them():
    """No retry starts later than it: at 0, 2, 4, … 10 seconds."""
    found = of(RetryLayer(backoff="constant", base_s=1.0, deadline_s=10.0))
    assert (6.0, True) == (found.count, found.ends)


def test_a_budget_pays_for_what_comes_in():
    """A tenth of a token for each request is a tenth of a retry."""
    found = of(RetryLayer(retries_count=3, backoff="none", budget=Budget(per_request_count=0.1)))
    assert 1.1 == pytest.approx(found.count)


def test_a_breaker_lets_one_try_each_time():
    """Ten clients, each open for five seconds and then trying for one: 10 / 6 attempts a second."""
    found = of(RetryLayer(retries_count=3, backoff="none", breaker=Breaker()))
    assert 10.0 / 6.0 == pytest.approx(found.most_per_s)


def test_a_breaker_that_sees_too_few_calls_never_opens():
    """Ten calls in ten seconds are needed, and each client makes fewer."""
    found = tries(
        RetryPolicy(layers=(RetryLayer(retries_count=0, breaker=Breaker()),)),
        1.0, 600.0, Asking(clients_count=100.0, requests_per_s=10.0),
    )  # fmt: skip
    assert math.isinf(found.most_per_s)
