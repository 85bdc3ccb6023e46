"""Which retry layers made the waits: one, or a library's within a job loop's.

A layer inside another shows as bursts: every so many waits one belongs to the outer layer. Whether it is
one layer or two is decided by the evidence for either. By which law a layer waits is found in `backoff_law`.

Shortcut: at most two layers, and every burst is equally long.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tidegate.probe.backoff_law import Law, find_law
from tidegate.probe.models import Delay

_LEAST_ODDS = math.log(20.0)
_LONGEST_BURST = 12
_SHORTEST_TOLD_S = 0.005
_CLEARLY_MORE, _SAME_LOG = 1.5, 0.01
_SAME_PACE_RATIO, _SAME_PACE_S = 0.2, 0.05


@dataclass(frozen=True, kw_only=True)
class Waits:
    """The waits of one run, each from a failed attempt to the next one.

    Parameters
    ----------
    waits_s
        In order.
    is_complete
        Whether the client gave up by itself, so that no further wait would have followed.
    """

    waits_s: tuple[float, ...]
    is_complete: bool


@dataclass(frozen=True, kw_only=True)
class FoundLayer:
    """One retry layer.

    Parameters
    ----------
    law
        How it waits.
    retries_count
        Retries after the first attempt; None where it had not given up when the watch ended.
    least_count
        The most retries that were seen.
    """

    law: Law
    retries_count: int | None
    least_count: int


@dataclass(frozen=True, kw_only=True)
class Retrying:
    """How a client tries again.

    Parameters
    ----------
    layers
        The innermost first; empty where it never does.
    unknown
        What could not be identified, and why, a sentence each.
    log_evidence
        For this explanation of all the waits.
    pace_s
        The client's own pause between requests, where an outer layer turned out to be that.
    """

    layers: tuple[FoundLayer, ...] = ()
    unknown: tuple[str, ...] = ()
    log_evidence: float = 0.0
    pace_s: float | None = None


def find_layers(runs: Sequence[Waits], *, pace: Sequence[float] = (), seed: int) -> Retrying:
    """Return the layers that made the waits.

    Parameters
    ----------
    runs
        One or more runs in the same situation.
    pace
        Pauses between the client's requests while all is well; waits as long are its own pace.
    seed
        Of the search.
    """
    runs = [run for run in runs if run.waits_s or run.is_complete]
    if not any(run.waits_s for run in runs):
        return Retrying()
    single = find_law(_numbered(runs), seed=seed)
    burst_count = _likely_burst(runs)
    inner: list[Delay] = []
    outer: list[Delay] = []
    if burst_count is not None and _may_repeat(runs, burst_count):
        inner, outer = _split(runs, burst_count)
    if burst_count is not None and inner and outer and _differ(inner, outer):
        laws = find_law(inner, seed=seed), find_law(outer, seed=seed)
        if sum(law.log_evidence for law in laws) > single.log_evidence + _LEAST_ODDS:
            return _two_layers(runs, burst_count, laws, pace)
    if _is_pace(single, pace):
        return Retrying(pace_s=single.waits_s.value, log_evidence=single.log_evidence)
    layer, unknown = _counted(single, [len(run.waits_s) for run in runs], runs)
    return Retrying(layers=(layer,), unknown=(*single.unknown, *unknown), log_evidence=single.log_evidence)


def _two_layers(
    runs: Sequence[Waits], burst_count: int, laws: tuple[Law, Law], pace: Sequence[float]
) -> Retrying:
    inner, outer = laws
    evidence = inner.log_evidence + outer.log_evidence
    within = FoundLayer(law=inner, retries_count=burst_count - 1, least_count=burst_count - 1)
    if _is_pace(outer, pace):
        return Retrying(
            layers=(within,), unknown=inner.unknown, log_evidence=evidence, pace_s=outer.waits_s.value
        )
    around, unknown = _counted(outer, [len(run.waits_s) // burst_count for run in runs], runs)
    return Retrying(
        layers=(within, around), unknown=(*inner.unknown, *outer.unknown, *unknown), log_evidence=evidence
    )


def _counted(law: Law, counts: Sequence[int], runs: Sequence[Waits]) -> tuple[FoundLayer, tuple[str, ...]]:
    """Return the layer with its number of retries, which only runs that ended by themselves show."""
    complete = [count for count, run in zip(counts, runs, strict=True) if run.is_complete]
    most = max(counts)
    if not complete:
        why = f"how often it tries again: it had not given up after {most} retries when the watch ended"
        return FoundLayer(law=law, retries_count=None, least_count=most), (why,)
    usual = Counter(complete).most_common(1)[0][0]
    layer = FoundLayer(law=law, retries_count=usual, least_count=most)
    if len(set(complete)) == 1:
        return layer, ()
    why = f"a fixed number of retries: from {min(complete)} to {max(complete)} were seen"
    return layer, (f"{why}, as with a limit of time rather than of number",)


def _is_pace(law: Law, pace: Sequence[float]) -> bool:
    """Whether waits are nothing but the client's pause between requests, which never grows."""
    return bool(pace) and not law.is_back_off and _is_alike(law.waits_s.value, sorted(pace)[len(pace) // 2])


def _numbered(runs: Sequence[Waits]) -> list[Delay]:
    return [
        Delay(number=number, previous_s=run.waits_s[number - 2] if number > 1 else 0.0, waited_s=waited_s)
        for run in runs
        for number, waited_s in enumerate(run.waits_s, start=1)
    ]


def _split(runs: Sequence[Waits], burst_count: int) -> tuple[list[Delay], list[Delay]]:
    """Return the waits within bursts of so many attempts, and those between bursts."""
    inner: list[Delay] = []
    outer: list[Delay] = []
    for run in runs:
        between = run.waits_s[burst_count - 1 :: burst_count]
        outer += _numbered([replace(run, waits_s=between)])
        for begin in range(0, len(run.waits_s), burst_count):
            within = run.waits_s[begin : begin + burst_count - 1]
            inner += _numbered([replace(run, waits_s=within)])
    return inner, outer


def _likely_burst(runs: Sequence[Waits]) -> int | None:
    """Return how many attempts a burst most likely has; None where nothing repeats."""
    longest = max(len(run.waits_s) for run in runs)
    # Two bursts at least, one of them whole, or there is nothing that repeats.
    candidates = range(2, min(_LONGEST_BURST, (longest + 1) // 2) + 1)
    return min(candidates, key=lambda count: _unlikeness(runs, count), default=None)


def _differ(inner: Sequence[Delay], outer: Sequence[Delay]) -> bool:
    """Whether the waits between bursts are unlike those at some place within them."""
    between_s = _median(outer)
    places = {delay.number for delay in inner}
    within = [_median([delay for delay in inner if delay.number == number]) for number in places]
    return any(not _is_alike(between_s, one) for one in within)


def _median(delays: Sequence[Delay]) -> float:
    waited = sorted(delay.waited_s for delay in delays)
    return waited[len(waited) // 2]


def _is_alike(one_s: float, other_s: float) -> bool:
    return abs(one_s - other_s) <= max(_SAME_PACE_RATIO * max(one_s, other_s), _SAME_PACE_S)


def _may_repeat(runs: Sequence[Waits], burst_count: int) -> bool:
    """Whether bursts could explain the waits better than their place in the whole run does."""
    longest = max(len(run.waits_s) for run in runs)
    if len(runs) == 1:
        return True  # one run shows nothing twice at the same place
    return _unlikeness(runs, burst_count) < _CLEARLY_MORE * _unlikeness(runs, longest + 1) + _SAME_LOG


def _unlikeness(runs: Sequence[Waits], burst_count: int) -> float:
    """Return how much waits at the same place of a burst differ, on a logarithmic scale."""
    places: dict[int, list[float]] = {}
    for run in runs:
        for index, waited_s in enumerate(run.waits_s):
            places.setdefault(index % burst_count, []).append(math.log(max(waited_s, _SHORTEST_TOLD_S)))
    waits_count = sum(len(logs) for logs in places.values())
    total = 0.0
    for logs in places.values():
        mean = sum(logs) / len(logs)
        total += sum((log - mean) ** 2 for log in logs)
    return total / max(waits_count - len(places), 1)
