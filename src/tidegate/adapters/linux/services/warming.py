"""Which instance takes a request, and how much slower is it for having just come? Who came when decides.

Instances that share a queue are told apart by when they came: that with the most free places takes the next
request, at its own pace. Where there are fewer of them the oldest are gone. The pace is that of
`world/instance.WarmUp`; how long a request takes otherwise must not live here (`serving`).
"""

from __future__ import annotations

from tidegate.rehearse.service_plan import ServerSettings

_NEVER_S = float("-inf")  # came so long ago


class Place:
    """One instance that is there, or was when it took its last request.

    Parameters
    ----------
    since_s
        When it came.
    """

    __slots__ = ("busy_count", "since_s")

    def __init__(self, since_s: float) -> None:
        self.since_s = since_s
        self.busy_count = 0


class Warming:
    """The instances of one service, from the oldest to the youngest.

    Parameters
    ----------
    there_count
        How many there are at first; they are warm.
    """

    def __init__(self, there_count: int) -> None:
        self._places = [Place(_NEVER_S) for _ in range(there_count)]

    def notice(self, there_count: int, now_s: float) -> None:
        """Take notice of how many are there: those that were not before have just come."""
        missing_count = there_count - len(self._places)
        if missing_count > 0:
            since_s = now_s if now_s > 0.0 else _NEVER_S
            self._places += [Place(since_s) for _ in range(missing_count)]
        elif missing_count < 0:
            del self._places[:-missing_count]

    def replace(self, count: int, now_s: float) -> None:
        """Let others stand in the place of so many, the oldest first."""
        count = min(count, len(self._places))
        del self._places[:count]
        self._places += [Place(now_s) for _ in range(count)]

    def take(self) -> Place | None:
        """Return who has the least to do, of several the oldest; None where nobody is there."""
        if not self._places:
            return None
        place = min(self._places, key=lambda each: each.busy_count)
        place.busy_count += 1
        return place


def slowdown_times(place: Place, settings: ServerSettings, now_s: float) -> float:
    """Return how many times its usual time an instance takes."""
    left = 1.0 - (now_s - place.since_s) / settings.warm_s
    return 1.0 + (settings.slowdown_ratio - 1.0) * max(left, 0.0)
