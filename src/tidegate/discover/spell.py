"""When did a place not answer as it always does? Spells of silence, of refusal, and restarts.

A restart is a burst in which kept connections end together, or, where no end was seen, one in which many
that last begin together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

How = Literal["silent", "refused", "restart"]

_ANSWERED_LEAST_RATIO = 0.5
_LEAST_FAILED_COUNT = 3
_BURST_S = 0.4
_LEAST_BURST_COUNT = 10
_LEAST_BURST_RATIO = 0.25
_ALL_AT_ONCE_RATIO = 0.6
_AROUND_S = (1.0, 4.0)
"""Of what ends from so long before a burst to so long after it, so much is in it: a refusal resets kept
connections as well, but each only as it is next used."""
_SURPRISE = 15.0
"""So many log units a burst is less probable than chance has it."""
_OF_RESTART_S = 2.0
"""A refusal that begins so soon after connections ended is of the same restart."""


@dataclass(frozen=True, kw_only=True)
class Spell:
    """A time in which a place failed.

    Parameters
    ----------
    how
        "silent": nothing came back; "refused": attempts were refused; "restart": kept connections ended.
    begin_s, end_s
        From and until when, in seconds since 1970, as near as attempts tell.
    failed_count
        Attempts that failed in it; connections that ended, of a restart.
    """

    how: How
    begin_s: float
    end_s: float
    failed_count: int


@dataclass(frozen=True, kw_only=True)
class Attempts:
    """Attempts at one place, each ascending in time.

    Parameters
    ----------
    answered_s, refused_s, silent_s
        When they began, by what became of them; those that were answered late are among the silent.
    late_answers_s
        When late answers came.
    """

    answered_s: NDArray[np.float64]
    refused_s: NDArray[np.float64]
    silent_s: NDArray[np.float64]
    late_answers_s: NDArray[np.float64]


def failing_spells(attempts: Attempts, first_s: float, seconds: int) -> tuple[Spell, ...]:
    """Return the spells in which fewer than half of a second's attempts were answered, in their order."""
    good = by_second(attempts.answered_s, first_s, seconds)
    refused = by_second(attempts.refused_s, first_s, seconds)
    silent = by_second(attempts.silent_s, first_s, seconds)
    bad = refused + silent
    failing = (bad >= _LEAST_FAILED_COUNT) & (good < _ANSWERED_LEAST_RATIO * (good + bad))
    found: list[Spell] = []
    for begin, end in _runs(failing, np.where(silent >= refused, 1, 0)):
        how: How = "silent" if silent[begin] >= refused[begin] else "refused"
        at_s = attempts.silent_s if how == "silent" else attempts.refused_s
        good_s = attempts.answered_s
        if how == "silent":  # where nothing is answered no answer comes late either
            good_s = np.sort(np.concatenate([good_s, attempts.late_answers_s]))
        one = _sharp(how, at_s, good_s, (first_s + begin, first_s + end))
        if found and found[-1].how == how and one.begin_s < found[-1].end_s:
            continue  # few attempts are left in the middle of a silence, and it is one all the same
        found.append(one)
    return tuple(found)


def restarts(
    ended_s: NDArray[np.float64], begun_s: NDArray[np.float64], kept_count: int, length_s: float
) -> tuple[Spell, ...]:
    """Return when kept connections ended together, or began together where none was seen to end.

    Parameters
    ----------
    ended_s, begun_s
        When kept connections of a place ended and began, ascending.
    kept_count
        How many are kept at a time.
    length_s
        Of the record.
    """
    found = _bursts(ended_s, kept_count, length_s)
    if not found:
        found = _bursts(begun_s, kept_count, length_s)
    return tuple(
        Spell(how="restart", begin_s=begin_s, end_s=end_s, failed_count=count)
        for begin_s, end_s, count in found
    )


def joined(failing: Sequence[Spell], restarted: Sequence[Spell]) -> tuple[Spell, ...]:
    """Return all spells in order; a restart lasts as long as the refusal that it began."""
    longer, own = [], list(failing)
    for each in restarted:
        of_it = [
            one for one in own if one.how == "refused" and -1.0 <= one.begin_s - each.begin_s <= _OF_RESTART_S
        ]
        own = [one for one in own if one not in of_it]
        longer.append(replace(each, end_s=max([each.end_s, *(one.end_s for one in of_it)])))
    return tuple(sorted((*own, *longer), key=lambda one: one.begin_s))


def by_second(at_s: NDArray[np.float64], first_s: float, seconds: int) -> NDArray[np.int64]:
    """Return how many moments lie in each whole second of a record, shape (seconds,)."""
    second = np.floor(at_s - first_s).astype(np.int64)
    return np.bincount(second[(second >= 0) & (second < seconds)], minlength=seconds)


def _runs(failing: NDArray[np.bool_], kind: NDArray[np.int64]) -> Iterable[tuple[int, int]]:
    """Yield the seconds from and before which all fail in one way; one second between does not part them."""
    begin = end = -1
    for second in np.flatnonzero(failing):
        if begin >= 0 and second - end <= 1 and kind[second] == kind[begin]:
            end = int(second) + 1
            continue
        if begin >= 0:
            yield begin, end
        begin, end = int(second), int(second) + 1
    if begin >= 0:
        yield begin, end


def _sharp(
    how: How, at_s: NDArray[np.float64], good_s: NDArray[np.float64], about: tuple[float, float]
) -> Spell:
    """Return a spell whose ends are those of its attempts: first and last that failed."""
    inside = at_s[(at_s >= about[0] - 1.0) & (at_s < about[1] + 1.0)]
    core = inside[(inside >= about[0]) & (inside < about[1])]
    middle_s = float(np.median(core))
    before, after = good_s[good_s < middle_s], good_s[good_s > middle_s]
    begin_s = float(before[-1]) if len(before) else about[0]
    end_s = float(after[0]) if len(after) else float(inside[-1])
    within = inside[(inside >= begin_s) & (inside <= end_s)]
    return Spell(how=how, begin_s=float(within[0]), end_s=end_s, failed_count=len(within))


def _bursts(at_s: NDArray[np.float64], kept_count: int, length_s: float) -> list[tuple[float, float, int]]:
    """Return the times in which far more happened than chance has it, each with how much."""
    found: list[tuple[float, float, int]] = []
    if not len(at_s) or length_s <= 0.0:
        return found
    least = max(_LEAST_BURST_COUNT, _LEAST_BURST_RATIO * kept_count)
    upto = np.searchsorted(at_s, at_s + _BURST_S)
    sizes = upto - np.arange(len(at_s))
    i = 0
    while i < len(at_s):
        if sizes[i] >= least and _surprise(int(sizes[i]), len(at_s), length_s) > _SURPRISE:
            best = i + int(np.argmax(sizes[i : int(upto[i])]))
            last = int(upto[best]) - 1
            begin_s, count = float(at_s[i]), last - i + 1
            around = (at_s > begin_s - _AROUND_S[0]) & (at_s < begin_s + _AROUND_S[1])
            if count >= _ALL_AT_ONCE_RATIO * around.sum():
                found.append((begin_s, float(at_s[last]), count))
            i = last + 1
            while i < len(at_s) and at_s[i] - at_s[i - 1] < _BURST_S:
                i += 1
        else:
            i += 1
    return found


def _surprise(count: int, all_count: int, length_s: float) -> float:
    """Return minus the logarithm of the chance of so many in a burst, of those that are not in it."""
    mean = max((all_count - count) * _BURST_S / length_s, 0.05)
    return -(count * math.log(mean) - mean - math.lgamma(count + 1.0))
