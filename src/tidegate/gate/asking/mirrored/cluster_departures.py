"""Which pods left, and when? A cluster forgets them at once; what they held on the way is let go later.

A watch tells that a pod is gone, and in the same moment up to when all was heard: that is when it left, at
the latest. The container of a pod that is begun anew left as well, and another came.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tidegate.gate.asking.mirrored.cluster_objects import Key

KEPT_S = 86_400.0
MOST_MOMENTS = 1_000
"""Of one workload; where there are more, the oldest count as having left with the next."""
_AS_ONE_S = 1.0


@dataclass
class Departed:
    """The pods that left, by what made them."""

    _waiting: Counter[Key] = field(default_factory=Counter)
    _left: dict[Key, list[tuple[float, int]]] = field(default_factory=dict)

    def leaves(self, owner: Key) -> None:
        """Take down that one has just left; when, the next word of the cluster says."""
        self._waiting[owner] += 1

    def left(self, owner: Key, at_s: float, count: int = 1) -> None:
        """Take down that some left at a moment."""
        moments = [one for one in self._left.get(owner, []) if at_s - one[0] < KEPT_S]
        if moments and 0.0 <= at_s - moments[-1][0] < _AS_ONE_S:
            count += moments.pop()[1]
        moments.append((at_s, count))
        if len(moments) > MOST_MOMENTS:
            (_, first), (next_s, second) = moments[:2]
            moments[:2] = [(next_s, first + second)]
        self._left[owner] = moments

    def hear(self, now_s: float) -> None:
        """Take down that what left since the last word has left by now."""
        for owner, count in self._waiting.items():
            self.left(owner, now_s, count)
        self._waiting.clear()

    def since(self, owners: Iterable[Key], from_s: float, now_s: float) -> tuple[int, float]:
        """Return how many left after a moment, and when the last of them did."""
        count, last_s = 0, float("-inf")
        for owner in owners:
            waiting_count = self._waiting.get(owner, 0)
            moments = [(now_s, waiting_count)] if waiting_count else []
            for at_s, many in (*self._left.get(owner, ()), *moments):
                if at_s > from_s:
                    count, last_s = count + many, max(last_s, at_s)
        return count, last_s
