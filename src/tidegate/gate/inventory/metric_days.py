"""At which hour of the day is most asked? Of series of a day and more; a world is judged at its busiest.

A mean of day and night lets through what fails at noon, and nine tenths of a day leave its busiest hour out.
A world file has no course of a day: rates are those of their busiest hour, in the range of all.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable

from tidegate.gate.inventory.seen_thing import Figure
from tidegate.observe.samples import Series

DAY_S = 86_400.0
_HOUR_S, _HOURS = 3_600.0, 24
LEAST_RATIO = 1.2
"""From so many times the mean on it is said that an hour is busier."""


def by_hour(series: Series) -> dict[int, float]:
    """Return what a number was in the mean of each hour of the day, in UTC."""
    values: dict[int, list[float]] = defaultdict(list)
    for at_s, value in zip(series.at_s, series.values, strict=True):
        values[int(at_s // _HOUR_S) % _HOURS].append(value)
    return {hour: math.fsum(found) / len(found) for hour, found in values.items()}


def busiest_hour(every: Iterable[Series]) -> int | None:
    """Return the hour of the day in which most is asked of all together; None where nothing is."""
    total: dict[int, float] = defaultdict(float)
    for one in every:
        for hour, value in by_hour(one).items():
            total[hour] += value
    return max(total, key=lambda hour: total[hour]) if total and max(total.values()) > 0.0 else None


def at_hour(series: Series, hour: int) -> list[float]:
    """Return the samples of an hour of the day, in order of size."""
    pairs = zip(series.at_s, series.values, strict=True)
    return sorted(value for at_s, value in pairs if int(at_s // _HOUR_S) % _HOURS == hour)


def rate_of_days(series: Series, what: str, source: str) -> tuple[Figure, str]:
    """Return a rate as it is in its busiest hour, in the range of every hour; and how that is said.

    Parameters
    ----------
    series
        Its samples, at least one.
    what, source
        What it is called, and where it was read.
    """
    hours = by_hour(series)
    hour = max(hours, key=lambda each: hours[each])
    single: dict[int, list[float]] = defaultdict(list)
    for at_s, value in zip(series.at_s, series.values, strict=True):
        single[int(at_s // _HOUR_S)].append(value)
    means = [math.fsum(found) / len(found) for found in single.values()]
    mean = math.fsum(series.values) / len(series.values)
    ratio = hours[hour] / mean if mean > 0.0 else 1.0
    of_hour = f"its busiest hour of the day ({hour:02}:00 to {(hour + 1) % _HOURS:02}:00 UTC)"
    figure = Figure(
        value=hours[hour],
        low=min(means),
        high=max(means),
        basis="measured",
        source=f"{source}, {what}, {len(series.values):,} samples, {of_hour}",
    )
    said = f"{of_hour}, {ratio:.2g} times its mean" if ratio >= LEAST_RATIO else ""
    return figure, said
