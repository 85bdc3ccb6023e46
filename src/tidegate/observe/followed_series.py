"""One series as it comes: counters that begin anew, gaps, samples from the future, and such as are no number.

Nothing is kept but the last sample and how far apart samples are, so that any number of series fits. A sample
that is older than the last one is passed over: sources show the same samples again and again.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator
from statistics import median

AHEAD_S = 60.0
"""A sample that is further ahead of our clock than this has no time that can be believed."""
MOST_AMOUNT = 1e15
"""No load and no limit is larger; what is, is no number of a place."""
_MOST_TOTAL = 1e20
"""Counters are of 64 bits at most."""
_SPACINGS_COUNT = 5
_LONGEST_TIMES = 20.0
_LEAST_EVERY_S = 1.0
_SLOWEST_TIMES = 4.0
"""Samples that come so many times more slowly than was said do not make that usual."""


class FollowedSeries:
    """What is known of one series.

    Parameters
    ----------
    form
        "gauge", "counter" or "sum" (what came since the sample before).
    times_ratio
        By what it is multiplied.
    every_s
        How far apart its samples are until that is seen; a series that is much slower than that is one of
        which samples are missing.

    Attributes
    ----------
    amount
        What it is now: a gauge as it is, of the others how much a second; None before that can be told.
    seen_s
        When it was last seen, in seconds since 1970.
    ahead_s
        How far ahead of our clock the last sample was, where that is too far to be believed; else 0.
    wild_count
        How many were no number that can be: negative, not finite, or beyond all that there is.
    """

    __slots__ = (
        "_form", "_last_s", "_slowest_s", "_spacings_s", "_times_ratio", "_usual_s", "_value",
        "ahead_s", "amount", "seen_s", "wild_count",
    )  # fmt: skip

    def __init__(self, *, form: str, times_ratio: float, every_s: float) -> None:
        self.amount: float | None = None
        self.seen_s = -math.inf
        self.ahead_s = 0.0
        self.wild_count = 0
        self._form, self._times_ratio, self._usual_s = form, times_ratio, every_s
        self._slowest_s = _SLOWEST_TIMES * every_s
        self._last_s = -math.inf
        self._value = 0.0
        self._spacings_s: deque[float] = deque(maxlen=_SPACINGS_COUNT)

    @property
    def every_s(self) -> float:
        """How far apart its samples are, in seconds."""
        return self._usual_s

    def take(
        self, samples: Iterable[tuple[float, float]], now_s: float
    ) -> Iterator[tuple[float, float, float]]:
        """Take in samples, some of which it may have seen; yield when, how much, and how long after the last.

        Parameters
        ----------
        samples
            Times, in seconds since 1970, and values.
        now_s
            Our own time.
        """
        if self._last_s > now_s + AHEAD_S:
            self._begin_anew()
        for at_s, value in samples:
            if at_s <= self._last_s:
                continue
            if at_s > now_s + AHEAD_S:
                self.ahead_s = at_s - now_s
                continue
            self.ahead_s = 0.0
            if not self._can_be(value):
                self.wild_count += not math.isnan(value)  # which is how Prometheus writes that there is none
                continue
            lasted_s = at_s - self._last_s
            amount = self._amount(value, lasted_s)
            if math.isfinite(lasted_s):
                self._spacings_s.append(lasted_s)
                usual_s = max(median(self._spacings_s), _LEAST_EVERY_S)
                self._usual_s = min(usual_s, self._slowest_s)
            self._last_s, self._value = at_s, value
            self.seen_s = min(at_s, now_s)
            if amount is not None and amount * self._times_ratio > MOST_AMOUNT:
                self.wild_count += 1
            elif amount is not None:
                self.amount = amount * self._times_ratio
                yield at_s, self.amount, min(lasted_s, self._usual_s)

    def _begin_anew(self) -> None:
        """Forget the time of the last sample, and it: the clock was set back since."""
        self._last_s = self.seen_s = -math.inf
        self.amount = None
        self._spacings_s.clear()

    def _can_be(self, value: float) -> bool:
        return 0.0 <= value <= (_MOST_TOTAL if self._form == "counter" else MOST_AMOUNT)

    def _amount(self, value: float, lasted_s: float) -> float | None:
        """Return what it is now; None where it began, or was away for too long to say when it grew."""
        if self._form == "gauge":
            return value
        if self._form == "sum":
            return value / (lasted_s if lasted_s <= _LONGEST_TIMES * self._usual_s else self._usual_s)
        if lasted_s > _LONGEST_TIMES * self._usual_s:
            return None
        grown = value - self._value if value >= self._value else value  # it began anew at 0
        return grown / lasted_s
