"""How much may one question cost? In happenings and never by a clock, so that the answer stays the same.

Shortcut: runs at more demand, and over the ranges, are taken to cost what one as planned does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from tidegate.evaluate.variants.world_case import DEAR_EVENTS

MOST_HAPPENINGS = 20e9
DECIDED_HAPPENINGS = 1e9
"""Where arithmetic has decided: for what it looks like, and what would make it hold."""
VAST_EVENTS = 500_000_000
"""Where arithmetic has decided and one run is more than this, runs only show what it looks like."""
"""Of all runs of one verdict: some quarter of an hour of one core."""
HAPPENINGS_PER_S = 20e6
"""What one core carries out, about."""


@dataclass(kw_only=True)
class Budget:
    """What is left for the runs of one question.

    Parameters
    ----------
    most_count
        Happenings of all runs; infinite where nobody set a bound.
    """

    most_count: float = math.inf
    _spent_count: float = 0.0

    def spend(self, happenings_count: float) -> None:
        """Note what runs have cost."""
        self._spent_count += happenings_count

    @property
    def spent_count(self) -> float:
        """How many happenings runs have cost so far."""
        return self._spent_count

    @property
    def is_spent(self) -> bool:
        """Whether nothing more is to be run that need not be."""
        return self._spent_count >= self.most_count

    def runs_count(self, each_count: float, *, least: int, most: int) -> int:
        """Return how many runs of such a size are left, between the least that say anything and the most."""
        left = (self.most_count - self._spent_count) / max(each_count, 1.0)
        return most if left >= most else max(least, int(left))

    def telling(
        self, tell: Callable[[str, int], None] | None, each_count: float
    ) -> Callable[[str, int], None] | None:
        """Return how it is told what is run: with how long a run and all of them take, where that is long."""
        if tell is None or each_count < DEAR_EVENTS:
            return tell
        bound = "" if math.isinf(self.most_count) else f", at most {seconds_text(self.most_count)} for all"
        return lambda title, count: tell(f"{title}, about {seconds_text(each_count)} a run{bound}", count)


def seconds_text(happenings_count: float) -> str:
    """Return about how long one core takes for so many happenings."""
    seconds = happenings_count / HAPPENINGS_PER_S
    return f"{seconds:.0f} s" if seconds < 100.0 else f"{seconds / 60.0:.0f} min"
