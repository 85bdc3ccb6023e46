"""How many notices may be handed over at once? As few as will do, for a kill leaves each of them in doubt.

From the last byte of a message to the receiver's answer nobody can know whether it was taken (RFC 1047, and
the two generals). How many are in that moment is how many are sent a second times how long an answer takes
(Little's law). So the bound follows from how soon receivers answer and from how many we could send a second
at all: one at a time where that is enough, as many as it takes where it is not. Whoever takes longer than
others gives its place up and stays in doubt, so that slow receivers slow nobody. Sending, and clocks, must
not live here.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class HandoverPolicy:
    """How closely handovers follow each other.

    Parameters
    ----------
    per_s
        How many are handed over a second, if all receivers answer alike; whatever they do, it is half as many
        at least. More than we could send a second would leave more in doubt for nothing.
    least_s
        Answers are not taken to be sooner than this.
    recent_count
        Of how many handovers the soonest answer is remembered.
    """

    per_s: float = 1000.0
    least_s: float = 0.001
    recent_count: int = 256


class Handovers:
    """Those that are being handed over, and whether another may begin.

    Times are seconds on one clock.

    Parameters
    ----------
    policy
        How closely they follow each other.
    """

    def __init__(self, policy: HandoverPolicy | None = None) -> None:
        self._policy = policy or HandoverPolicy()
        self._took_s: deque[float] = deque(maxlen=self._policy.recent_count)
        self._answer_s = self._policy.least_s
        self._began_s: dict[str, float] = {}
        self._counted: dict[str, float] = {}  # those whose place is not given up, in their order

    @property
    def answer_s(self) -> float:
        """How soon an answer comes where nothing delays it: not the mean, which grows with the bound."""
        return self._answer_s

    @property
    def hold_s(self) -> float:
        """After how long a place is given up."""
        return 2 * self.answer_s

    @property
    def most_count(self) -> int:
        """How many may be handed over at once."""
        return max(1, math.ceil(self._policy.per_s * self.answer_s))

    def may_begin(self, now_s: float) -> bool:
        """Whether another may begin now."""
        while self._counted and (next_s := self.next_s()) is not None and next_s <= now_s:
            del self._counted[next(iter(self._counted))]
        return len(self._counted) < self.most_count

    def next_s(self) -> float | None:
        """Return when a place is given up if nothing else happens; None where all are free."""
        first_s = next(iter(self._counted.values()), None)
        return None if first_s is None else first_s + self.hold_s

    def begin(self, name: str, now_s: float) -> None:
        """Say that the handover of a notice begins."""
        self._began_s[name] = self._counted[name] = now_s

    def end(self, name: str, now_s: float) -> None:
        """Say that it has ended; nothing happens where it had not begun."""
        began_s = self._began_s.pop(name, None)
        self._counted.pop(name, None)
        if began_s is not None:
            self._took_s.append(now_s - began_s)
            self._answer_s = max(self._policy.least_s, min(self._took_s))
