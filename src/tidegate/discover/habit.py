"""What do those do that ask one place? Numbers of one group of sources, from quiet seconds alone.

What only shows where something fails (time-outs, back-off, who hides behind an address) is not looked for
here.

Sources: pauses are exponential and cut off at the end of each quiet spell (Lawless, Statistical Models and
Methods for Lifetime Data, 2003, 4.1); counts of five seconds tell how much more than Poisson they vary
(quasi-Poisson).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tidegate.discover.number import Number, around
from tidegate.discover.quiet_time import Spells

Demand = Literal["closed", "open", "untold"]

_BIN_S = 5
_LEAST_EXPECTED = 5.0
_CLOSED_MOST_RATIO = 0.2
_OPEN_LEAST_RATIO = 0.6
_LEAST_COUNT = 10
_SAME_AGE_CV = 0.15
_SAME_IDLE_RATIO, _SAME_IDLE_S = 0.03, 0.1
_LEAST_IDLE_RATIO = 0.1
_SHORTER_RATIO = 0.05


def rate_per_s(begun_s: NDArray[np.float64], spells: Spells) -> Number | None:
    """Return how many flows begin a second; None where nothing was quiet, or hardly anything happened."""
    quiet_s = spells.quiet_s
    count = int(spells.holds(begun_s).sum())
    if quiet_s < 1.0 or count < _LEAST_COUNT:
        return None
    bins = spells.counts(begun_s, _BIN_S)
    spread = max(float(bins.var(ddof=1) / bins.mean()), 1.0) if len(bins) > 2 and bins.mean() > 0 else 1.0
    return around(count / quiet_s, math.sqrt(spread * count) / quiet_s, count)


def demand_kind(each: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]], spells: Spells) -> Demand:
    """Return whether each source waits for an answer before it asks again, by how often flows of one overlap.

    Parameters
    ----------
    each
        Of each source when its flows began, and how long they lived, both ascending in time.
    spells
        Of the place.
    """
    expected, seen = 0.0, 0
    for begun_s, life_s in each:
        quiet = spells.holds(begun_s)
        count = int(quiet.sum())
        if count < 2 or spells.quiet_s < 1.0:
            continue
        lives = np.where(np.isfinite(life_s[quiet]), life_s[quiet], 0.0)
        expected += count * -math.expm1(-count / spells.quiet_s * float(lives.mean()))
        latest_s = np.maximum.accumulate(begun_s + np.where(np.isfinite(life_s), life_s, 0.0))
        seen += int((begun_s[1:] < latest_s[:-1])[quiet[1:]].sum())
    if expected < _LEAST_EXPECTED:
        return "untold"
    if seen <= _CLOSED_MOST_RATIO * expected:
        return "closed"
    return "open" if seen >= _OPEN_LEAST_RATIO * expected else "untold"


def think_s(each: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]], spells: Spells) -> Number | None:
    """Return the mean pause between an end and the next beginning of one source; None of too few."""
    waited_s, count = 0.0, 0
    for begun_s, life_s in each:
        if not len(begun_s):
            continue
        ended_s = begun_s + life_s
        known = spells.holds(ended_s)
        next_s = np.append(begun_s[1:], np.inf)
        until_s = spells.ends(np.where(known, ended_s, spells.first_s))
        pause_s = np.minimum(next_s, until_s) - ended_s
        pause_s, came = pause_s[known], (next_s < until_s)[known]
        waited_s += float(np.clip(pause_s, 0.0, None).sum())
        count += int(came.sum())
    if count < _LEAST_COUNT:
        return None
    mean_s = waited_s / count
    return around(mean_s, mean_s / math.sqrt(count), count)


def age_s(begun_s: NDArray[np.float64], life_s: NDArray[np.float64], last_s: float) -> Number | None:
    """Return the age at which connections are closed, where they all become about as old; None where not.

    A connection that began too late to become as old within the record says nothing.
    """
    ended = life_s[np.isfinite(life_s)]
    if len(ended) < _LEAST_COUNT:
        return None
    middle_s = float(np.median(ended))
    could = begun_s + 1.5 * middle_s < last_s
    lives = life_s[could]
    if len(lives) < _LEAST_COUNT or not np.isfinite(lives).all():
        return None
    mean_s, deviation_s = float(lives.mean()), float(lives.std(ddof=1))
    if mean_s <= 0.0 or deviation_s > _SAME_AGE_CV * mean_s:
        return None
    return around(mean_s, max(deviation_s / math.sqrt(len(lives)), 0.0075 * mean_s), len(lives))


def idle_s(life_s: NDArray[np.float64]) -> Number | None:
    """Return after how long without a request connections are closed; None where that does not show.

    None lives shorter, and those that were used once live hardly longer: so many have about the least life.
    """
    ended = np.sort(life_s[np.isfinite(life_s)])
    if len(ended) < _LEAST_COUNT:
        return None
    upto = np.searchsorted(ended, ended * (1.0 + _SAME_IDLE_RATIO) + _SAME_IDLE_S, side="right")
    sizes = upto - np.arange(len(ended))
    first = int(np.argmax(sizes))
    if sizes[first] < max(_LEAST_COUNT, _LEAST_IDLE_RATIO * len(ended)) or first > _SHORTER_RATIO * len(
        ended
    ):
        return None
    same = ended[first : int(upto[first])]
    value = float(np.quantile(same, 0.05))
    return Number(
        value=value, low=0.97 * value, high=max(1.02 * value, float(np.median(same))), count=len(same)
    )


def hold_s(held_s: Sequence[float]) -> Number | None:
    """Return for how long a closed flow keeps its entry; None of too few.

    The fifth percentile: an entry is found expired late, by up to a minute; the least of all is lower, where
    a port was used again and so ended an entry early.
    """
    if len(held_s) < _LEAST_COUNT:
        return None
    held = np.sort(np.asarray(held_s, dtype=np.float64))
    value = float(np.quantile(held, 0.05))
    return Number(value=value, low=0.97 * value, high=1.03 * value, count=len(held))
