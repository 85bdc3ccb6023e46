"""How much more is asked in the busiest hour of a day than in its mean? Of records of a day and more.

A world is judged at its busiest: a rate that is the mean of day and night lets through what fails at noon.
A world file has no course of a day, so its rate is that of the busiest hour of the day, in the range of all.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tidegate.discover.flow_book import FlowBook
from tidegate.discover.number import Number
from tidegate.discover.place_names import known_as
from tidegate.discover.population import Asked, Population

LEAST_S = 86_400.0 - 3_600.0
"""So long a record has every hour of a day, the one that it ends in perhaps in part."""
_HOUR_S, _HOURS = 3_600.0, 24
_LEAST_RATIO = 1.15
_SURE = 4.0
_LEAST_COUNT = 240
_NIGHT_RATIO = 0.05
"""No rate is taken to be less than that part of the mean: a population whose pause has no end is none."""
Key = tuple[str, tuple[str, ...], bool]


@dataclass(frozen=True, kw_only=True)
class DailyCourse:
    """How a population's rate goes with the hour.

    Parameters
    ----------
    hour
        The busiest hour of the day, in UTC.
    busiest_ratio
        Its rate, over the mean of the record.
    most_ratio, least_ratio
        That of the busiest and of the quietest single hour of the record.
    """

    hour: int
    busiest_ratio: float
    most_ratio: float
    least_ratio: float


def daily_courses(book: FlowBook, places: Sequence[Asked]) -> dict[Key, DailyCourse]:
    """Return the courses of populations whose hours clearly differ; none of a record that is too short."""
    if book.length_s < LEAST_S:
        return {}
    found = {}
    for asked in places:
        for one in asked.populations:
            begun = [book.tallies[asked.place, source].opened_s for source in one.sources
                     if (asked.place, source) in book.tallies]  # fmt: skip
            times_s = np.concatenate([np.asarray(each, dtype=np.float64) for each in begun] or [np.zeros(0)])
            course = daily_course(times_s, book.first_s, book.last_s)
            if course is not None:
                found[_key(asked, one)] = course
    return found


def daily_course(begun_s: NDArray[np.float64], first_s: float, last_s: float) -> DailyCourse | None:
    """Return how often something began by the hour; None where that is too seldom, or much alike.

    Parameters
    ----------
    begun_s
        When it did.
    first_s, last_s
        From when until when it was looked at; in seconds since 1970, as hours are those of the day.
    """
    first, last = math.ceil(first_s / _HOUR_S), math.floor(last_s / _HOUR_S)
    if last - first < _HOURS - 1 or len(begun_s) < _LEAST_COUNT:
        return None
    edges_s = np.arange(first, last + 1) * _HOUR_S
    counts = np.histogram(begun_s, bins=edges_s)[0].astype(np.float64)
    mean = float(counts.mean())
    if mean <= 0.0:
        return None
    hours = np.arange(first, last) % _HOURS
    usual = {hour: counts[hours == hour] for hour in range(_HOURS) if (hours == hour).any()}
    hour, busiest = max(usual.items(), key=lambda one: float(one[1].mean()))
    ratio = float(busiest.mean()) / mean
    if ratio < max(_LEAST_RATIO, 1.0 + _SURE / math.sqrt(mean * len(busiest))):
        return None
    least = max(float(counts.min()) / mean, _NIGHT_RATIO)
    return DailyCourse(
        hour=hour, busiest_ratio=ratio, most_ratio=float(counts.max()) / mean, least_ratio=least
    )


def at_busiest(places: Sequence[Asked], courses: Mapping[Key, DailyCourse]) -> tuple[Asked, ...]:
    """Return places whose populations ask as in their busiest hour, in the range of all hours."""
    return tuple(
        replace(
            asked,
            populations=tuple(
                _at_busiest(one, courses[_key(asked, one)]) if _key(asked, one) in courses else one
                for one in asked.populations
            ),
        )
        for asked in places
    )


def courses_told(
    places: Sequence[Asked], courses: Mapping[Key, DailyCourse], groups: Mapping[Key, str]
) -> Iterator[str]:
    """Yield a sentence for each population whose requests follow the day."""
    for asked in places:
        for one in asked.populations:
            course = courses.get(_key(asked, one))
            if course is not None:
                name = groups.get(_key(asked, one), f"who asks {known_as(asked.place)}")
                until = (course.hour + 1) % _HOURS
                yield (
                    f"{name}: what they ask follows the day: {course.busiest_ratio:.2g} times the mean from "
                    f"{course.hour:02}:00 to {until:02}:00 UTC. A world has no course of a day: their "
                    "rate is that of this hour, in the range of all."
                )


def keys_by_group(grouped: Sequence[tuple[str, Asked, Population]]) -> dict[str, Key]:
    """Return by what the course of each group is found."""
    return {name: _key(asked, one) for name, asked, one in grouped}


def _key(asked: Asked, one: Population) -> Key:
    return known_as(asked.place), one.sources, one.is_kept


def _at_busiest(one: Population, course: DailyCourse) -> Population:
    return replace(
        one,
        rate_per_s=one.rate_per_s
        and _times(one.rate_per_s, course.busiest_ratio, course.least_ratio, course.most_ratio),
        think_s=one.think_s
        and _times(
            one.think_s, 1.0 / course.busiest_ratio, 1.0 / course.most_ratio, 1.0 / course.least_ratio
        ),
    )


def _times(number: Number, ratio: float, least_ratio: float, most_ratio: float) -> Number:
    return replace(
        number,
        value=number.value * ratio,
        low=number.low * least_ratio,
        high=max(number.high * most_ratio, number.value * ratio),
    )
