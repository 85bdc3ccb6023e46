"""Is more asked than usual, and not by chance? A CUSUM for scattered counts, with a known false-alarm rate.

Each sample adds how much likelier it is where `r` times the usual is asked: the log likelihood ratio of the
negative binomial law with mean `m` and variance `phi m` (Poisson's where `phi` is 1), to a sum that never
falls below 0 (Page 1954; Lucas 1985 for counts). `m` is what is usual now, `phi` how much more than Poisson's
the usual scatters, both learned. By Lorden (1971) such a sum passes `h` falsely once in `exp(h)` samples at
most, so that `h` follows from the rate of false alarms; beyond that, only what is not as it was learned
gives one.

What is usual is a running mean of twenty minutes (at 5 s; of longer where little comes) that a surge cannot
teach: it runs a minute behind, and stands still while there is an alarm. Where each quarter of an hour of a
day, or a week, was seen before, the mean follows its shape. Samples that hang together (a gauge, bursts)
scatter less from one to the next than over minutes: `phi` is the largest over blocks of 1, 4, 16 and 64.
As far as the mean is not known, it is taken to be higher.

Shortcut: a growth that takes an hour or more is what is usual by then; the rules beside it see that one.
"""

from __future__ import annotations

import math
from array import array
from collections import deque

DAY_S, WEEK_S = 86_400.0, 604_800.0
LEARNED_COUNT = 60
"""So many samples are seen before it speaks, and so many that the mean is known to a twentieth."""
GIVEN_UP_S = 3_600.0
"""An alarm that lasts so long is what is usual."""
_RATIOS = (1.5, 3.0)
_BLOCKS = (1, 4, 16, 64)
_GUARD_COUNT = 12
_MEAN_COUNT, _LONGEST_MEAN_COUNT = 240.0, 17_280.0
_LAG_RATIO = 0.02
_KNOWN = 400.0  # so many independent events tell a mean to a twentieth
_SCATTER_COUNT = 4_000.0
_CALM_TIMES = 1.25
_CALM_COUNT = 6
_SLOT_S = 900.0
_DAY_SLOTS, _WEEK_SLOTS = int(DAY_S / _SLOT_S), int(WEEK_S / _SLOT_S)
_LEAST = 1.0
_LEAST_EVENTS = 1e-9
_POISSON = 1.02
_NEW_RATIO = 0.3
_LEAST_SHAPE = 0.05


class SurgeDetector:
    """Watches one number.

    Parameters
    ----------
    is_rate
        Whether it is so many a second, so that a sample counts for as long as it lasted.
    false_alarm_s
        How long it must be between two false alarms, in the mean, in seconds.

    Attributes
    ----------
    since_s
        Since when more is asked than usual, in seconds since 1970; None while it is not.
    usual
        What is usual now, in the number's unit; None before anything was seen.
    """

    __slots__ = (
        "_blocks", "_calm", "_count", "_days", "_events", "_false_alarm_s", "_guard", "_is_rate", "_mean",
        "_phis", "_phis_count", "_rise_s", "_shape_kind", "_slot", "_sums", "_weeks", "since_s", "usual",
    )  # fmt: skip

    def __init__(self, *, is_rate: bool, false_alarm_s: float) -> None:
        self.since_s: float | None = None
        self.usual: float | None = None
        self._is_rate = is_rate
        self._false_alarm_s = false_alarm_s
        self._count = 0
        self._events = 0.0
        self._mean = 0.0
        self._guard: deque[float] = deque()
        self._phis = [1.0] * len(_BLOCKS)
        self._phis_count = [0] * len(_BLOCKS)
        self._blocks = [[0.0, 0.0, 0.0] for _ in _BLOCKS]
        self._sums = [0.0] * len(_RATIOS)
        self._rise_s = [0.0] * len(_RATIOS)
        self._calm: deque[float] = deque(maxlen=_CALM_COUNT)
        self._slot = [-1.0, 0.0, 0.0]
        self._days: _Shape | None = None
        self._weeks: _Shape | None = None
        self._shape_kind = 0

    @property
    def is_learned(self) -> bool:
        """Whether it knows enough to speak."""
        return self._count >= LEARNED_COUNT and self._events >= min(
            _KNOWN * self.scatter(), _LONGEST_MEAN_COUNT * max(self._events / self._count, _LEAST_EVENTS)
        )

    def scatter(self) -> float:
        """Return how many times Poisson's the scatter of the usual is; 1 at least."""
        found = 1.0
        for phi, count in zip(self._phis, self._phis_count, strict=True):
            if count:
                found = max(found, phi * (1.0 + math.sqrt(2.0 / count)))
        return found

    def take(self, at_s: float, amount: float, every_s: float) -> None:
        """Take in a sample.

        Parameters
        ----------
        at_s
            When, in seconds since 1970; later than the one before.
        amount
            The number then.
        every_s
            How long after the one before it is.
        """
        if not math.isfinite(amount) or amount < 0 or every_s <= 0:
            return
        lasted_s = every_s if self._is_rate else 1.0
        shape = self._shape(at_s)
        self._count += 1
        self._events += amount * lasted_s
        if self._count <= _GUARD_COUNT:
            self._mean += (amount / shape - self._mean) / self._count
        self.usual = self._mean * shape
        usual_count = max(self.usual * lasted_s, _LEAST)
        if self.is_learned:
            self._judge(at_s, amount * lasted_s, usual_count, every_s)
        if self.since_s is None:
            self._learn(amount / shape, amount * lasted_s - usual_count, usual_count)
            self._remember(at_s, amount)
            return
        self._calm.append(amount * lasted_s)
        is_whole = len(self._calm) == _CALM_COUNT
        if is_whole and sum(self._calm) / _CALM_COUNT < _CALM_TIMES * usual_count:
            self._end()
        elif at_s - self.since_s > GIVEN_UP_S:
            self._end()
            self._mean, self._count = sum(self._calm) / len(self._calm) / lasted_s / shape, _GUARD_COUNT
            self._events = 0.0

    def _judge(self, at_s: float, count: float, usual_count: float, every_s: float) -> None:
        phi = self.scatter()
        unsure_ratio = math.sqrt(phi / (usual_count * self._mean_count(phi, usual_count)))
        usual_count *= 1.0 + _LAG_RATIO + 2.0 * unsure_ratio
        height = math.log(max(len(_RATIOS) * self._false_alarm_s / every_s, math.e))
        for i, times in enumerate(_RATIOS):
            before = self._sums[i]
            step = likelier(count, usual_count, phi, times)
            now = min(max(0.0, before + step), 2.0 * height)
            if before == 0.0:
                self._rise_s[i] = at_s
            self._sums[i] = now
            if now >= height and self.since_s is None:
                self.since_s = self._rise_s[i]
                self._guard.clear()
                self._calm.clear()

    def _learn(self, level: float, more: float, usual_count: float) -> None:
        self._guard.append(level)
        if len(self._guard) > _GUARD_COUNT:
            self._mean += (self._guard.popleft() - self._mean) / self._mean_count(self.scatter(), usual_count)
        if self._count <= _GUARD_COUNT:
            return
        for i, size in enumerate(_BLOCKS):
            block = self._blocks[i]
            block[0] += more
            block[1] += usual_count
            block[2] += 1.0
            if block[2] >= size:
                self._phis_count[i] += 1
                weight = max(1.0 / self._phis_count[i], size / _SCATTER_COUNT)
                self._phis[i] += weight * (block[0] * block[0] / block[1] - self._phis[i])
                block[0] = block[1] = block[2] = 0.0

    def _mean_count(self, phi: float, usual_count: float) -> float:
        """Return over how many samples the mean is: over more where each says less."""
        most = min(max(_KNOWN * phi / usual_count, _MEAN_COUNT), _LONGEST_MEAN_COUNT)
        return max(min(self._count - _GUARD_COUNT + 1.0, most), 1.0)

    def _end(self) -> None:
        self.since_s = None
        self._sums = [0.0] * len(_RATIOS)
        self._guard.clear()

    def _remember(self, at_s: float, amount: float) -> None:
        """Keep the means of quarters of an hour, of which days and weeks have their shape."""
        slot = at_s // _SLOT_S
        if slot != self._slot[0]:
            if self._slot[2]:
                self.remember(self._slot[0] * _SLOT_S, self._slot[1] / self._slot[2])
                self._choose_shape(at_s)
            self._slot = [slot, 0.0, 0.0]
        self._slot[1] += amount
        self._slot[2] += 1.0

    def remember(self, at_s: float, amount: float) -> None:
        """Learn from history: the mean of a quarter of an hour that began at `at_s`."""
        if self._days is None or self._weeks is None:
            self._days, self._weeks = _Shape(_DAY_SLOTS), _Shape(_WEEK_SLOTS)
        self._days.take(int(at_s // _SLOT_S), amount)
        self._weeks.take(int(at_s // _SLOT_S), amount)

    def _choose_shape(self, at_s: float) -> None:
        """Use the shape of a week or a day as soon as it is whole; the mean goes on from where it is."""
        kind = 0
        if self._weeks is not None and self._weeks.is_whole:
            kind = 2
        elif self._days is not None and self._days.is_whole:
            kind = 1
        if kind != self._shape_kind:
            before = self._shape(at_s)
            self._shape_kind = kind
            times = before / self._shape(at_s)
            self._mean *= times
            self._guard = deque(one * times for one in self._guard)

    def _shape(self, at_s: float) -> float:
        """Return how this time of the day or week is beside the mean; 1 where that is not known."""
        chosen = (None, self._days, self._weeks)[self._shape_kind]
        return 1.0 if chosen is None else chosen.at(at_s)


def likelier(count: float, usual_count: float, phi: float, times: float) -> float:
    """Return the log of how much likelier a count is where `times` times the usual is asked.

    Parameters
    ----------
    count, usual_count
        What came, and the mean of what usually comes.
    phi
        The variance beside the mean, the same in both cases; 1 is Poisson's.
    times
        How many times the usual.
    """
    if phi < _POISSON:
        return count * math.log(times) - usual_count * (times - 1.0)
    usual_shape = usual_count / (phi - 1.0)
    shape = times * usual_shape
    now = math.lgamma(count + shape) - math.lgamma(shape)
    before = math.lgamma(count + usual_shape) - math.lgamma(usual_shape)
    return now - before - (shape - usual_shape) * math.log(phi)


class _Shape:
    """How a number goes over a day or a week, in quarters of an hour."""

    __slots__ = ("_means", "_missing_count", "_total")

    def __init__(self, slots_count: int) -> None:
        self._means = array("f", [-1.0]) * slots_count
        self._missing_count = slots_count
        self._total = 0.0

    @property
    def is_whole(self) -> bool:
        """Whether each quarter was seen once at least."""
        return not self._missing_count

    def take(self, slot: int, amount: float) -> None:
        i = slot % len(self._means)
        before = self._means[i]
        self._missing_count -= before < 0
        now = amount if before < 0 else before + _NEW_RATIO * (amount - before)
        self._total += now - max(before, 0.0)
        self._means[i] = now

    def at(self, at_s: float) -> float:
        """Return the shape at a time, between the middles of quarters that are smoothed with their next."""
        place = at_s / _SLOT_S - 0.5
        first = math.floor(place)
        part = place - first
        low, high = self._smooth(first), self._smooth(first + 1)
        mean = self._total / len(self._means)
        return max((low + part * (high - low)) / mean, _LEAST_SHAPE) if mean > 0 else 1.0

    def _smooth(self, slot: int) -> float:
        means, count = self._means, len(self._means)
        return (means[(slot - 1) % count] + 2.0 * means[slot % count] + means[(slot + 1) % count]) / 4.0
