"""A number of the world that history shows, and one that it does not: values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """One number that was fitted.

    Parameters
    ----------
    path
        Dotted path of file keys.
    value, low, high
        The likeliest value, and the interval that the likelihood leaves.
    readings
        What it was read from: the names of readings.
    how
        By which law, as a clause.
    count
        Of how many observations; 0 where it was simply read.
    is_varying
        Whether it varied over the record by more than chance: value is the mean, the interval what was seen.
    """

    path: str
    value: float
    low: float
    high: float
    readings: tuple[str, ...]
    how: str
    count: int = 0
    is_varying: bool = False

    @property
    def width_ratio(self) -> float:
        """The width of the interval over the value."""
        return (self.high - self.low) / self.value if self.value else 0.0


@dataclass(frozen=True, kw_only=True)
class Untold:
    """One number that these data do not tell.

    Parameters
    ----------
    path
        Dotted path of file keys.
    why
        As the end of a sentence that begins "these data do not tell it: ".
    measure
        What would tell.
    """

    path: str
    why: str
    measure: str


Number = Fitted | Untold
