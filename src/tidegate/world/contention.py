"""How requests that are served together hold each other up."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tidegate.world.field import key


@dataclass(frozen=True, kw_only=True)
class Contention:
    """How the requests that an instance serves at a time hold each other up (Universal Scalability Law).

    With n of them each takes 1 + serial × (n − 1) + crosstalk × n × (n − 1) times as long as alone.
    """

    serial_ratio: float = key(
        "Share of the work that only one of them can do at a time (the law's sigma): locks, one log.",
        default=0.0,
        most=1.0,
    )
    crosstalk_ratio: float = key(
        "What each of them adds for each other one (the law's kappa): caches that evict each other, "
        "swapping, garbage collection. With more than 1/√crosstalk of them an instance does less than with "
        "fewer.",
        default=0.0,
        most=1.0,
    )

    def stretch_ratio(self, served_count: float) -> float:
        """Return how many times as long as alone a request takes where so many are served."""
        others = max(served_count - 1.0, 0.0)
        return 1.0 + (self.serial_ratio + self.crosstalk_ratio * served_count) * others

    def best_count(self, *, waiting_ratio: float = 0.0) -> float:
        """Return with how many at a time most is done: infinite where each more does more.

        `waiting_ratio` is how long a request waits for its calls, as a share of its own work.
        """
        if self.crosstalk_ratio == 0.0:
            return math.inf
        return max(1.0, math.sqrt((1.0 - self.serial_ratio + waiting_ratio) / self.crosstalk_ratio))
