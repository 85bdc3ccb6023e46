"""Which flows of a place are kept connections, and which are made for one request? By how long they live.

A host has both: a pool that stays, and checks that come and go. So the lives of all flows to a place are cut
where they leave the widest gap.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

_LEAST_GAP = math.log(3.0)
_LEAST_KEPT_S = 1.0
_LEAST_COUNT = 3
_KEPT_MEDIAN_S = 10.0
_KEPT_LEAST_S = 2.0
"""Where hardly a flow lives shorter they are kept, and closed when nobody has used them for a while."""
_HARDLY_ANY = 0.99
_SHORT_AT_MOST_S = 1e-3


def cut_s(lives_s: Sequence[float]) -> float:
    """Return the life from which on a flow is a kept connection; 0 where all are, infinite where none is.

    Parameters
    ----------
    lives_s
        Of all flows to one place, in seconds; infinite where one was still open as the record ended.
    """
    lives = np.asarray(lives_s, dtype=np.float64)
    ended = np.sort(lives[np.isfinite(lives)])
    if not len(ended):
        return 0.0
    gap_s = _widest_gap_s(ended)
    if gap_s is not None:
        return gap_s
    if float(np.median(ended)) >= _KEPT_MEDIAN_S or float(np.quantile(ended, 0.05)) >= _KEPT_LEAST_S:
        return 0.0
    return max(_LEAST_KEPT_S, 3.0 * float(np.quantile(ended, _HARDLY_ANY)))


def _widest_gap_s(ended: np.ndarray) -> float | None:
    """Return the middle of the widest gap between short lives and long ones; None where there is none."""
    logs = np.log(np.maximum(ended, _SHORT_AT_MOST_S))
    gaps = np.diff(logs)
    could = np.flatnonzero(gaps >= _LEAST_GAP) + 1  # the first that is long
    could = could[(could >= _LEAST_COUNT) & (len(ended) - could >= _LEAST_COUNT)]
    could = could[ended[could] >= _LEAST_KEPT_S] if len(could) else could
    if not len(could):
        return None
    first = int(could[np.argmax(gaps[could - 1])])
    return float(math.exp((logs[first - 1] + logs[first]) / 2.0))
