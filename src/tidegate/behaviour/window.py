"""How many of something there were lately.

A count over a sliding window, kept in two halves so that it costs two numbers and no list: the window
reaches back between half of its length and the whole. What is counted must not live here.
"""

from __future__ import annotations

from tidegate.behaviour.instant import nanoseconds


class WindowCount:
    """A count of things over about the last `window_s`.

    The current half fills; when it is over it becomes the previous half and the older one is forgotten.
    Halves begin at whole multiples of half the window on the caller's clock, so that counters with the
    same window turn over at the same moment.

    Parameters
    ----------
    window_s
        Length of the window, above 0.
    """

    def __init__(self, window_s: float) -> None:
        self._half_ns = max(1, nanoseconds(window_s) // 2)
        self._half_index = 0
        self._current_count = 0
        self._previous_count = 0

    def add(self, now_s: float) -> None:
        """Count one at `now_s`."""
        self._turn(now_s)
        self._current_count += 1

    def total(self, now_s: float) -> int:
        """Return how many were counted in the current and the previous half."""
        self._turn(now_s)
        return self._current_count + self._previous_count

    def clear(self) -> None:
        """Forget everything counted."""
        self._current_count = 0
        self._previous_count = 0

    def _turn(self, now_s: float) -> None:
        half_index = nanoseconds(now_s) // self._half_ns
        passed_count = half_index - self._half_index
        if passed_count == 0:
            return
        self._previous_count = self._current_count if passed_count == 1 else 0
        self._current_count = 0
        self._half_index = half_index
