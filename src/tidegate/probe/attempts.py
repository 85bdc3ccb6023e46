"""Which attempts a client made in one run, how each ended, and how long it waited in between.

An attempt is one try of the application: a connection with its request, or a further request on a kept
connection. The operating system's repeated SYNs belong to the attempt of their connection. A name looked
up before a connection belongs to the attempt, too. What the waits mean must not live here: that is
`nesting`.

Shortcut: the service has one address at a time, so that trying the next of several is never seen.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tidegate.probe.observation import Connection, Trial, connections_of

FAILED = ("refused", "reset", "closed", "not_connected", "not_answered", "error")
_OVERLAP_S = 0.005
_SATISFIED_S = 0.05
_AFTER_DROP_S = 0.1
_ASKS_BEFORE_S = 0.1


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try of the application.

    Parameters
    ----------
    began_s, ended_s
        In the trial's time; `ended_s` is None where it was under way when the watch ended.
    outcome
        "answered", "error" (answered with one), "refused", "reset", "closed" (by the service without an
        answer), "not_connected" and "not_answered" (the client gave up), "pending", or "unused" (a
        connection on which nothing was asked).
    address
        Which was tried.
    connected_s
        How long connecting took; None where it did not succeed.
    requested_s
        When the request was sent; None where none was.
    syn_s
        When connecting began; None for a further request on a kept connection.
    """

    began_s: float
    ended_s: float | None
    outcome: str
    address: str
    connected_s: float | None = None
    requested_s: float | None = None
    syn_s: float | None = None


def attempts_of(trial: Trial, protocol: str) -> tuple[Attempt, ...]:
    """Return the attempts of a trial in the order of their begin."""
    found = [one for link in connections_of(trial) for one in _of_connection(link, trial, protocol)]
    found.sort(key=lambda attempt: attempt.began_s)
    return tuple(_with_lookups(_told_apart(found, protocol), trial))


def _told_apart(attempts: Sequence[Attempt], protocol: str) -> list[Attempt]:
    """Take a connection that is still open, with nothing asked on it, for what it is.

    Where the client speaks first nobody asks anything on it; in bare TCP it may wait for a word, unless it
    has closed others of its kind.
    """
    idle = protocol != "tcp" or any(one.outcome == "unused" for one in attempts)
    return [
        replace(one, outcome="unused")
        if idle and one.outcome == "pending" and one.connected_s is not None and one.requested_s is None
        else one
        for one in attempts
    ]


def _of_connection(link: Connection, trial: Trial, protocol: str) -> list[Attempt]:
    whole = Attempt(
        began_s=link.began_s,
        ended_s=None,
        outcome="pending",
        address=link.address,
        connected_s=None if link.established_s is None else link.established_s - link.began_s,
        syn_s=link.began_s,
    )
    if link.established_s is None:
        if link.refused_s is not None:
            return [replace(whole, ended_s=link.refused_s, outcome="refused")]
        given_up_s = link.client_closed_s if link.client_closed_s is not None else trial.ended_s
        outcome = "pending" if given_up_s is None else "not_connected"
        return [replace(whole, ended_s=given_up_s, outcome=outcome)]
    if not link.requests:
        ended_s, outcome = _end_without_answer(link, trial, "unused")
        return [replace(whole, ended_s=ended_s, outcome=outcome)]
    requests = link.requests if protocol == "http" else (_merged(link.requests),)
    return [_of_request(whole, link, trial, index, request) for index, request in enumerate(requests)]


def _merged(
    requests: Sequence[tuple[float, float | None, float | None]],
) -> tuple[float, float | None, float | None]:
    """Return a talk of many short requests, greetings among them, as one."""
    last = requests[-1]
    return requests[0][0], last[1], last[2]


def _of_request(
    whole: Attempt,
    link: Connection,
    trial: Trial,
    index: int,
    request: tuple[float, float | None, float | None],
) -> Attempt:
    sent_s, first_s, last_s = request
    attempt = replace(whole, requested_s=sent_s) if index == 0 else replace(
        whole, began_s=sent_s, requested_s=sent_s, connected_s=None, syn_s=None
    )  # fmt: skip
    trickles = trial.situation == "slow" and not _was_enough(first_s, link)
    if first_s is not None and not trickles:
        outcome = "error" if trial.situation.startswith("erring") else "answered"
        return replace(attempt, ended_s=last_s, outcome=outcome)
    ended_s, outcome = _end_without_answer(link, trial, "not_answered")
    return replace(attempt, ended_s=ended_s, outcome=outcome)


def _was_enough(first_s: float | None, link: Connection) -> bool:
    """Whether the client took the first bytes for an answer, for it closed as soon as they came."""
    closed_s = link.client_closed_s
    return first_s is not None and closed_s is not None and closed_s - first_s < _SATISFIED_S


def _end_without_answer(link: Connection, trial: Trial, by_client: str) -> tuple[float | None, str]:
    ends = [
        (at_s, outcome)
        for at_s, outcome in (
            (link.reset_s, "reset"),
            (link.server_closed_s, "closed"),
            (link.client_closed_s, by_client),
            (trial.ended_s, by_client),
        )
        if at_s is not None
    ]
    return min(ends) if ends else (None, "pending")


def _with_lookups(attempts: Sequence[Attempt], trial: Trial) -> list[Attempt]:
    """Let an attempt begin where its name was last looked up before it connects."""
    found = []
    free_s = 0.0
    asked = [query.at_s for query in trial.queries if query.kind == "A"]
    for attempt in attempts:
        last = bisect_left(asked, attempt.began_s) - 1
        is_asked = last >= 0 and asked[last] >= max(free_s, attempt.began_s - _ASKS_BEFORE_S)
        found.append(replace(attempt, began_s=asked[last]) if is_asked else attempt)
        free_s = max(free_s, attempt.ended_s or attempt.began_s)
    return found


def failed_in(attempts: Sequence[Attempt], trial: Trial) -> list[Attempt]:
    """Return the attempts that failed or are under way, from the time on when all must fail."""
    begin_s = 0.0 if trial.changed_s is None else trial.changed_s - _AFTER_DROP_S
    wanted = (*FAILED, "pending")
    late = [one for one in attempts if one.ended_s is None or one.ended_s >= begin_s]
    failed = [one for one in late if one.outcome in wanted]
    # A kept connection that was idle when the service dropped it was no attempt of anybody.
    return [one for one in failed if not (one.outcome == "closed" and one.requested_s is None)]


def overlapping_count(attempts: Sequence[Attempt]) -> int:
    """Return how many attempts began while an earlier one was still under way."""
    count = 0
    busy_until_s = 0.0
    for attempt in attempts:
        if attempt.began_s < busy_until_s - _OVERLAP_S:
            count += 1
        busy_until_s = max(busy_until_s, float("inf") if attempt.ended_s is None else attempt.ended_s)
    return count


def waits_between(attempts: Sequence[Attempt]) -> tuple[float, ...]:
    """Return the seconds from the end of each attempt to the begin of the next."""
    return tuple(
        max(0.0, after.began_s - before.ended_s)
        for before, after in pairwise(attempts)
        if before.ended_s is not None
    )


def most_at_once(trial: Trial) -> int:
    """Return the most connections that were established at the same time."""
    changes: list[tuple[float, int]] = []
    for link in connections_of(trial):
        if link.established_s is None:
            continue
        ends = [at for at in (link.client_closed_s, link.server_closed_s, link.reset_s) if at is not None]
        changes += [(link.established_s, 1), (min(ends, default=trial.watched_s + 1.0), -1)]
    open_count = most = 0
    for _, change in sorted(changes):
        open_count += change
        most = max(most, open_count)
    return most
