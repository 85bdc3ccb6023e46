"""Which size does an autoscaler ask for, given what its metrics want? One sync after the other.

State is lost when the controller restarts: make a new one. Readings must not live here: see `wanted_size`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tidegate.behaviour.hpa.release import NEWEST, Release
from tidegate.behaviour.hpa.stride import Behavior, Booked, down_limit, most_without_behavior, up_limit

WITHOUT_BEHAVIOR_S = 300.0
"""Over which wishes are held against each other where there is no `behavior` (a flag of the controller)."""


def together(size: int, wishes: Sequence[int | None], by: Release = NEWEST) -> int | None:
    """Return what several metrics wish together; None where nothing follows.

    Parameters
    ----------
    size
        The size now.
    wishes
        What each metric wants; None where it fails.
    by
        The version.
    """
    known = [wish for wish in wishes if wish is not None]
    if not known:
        return None
    most = max(known)
    held = by.failing_metric_holds and len(known) < len(wishes) and most < size
    return None if held else most


@dataclass
class Controller:
    """One autoscaler, told the time.

    Parameters
    ----------
    least_count, most_count
        minReplicas and maxReplicas.
    behavior
        None where the object has none, which is not the same as an empty one.
    by
        The version of Kubernetes.
    has_begun
        Whether it has looked before: at its first look the size counts as a wish.
    """

    least_count: int
    most_count: int
    behavior: Behavior | None = None
    by: Release = NEWEST
    has_begun: bool = False
    _wishes: list[tuple[float, int]] = field(default_factory=list)
    _booked: Booked = field(default_factory=Booked)

    def wants(self, now_s: float, size: int, wish: int | None) -> int:
        """Return the size that a sync asks for.

        Parameters
        ----------
        now_s
            When.
        size
            What the workload asks for now: its pods, ready or not.
        wish
            What the metrics want (`together`); None where nothing follows. It is not read where the size
            is out of bounds, or nought.
        """
        if not self.has_begun:
            self.has_begun = True
            self._wishes.append((now_s, size))
        if size == 0 and self.least_count > 0:
            return 0
        if size > self.most_count:
            return self.most_count
        if size < self.least_count:
            return self.least_count
        if wish is None:
            return size
        if self.behavior is None:
            return self._by_default(now_s, size, wish)
        return self._by_behavior(self.behavior, now_s, size, wish)

    def granted(self, now_s: float, before: int, after: int) -> None:
        """Put down that a size asked for was written: a refused one is asked for again at the next sync."""
        if self.behavior is not None and after != before:
            self._booked.book(now_s, before, after)

    def sync(self, now_s: float, size: int, wish: int | None) -> int:
        """Return the size after a sync whose request is granted."""
        wanted = self.wants(now_s, size, wish)
        self.granted(now_s, size, wanted)
        return wanted

    def _by_default(self, now_s: float, size: int, wish: int) -> int:
        wanted = max(wish, *self._younger(now_s, WITHOUT_BEHAVIOR_S), wish)
        self._add(now_s, wish, WITHOUT_BEHAVIOR_S)
        return max(self.least_count, min(wanted, self.most_count, most_without_behavior(size)))

    def _by_behavior(self, behavior: Behavior, now_s: float, size: int, wish: int) -> int:
        least = min([wish, *self._younger(now_s, behavior.up.window_s)])
        most = max([wish, *self._younger(now_s, behavior.down.window_s)])
        if self.by.stays_between_windows:
            wanted = min(max(size, least), most)
        else:
            wanted = least if wish >= size else most
        self._add(now_s, wish, behavior.longest_window_s)
        if wanted > size:
            limit = max(up_limit(size, behavior.up, now_s, self._booked, self.by), size)
            return min(wanted, self.most_count, limit)
        if wanted < size:
            limit = min(down_limit(size, behavior.down, now_s, self._booked, self.by), size)
            return max(wanted, self.least_count, limit)
        return size

    def _younger(self, now_s: float, window_s: float) -> list[int]:
        return [wish for at_s, wish in self._wishes if now_s - at_s < window_s]

    def _add(self, now_s: float, wish: int, window_s: float) -> None:
        self._wishes = [one for one in self._wishes if now_s - one[0] < window_s]
        self._wishes.append((now_s, wish))
