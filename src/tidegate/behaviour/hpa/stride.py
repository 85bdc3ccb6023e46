"""How far may an autoscaler go at once? The budgets of its policies over what it has done lately.

An event counts while it is younger than a policy's period; one exactly as old is out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from tidegate.behaviour.hpa.release import NEWEST, Release

SYNC_S = 15.0
"""Between two decisions."""
LONGEST_PERIOD_S = 1800.0
"""Of a policy."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One budget.

    Parameters
    ----------
    percent
        Whether `amount` is a percentage of the pods at the start of the period.
    amount
        Pods, or per cent.
    period_s
        Over which it holds.
    """

    percent: bool
    amount: int
    period_s: float


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How an autoscaler goes in one direction.

    Parameters
    ----------
    policies
        Its budgets.
    choice
        "Max" takes the one that allows most, "Min" the one that allows least, "Disabled" none.
    window_s
        Over which wishes are held against each other.
    tolerance_ratio
        No change while a metric is this near its target; None as the cluster says.
    """

    policies: tuple[Policy, ...]
    choice: str = "Max"
    window_s: float = 0.0
    tolerance_ratio: float | None = None


DEFAULT_UP = Rules(
    policies=(
        Policy(percent=False, amount=4, period_s=SYNC_S),
        Policy(percent=True, amount=100, period_s=SYNC_S),
    )
)
DEFAULT_DOWN = Rules(policies=(Policy(percent=True, amount=100, period_s=SYNC_S),), window_s=300.0)


@dataclass(frozen=True, kw_only=True)
class Behavior:
    """What `behavior` says, or its defaults where it is written and says nothing."""

    up: Rules = DEFAULT_UP
    down: Rules = DEFAULT_DOWN

    @property
    def longest_window_s(self) -> float:
        """How long a wish may count."""
        return max(self.up.window_s, self.down.window_s)


@dataclass(frozen=True)
class Event:
    """So many pods were asked for, or given up, at a moment."""

    at_s: float
    count: int


@dataclass
class Booked:
    """What an autoscaler has asked for lately, both ways."""

    added: list[Event] = field(default_factory=list)
    removed: list[Event] = field(default_factory=list)

    def book(self, now_s: float, before: int, after: int) -> None:
        """Put down a change of size."""
        events = self.added if after > before else self.removed
        events[:] = [event for event in events if now_s - event.at_s < LONGEST_PERIOD_S]
        events.append(Event(now_s, abs(after - before)))


def _within(events: Sequence[Event], now_s: float, period_s: float) -> int:
    return sum(event.count for event in events if now_s - event.at_s < period_s)


def most_without_behavior(size: int) -> int:
    """Return the most pods that an autoscaler without `behavior` goes to at once."""
    return max(2 * size, 4)


def up_limit(
    size: int, rules: Rules, now_s: float = 0.0, booked: Booked | None = None, by: Release = NEWEST
) -> int:
    """Return the most pods that the policies allow; it may be below `size`."""
    if rules.choice == "Disabled":
        return size
    booked = booked or Booked()
    limits = []
    for policy in rules.policies:
        start = size - _within(booked.added, now_s, policy.period_s)
        if by.counts_both_ways:
            start += _within(booked.removed, now_s, policy.period_s)
        limits.append(
            math.ceil(start * (1.0 + policy.amount / 100.0)) if policy.percent else start + policy.amount
        )
    return (min if rules.choice == "Min" else max)(limits)


def down_limit(
    size: int, rules: Rules, now_s: float = 0.0, booked: Booked | None = None, by: Release = NEWEST
) -> int:
    """Return the fewest pods that the policies allow; it may be above `size`."""
    if rules.choice == "Disabled":
        return size
    booked = booked or Booked()
    limits = []
    for policy in rules.policies:
        start = size + _within(booked.removed, now_s, policy.period_s)
        if by.counts_both_ways:
            start -= _within(booked.added, now_s, policy.period_s)
        limits.append(int(start * (1.0 - policy.amount / 100.0)) if policy.percent else start - policy.amount)
    return (max if rules.choice == "Min" else min)(limits)
