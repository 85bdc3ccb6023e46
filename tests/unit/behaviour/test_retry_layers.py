"""What a client does after a failure, layer by layer."""

from __future__ import annotations

from tidegate.behaviour.layers import GiveUp, Retry, RetryState, guards_of
from tidegate.world.retry import Breaker, Budget, RetryLayer, RetryPolicy


def half() -> float:
    """Draw the middle."""
    return 0.5


def layer(retries_count, base_s=0.0, **settings) -> RetryLayer:
    """Return a layer that waits `base_s` each time."""
    return RetryLayer(retries_count=retries_count, backoff="constant", base_s=base_s, **settings)


def always_failing(policy, *, attempt_s=0.0, guards=None, begin_s=0.0):
    """Return the attempts' starts, the retrying layers and the end of a request that cannot succeed."""
    state = RetryState(policy, guards or guards_of(policy, begin_s))
    now_s, starts_s, layers = begin_s, [], []
    while True:
        if state.start(now_s):
            starts_s.append(now_s)
            now_s += attempt_s
        action = state.failure(now_s, half)
        if isinstance(action, GiveUp):
            return starts_s, layers, now_s
        layers.append(action.layer_index)
        now_s += action.after_s


def test_no_layers_give_up_at_once():
    """Without a layer the first failure is the last."""
    assert always_failing(RetryPolicy()) == ([0.0], [], 0.0)


def test_n_retries_are_n_plus_one_attempts():
    """Three retries make four attempts, each after the layer's delay."""
    policy = RetryPolicy(layers=(layer(3, 1.0),))
    assert always_failing(policy, attempt_s=0.5) == ([0.0, 1.5, 3.0, 4.5], [0, 0, 0], 5.0)


def test_inner_layer_begins_afresh():
    """A used-up inner layer is one failure of the outer, whose retry resets it."""
    policy = RetryPolicy(layers=(layer(2, 1.0), layer(1, 10.0)))
    starts_s, layers, end_s = always_failing(policy)
    assert starts_s == [0.0, 1.0, 2.0, 12.0, 13.0, 14.0]
    assert layers == [0, 0, 1, 0, 0]
    assert end_s == 14.0


def test_backoff_begins_afresh_too():
    """After the outer layer's retry the inner layer waits its first delay again."""
    growing = RetryLayer(retries_count=2, backoff="exponential", base_s=1.0)
    state_starts_s, _, _ = always_failing(RetryPolicy(layers=(growing, layer(1, 10.0))))
    assert state_starts_s == [0.0, 1.0, 3.0, 13.0, 14.0, 16.0]


def test_decorrelated_delay_follows_the_one_before():
    """Each decorrelated delay starts from the layer's last."""
    policy = RetryPolicy(layers=(RetryLayer(retries_count=3, backoff="decorrelated", base_s=1.0),))
    starts_s, _, _ = always_failing(policy)
    assert starts_s == [0.0, 2.0, 2.0 + 3.5, 2.0 + 3.5 + 5.75]


def test_deadline_bounds_the_start_of_a_retry():
    """A retry may start at the deadline, not after it."""
    policy = RetryPolicy(layers=(layer(None, 0.1, deadline_s=0.3),))
    assert len(always_failing(policy)[0]) == 4
    assert len(always_failing(policy, begin_s=0.7)[0]) == 4


def test_inner_deadline_runs_anew_for_each_outer_try():
    """The inner deadline is measured from the inner layer's first attempt of that try."""
    policy = RetryPolicy(layers=(layer(None, 1.0, deadline_s=2.0), layer(None, 5.0, deadline_s=10.0)))
    assert always_failing(policy)[0] == [0.0, 1.0, 2.0, 7.0, 8.0, 9.0]


def test_refused_budget_passes_the_failure_outward():
    """A layer whose budget is empty gives up to the next."""
    inner = layer(5, 1.0, budget=Budget(tokens_count=2.0))
    policy = RetryPolicy(layers=(inner, layer(1, 10.0)))
    assert always_failing(policy)[1] == [0, 0, 1]


def test_budget_is_asked_last():
    """A retry that the deadline forbids costs nothing."""
    policy = RetryPolicy(layers=(layer(5, 1.0, deadline_s=1.0, budget=Budget(tokens_count=9.0)),))
    guards = guards_of(policy, 0.0)
    always_failing(policy, guards=guards)
    assert guards[0].budget.tokens_count(2.0) == 8.0


def test_budget_outlives_the_request():
    """The second request finds what the first one left, plus what it pays in itself."""
    policy = RetryPolicy(layers=(layer(3, budget=Budget(tokens_count=4.0, per_request_count=1.0)),))
    guards = guards_of(policy, 0.0)
    assert [len(always_failing(policy, guards=guards)[0]) for _ in range(3)] == [4, 3, 2]


def test_success_pays_every_layer():
    """A success refills each layer's budget."""
    budget = Budget(tokens_count=2.0, per_success_count=0.5)
    policy = RetryPolicy(layers=(layer(1, budget=budget), layer(1, budget=budget)))
    guards = guards_of(policy, 0.0)
    always_failing(policy, guards=guards)
    state = RetryState(policy, guards)
    state.start(1.0)
    state.success(1.0)
    assert [guard.budget.tokens_count(1.0) for guard in guards] == [0.5, 1.5]


def test_inner_breaker_stops_attempts_but_not_retries():
    """An open inner breaker lets no attempt out; the client still walks through its retries."""
    breaker = Breaker(failure_ratio=1.0, least_calls_count=2, open_s=100.0, window_s=100.0)
    policy = RetryPolicy(layers=(layer(4, 1.0, breaker=breaker),))
    starts_s, layers, end_s = always_failing(policy)
    assert starts_s == [0.0, 1.0]
    assert layers == [0, 0, 0, 0]
    assert end_s == 4.0


def test_outer_breaker_counts_the_outer_layers_tries():
    """A breaker sees one failure for each try of its own layer, however many attempts that took."""
    breaker = Breaker(failure_ratio=1.0, least_calls_count=2, open_s=100.0, window_s=100.0)
    policy = RetryPolicy(layers=(layer(2), layer(3, 1.0, breaker=breaker)))
    starts_s, layers, _ = always_failing(policy)
    assert starts_s == [0.0] * 3 + [1.0] * 3
    assert layers == [0, 0, 1, 0, 0, 1, 1]


def test_breaker_lets_a_trial_through_and_closes_on_success():
    """After the open time one attempt goes out; its success ends the refusal."""
    breaker = Breaker(failure_ratio=1.0, least_calls_count=1, open_s=1.0)
    policy = RetryPolicy(layers=(layer(None, 0.5, breaker=breaker),))
    state = RetryState(policy, guards_of(policy, 0.0))
    assert state.start(0.0)
    assert Retry(after_s=0.5, layer_index=0) == state.failure(0.0, half)
    assert not state.start(0.5)
    state.failure(0.5, half)
    assert state.start(1.0)
    state.success(1.0)
    assert state.start(1.1)


def test_one_draw_for_each_delay():
    """A layer that has no retry left takes no draw; one that works out a delay takes exactly one."""
    drawn = []

    def draw() -> float:
        drawn.append(0.5)
        return 0.5

    policy = RetryPolicy(layers=(layer(1), layer(1)))
    state = RetryState(policy, guards_of(policy, 0.0))
    counts = []
    for _ in range(4):
        state.start(0.0)
        state.failure(0.0, draw)
        counts.append(len(drawn))
    assert counts == [1, 2, 3, 3]


def test_a_wish_to_be_left_alone_is_heeded_by_who_obeys():
    """The longer of wish and own delay, the wish cut to the layer's cap; who ignores it waits its own."""
    for settings, after_s in (
        ({}, 1.0),
        ({"retry_after": "obey"}, 5.0),
        ({"retry_after": "obey", "retry_after_cap_s": 3.0}, 3.0),
        ({"retry_after": "obey", "retry_after_cap_s": 0.1}, 1.0),
    ):
        policy = RetryPolicy(layers=(layer(3, 1.0, **settings),))
        state = RetryState(policy, guards_of(policy, 0.0))
        assert state.start(0.0)
        assert Retry(after_s=after_s, layer_index=0) == state.failure(0.0, half, advised_s=5.0)


def test_a_heeded_wish_counts_against_the_deadline_but_not_for_the_next_delay():
    """A wish beyond the deadline ends the request; a decorrelated delay is reckoned from the client's own."""
    hurried = RetryPolicy(layers=(layer(3, 1.0, retry_after="obey", deadline_s=4.0),))
    state = RetryState(hurried, guards_of(hurried, 0.0))
    assert state.start(0.0)
    assert GiveUp() == state.failure(0.0, half, advised_s=5.0)
    calm = RetryLayer(retries_count=3, backoff="decorrelated", base_s=1.0, retry_after="obey")
    state = RetryState(RetryPolicy(layers=(calm,)), guards_of(RetryPolicy(layers=(calm,)), 0.0))
    assert state.start(0.0)
    assert Retry(after_s=60.0, layer_index=0) == state.failure(0.0, half, advised_s=60.0)
    assert state.start(60.0)
    assert Retry(after_s=3.5, layer_index=0) == state.failure(60.0, half)
