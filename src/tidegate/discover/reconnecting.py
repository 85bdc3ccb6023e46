"""The time over which those connect anew whose connections a restart has ended.

Each waits a time of its own below the spread, and who is refused waits such a time again: those come later
than all others, so no quantile tells. How probable all attempts are, for each spread, does.

Source: the likelihood of a Poisson process whose rate changes (Raftery and Akman, Biometrika 73, 1986).
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
_TOO = 0.015
_FIRST = 3
_SPREADS_S = np.geomspace(0.05, 25.0, 1_200)

Array = NDArray[np.float64]


def spread_s(answered_s: Array, refused_s: Array, restart_s: float, last_s: float) -> Number | None:
    """Return over what time attempts came after a restart; None where too few did, or their rate stayed.

    Parameters
    ----------
    answered_s, refused_s
        When those that had kept connections tried to connect, by what they met.
    restart_s, last_s
        When connections ended, and when the record did, or the place failed again.
    """
    length_s = min(_LOOKED_AT_S, last_s - restart_s)
    answered, refused = (_after(at_s, restart_s, length_s) for at_s in (answered_s, refused_s))
    every = np.sort(np.concatenate([answered, refused]))
    if len(every) < _LEAST_COUNT:
        return None
    if float(np.quantile(every, 0.9)) < _AT_ONCE_S:
        return Number(value=0.0, low=0.0, high=2.0 * _AT_ONCE_S, count=len(every))
    tried = _SPREADS_S[0.8 * length_s > _SPREADS_S]
    probable = np.array([_probable(every, refused, float(one), length_s) for one in tried])
    best_s = float(tried[int(np.argmax(probable))])
    within, later = (every < best_s).sum() / best_s, (every >= best_s).sum() / (length_s - best_s)
    if within < _LEAST_CHANGE * later:
        return None
    kept = tried[probable >= probable.max() - _WITHIN]
    weight = np.exp(probable - probable.max())
    value = float((weight * tried).sum() / weight.sum())
    # the first come as late as it takes to notice that a connection has ended
    slow_s = max(float(every[_FIRST]) - (_FIRST + 1.0) * value / len(every), 0.0)
    value -= min(slow_s, value / 2.0)
    return Number(
        value=value,
        low=(1.0 - _TOO) * float(kept.min()) - min(2.0 * slow_s, value / 2.0),
        high=(1.0 + _TOO) * float(kept.max()),
        count=int((every < best_s).sum()),
    )


def _after(at_s: Array, restart_s: float, length_s: float) -> Array:
    return at_s[(at_s >= restart_s) & (at_s < restart_s + length_s)] - restart_s


def _probable(every: Array, refused: Array, spread: float, length_s: float) -> float:
    """Return how probable all attempts are, as a logarithm: first and second ones, and what comes anyhow."""
    over_s = spread + (float(refused.max()) if len(refused) else 0.0)
    left_s = max(length_s - over_s, 1.0)
    anyhow = max(float((every > over_s).sum()), 0.5) / left_s
    firsts = max(len(every) - len(refused) - anyhow * length_s, 1.0)
    rate = anyhow + firsts / spread * (every < spread)
    if len(refused):
        again = (every[:, None] > refused[None, :]) & (every[:, None] < refused[None, :] + spread)
        rate = rate + again.sum(axis=1) / spread
    return float(np.log(rate).sum()) - firsts - len(refused) - anyhow * length_s
