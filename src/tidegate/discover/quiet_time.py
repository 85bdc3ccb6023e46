"""When was a place as it always is? Seconds in which it answered, clear of those around which it did not.

An attempt that is not answered makes others: what clients do then says nothing of an ordinary second.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidegate.discover.spell import Spell

_BEFORE_S = 1
_AFTER_S = 12
"""So long after it, those that waited longest have mostly come back."""


@dataclass(frozen=True, kw_only=True)
class Spells:
    """The quiet seconds of one place.

    Parameters
    ----------
    first_s
        When the record begins.
    is_quiet
        Of each whole second of it, shape (seconds,).
    failed
        When it failed, and how.
    """

    first_s: float
    is_quiet: NDArray[np.bool_]
    failed: tuple[Spell, ...] = ()

    @property
    def quiet_s(self) -> float:
        """How long it was quiet in all."""
        return float(self.is_quiet.sum())

    @property
    def failed_s(self) -> float:
        """How long it was not."""
        return float(len(self.is_quiet) - self.is_quiet.sum())

    def holds(self, at_s: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which moments lie in quiet seconds, shape as given."""
        second = np.floor(at_s - self.first_s)
        inside = (second >= 0) & (second < len(self.is_quiet))
        return inside & self.is_quiet[np.where(inside, second, 0).astype(np.int64)]

    def ends(self, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return until when it stays quiet after each moment; the moment itself where it is not."""
        count = len(self.is_quiet)
        until = np.arange(count, dtype=np.float64)
        for i in range(count - 1, -1, -1):
            if self.is_quiet[i]:
                until[i] = until[i + 1] if i + 1 < count and self.is_quiet[i + 1] else i + 1
        second = np.clip((at_s - self.first_s).astype(np.int64), 0, max(count - 1, 0))
        return np.where(self.holds(at_s), self.first_s + until[second], at_s)

    def counts(self, at_s: NDArray[np.float64], bin_s: int) -> NDArray[np.int64]:
        """Return how many moments lie in each run of `bin_s` quiet seconds that is whole, shape (bins,)."""
        whole = len(self.is_quiet) // bin_s
        if not whole:
            return np.zeros(0, dtype=np.int64)
        second = (at_s - self.first_s).astype(np.int64)
        kept = second[(second >= 0) & (second < whole * bin_s)]
        counts = np.bincount(kept // bin_s, minlength=whole)
        return counts[self.is_quiet[: whole * bin_s].reshape(whole, bin_s).all(axis=1)]


def quiet_time(first_s: float, length_s: float, failed: Sequence[Spell]) -> Spells:
    """Return when a place was quiet.

    Parameters
    ----------
    first_s, length_s
        When the record begins, and how long it is.
    failed
        When it failed.
    """
    seconds = max(int(length_s), 1)
    is_quiet = np.ones(seconds, dtype=np.bool_)
    for one in failed:
        begin, end = (math.floor(at_s - first_s) for at_s in (one.begin_s, one.end_s))
        is_quiet[max(begin - _BEFORE_S, 0) : max(end + 1 + _AFTER_S, 0)] = False
    return Spells(first_s=first_s, is_quiet=is_quiet, failed=tuple(failed))
