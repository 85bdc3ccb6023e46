"""When was something said? Sites without a common clock still agree on one order.

A hybrid logical clock: the wall clock where it moves on, a counter where it does not or goes back.
The time is an argument everywhere; which clock it is read from must not live here.

Source: Kulkarni et al., Logical Physical Clocks, 2014, https://cse.buffalo.edu/tech-reports/2014-04.pdf
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

MOST_AHEAD_S = 300.0
"""How far a site's clock may be ahead of ours before it no longer pulls ours along."""

_US_PER_S = 1_000_000


class Stamp(NamedTuple):
    """A moment of the hybrid clock; stamps of one site only ever grow.

    Parameters
    ----------
    wall_us
        Microseconds since 1970 (UTC) on the site's wall clock, or the last stamp's where that is later.
    tick_count
        Counts stamps with the same `wall_us`, from 0.
    """

    wall_us: int
    tick_count: int

    @property
    def said_s(self) -> float:
        """Seconds since 1970 (UTC): when it was said."""
        return self.wall_us / _US_PER_S


START = Stamp(0, 0)
"""Earlier than every stamp that is given out."""


def next_stamp(last: Stamp, now_s: float) -> Stamp:
    """Return the stamp after `last` when the wall clock shows `now_s` (seconds since 1970, UTC)."""
    wall_us = round(now_s * _US_PER_S)
    if wall_us > last.wall_us:
        return Stamp(wall_us, 0)
    return Stamp(last.wall_us, last.tick_count + 1)


class Steady:
    """A clock that goes on where the wall clock is set back: never earlier than what was said already.

    What is on record must not lie ahead of whoever reads it, or an outage would not have begun yet; and time
    must pass, or nothing would fall due. Where nothing was said that late, the wall clock counts as it is.

    Parameters
    ----------
    wall
        Gives the seconds since 1970 (UTC), as this machine takes them to be.
    pace
        Gives seconds that only ever grow, as fast as time does.
    """

    def __init__(self, wall: Callable[[], float], pace: Callable[[], float]) -> None:
        self._wall = wall
        self._pace = pace
        self._since = (0.0, pace())

    def __call__(self) -> float:
        """Return what time it is, in seconds since 1970."""
        return max(self._wall(), self._floor_s())

    def wall_s(self) -> float:
        """Return what this machine takes for the time, whatever was said."""
        return self._wall()

    @property
    def behind_s(self) -> float:
        """How far the wall clock is behind what was said and the time since; 0 where it is not."""
        return max(self._floor_s() - self._wall(), 0.0)

    def hear(self, said_s: float) -> None:
        """Take in that something was said at a moment, in seconds since 1970."""
        if said_s > self._floor_s():
            self._since = (said_s, self._pace())

    def _floor_s(self) -> float:
        said_s, pace_s = self._since
        return said_s + self._pace() - pace_s


def heard(last: Stamp, foreign: Stamp, now_s: float) -> Stamp:
    """Return where our clock stands after a stamp of another site has been read.

    What we say afterwards sorts behind what we had read. A stamp more than `MOST_AHEAD_S` in our
    future comes from a wrong clock: its entry is kept, but it does not pull our clock along.
    """
    if foreign.wall_us > round((now_s + MOST_AHEAD_S) * _US_PER_S):
        return last
    return max(last, foreign)
