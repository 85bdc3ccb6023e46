"""Whatever receivers do, we make no storm, keep our bounds, and lose nothing."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tidegate.inform.notice_schedule import SendingPolicy
from tidegate.world.retry import Breaker, Budget
from virtual_sending import send

OUTCOMES = st.sampled_from(["delivered", "down", "failed", "refused"])
RECEIVER = st.lists(st.tuples(st.floats(0.001, 20.0), OUTCOMES), min_size=1, max_size=5)
POLICY = st.builds(
    SendingPolicy,
    budget=st.builds(
        Budget, tokens_count=st.floats(1, 20), per_request_count=st.floats(0, 0.5), fill_per_s=st.floats(0, 2)
    ),
    breaker=st.builds(Breaker, least_calls_count=st.integers(1, 5), open_s=st.floats(1, 60)),
    quick_count=st.integers(1, 8),
    slow_count=st.integers(1, 8),
    receiver_count=st.integers(1, 4),
)


def cycle(steps):
    """A receiver that goes through its steps again and again, second by second."""
    return lambda now_s: steps[int(now_s) % len(steps)]


@settings(max_examples=200, deadline=None)
@given(
    receivers=st.lists(RECEIVER, min_size=1, max_size=8),
    count=st.integers(1, 60),
    policy=POLICY,
    seed=st.integers(0, 99),
)
def test_bounds_hold_whatever_receivers_do(receivers, count, policy, seed):
    """Retries within the budget, sendings within the rooms, every notice delivered, refused or owed."""
    lasts_s = 300.0
    notices = {f"n{i}": f"r{i % len(receivers)}" for i in range(count)}
    behave = {f"r{i}": cycle(steps) for i, steps in enumerate(receivers)}
    found = send(notices, behave, policy=policy, lasts_s=lasts_s, seed=seed)
    first = len({name for _, name in found.attempts})
    assert len(found.attempts) - first <= policy.most_retries_count(first, lasts_s) + 1e-6
    assert found.most_at_once <= 2 * policy.quick_count + policy.slow_count
    assert max(found.most_running.values(), default=0) <= max(
        policy.receiver_count, policy.slow_receiver_count
    )
    assert count >= len(found.delivered_s) + found.owed_count
    assert count == found.ended_count + found.owed_count


@settings(max_examples=20, deadline=None)
@given(
    receivers=st.integers(1, 6), count=st.integers(1, 60), down_s=st.floats(0, 500), seed=st.integers(0, 99)
)
def test_all_is_delivered_once_receivers_are_back(receivers, count, down_s, seed):
    """A receiver that was down for minutes gets every notice within the hour after."""
    notices = {f"n{i}": f"r{i % receivers}" for i in range(count)}
    behave = {
        f"r{i}": lambda now_s: (0.1, "down" if now_s < down_s else "delivered") for i in range(receivers)
    }
    found = send(notices, behave, lasts_s=down_s + 3600, seed=seed)
    assert notices.keys() == found.delivered_s.keys()
