"""The chain of retry states."""

from __future__ import annotations

import pytest

from tidegate.simulate.fluid.chain import Chain, chain_of
from tidegate.world.retry import NO_RETRY, RetryLayer, RetryPolicy


def chain(*layers: RetryLayer, timeout_s: float = 1.0) -> Chain:
    return chain_of(RetryPolicy(layers=layers), timeout_s)


def attempts_when_all_fail(built: Chain) -> float:
    """Mean attempts per request, by following the shares."""
    present = [1.0] + [0.0] * (built.states_count - 1)
    total = 0.0
    for _ in range(20_000):
        total += sum(present)
        following = [0.0] * built.states_count
        for state, share in enumerate(present):
            for branch in built.ways[state][0] if built.layers else ():
                following[branch.state] += share * branch.share_ratio
        present = following
    return total


@pytest.mark.parametrize(
    ("attempts", "counts"), [(1, ()), (4, (3,)), (16, (3, 3)), (64, (3, 3, 3)), (501, (500,)), (41, (40,))]
)
def test_layers_multiply(attempts, counts):
    """Attempts of a request that always fails are the product over the layers of retries + 1."""
    layers = [RetryLayer(retries_count=count, backoff="constant", base_s=1.0) for count in counts]
    assert attempts == pytest.approx(attempts_when_all_fail(chain(*layers)), rel=0.05)


def test_no_layer_gives_up_at_once():
    """Without layers a failed attempt is the end."""
    assert ((),) == chain_of(NO_RETRY, 1.0).ways


def test_exponential_delays_grow_to_the_cap():
    """Full jitter lies between zero and a delay that doubles up to the cap, then stays there."""
    built = chain(RetryLayer(base_s=1.0, cap_s=5.0, jitter="full"))
    tops = [built.ways[state][0][0].most_s for state in range(built.states_count)]
    assert tops == [1.0, 2.0, 4.0, 5.0]
    assert {branch.least_s for ways in built.ways for branch in ways[0]} == {0.0}
    assert built.ways[3][0][0].state == 3


@pytest.mark.parametrize(
    ("jitter", "least_s", "most_s"), [("none", 2.0, 2.0), ("equal", 1.0, 2.0), ("spread", 1.5, 2.5)]
)
def test_jitter_is_a_range(jitter, least_s, most_s):
    """Equal jitter takes the upper half, spread a width on both sides."""
    layer = RetryLayer(backoff="constant", base_s=2.0, jitter=jitter, jitter_width_ratio=0.25)
    branch = chain(layer).ways[0][0][0]
    assert (least_s, most_s) == (branch.least_s, branch.most_s)


def test_deadline_limits_retries():
    """With a second an attempt and a second's pause, a deadline of 5 s leaves two retries."""
    layer = RetryLayer(backoff="constant", base_s=1.0, deadline_s=5.0)
    assert attempts_when_all_fail(chain(layer)) == pytest.approx(3.0)


def test_many_layers_stay_small():
    """However many retries and layers there are, the states stay few."""
    layers = [RetryLayer(retries_count=9, base_s=0.1) for _ in range(4)]
    assert chain(*layers).states_count <= 24
