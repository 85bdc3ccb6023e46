"""A number that was measured, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Number:
    """A value with the range in which it lies, as two standard deviations have it.

    Parameters
    ----------
    value, low, high
        In one unit.
    count
        Of how many observations.
    is_doubted
        Whether the world, run over again, did not do with it what was recorded.
    """

    value: float
    low: float
    high: float
    count: int
    is_doubted: bool = False


def times(number: Number, ratio: float) -> Number:
    """Return a number by a ratio, which is itself known to half of how far it is from one."""
    doubt = abs(ratio - 1.0) / 2.0
    return Number(
        value=number.value * ratio,
        low=number.low * (ratio - doubt),
        high=number.high * (ratio + doubt),
        count=number.count,
    )


def widened(number: Number, ratio: float) -> Number:
    """Return a number whose interval is wider by a share of it on either side."""
    more = ratio * number.value
    return Number(
        value=number.value, low=max(number.low - more, 0.0), high=number.high + more, count=number.count
    )


def doubted(number: Number, ratio: float) -> Number:
    """Return a number as one that is not believed, with a range of so many times to either side."""
    return Number(
        value=number.value,
        low=min(number.low, number.value / ratio),
        high=max(number.high, number.value * ratio),
        count=number.count,
        is_doubted=True,
    )


def around(value: float, deviation: float, count: int) -> Number:
    """Return a number with two standard deviations to either side, and not below zero."""
    return Number(
        value=value, low=max(value - 2.0 * deviation, 0.0), high=value + 2.0 * deviation, count=count
    )
