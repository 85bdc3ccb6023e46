"""How many connections does a client make for its attempts? Those are what a NAT, a table and a limit count.

A connection on which nothing is ever asked is no attempt of the application and costs a device as much.
How long a client waits between attempts must not live here: that is `conduct`.

Shortcut: where the other end is to speak first (MySQL, SMTP), a client that is left in silence has asked
nothing, so that its attempts count as connections without a request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tidegate.probe.attempts import Attempt, attempts_of
from tidegate.probe.backoff_law import Interval, roundest
from tidegate.probe.observation import Trial, connections_of

_BEFORE_CHANGE_S = 0.1
_AT_THE_END_S = 0.1
_LEAST_KNOCKS = 3
_STEADY_RATIO = 2.0


@dataclass(frozen=True, kw_only=True)
class Connections:
    """What was opened in one situation; pairs are the fewest and the most of one run.

    Parameters
    ----------
    attempts_count
        Attempts of the application.
    opened_count
        Connections begun, whether or not they came about.
    unasked_count
        Connections on which nothing was ever asked.
    spare_ratio
        Of those, as many as there were for each attempt that was given up; None where none was.
    hold_s
        How long they stayed open before the client closed them.
    knock_s
        From the end of one to the begin of the next, of a client that asked nothing at all.
    client_speaks_first
        Whether the protocol lets the client speak first. Else it may have waited for a word of the other end.
    """

    attempts_count: tuple[int, int]
    opened_count: tuple[int, int]
    unasked_count: tuple[int, int]
    spare_ratio: float | None = None
    hold_s: Interval | None = None
    knock_s: Interval | None = None
    client_speaks_first: bool = True

    @property
    def are_more(self) -> bool:
        """Whether there were more connections than attempts."""
        return self.opened_count[1] > self.attempts_count[1]


def connections_in(trials: Sequence[Trial], protocol: str) -> Connections:
    """Return what was opened in the trials of one situation; at least one trial."""
    runs = [_sorted_out(trial, protocol) for trial in trials]
    opened = [sum(1 for link in connections_of(one) if link.began_s >= _begin_s(one)) for one in trials]
    given_up = sum(
        1 for tries, _ in runs for one in tries if one.outcome in {"not_answered", "not_connected"}
    )
    unasked = sum(len(spares) for _, spares in runs)
    return Connections(
        attempts_count=_ends([len(tries) for tries, _ in runs]),
        opened_count=_ends(opened),
        unasked_count=_ends([len(spares) for _, spares in runs]),
        spare_ratio=unasked / given_up if given_up else None,
        hold_s=_interval([hold for trial, (_, spares) in zip(trials, runs, strict=True)
                          for hold in _holds_s(trial, spares)]),
        knock_s=_knock(runs),
        client_speaks_first=protocol != "tcp",
    )  # fmt: skip


def _begin_s(trial: Trial) -> float:
    return 0.0 if trial.changed_s is None else trial.changed_s - _BEFORE_CHANGE_S


def _sorted_out(trial: Trial, protocol: str) -> tuple[list[Attempt], list[Attempt]]:
    """Return the attempts of a trial, and the connections on which nothing was asked."""
    begin_s = _begin_s(trial)
    every = attempts_of(trial, protocol)
    tries = [one for one in every if one.outcome != "unused"]
    late = [one for one in tries if one.ended_s is None or one.ended_s >= begin_s]
    return late, [one for one in every if one.outcome == "unused" and one.began_s >= begin_s]


def _holds_s(trial: Trial, spares: Sequence[Attempt]) -> list[float]:
    """Return how long spare connections were open, of those that did not end with the program."""
    end_s = trial.watched_s if trial.ended_s is None else trial.ended_s
    return [
        one.ended_s - one.began_s
        for one in spares
        if one.ended_s is not None and one.ended_s < end_s - _AT_THE_END_S
    ]


def _knock(runs: Sequence[tuple[Sequence[Attempt], Sequence[Attempt]]]) -> Interval | None:
    """Return how long a client that asks nothing waits before it connects again, if it does so steadily."""
    if any(tries for tries, _ in runs):
        return None
    waits = [
        after.began_s - before.ended_s
        for _, spares in runs
        for before, after in pairwise(spares)
        if before.ended_s is not None
    ]
    if len(waits) < _LEAST_KNOCKS or max(waits) > _STEADY_RATIO * max(min(waits), 0.0):
        return None
    return _interval(waits)


def _ends(counts: Sequence[int]) -> tuple[int, int]:
    return min(counts), max(counts)


def _interval(values: Sequence[float]) -> Interval | None:
    if not values:
        return None
    ordered = sorted(values)
    low, middle, high = ordered[0], ordered[len(ordered) // 2], ordered[-1]
    return Interval(low=low, value=roundest(low, middle, high), high=high)
