"""When does something come again? The turns of an activity or trigger that is repeated."""

from __future__ import annotations

import math

_EPSILON = 1e-9


def turns_s(
    at_s: float, every_s: float | None, times_count: int | None, horizon_s: float
) -> tuple[float, ...]:
    """Return when each turn begins: the first, and those with their whole period before the horizon.

    Parameters
    ----------
    at_s
        When the first begins.
    every_s
        Between the beginnings of two; None: there is one.
    times_count
        How many at most; None: as many as fit.
    horizon_s
        How much time is simulated.
    """
    if every_s is None:
        return (at_s,)
    whole = math.floor((horizon_s - at_s) / every_s + _EPSILON)
    count = max(whole if times_count is None else min(whole, times_count), 1)
    return tuple(at_s + every_s * i for i in range(count))
