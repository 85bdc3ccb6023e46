"""How does a series become a number? The middle of what it was, and between what nine tenths of it lie."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tidegate.gate.inventory.metric_days import at_hour, rate_of_days
from tidegate.gate.inventory.seen_thing import Figure, Inventory, Seen
from tidegate.observe.prometheus_answer import Labelled
from tidegate.observe.samples import Series
from tidegate.world.how_many import how_many

_FEW = 10
_LEAST_COVER = 0.8


@dataclass
class MetricReading:
    """What was read so far."""

    inventory: Inventory
    source: str
    expected_count: float
    things: dict[str, Seen] = field(default_factory=dict)
    gaps: list[str] = field(default_factory=list)
    backends: dict[str, dict[str, Figure]] = field(default_factory=lambda: defaultdict(dict))
    tables: dict[str, Figure] = field(default_factory=dict)
    held: dict[str, Figure] = field(default_factory=dict)
    job_of: dict[str, str] = field(default_factory=dict)
    edges: list[tuple[str, str, Figure]] = field(default_factory=list)
    is_of_days: bool = False
    busiest_hour: int | None = None
    days_told: dict[str, str] = field(default_factory=dict)


def figure_over_time(series: Series, what: str, source: str, times: float = 1.0) -> Figure:
    """Return what a number was over time: its median, and where nine tenths of it lie.

    Parameters
    ----------
    series
        Its samples, at least one.
    what, source
        What it is called, and where it was read.
    times
        By what it is multiplied to be in the world's unit.
    """
    values = sorted(one * times for one in series.values)
    many = len(values)
    low, high = (
        (values[0], values[-1]) if many < _FEW else (values[many // 20], values[many - 1 - many // 20])
    )
    said = f"{source}, {what}, {how_many(many, 'sample')}"
    return Figure(value=values[many // 2], low=low, high=high, basis="measured", source=said)


def limit_of(reading: MetricReading, one: Labelled, what: str) -> Figure:
    """Return a limit: what it is last; where it was another, between both."""
    values = one.series.values
    return Figure(
        value=values[-1],
        low=min(values),
        high=max(values),
        basis="measured",
        source=f"{reading.source}, {what}, {how_many(len(values), 'sample')}",
    )


def number_of_time(reading: MetricReading, one: Labelled, what: str, times: float = 1.0) -> Figure:
    """Return a number over time; that it was not seen for long is kept."""
    share = len(one.series.values) / reading.expected_count
    if share < _LEAST_COVER:
        named = ", ".join(f"{key} {value}" for key, value in sorted(one.labels.items()) if value)[:120]
        reading.gaps.append(f"{what} of {named} was seen for {100 * min(share, 1.0):.0f} % of the time")
    found = figure_over_time(one.series, what, reading.source, times)
    if reading.busiest_hour is None:
        return found
    inside = [value * times for value in at_hour(one.series, reading.busiest_hour)]
    if not inside:
        return found
    value = inside[len(inside) // 2]
    return replace(found, value=value, low=min(found.low, value), high=max(found.high, value))


def rate_of_time(reading: MetricReading, one: Labelled, what: str, named: str) -> Figure:
    """Return how often somebody asks: of a day and more as in its busiest hour, else as any number.

    Parameters
    ----------
    reading
        Where it is kept how much busier that is.
    one
        The series.
    what, named
        What it is called, and who asks whom.
    """
    found = number_of_time(reading, one, what)
    if not reading.is_of_days:
        return found
    figure, said = rate_of_days(one.series, what, reading.source)
    if said:
        reading.days_told.setdefault(named, said)
    return figure


def thing_of(reading: MetricReading, key: str, make: Callable[[], Seen]) -> Seen:
    """Return the thing of a key, made where there is none yet."""
    if key not in reading.things:
        reading.things[key] = make()
    return reading.things[key]
