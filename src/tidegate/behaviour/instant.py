"""Which whole nanosecond a time is.

Comparisons that must come out the same here and in the compiled kernels are made in integer
nanoseconds. Nothing but that conversion lives here.
"""

from __future__ import annotations

NANOSECONDS_PER_S = 1_000_000_000


def nanoseconds(time_s: float) -> int:
    """Return `time_s` seconds as the nearest whole nanosecond."""
    return round(time_s * NANOSECONDS_PER_S)
