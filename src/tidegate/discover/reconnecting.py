"""Over what time do those connect anew whose connections a restart has ended?

Who is refused meanwhile waits again and comes later than all others, so no quantile tells: the time is where
the rate of attempts changes.

Source: the change point of a Poisson process, by greatest likelihood (Raftery and Akman, Biometrika 73, 1986).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidegate.discover.number import Number

_LOOKED_AT_S = 30.0
_LEAST_COUNT = 12
_WITHIN = 3.0
_AT_ONCE_S = 0.05
_LEAST_CHANGE = 4.0
_TOO = 0.01


def spread_s(begun_s: NDArray[np.float64], restart_s: float, last_s: float) -> Number | None:
    """Return over what time attempts came after a restart; None where too few did, or their rate did not change.

    Parameters
    ----------
    begun_s
        When those that had kept connections tried to connect.
    restart_s, last_s
        When connections ended, and when the record did, or the place failed again.
    """
    length_s = min(_LOOKED_AT_S, last_s - restart_s)
    after = np.sort(begun_s[(begun_s >= restart_s) & (begun_s < restart_s + length_s)] - restart_s)
    if len(after) < _LEAST_COUNT:
        return None
    before = np.arange(1, len(after) + 1, dtype=np.float64)
    at = np.maximum(after, 1e-3)
    rest, left_s = len(after) - before, np.maximum(length_s - at, 1e-3)
    probable = before * np.log(before / at) + np.where(rest > 0, rest * np.log(np.maximum(rest, 0.5) / left_s), 0.0)
    best = int(np.argmax(probable))
    within = before[best] / at[best]
    if within < _LEAST_CHANGE * rest[best] / left_s[best] or before[best] < _LEAST_COUNT:
        return None
    if after[best] < _AT_ONCE_S:
        return Number(value=0.0, low=0.0, high=2.0 * _AT_ONCE_S, count=int(before[best]))
    kept = after[probable >= probable[best] - _WITHIN]
    longer = 1.0 + 1.0 / before[best]  # the last of so many comes a little before the end
    low, high = (1.0 - _TOO) * float(kept.min()), (1.0 + _TOO) * float(kept.max()) * (1.0 + 3.0 / before[best])
    return Number(value=float(after[best] * longer), low=low, high=high, count=int(before[best]))
