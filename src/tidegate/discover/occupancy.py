"""Do the numbers make as many entries as the table had? New flows times their hold, and what is established.

Entries that have ended stay in the kernel's own count until somebody looks; a dump has only those that live.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.discover.flow_book import FlowBook
from tidegate.discover.habit import hold_s
from tidegate.discover.population import Asked

DATAGRAM_HOLD_S = 30.0
_MOST_OFF_RATIO = 0.15


@dataclass(frozen=True, kw_only=True)
class Occupancy:
    """Entries of the table.

    Parameters
    ----------
    expected_count
        By what was found.
    dumped_count
        That a dump has, in the middle.
    """

    expected_count: float
    dumped_count: float

    @property
    def agrees(self) -> bool:
        """Whether they are about as many."""
        return abs(self.expected_count - self.dumped_count) <= _MOST_OFF_RATIO * self.dumped_count


def occupancy(book: FlowBook, places: Sequence[Asked]) -> Occupancy | None:
    """Return how full the table should be beside how full it was; None without events, a dump or a hold."""
    hold = hold_s(book.held_s)
    if hold is None or not any(book.entries_by_dump):
        return None
    expected = float(statistics.median(book.established_by_dump))
    for asked in places:
        each_s = hold.value if asked.place.protocol == "tcp" else DATAGRAM_HOLD_S
        expected += sum(one.rate_per_s.value * each_s for one in asked.populations if one.rate_per_s)
    return Occupancy(expected_count=expected, dumped_count=float(statistics.median(book.entries_by_dump)))
