"""Since when is somebody held up? Who asks again and again, and is refused, must get on or be told of.

Kept for what asks as it happens, by the name of what grows. Who does not ask for some syncs no longer waits.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tidegate.behaviour.hpa.stride import SYNC_S

PATIENCE_S = 4 * SYNC_S
"""After so long an autoscaler is brought down to what is safe, whatever it books: waiting does not help."""
MOST_HELD = 10_000
_GIVES_UP_S = 4 * SYNC_S


@dataclass(frozen=True, kw_only=True)
class Wait:
    """One that is held up.

    Parameters
    ----------
    address
        What would grow.
    since_s, last_s
        Since when, and when it asked last; in seconds.
    from_count, to_count
        From which size it wanted to go to which when it asked last.
    told_s
        When somebody was told of it last; negative infinity where nobody was.
    """

    address: str
    since_s: float
    last_s: float
    from_count: int
    to_count: int
    told_s: float = float("-inf")


@dataclass
class Held:
    """What is held up now."""

    _waits: dict[str, Wait] = field(default_factory=dict)

    def refuse(self, address: str, from_count: int, to_count: int, now_s: float) -> Wait | None:
        """Put down that something was refused; return it, or None where there are too many to keep."""
        before = self._waits.get(address)
        if before is not None and now_s - before.last_s > _GIVES_UP_S:
            before = None
        if before is None:
            self.forget(now_s)
            if address not in self._waits and len(self._waits) >= MOST_HELD:
                return None
        since_s, told_s = (now_s, float("-inf")) if before is None else (before.since_s, before.told_s)
        wait = Wait(
            address=address,
            since_s=since_s,
            last_s=now_s,
            from_count=from_count,
            to_count=to_count,
            told_s=told_s,
        )
        self._waits[address] = wait
        return wait

    def let_through(self, address: str) -> None:
        """Put down that something got on."""
        self._waits.pop(address, None)

    def told(self, wait: Wait, now_s: float) -> None:
        """Put down that somebody was told of one."""
        self._waits[wait.address] = replace(wait, told_s=now_s)

    def held_s(self, address: str, now_s: float) -> float:
        """Return for how long something has been held up; 0 where it is not."""
        wait = self._waits.get(address)
        if wait is None or now_s - wait.last_s > _GIVES_UP_S:
            return 0.0
        return now_s - wait.since_s

    def forget(self, now_s: float) -> None:
        """Leave those who no longer ask."""
        gone = [key for key, one in self._waits.items() if now_s - one.last_s > _GIVES_UP_S]
        for key in gone:
            del self._waits[key]

    def longest_s(self, now_s: float) -> float:
        """Return for how long the one that has waited longest has; 0 where nobody waits."""
        self.forget(now_s)
        return max((now_s - one.since_s for one in self._waits.values()), default=0.0)

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waits)
