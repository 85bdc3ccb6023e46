"""How often does something happen, for each unit that it can happen to? Counts over exposure.

Counts vary as Poisson has it, or more: how much more is seen from the counts themselves, of single steps and
of minutes, and widens the interval (quasi-Poisson; McCullagh and Nelder 1989, 9.2).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from tidegate.fit.courses import Flags, Floats
from tidegate.fit.profile import DROP

LEAST_COUNT = 20
"""Fewer events than that tell no rate within a factor of two."""
DAY_S, HOUR_S = 86_400.0, 3_600.0
_LEAST_DAYS = 2.0
_HOURS = 24
_LEAST_WINDOWS = 8
_WINDOWS_S = (0.0, 60.0, 600.0)
_COURSE_RATIO = 1.1
_LEAST_HOURS = 12
_VARIED_WINDOWS_S = (60.0, 600.0, HOUR_S)
_PARTS = 6.0
_FAR_DEVIATIONS = 4.5
_LEAST_EXPECTED = 10.0
_MEDIAN_OF_CHI_SQUARE = 0.455


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Events in steps of time.

    Parameters
    ----------
    at_s
        When each step begins, in seconds since 1970.
    counts
        Events in it.
    exposure
        How much there was that they could happen to, in unit seconds: seconds alone, or clients' seconds.
    """

    at_s: Floats
    counts: Floats
    exposure: Floats

    @property
    def count(self) -> float:
        """All events."""
        return float(self.counts.sum())

    @property
    def intensity(self) -> float:
        """Events for each unit of exposure."""
        exposed = float(self.exposure.sum())
        return self.count / exposed if exposed > 0 else 0.0

    def where(self, chosen: Flags) -> Counted:
        """Return some of the steps."""
        return Counted(at_s=self.at_s[chosen], counts=self.counts[chosen], exposure=self.exposure[chosen])

    def spread(self) -> float:
        """Return how many times more than Poisson the counts vary; 1 at least."""
        found = [1.0]
        for window_s in _WINDOWS_S:
            counts, expected = self.windows(window_s)
            if len(counts) >= _LEAST_WINDOWS and (expected > 0).all():
                found.append(float(((counts - expected) ** 2 / expected).sum() / (len(counts) - 1)))
        return max(found)

    def neighbours_spread(self) -> float:
        """Return how many times more than Poisson a step differs from the next; 1 at least.

        A level that varies slowly is not in it, and a few jumps are not in its median.
        """
        known = self.exposure > 0
        rates, exposure = self.counts[known] / self.exposure[known], self.exposure[known]
        if len(rates) < 2 or self.intensity <= 0:
            return 1.0
        chance = self.intensity * (1.0 / exposure[1:] + 1.0 / exposure[:-1])
        return max(1.0, float(np.median(np.diff(rates) ** 2 / chance)) / _MEDIAN_OF_CHI_SQUARE)

    def windows(self, window_s: float) -> tuple[Floats, Floats]:
        """Return what each window counted, and what the mean of all has for it; full ones only."""
        expected = self.exposure * self.intensity
        if window_s == 0.0:
            return self.counts[expected > 0], expected[expected > 0]
        number = np.floor((self.at_s - self.at_s[0]) / window_s).astype(np.int64)
        counts, sums = np.bincount(number, self.counts), np.bincount(number, expected)
        full = sums >= 0.5 * sums.max()
        return counts[full], sums[full]


@dataclass(frozen=True, kw_only=True)
class Intensity:
    """Events for each unit of exposure, with the interval of the profile."""

    value: float
    low: float
    high: float


def intensity(counted: Counted, spread: float | None = None) -> Intensity | None:
    """Return how often it happens; None of too few events.

    Parameters
    ----------
    counted
        What happened.
    spread
        How many times more than Poisson counts vary; None takes it from the counts.
    """
    count, exposed = counted.count, float(counted.exposure.sum())
    if count < LEAST_COUNT or exposed <= 0:
        return None
    times = counted.spread() if spread is None else spread
    drop = DROP * times

    def lost(rate: float) -> float:
        expected = rate * exposed
        return count * math.log(count / expected) - count + expected - drop

    value = count / exposed
    return Intensity(value=value, low=_root(lost, value, 0.0), high=_root(lost, value, 4.0 * value + drop))


@dataclass(frozen=True, kw_only=True)
class Varied:
    """The least and the most that windows of a record saw, where they differ by more than chance."""

    low: float
    high: float


def varied(counted: Counted) -> Varied | None:
    """Return the range of the windows of a record; None where chance alone makes them differ.

    A minute, ten, an hour, and a sixth of the record: a window of any of these counts that is further from
    the mean than chance, as wide as neighbouring steps differ, makes of one in some hundred thousand.
    """
    count = counted.count
    length_s = float(counted.at_s[-1] - counted.at_s[0]) if len(counted.at_s) else 0.0
    if count < LEAST_COUNT or length_s <= 0:
        return None
    chance = counted.neighbours_spread()
    seen: list[float] = []
    for window_s in (*_VARIED_WINDOWS_S, length_s / _PARTS):
        counts, expected = counted.windows(window_s)
        far = np.abs(counts - expected) > _FAR_DEVIATIONS * np.sqrt(expected * chance)
        seen += (np.maximum(counts, 1.0) / expected * counted.intensity)[
            far & (expected >= _LEAST_EXPECTED)
        ].tolist()
    return Varied(low=min(seen), high=max(seen)) if seen else None


def _root(lost: Callable[[float], float], inner: float, outer: float) -> float:
    """Return where a likelihood has fallen by as much as it may, between two values."""
    low, high = inner, outer
    for _ in range(60):
        middle = 0.5 * (low + high)
        if middle > 0 and lost(middle) < 0:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@dataclass(frozen=True, kw_only=True)
class Hour:
    """What was usual in one hour of the day, in UTC."""

    hour: int
    intensity: Intensity


def daily(counted: Counted) -> tuple[Hour, ...]:
    """Return the course of a day; nothing where the record is too short, or hours do not differ.

    They differ where the likelihood of a rate for each hour is better than that of one rate by more than
    chance makes of it, and the busiest has a tenth more than the mean.
    """
    if not len(counted.at_s) or counted.at_s[-1] - counted.at_s[0] < _LEAST_DAYS * DAY_S:
        return ()
    number = np.floor(counted.at_s / HOUR_S).astype(np.int64) % _HOURS
    hours = {hour: counted.where(number == hour) for hour in range(_HOURS)}
    spread = float(np.median([one.spread() for one in hours.values() if one.count >= LEAST_COUNT] or [1.0]))
    found = tuple(_hours(hours, spread))
    if len(found) < _LEAST_HOURS:
        return ()
    gain = sum(
        hours[one.hour].count * math.log(one.intensity.value / counted.intensity)
        for one in found
        if one.intensity.value > 0
    )
    free = len(found) - 1
    is_more = 2.0 * gain / spread > free + 4.0 * math.sqrt(2.0 * free)
    busiest = max(one.intensity.value for one in found)
    return found if is_more and busiest > _COURSE_RATIO * counted.intensity else ()


def _hours(hours: dict[int, Counted], spread: float) -> Iterator[Hour]:
    for hour, counted in hours.items():
        found = intensity(counted, spread)
        if found is not None:
            yield Hour(hour=hour, intensity=found)
