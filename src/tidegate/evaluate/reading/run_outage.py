"""An outage within a run: when, how deep, and to which turn of what comes again it belongs.

An outage counts from the turn in which it begins, and the slowest turn is the run's. What is bad is said
by `measures`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidegate.simulate.tables import Tables

FAILED_SHARE = 0.05  # of what ends about a time has failed: it is bad
LEAST_FAILURES = 3
DEEP_SHARE = 0.2  # of what ended in an outage failed: much is lost


@dataclass(frozen=True, kw_only=True)
class Outage:
    """Bad bins without a calm between them.

    Parameters
    ----------
    first, last
        Its first and last bad bin.
    bad_count
        How many of its bins are bad.
    is_deep
        Whether a fifth of what ended in it had failed, or nobody was answered for as long as a calm.
    """

    first: int
    last: int
    bad_count: int
    is_deep: bool

    @property
    def bins(self) -> int:
        """How many bins it lasts."""
        return self.last + 1 - self.first

    def turn_bin(self, tables: Tables, first: int) -> int:
        """Return the bin in which its turn begins; `first` is that of the first turn."""
        turns = (int(at_ns // tables.bin_ns) for at_ns in tables.turns_ns)
        return max((turn for turn in turns if turn <= self.first + 1), default=first)


def spells(bad: NDArray[np.bool_], calm_bins: int) -> Iterator[tuple[int, int, int]]:
    """Yield the first and the last of bad bins that no calm separates, and how many of them there are."""
    at = np.nonzero(bad)[0]
    for group in np.split(at, np.nonzero(np.diff(at) > calm_bins)[0] + 1):
        if len(group):
            yield int(group[0]), int(group[-1]), len(group)


def slowest_turn_s(tables: Tables, every: Iterable[Outage], first: int, start_s: float) -> float:
    """Return how long it takes until service is normal again in the slowest turn.

    Parameters
    ----------
    tables
        What was run.
    every
        The outages that count.
    first, start_s
        When the first turn begins: its bin, and its time.
    """
    bin_s, found = tables.bin_ns / 1e9, [0.0]
    for one in every:
        if one.last >= first:
            turn = one.turn_bin(tables, first)
            found.append((one.last + 1) * bin_s - (start_s if turn == first else turn * bin_s))
    return max(found)
