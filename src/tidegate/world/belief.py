"""Beliefs: what is not measured, with its range or counter-belief, and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.errors import Place
from tidegate.world.field import key

BASES = ("measured", "published", "assumed")


@dataclass(frozen=True, kw_only=True)
class Belief:
    """A behaviour taken to be so, and what holds if it is not: an overlay on the same world."""

    says: str = key("The belief as a sentence.")
    otherwise: str = key("Its counter-belief as a short phrase (a column heading).", default="")
    counter: Mapping[str, Any] = key("Paths of this file and the values they take if the belief is wrong.")
    basis: str = key("Where it comes from.", default="assumed", allowed=BASES)
    source: str = key("Where to read it.", default="")
    measure: str = key("How to find out.", default="")


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """One number of the world with what is known about it.

    Parameters
    ----------
    path
        Dotted path of file keys.
    value
        The value in use, in the core's unit.
    low, high
        The range it is believed to lie in, in the core's unit; equal to `value` where none was given.
    basis
        "measured", "published" or "assumed".
    source
        Where to read it.
    measure
        How to find out.
    place
        Where the file states it.
    """

    path: str
    value: float
    low: float
    high: float
    basis: str = "assumed"
    source: str = ""
    measure: str = ""
    place: Place | None = None

    @property
    def is_uncertain(self) -> bool:
        """Whether the range has a width."""
        return self.low < self.high
