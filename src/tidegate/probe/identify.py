"""What a client really does, from everything that was seen of it; what cannot be told is said."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tidegate.probe.attempts import Attempt, attempts_of, most_at_once
from tidegate.probe.backoff_law import Interval, roundest
from tidegate.probe.conduct import Conduct, conduct_of
from tidegate.probe.connections import Connections, connections_in
from tidegate.probe.nesting import Retrying, find_layers
from tidegate.probe.observation import Trial, connections_of
from tidegate.probe.resolution import Resolution, resolution_of
from tidegate.probe.situation import RETRY_AFTER_S, SITUATIONS

_READING_S = 0.006
_PACE_LEAST_COUNT, _PACE_FACTOR = 3, 2.0
_HONOURED_SLACK_S = 0.1


@dataclass(frozen=True, kw_only=True)
class Group:
    """Situations in which the client tries again in the same way."""

    situations: tuple[str, ...]
    retrying: Retrying


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Everything that was found out about a client.

    Parameters
    ----------
    conducts
        By situation, `healthy` left out.
    groups
        The situations sorted by how the client tries again, in the order of `SITUATIONS`.
    time_outs
        By layer (connect, read, overall), in seconds.
    connection
        per_request, keep_alive or pool; empty where it cannot be told.
    pool_count
        The most connections that were open at once.
    reconnect_s
        After the address list changed: from the first new connection to the last, of as many as were
        dropped; None where fewer than two were.
    pace_s
        The client's own pause between requests; None where it does not go on by itself.
    honours_retry_after
        None where it cannot be told.
    syns_s
        When the operating system sent an unanswered SYN again, after the first; the longest row seen.
    resolution
        What it does about names.
    unknown
        What could not be identified, and why, a sentence each.
    connections
        By situation, `healthy` among them: what was opened for how many attempts.
    """

    conducts: Mapping[str, Conduct]
    groups: tuple[Group, ...]
    time_outs: Mapping[str, Interval]
    connection: str
    pool_count: int
    reconnect_s: Interval | None
    pace_s: Interval | None
    honours_retry_after: bool | None
    syns_s: tuple[float, ...]
    resolution: Resolution
    unknown: tuple[str, ...]
    connections: Mapping[str, Connections]

    @property
    def spare_connections_count(self) -> int:
        """How many connections with nothing asked each attempt that is given up leaves behind."""
        ratios = [one.spare_ratio for one in self.connections.values() if one.spare_ratio is not None]
        return math.floor(max(ratios, default=0.0) + 0.5)

    @property
    def spare_hold_s(self) -> Interval | None:
        """How long those stay open; None where that was not seen."""
        held = [one.hold_s for one in self.connections.values() if one.spare_ratio and one.hold_s]
        return max(held, key=lambda hold: hold.value, default=None)

    @property
    def idle_connect_s(self) -> Interval | None:
        """How long after a connection with nothing asked the next follows; None where that is no habit."""
        knocks = [one.knock_s for one in self.connections.values() if one.knock_s is not None]
        return min(knocks, key=lambda knock: knock.value, default=None)


def ever_connects(trials: Sequence[Trial]) -> bool:
    """Whether any trial shows so much as a try to connect."""
    return any(connections_of(trial) for trial in trials)


def identify(trials: Sequence[Trial], protocol: str, *, seed: int) -> Finding:
    """Return what all the trials show.

    Parameters
    ----------
    trials
        Of all situations; those of `healthy` among them, and at least one connection in all.
    protocol
        What the endpoint spoke.
    seed
        Of the search for laws; the same trials and seed give the same finding.
    """
    by_name = {one.name: [trial for trial in trials if trial.situation == one.name] for one in SITUATIONS}
    by_name = {name: found for name, found in by_name.items() if found}
    pace = _pace(by_name["healthy"], protocol)
    callers_count = max(most_at_once(trial) for trial in by_name["healthy"])
    conducts = {
        name: conduct_of(name, found, protocol, pace=pace, callers_count=callers_count, seed=seed)
        for name, found in by_name.items()
        if name != "healthy"
    }
    clear = {name: by_name[name] for name, conduct in conducts.items() if conduct.is_clear}
    time_outs, unknown = _time_outs(clear, protocol)
    connection, why = _connection(by_name["healthy"], protocol)
    honours, doubt = _retry_after(conducts)
    connections = {name: connections_in(found, protocol) for name, found in by_name.items()}
    reconnect_s, spread_doubt = _reconnect(by_name.get("changing", ()))
    return Finding(
        conducts=conducts,
        groups=_groups(conducts, pace, seed),
        time_outs=time_outs,
        connection=connection,
        pool_count=max(most_at_once(trial) for trial in trials),
        reconnect_s=reconnect_s,
        pace_s=_interval(pace) if pace else None,
        honours_retry_after=honours,
        syns_s=_syns(trials),
        resolution=resolution_of(trials, protocol),
        unknown=(*unknown, *why, *doubt, *spread_doubt, *_never_certain(conducts, connections)),
        connections=connections,
    )


def _interval(values: Sequence[float]) -> Interval:
    ordered = sorted(values)
    low, middle, high = ordered[0], ordered[len(ordered) // 2], ordered[-1]
    return Interval(low=low, value=roundest(low, middle, high), high=high)


def _pace(trials: Sequence[Trial], protocol: str) -> tuple[float, ...]:
    """Return the pauses between requests of a client that goes on while all is well."""
    if protocol == "tcp":  # an echo is not what it asked for: it may try again after that as after a refusal
        return ()
    pauses: list[float] = []
    for trial in trials:
        done = [one for one in attempts_of(trial, protocol) if one.outcome == "answered"]
        pauses += [
            after.began_s - before.ended_s for before, after in pairwise(done) if before.ended_s is not None
        ]
    if len(pauses) < _PACE_LEAST_COUNT:
        return ()
    # Pauses that differ a lot are no pace: the client works, or does not like what it is answered.
    usual_s = sorted(pauses)[len(pauses) // 2]
    steady = all(usual_s / _PACE_FACTOR <= pause <= usual_s * _PACE_FACTOR for pause in pauses)
    return tuple(pauses) if steady else ()


def _time_outs(
    by_name: Mapping[str, Sequence[Trial]], protocol: str
) -> tuple[dict[str, Interval], list[str]]:
    found: dict[str, Interval] = {}
    unknown = []
    for layer, situation, outcome in (
        ("connect", "silent", "not_connected"),
        ("read", "hanging", "not_answered"),
        ("overall", "slow", "not_answered"),
    ):
        trials = by_name.get(situation, ())
        attempts = [one for trial in trials for one in attempts_of(trial, protocol)]
        taken = [_taken_s(one, layer) for one in attempts if one.outcome == outcome]
        if taken:
            low, high = min(taken) - _READING_S, max(taken) + _READING_S
            middle = sorted(taken)[len(taken) // 2]
            found[layer] = Interval(low=max(0.0, low), value=roundest(low, middle, high), high=high)
        elif trials:
            watched_s = max(trial.watched_s for trial in trials)
            pending = any(one.outcome == "pending" for one in attempts)
            why = f"none shorter than the {watched_s:.0f} s watched" if pending else "it gave nothing up"
            if any(one.outcome == "answered" for one in attempts):
                why = "the first bytes of an answer were enough for it"
            unknown.append(f"its {layer} time-out: {why}")
    return found, unknown


def _taken_s(attempt: Attempt, layer: str) -> float:
    began_s = attempt.requested_s if layer == "read" else attempt.syn_s
    began_s = attempt.began_s if began_s is None else began_s
    assert attempt.ended_s is not None  # pending attempts have another outcome
    return attempt.ended_s - began_s


def _connection(trials: Sequence[Trial], protocol: str) -> tuple[str, list[str]]:
    done = [one for trial in trials for one in attempts_of(trial, protocol) if one.outcome == "answered"]
    opened = sum(1 for one in done if one.syn_s is not None)
    at_once = max(most_at_once(trial) for trial in trials)
    if protocol != "http":
        return "", ["whether it keeps connections: requests are told apart in HTTP alone"]
    if len(done) < 2 * len(trials):
        return "", ["whether it keeps connections: it asked only once in each run"]
    if opened == len(done):
        return "per_request", []
    return ("pool" if at_once > 1 else "keep_alive"), []


def _retry_after(conducts: Mapping[str, Conduct]) -> tuple[bool | None, list[str]]:
    told, plain = conducts.get("erring_retry_after"), conducts.get("erring")
    if told is None or plain is None:
        return None, []
    name = "whether it honours Retry-After"
    told_s = [wait for run in told.runs for wait in run.waits_s]
    plain_s = [wait for run in plain.runs for wait in run.waits_s]
    if not told_s:
        return None, [f"{name}: it does not try again after an error" if told.kind == "never"
                      else f"{name}: {told.cannot or 'no wait was seen'}"]  # fmt: skip
    if min(told_s) < RETRY_AFTER_S - _HONOURED_SLACK_S:
        return False, []
    if plain_s and min(plain_s) >= RETRY_AFTER_S - _HONOURED_SLACK_S:
        return None, [f"{name}: it waits longer than those {RETRY_AFTER_S} s anyway"]
    return True, []


def _reconnect(trials: Sequence[Trial]) -> tuple[Interval | None, list[str]]:
    spreads = []
    for trial in trials:
        if trial.changed_s is None:
            continue
        links = connections_of(trial)
        dropped = [one for one in links if one.reset_s is not None and one.reset_s >= trial.changed_s - 0.05]
        again = [one.began_s for one in links if one.began_s > trial.changed_s][: len(dropped)]
        if len(dropped) > 1 and len(again) == len(dropped):
            spreads.append(again[-1] - again[0])
    if spreads:
        return _interval(spreads), []
    return None, ["over how long its connections are made again: fewer than two were open at the change"]


def _syns(trials: Sequence[Trial]) -> tuple[float, ...]:
    rows = [link.syns_s for trial in trials for link in connections_of(trial)]
    longest = max(rows, key=len, default=())
    return tuple(at_s - longest[0] for at_s in longest[1:])


def _never_certain(conducts: Mapping[str, Conduct], connections: Mapping[str, Connections]) -> list[str]:
    return [*_idle_doubt(connections), *_always_unknown(conducts)]


def _idle_doubt(connections: Mapping[str, Connections]) -> list[str]:
    """Say what cannot be told of a client that asks nothing, in a protocol in which it may be waiting."""
    if any(one.knock_s is not None and not one.client_speaks_first for one in connections.values()):
        either = "whether it connects with nothing to ask (idle_connect_every)"
        return [f"{either} or waits for the other end to speak first: in tcp they look alike"]
    return []


def _always_unknown(conducts: Mapping[str, Conduct]) -> list[str]:
    most = max((one.attempts_count[1] for one in conducts.values()), default=0)
    over = f"it shows over many failing requests, and at most {most} attempts were seen in a row"
    return [f"a retry budget or breaker: {over}"]


def _groups(conducts: Mapping[str, Conduct], pace: Sequence[float], seed: int) -> tuple[Group, ...]:
    """Sort situations by behaviour: two are the same where one explanation serves both better than two."""
    groups: list[tuple[list[Conduct], Retrying]] = []
    for name, conduct in conducts.items():
        if conduct.cannot or name == "erring_retry_after":
            continue
        for index, (members, _) in enumerate(groups):
            joined = _joined(members, conduct, groups[index][1], pace, seed)
            if joined is not None:
                groups[index] = ([*members, conduct], joined)
                break
        else:
            groups.append(([conduct], conduct.retrying))
    return tuple(
        Group(situations=tuple(one.situation for one in members), retrying=retrying)
        for members, retrying in groups
    )


def _joined(
    members: Sequence[Conduct], conduct: Conduct, known: Retrying, pace: Sequence[float], seed: int
) -> Retrying | None:
    one, other = known.layers, conduct.retrying.layers
    if len(one) != len(other) or (known.pace_s is None) is not (conduct.retrying.pace_s is None):
        return None
    if not one:
        return known
    if any((a.law.law == "none") is not (b.law.law == "none") for a, b in zip(one, other, strict=True)):
        return None
    if any(a.retries_count != b.retries_count and None not in {a.retries_count, b.retries_count}
           for a, b in zip(one, other, strict=True)):  # fmt: skip
        return None
    runs = [run for member in (*members, conduct) for run in member.runs]
    together = find_layers(runs, pace=pace, seed=seed)
    apart = known.log_evidence + conduct.retrying.log_evidence
    same = len(together.layers) == len(one) and together.log_evidence > apart - math.log(3.0)
    return together if same else None
