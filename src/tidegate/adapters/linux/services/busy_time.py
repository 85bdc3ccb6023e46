"""How busy has a service been? Places that are taken now, their time together, and requests that came."""

from __future__ import annotations


class Work:
    """What one service does.

    Attributes
    ----------
    count
        Places that are taken now.
    arrived_count
        Requests that came since the last `take`.
    """

    __slots__ = ("_area_s", "_since_s", "arrived_count", "count")

    def __init__(self) -> None:
        self.count = self.arrived_count = 0
        self._area_s = self._since_s = 0.0

    def begin(self, now_s: float) -> None:
        """Take a place."""
        self._account(now_s)
        self.count += 1

    def end(self, now_s: float) -> None:
        """Give a place back."""
        self._account(now_s)
        self.count -= 1

    def take(self, now_s: float) -> tuple[float, int]:
        """Return for how long places were taken, all together, and how many requests came; begin anew."""
        self._account(now_s)
        taken = self._area_s, self.arrived_count
        self._area_s, self.arrived_count = 0.0, 0
        return taken

    def _account(self, now_s: float) -> None:
        self._area_s += self.count * (now_s - self._since_s)
        self._since_s = now_s
