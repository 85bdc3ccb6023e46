"""When was a pushed sample taken? Each series has its own clock, and one that stands still says nothing.

A point that is pushed again is no sample. Where a program's clock is far from ours, our own time is taken,
but only while both go on alike: what was kept back and comes all at once is of the past.
"""

from __future__ import annotations

from dataclasses import dataclass, field

BELIEVED_S = 60.0
"""A clock that is no further from ours than this is believed."""
MOST_SERIES = 200_000
_APART_RATIO = 0.5
_APART_S = 0.5


@dataclass
class PushedTimes:
    """The times of all series that are pushed."""

    _last: dict[object, tuple[float, float]] = field(default_factory=dict)

    def at_s(self, key: object, own_s: float, now_s: float) -> float | None:
        """Return when a sample was taken by our clock; None where it is none.

        Parameters
        ----------
        key
            What names its series.
        own_s
            When it was taken, by the clock of its program, in seconds since 1970.
        now_s
            When it came, by ours.

        Raises
        ------
        ValueError
            If there are more series than are kept.
        """
        last = self._last.get(key)
        if last is None and len(self._last) >= MOST_SERIES:
            raise ValueError("more series than are kept")
        is_set_back = last is not None and last[0] - now_s > BELIEVED_S >= abs(own_s - now_s)
        if last is not None and own_s <= last[0] and not is_set_back:
            return None
        self._last[key] = (own_s, now_s)
        if abs(own_s - now_s) <= BELIEVED_S:
            return own_s
        if last is None:
            return None
        own_passed_s, passed_s = own_s - last[0], now_s - last[1]
        apart_s = _APART_RATIO * max(own_passed_s, passed_s) + _APART_S
        return now_s if abs(own_passed_s - passed_s) <= apart_s else None
