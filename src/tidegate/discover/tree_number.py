"""How is a number written into a world? With its range, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.discover.number import Number

Tree = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Described:
    """How a world is to be described.

    Parameters
    ----------
    name
        Of the world.
    source
        What was recorded, and when: goes beside each number.
    is_pseudonymous
        Whether addresses are left out.
    device
        The device of the catalogue that the record was taken at.
    """

    name: str
    source: str
    is_pseudonymous: bool
    device: str


def measured(number: Number, unit: str, described: Described) -> Tree:
    """Return a measured number as file keys, in "s", "per_s", "ratio" or "count"."""
    value, low, high = (text(one, unit) for one in (number.value, number.low, max(number.high, number.value)))
    if number.is_doubted:
        return assumed(value, low, high, "record it again: this world, run over again, did something else")
    return {
        "value": value,
        "low": low,
        "high": high,
        "basis": "measured",
        "source": f"{described.source}, {number.count:,} seen",
    }


def assumed(value: str, low: str, high: str, measure: str) -> Tree:
    """Return a number that nobody has measured as file keys, with how it is found out."""
    return {"value": value, "low": low, "high": high, "basis": "assumed", "measure": measure}


def text(value: float, unit: str) -> str:
    """Return a number as a world file writes it."""
    if unit == "s":
        return f"{value * 1e3:.4g}ms" if 0.0 < value < 1.0 else f"{value:.4g}s"
    if unit == "per_s":
        return f"{value:.4g}/s"
    return f"{value:.4g}" if unit == "ratio" else f"{round(value)}"
