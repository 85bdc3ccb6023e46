"""After how long do clients give an attempt up? Seen only where a place falls silent.

Who gives up before a connection stands sends nothing, so that moment shows in nothing but the next attempt:
what is waited after a silence is the time-out and then what is waited after a refusal. Those whose request
was under way as silence began close their connection after the time-out exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from tidegate.discover.failure_run import Waits
from tidegate.discover.number import Number
from tidegate.discover.spell import Spell
from tidegate.discover.wait_law import WaitLaw, log_likelihood

Array = NDArray[np.float64]
Flows = tuple[Array, Array]

_LEAST_UNDER_WAY = 3
_SAME_RATIO = 0.015
_LEAST_SAME_SHARE = 0.5
_LONG_TIMES, _LEAST_STUCK_S = 8.0, 0.25
"""Who waits so many times as long as half of them do, and so long at least, is not served any more."""
_SURELY_IN_S = 0.05
_LEAST_COUNT = 10
_WITHIN = 3.0
_LEAST_S = 0.02
_TOO = 0.015
_MOST_WIDE_RATIO = 0.3


def under_way_s(each: Iterable[Flows], silences: Sequence[Spell], life_s: float | None) -> Number | None:
    """Return the age at which those gave up whose request was under way as silence began, if it is one.

    Parameters
    ----------
    each
        When flows of each source began, and how long they lived.
    silences
        When their place was silent.
    life_s
        The median life of a flow when all is well; None says nothing.
    """
    if life_s is None:
        return None
    longest_s = max(_LONG_TIMES * life_s, _LEAST_STUCK_S)
    lives = np.concatenate(
        [_stuck(begun_s, lived_s, silences, longest_s) for begun_s, lived_s in each] or [np.zeros(0)]
    )
    lives = np.sort(lives)
    if len(lives) < _LEAST_UNDER_WAY:
        return None
    upto = np.searchsorted(lives, lives * (1.0 + 2.0 * _SAME_RATIO), side="right")
    first = int(np.argmax(upto - np.arange(len(lives))))
    same = lives[first : int(upto[first])]
    if len(same) < max(_LEAST_UNDER_WAY, _LEAST_SAME_SHARE * len(lives)):
        return None
    value = float(np.median(same))
    low, high = min(float(same[0]), value * (1.0 - _TOO)), max(float(same[-1]), value * (1.0 + _TOO))
    return Number(value=value, low=low, high=high, count=len(same))


def after_silence_s(silent: Waits, law: WaitLaw, think_s: float | None) -> Number | None:
    """Return what waits after a silence have more than those after a refusal; None where it is not clear."""
    if len(silent.gap_s) < _LEAST_COUNT:
        return None

    def probable(timeout_s: float) -> float:
        return log_likelihood(silent.gap_s - timeout_s, silent.number, law, think_s)

    tried = np.unique(np.round(_could_be(silent, law), 3))
    at = np.array([one for one in tried if one > _LEAST_S])
    if not len(at):
        return None
    best_s = float(at[int(np.argmax([probable(float(one)) for one in at]))])
    fine = best_s * np.arange(0.85, 1.15, 0.0025)
    found = np.array([probable(float(one)) for one in fine])
    kept = fine[found >= found.max() - _WITHIN]
    weight = np.exp(found - found.max())
    value = float((fine * weight).sum() / weight.sum())
    low, high = (1.0 - _TOO) * float(kept.min()), (1.0 + _TOO) * float(kept.max())
    if high - low > _MOST_WIDE_RATIO * value:
        return None
    return Number(value=value, low=low, high=high, count=len(silent.gap_s))


def agreed(one: Number | None, other: Number | None) -> Number | None:
    """Return the surer of two numbers that agree, or the one there is; None where they do not agree."""
    if one is None or other is None:
        return one or other
    if one.low > other.high or other.low > one.high:
        return None
    return min(one, other, key=lambda number: number.high - number.low)


def _stuck(begun_s: Array, life_s: Array, silences: Sequence[Spell], longest_s: float) -> Array:
    """Return the lives of flows that began shortly before a silence, and ended in it when they were old."""
    ended_s = begun_s + life_s
    found = np.zeros(len(begun_s), dtype=np.bool_)
    for one in silences:
        before = (begun_s < one.begin_s) & (begun_s > one.begin_s - longest_s)
        found |= before & (life_s > longest_s) & (ended_s < one.end_s - _SURELY_IN_S)
    return life_s[found]


def _could_be(silent: Waits, law: WaitLaw) -> NDArray[np.float64]:
    first = np.sort(silent.gap_s[silent.number == 1])
    every = first if len(first) else np.sort(silent.gap_s)
    if law.base_s is None or law.jitter == "full":
        return every
    share = 0.5 if law.jitter == "equal" else 1.0
    return every - share * law.base_s.value
