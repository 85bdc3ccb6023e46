"""How do the notices stand, all taken together? Counts for operators and for the metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.inform.recipients import fresh_updates, plans
from tidegate.inform.state import State


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How the notices stand.

    Parameters
    ----------
    confirmed
        Confirmed subscriptions by channel.
    open_count
        Questions that are neither answered nor lapsed.
    owed
        Notices that are planned and owed, by channel.
    tried_count
        How many of these were tried without success.
    next_s
        When the first of these is tried again, in seconds since 1970; None where none waits.
    ended
        Notices that ended, by outcome.
    """

    confirmed: Mapping[str, int]
    open_count: int
    owed: Mapping[str, int]
    tried_count: int
    next_s: float | None
    ended: Mapping[str, int]


def standing(state: State, now_s: float) -> Standing:
    """Return how the notices stand at `now_s`, in seconds since 1970."""
    subscriptions = state.subscriptions()
    owed = [one for one in state.deliveries.values() if one.is_owed]
    tried = [one for one in owed if one.attempts_count]
    waits = [one.next_s for one in tried if one.next_s is not None]
    asked = [one for one in subscriptions if not one.is_confirmed and not one.is_ended]
    return Standing(
        confirmed=Counter(one.channel for one in subscriptions if one.is_confirmed),
        open_count=sum(one.until_s is None or one.until_s >= now_s for one in asked),
        owed=Counter(one.channel for one in owed),
        tried_count=len(tried),
        next_s=min(waits, default=None),
        ended=Counter(one.outcome for one in state.deliveries.values() if one.outcome),
    )


def unplanned(state: State, now_s: float) -> Mapping[str, int]:
    """Return how many notices of what was published are owed but not planned yet, by channel."""
    return Counter(
        draft.payload["channel"]
        for one, update in fresh_updates(state.outages(), now_s)
        for draft in plans(state, one, update)
    )
