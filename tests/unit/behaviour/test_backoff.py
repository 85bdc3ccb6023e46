"""Delays before a retry, against hand-worked values."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tidegate.behaviour.backoff import delay_s
from tidegate.errors import InternalError
from tidegate.world.retry import RetryLayer

EXPONENTIAL = RetryLayer(backoff="exponential", base_s=0.1, multiplier_ratio=2.0, cap_s=1.0)


@pytest.mark.parametrize(
    ("backoff", "expected_s"),
    [
        ("none", (0.0, 0.0, 0.0, 0.0, 0.0)),
        ("constant", (0.1, 0.1, 0.1, 0.1, 0.1)),
        ("linear", (0.1, 0.2, 0.3, 0.4, 0.5)),
        ("exponential", (0.1, 0.2, 0.4, 0.8, 1.0)),
    ],
)
def test_growth(backoff, expected_s):
    """Each law grows by its formula, the first retry waits the base, and the cap holds."""
    layer = replace(EXPONENTIAL, backoff=backoff)
    assert expected_s == pytest.approx([delay_s(layer, k, 0.0, 0.5) for k in range(1, 6)])


@pytest.mark.parametrize(
    ("jitter", "at_0_s", "at_quarter_s", "at_half_s"),
    [
        ("none", 0.8, 0.8, 0.8),
        ("full", 0.0, 0.2, 0.4),
        ("equal", 0.4, 0.5, 0.6),
        ("spread", 0.64, 0.72, 0.8),
    ],
)
def test_jitter(jitter, at_0_s, at_quarter_s, at_half_s):
    """Each jitter places the draw where its formula says."""
    layer = replace(EXPONENTIAL, jitter=jitter, jitter_width_ratio=0.2)
    drawn_s = [delay_s(layer, 4, 0.0, u) for u in (0.0, 0.25, 0.5)]
    assert [at_0_s, at_quarter_s, at_half_s] == pytest.approx(drawn_s)


def test_cap_comes_before_jitter():
    """A spread delay may pass the cap by its width, as in gRPC."""
    layer = replace(EXPONENTIAL, jitter="spread", jitter_width_ratio=0.2)
    assert pytest.approx(1.1) == delay_s(layer, 9, 0.0, 0.75)


@pytest.mark.parametrize(
    ("previous_s", "u", "expected_s"),
    [(0.0, 0.0, 0.1), (0.0, 0.5, 0.2), (0.1, 0.5, 0.2), (0.2, 0.5, 0.35), (0.9, 0.9, 1.0)],
)
def test_decorrelated(previous_s, u, expected_s):
    """The delay is drawn between the base and three times the previous one, and capped."""
    layer = replace(EXPONENTIAL, backoff="decorrelated", jitter="full")
    assert pytest.approx(expected_s) == delay_s(layer, 2, previous_s, u)


def test_endless_retries_do_not_overflow():
    """The ten-thousandth doubling is still the cap, and nothing times anything is nothing."""
    assert delay_s(EXPONENTIAL, 10_000, 0.0, 0.0) == 1.0
    assert delay_s(replace(EXPONENTIAL, base_s=0.0), 10_000, 0.0, 0.0) == 0.0


@pytest.mark.parametrize("field", ["backoff", "jitter"])
def test_unknown_word_is_our_fault(field):
    """A word that validation should have refused is an internal error."""
    with pytest.raises(InternalError, match="'soon'"):
        delay_s(replace(EXPONENTIAL, **{field: "soon"}), 1, 0.0, 0.0)
