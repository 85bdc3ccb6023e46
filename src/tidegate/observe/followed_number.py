"""One number of a world as it comes, of all its series: what it is, where it goes, and what is missing.

A number of several series (one a device) is their sum; one of the world file is the lowest. Whether more is
asked than usual is judged once for each of its moments, as soon as all its series have theirs.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tidegate.observe.followed_series import AHEAD_S, MOST_AMOUNT, FollowedSeries
from tidegate.observe.known_series import KnownSeries
from tidegate.observe.live_number import JUDGED, LiveNumber
from tidegate.observe.sampled import Sampled
from tidegate.observe.surge_detector import SLOT_S, SurgeDetector

UNSEEN_TIMES = 2.25
"""So many times the distance of samples without one is unseen: two scrapes have failed."""
_EVALUATED_TIMES = 1.5
FORGOTTEN_S = 900.0
"""A series that went, while others of its number stayed, is missed for so long."""
_RECENT_COUNT = 12
_ADDED = frozenset({"refused"})
_PART_LABELS = ("instance", "service_instance_id", "host_name")
"""What tells devices and instances apart, the first that is there; else each series is one of its own."""
_CLEAR = {4: 6.0, _RECENT_COUNT: 3.0}
"""How many times its standard error a slope must be, over the last so many samples."""


@dataclass
class _Member:
    """One series of a number, under one of its names."""

    series: FollowedSeries
    metric: str
    source: str
    unseen_times: float
    first_s: float
    part: object
    is_each: bool
    slot: int = -1
    amount: float = 0.0


class FollowedNumber:
    """What is known of one number.

    Parameters
    ----------
    number
        Which.
    every_s
        How far apart samples are until that is seen, in seconds.
    false_alarm_s
        How long it must be between two false alarms of a surge, in seconds.
    """

    def __init__(self, number: LiveNumber, *, every_s: float, false_alarm_s: float) -> None:
        self.number = number
        self.detector = (
            SurgeDetector(is_rate=number.is_rate, false_alarm_s=false_alarm_s)
            if number.what in JUDGED
            else None
        )
        self._every_s, self._false_alarm_s = every_s, false_alarm_s
        self._members: dict[object, _Member] = {}
        self._metrics: set[str] = set()
        self._chosen = ""
        self._recent: deque[tuple[float, float]] = deque(maxlen=_RECENT_COUNT)
        self._moments: dict[int, list[float]] = {}
        self._moment_s = every_s
        self._finished_slot = -1

    def take(
        self,
        key: object,
        name: KnownSeries | None,
        found: Sampled,
        now_s: float,
        source: str = "",
    ) -> None:
        """Take in samples of one of its series.

        Parameters
        ----------
        key
            What names the series.
        name
            Under which name it is known; None where it was asked by its expression.
        found
            The samples.
        now_s
            Our own time.
        source
            Where it comes from.
        """
        if self._recent and self._recent[-1][0] > now_s + AHEAD_S + self._moment_s:
            self._begin_anew()
        member = self._members.get(key)
        if member is None and not found.samples:
            return
        if member is None:
            form = self.number.form if name is None else name.form
            series = FollowedSeries(
                form=form, times_ratio=1.0 if name is None else name.times_ratio, every_s=self._every_s
            )
            metric = "" if name is None else name.metric
            member = self._members[key] = _Member(
                series=series, metric=metric, source=source,
                first_s=found.samples[0][0], part=_part(key, found),
                is_each="instance" in found.labels if name is None else name.is_each,
                unseen_times=_EVALUATED_TIMES if found.is_evaluated else UNSEEN_TIMES,
            )  # fmt: skip
            if metric not in self._metrics:
                self._metrics.add(metric)
                self._chosen = next(
                    (one.metric for one in self.number.names if one.metric in self._metrics), ""
                )
        if not self._counts(member):
            for _ in member.series.take(found.samples, now_s):
                pass
            return
        for at_s, amount, every_s in member.series.take(found.samples, now_s):
            self._take_moment(member, at_s, amount, every_s)

    def _begin_anew(self) -> None:
        """Forget the moments that were, and what was usual at them: the clock was set back since."""
        self._recent.clear()
        self._moments.clear()
        self._finished_slot = -1
        for one in self._members.values():
            one.slot, one.first_s = -1, -math.inf
        if self.detector is not None:
            self.detector = SurgeDetector(is_rate=self.number.is_rate, false_alarm_s=self._false_alarm_s)

    def _counts(self, member: _Member) -> bool:
        return member.metric == self._chosen or self.number.what in _ADDED

    def _take_moment(self, member: _Member, at_s: float, amount: float, every_s: float) -> None:
        """Add a sample to the others of its moment; of two of one series the later one counts."""
        if len(self._members) == 1:
            self._finish(at_s, amount, every_s)
            return
        self._moment_s = every_s
        slot = math.floor(at_s / every_s)
        if slot <= self._finished_slot:
            return
        moment = self._moments.setdefault(slot, [0.0, 0.0])
        if member.slot == slot:
            moment[0] -= member.amount
            moment[1] -= 1.0
        moment[0] += amount
        moment[1] += 1.0
        member.slot, member.amount = slot, amount

    def settle(self, now_s: float) -> None:
        """Judge the moments of which all samples are there, or for which the last of them was waited for.

        Parameters
        ----------
        now_s
            Our own time, or that of the source where it is behind.
        """
        newest = max(self._moments, default=0)
        for slot in sorted(self._moments):
            at_s, (amount, count) = (slot + 1) * self._moment_s, self._moments[slot]
            expected = sum(self._counts(one) and self._is_there(one, at_s) for one in self._members.values())
            is_waited_for = slot >= newest and now_s < at_s + self._moment_s
            if count < expected and is_waited_for:
                return
            del self._moments[slot]
            self._finished_slot = slot
            # Who has no sample of this moment is taken to be as the others are.
            there_count = max(count, 1.0)
            times_ratio = max(expected / there_count, 1.0) if self.number.is_load else 1.0 / there_count
            self._finish(at_s, amount * times_ratio, self._moment_s)

    def _is_there(self, member: _Member, at_s: float) -> bool:
        """Whether a series had begun at a moment, and had not ended."""
        lasts_s = member.unseen_times * member.series.every_s
        return member.first_s <= at_s <= member.series.seen_s + lasts_s

    def _finish(self, at_s: float, amount: float, every_s: float) -> None:
        if self._recent and at_s <= self._recent[-1][0]:
            return
        self._recent.append((at_s, amount))
        if self.detector is not None:
            self.detector.take(at_s, amount, every_s)

    def _is_fresh(self, member: _Member, now_s: float, delay_s: float = 0.0) -> bool:
        age_s = now_s - member.series.seen_s
        return -AHEAD_S <= age_s <= member.unseen_times * member.series.every_s + delay_s

    def learn(self, past: Sequence[tuple[float, float]]) -> None:
        """Learn what is usual from means of quarters of an hour, each at its end."""
        if self.detector is None or not past:
            return
        for at_s, amount in past:
            if 0.0 <= amount <= MOST_AMOUNT:
                self.detector.remember(at_s - SLOT_S / 2, amount)
        self.detector.choose_shape(past[-1][0])

    @property
    def seen_s(self) -> float | None:
        """When any of its series was last seen; None before the first."""
        seen_s = max((one.series.seen_s for one in self._members.values()), default=-math.inf)
        return seen_s if math.isfinite(seen_s) else None

    @property
    def series_count(self) -> int:
        """How many series it is made of."""
        return len(self._members)

    @property
    def exporter(self) -> frozenset[str]:
        """Who shows it."""
        return frozenset(one.exporter for one in self.number.names if one.metric in self._metrics)

    def amount(self, now_s: float, delays_s: Mapping[str, float]) -> float | None:
        """Return what it is now; None where none of its series is seen.

        Parameters
        ----------
        now_s
            Our own time.
        delays_s
            By how much each source is behind, as a rule, in seconds.
        """
        fresh = self._fresh(now_s, delays_s)
        if not fresh:
            return None
        return math.fsum(fresh) if self.number.is_load else min(fresh)

    def _fresh(self, now_s: float, delays_s: Mapping[str, float]) -> list[float]:
        return [
            one.series.amount
            for one in self._members.values()
            if self._counts(one)
            and one.series.amount is not None
            and self._is_fresh(one, now_s, delays_s.get(one.source, 0.0))
        ]

    def differing(self, now_s: float, delays_s: Mapping[str, float]) -> tuple[float, float] | None:
        """Return the least and the most that its series say of a number of the world file; None of one."""
        fresh = self._fresh(now_s, delays_s)
        is_one = self.number.is_load or not fresh or min(fresh) == max(fresh)
        return None if is_one else (min(fresh), max(fresh))

    @property
    def wild_count(self) -> int:
        """How many samples were no number that can be."""
        return sum(one.series.wild_count for one in self._members.values())

    def missing(
        self, now_s: float, delays_s: Mapping[str, float], parts_count: int
    ) -> tuple[int, int, float] | None:
        """Return how many of its series are not seen, of how many, and since when; None where all are.

        A series that went is forgotten where all devices or instances are seen without it.
        """
        counted = {key: one for key, one in self._members.items() if self._counts(one)}
        gone = {
            key: one
            for key, one in counted.items()
            if not self._is_fresh(one, now_s, delays_s.get(one.source, 0.0))
        }
        seen_count = self.parts_seen_count(now_s, delays_s)
        is_whole = seen_count is None or seen_count >= parts_count
        if gone and len(gone) < len(counted) and is_whole:
            for key in [key for key, one in gone.items() if now_s - one.series.seen_s > FORGOTTEN_S]:
                del self._members[key], counted[key], gone[key]
        if not gone:
            return None
        return len(gone), len(counted), min(one.series.seen_s for one in gone.values())

    def parts_seen_count(self, now_s: float, delays_s: Mapping[str, float]) -> int | None:
        """Return how many devices or instances are seen; None where nothing shows them one by one."""
        each = [one for one in self._members.values() if one.is_each and self._counts(one)]
        if not each or not (self.number.is_load and self.number.is_promised):
            return None
        return len({one.part for one in each if self._is_fresh(one, now_s, delays_s.get(one.source, 0.0))})

    def ahead_s(self) -> float:
        """Return how far ahead of our clock its samples lie, where that is too far to be believed; else 0."""
        return max((one.series.ahead_s for one in self._members.values()), default=0.0)

    def grows_per_s(self) -> float | None:
        """Return how fast it grows, in its unit a second; None where that is not clear of its scatter."""
        for count, clear in _CLEAR.items():
            recent = list(self._recent)[-count:]
            if len(recent) == count:
                slope, error = _slope(recent)
                if abs(slope) > clear * error:
                    return slope
        return None

    def settled(self) -> float | None:
        """Return its mean over the last samples; None before there is one."""
        values = [amount for _, amount in self._recent]
        return math.fsum(values) / len(values) if values else None

    @property
    def latest(self) -> float | None:
        """What it was at its last moment; None before the first."""
        return self._recent[-1][1] if self._recent else None

    def lasting(self, count: int) -> float | None:
        """Return the least of the last so many samples; None where there are fewer."""
        recent = list(self._recent)[-count:]
        return min(amount for _, amount in recent) if len(recent) == count else None


def _part(key: object, found: Sampled) -> object:
    """Return what tells a device or an instance from the others."""
    return next((found.labels[label] for label in _PART_LABELS if label in found.labels), key)


def _slope(recent: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the slope of a straight line through points, and its standard error."""
    count = len(recent)
    mean_s = math.fsum(at_s for at_s, _ in recent) / count
    mean = math.fsum(amount for _, amount in recent) / count
    spread = math.fsum((at_s - mean_s) ** 2 for at_s, _ in recent)
    if spread <= 0:
        return 0.0, math.inf
    slope = math.fsum((at_s - mean_s) * (amount - mean) for at_s, amount in recent) / spread
    left = math.fsum((amount - mean - slope * (at_s - mean_s)) ** 2 for at_s, amount in recent)
    return slope, math.sqrt(left / (count - 2) / spread)
