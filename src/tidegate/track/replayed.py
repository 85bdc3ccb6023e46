"""What would the gate have said of what happened? Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tidegate.track.given_ruling import GivenRuling

NOT_WORKED_OUT = "so many questions were worked out that this one was left."
"""Why nothing is told of a scaling whose question was left."""


@dataclass(frozen=True, kw_only=True)
class HeldUp:
    """One scaling that would have been held up.

    Parameters
    ----------
    ruling
        What would have been said.
    for_s
        For how long at least, in seconds; None where it was wanted to the end of what was given.
    """

    ruling: GivenRuling
    for_s: float | None


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What the gate would have said of past scalings.

    Parameters
    ----------
    world
        Of which world.
    scalings_count, shrinking_count
        How many there were, and how many of these made something smaller, which is never held up.
    first_s, last_s
        From when until when, in seconds since 1970.
    rulings
        What it would have said of all that grew, in order of time.
    held_up
        Those that it would have held up.
    unknown_names
        What this world knows nothing of, with how often it grew.
    not_worked_out_count
        How many questions were left, since so many were worked out already.
    passed
        How many things in the files were passed over, by why.
    notes
        What else there is to know of the files.
    """

    world: str
    scalings_count: int
    shrinking_count: int
    first_s: float
    last_s: float
    rulings: tuple[GivenRuling, ...]
    held_up: tuple[HeldUp, ...]
    unknown_names: Mapping[str, int] = field(default_factory=dict)
    not_worked_out_count: int = 0
    passed: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def count(self, verdict: str) -> int:
        """Return how often a verdict would have been given."""
        return sum(one.verdict == verdict for one in self.rulings)
