"""When was something said? Sites without a common clock still agree on one order.

A hybrid logical clock: the wall clock where it moves on, a counter where it does not or goes back.
The time is an argument everywhere; which clock it is read from must not live here.

Source: Kulkarni et al., Logical Physical Clocks, 2014, https://cse.buffalo.edu/tech-reports/2014-04.pdf
"""

from __future__ import annotations

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


def heard(last: Stamp, foreign: Stamp, now_s: float) -> Stamp:
    """Return where our clock stands after a stamp of another site has been read.

    What we say afterwards sorts behind what we had read. A stamp more than `MOST_AHEAD_S` in our
    future comes from a wrong clock: its entry is kept, but it does not pull our clock along.
    """
    if foreign.wall_us > round((now_s + MOST_AHEAD_S) * _US_PER_S):
        return last
    return max(last, foreign)
