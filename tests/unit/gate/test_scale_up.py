"""The steps of an autoscaler: policies are ceilings over their period, taken in full at every sync."""

from __future__ import annotations

import pytest

from tidegate.gate.scale_up import DEFAULT, Policy, steps

PODS_10_A_MINUTE = (Policy(percent=False, amount=10, period_s=60.0),)


@pytest.mark.parametrize(
    ("before", "after", "policies", "choice", "expected"),
    [
        (40, 120, DEFAULT, "Max", (2, 15.0)),
        (1, 5, DEFAULT, "Max", (1, 0.0)),
        (1, 100, DEFAULT, "Max", (6, 15.0)),
        (40, 60, DEFAULT, "Min", (5, 15.0)),
        (40, 120, PODS_10_A_MINUTE, "Max", (8, 60.0)),
        (1, 10_000, (Policy(percent=False, amount=1, period_s=60.0),), "Max", (0, 0.0)),
    ],
)
def test_steps_follow_the_policies(before, after, policies, choice, expected):
    """Steps and pause are those that the policies allow; no steps where it takes more than a day."""
    assert expected == steps(before, after, policies, choice)
