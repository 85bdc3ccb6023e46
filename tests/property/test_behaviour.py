"""Properties of one client's behaviour that hold for any settings."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.behaviour.backoff import delay_s
from tidegate.behaviour.breaker import BreakerState, CircuitBreaker
from tidegate.behaviour.budget import RetryBudget
from tidegate.behaviour.layers import GiveUp, RetryState, guards_of
from tidegate.behaviour.limiter import RateLimiter
from tidegate.behaviour.window import WindowCount
from tidegate.world.retry import Breaker, Budget, RetryLayer, RetryPolicy
from twin.syn_sends import syn_sends_s

draws = st.floats(0.0, 1.0, exclude_max=True)
times_s = st.floats(0.0, 1000.0)
rising_times_s = st.lists(times_s, max_size=60).map(sorted)
retry_layers = st.builds(
    RetryLayer,
    backoff=st.sampled_from(["none", "constant", "linear", "exponential", "decorrelated"]),
    base_s=st.floats(0.0, 100.0),
    multiplier_ratio=st.floats(1.0, 100.0),
    cap_s=st.floats(0.001, 1000.0),
    jitter=st.sampled_from(["none", "full", "equal", "spread"]),
    jitter_width_ratio=st.floats(0.0, 1.0),
)


@given(retry_layers, st.integers(1, 5000), st.floats(0.0, 1000.0), draws)
def test_delay_stays_in_bounds(layer, retry_number, previous_s, u):
    """No delay is negative, and none is above the cap by more than the width of a spread."""
    most_s = layer.cap_s
    if layer.jitter == "spread" and layer.backoff != "decorrelated":
        most_s *= 1.0 + layer.jitter_width_ratio
    assert 0.0 <= delay_s(layer, retry_number, previous_s, u) <= most_s * (1.0 + 1e-12)


@given(retry_layers, st.integers(1, 2000), draws)
def test_delay_does_not_shrink_from_retry_to_retry(layer, retry_number, u):
    """With the same draw and no memory, a later retry never waits less."""
    now_s = delay_s(layer, retry_number, 0.0, u)
    assert now_s <= delay_s(layer, retry_number + 1, 0.0, u) * (1.0 + 1e-12)


@given(retry_layers, st.integers(1, 50), draws, draws)
def test_delay_grows_with_the_draw(layer, retry_number, one, other):
    """A greater draw never gives a shorter delay."""
    low_s, high_s = (delay_s(layer, retry_number, 1.0, u) for u in sorted((one, other)))
    assert low_s <= high_s * (1.0 + 1e-12)


@given(retry_layers, st.integers(1, 50), draws)
def test_jitter_lies_inside_its_band(layer, retry_number, u):
    """Full jitter stays below the plain delay, equal jitter in its upper half."""
    layer = replace(layer, backoff="exponential")
    plain_s = delay_s(replace(layer, jitter="none"), retry_number, 0.0, u)
    assert delay_s(replace(layer, jitter="full"), retry_number, 0.0, u) <= plain_s
    equal_s = delay_s(replace(layer, jitter="equal"), retry_number, 0.0, u)
    assert plain_s / 2.0 <= equal_s <= plain_s * (1.0 + 1e-12)


def attempts_of(policy: RetryPolicy) -> int:
    """Return how many attempts a request makes that always fails."""
    state = RetryState(policy, guards_of(policy, 0.0))
    attempts_count = 0
    while True:
        assert state.start(0.0)
        attempts_count += 1
        if isinstance(state.failure(0.0, lambda: 0.5), GiveUp):
            return attempts_count


@given(st.lists(st.integers(0, 4), max_size=5))
def test_attempts_of_nested_layers_multiply(retries):
    """The attempts are the product over the layers of retries plus one."""
    policy = RetryPolicy(layers=tuple(RetryLayer(retries_count=count, backoff="none") for count in retries))
    expected_count = 1
    for count in retries:
        expected_count *= count + 1
    assert expected_count == attempts_of(policy)


@given(
    st.floats(0.01, 2.0), st.floats(0.01, 5.0), st.floats(0.0, 1.0), st.lists(draws, min_size=1, max_size=30)
)
def test_no_retry_starts_after_the_deadline(base_s, deadline_s, attempt_s, us):
    """Whatever is drawn, every retry starts by the deadline."""
    layer = RetryLayer(base_s=base_s, jitter="full", deadline_s=deadline_s)
    policy = RetryPolicy(layers=(layer,))
    state = RetryState(policy, guards_of(policy, 0.0))
    now_s = 0.0
    for u in us:
        state.start(now_s)
        action = state.failure(now_s + attempt_s, lambda u=u: u)
        if isinstance(action, GiveUp):
            break
        now_s += attempt_s + action.after_s
        assert now_s <= deadline_s + 1e-6


@given(
    st.builds(
        Budget,
        tokens_count=st.floats(0.5, 50.0),
        cost_count=st.floats(0.1, 20.0),
        per_request_count=st.floats(0.0, 1.0),
        per_success_count=st.floats(0.0, 1.0),
        fill_per_s=st.floats(0.0, 5.0),
        floor_ratio=st.floats(0.0, 1.0),
    ),
    rising_times_s,
    st.data(),
)
def test_budget_never_spends_what_it_has_not(settings, moments_s, data):
    """Tokens stay between nothing and full, and what was spent was there or paid in."""
    budget = RetryBudget(settings, now_s=0.0)
    income_count = spent_count = 0.0
    for now_s in moments_s:
        what = data.draw(st.sampled_from(["request", "success", "retry"]))
        if what == "request":
            budget.request(now_s)
            income_count += settings.per_request_count
        elif what == "success":
            budget.success(now_s)
            income_count += settings.per_success_count
        elif budget.take_retry(now_s):
            spent_count += settings.cost_count
            floor_count = settings.floor_ratio * settings.tokens_count
            assert budget.tokens_count(now_s) >= floor_count - 1e-6
        assert 0.0 <= budget.tokens_count(now_s) <= settings.tokens_count
        available_count = settings.tokens_count + income_count + now_s * settings.fill_per_s
        assert spent_count <= available_count + 1e-6


@given(st.lists(st.tuples(times_s, st.booleans()), max_size=80).map(sorted))
def test_breaker_lets_at_most_one_call_through_while_not_closed(calls):
    """Between opening and closing, calls that pass are at least the open time apart."""
    breaker = CircuitBreaker(Breaker(failure_ratio=0.5, least_calls_count=3, window_s=50.0, open_s=10.0))
    last_s = None
    for now_s, succeeds in calls:
        was_closed = breaker.state is BreakerState.CLOSED
        if not breaker.admit(now_s):
            assert not was_closed
            continue
        if not was_closed:
            assert last_s is None or now_s - last_s >= 10.0 - 1e-6
            last_s = now_s
        (breaker.success if succeeds else breaker.failure)(now_s)
        if breaker.state is BreakerState.CLOSED:
            last_s = None


@given(st.floats(0.1, 1000.0), st.integers(1, 50), rising_times_s)
def test_limiter_bounds_every_stretch(rate_per_s, burst_count, moments_s):
    """In any stretch of time no more pass than the burst and the rate allow."""
    limiter = RateLimiter(rate_per_s, burst_count)
    passed_s = [now_s for now_s in moments_s if limiter.admit(now_s)]
    for first, begin_s in enumerate(passed_s):
        for last in range(first, len(passed_s)):
            stretch_s = passed_s[last] - begin_s
            assert last - first + 1 <= burst_count + stretch_s * rate_per_s * (1.0 + 1e-6) + 1e-3


@given(st.floats(0.1, 100.0), rising_times_s)
def test_window_counts_between_half_and_whole(window_s, moments_s):
    """The count is at least that of the last half window and at most that of the whole."""
    count = WindowCount(window_s)
    for index, now_s in enumerate(moments_s):
        count.add(now_s)
        so_far_s = moments_s[: index + 1]
        least = sum(1 for at_s in so_far_s if at_s > now_s - window_s / 2.0 + 1e-6)
        most = sum(1 for at_s in so_far_s if at_s >= now_s - window_s - 1e-6)
        assert least <= count.total(now_s) <= most


@given(st.lists(st.floats(0.1, 100.0), max_size=15, unique=True).map(sorted), st.floats(0.0, 100.0))
def test_syns_start_at_once_and_end_in_time(schedule_s, timeout_s):
    """The first SYN leaves at 0, the rest by the schedule, none at the time-out or after it."""
    sends_s = syn_sends_s(tuple(schedule_s), timeout_s)
    assert sends_s[0] == 0.0
    assert sends_s[1:] == tuple(schedule_s[: len(sends_s) - 1])
    assert sends_s[-1] <= max(timeout_s, 0.0)
    assert pytest.approx(sends_s[1:]) == [at_s for at_s in schedule_s if at_s < timeout_s]
