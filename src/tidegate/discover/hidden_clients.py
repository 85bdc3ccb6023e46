"""How many clients stand behind a busy address? Told by a silence, and by nothing else.

Of many clients that wait for their answers the sum looks as if nobody waited. In a silence each of them asks
once and is stuck: with N of them and a pause Z attempts die out as N/Z exp(-t/Z), where those of clients that
do not wait go on. What they ask a second on an ordinary day is N/(Z + the life of a request), so one number
is left to be found.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidegate.discover.number import Number
from tidegate.discover.spell import Spell

_LEAST_COUNT = 10
_LEAST_S = 4.0
_FAR = 6.0
_WITHIN = 2.0
_PAUSES_S = np.geomspace(0.1, 200.0, 600)
_WORST_FIT = 3.0


@dataclass(frozen=True, kw_only=True)
class Hidden:
    """Clients behind few addresses.

    Parameters
    ----------
    count
        How many in all.
    think_s
        The pause of each.
    """

    count: Number
    think_s: Number


def hidden_clients(
    begun_s: NDArray[np.float64], silence: Spell, rate_per_s: Number, life_s: float
) -> Hidden | None:
    """Return how many clients ask, by how their attempts die out in a silence; None where they do not.

    Parameters
    ----------
    begun_s
        When attempts began, ascending.
    silence
        The silence.
    rate_per_s
        Of new flows when all is well.
    life_s
        Of a request when all is well.
    """
    length_s = silence.end_s - silence.begin_s
    at_s = begun_s[(begun_s >= silence.begin_s) & (begun_s < silence.end_s)] - silence.begin_s
    if len(at_s) < _LEAST_COUNT or length_s < _LEAST_S:
        return None
    rate = rate_per_s.value
    ratio = 1.0 + life_s / _PAUSES_S
    probable = (
        len(at_s) * np.log(rate * ratio)
        - at_s.sum() / _PAUSES_S
        - rate * (_PAUSES_S + life_s) * -np.expm1(-length_s / _PAUSES_S)
    )
    best = int(np.argmax(probable))
    goes_on = len(at_s) * np.log(rate) - rate * length_s
    if probable[best] < goes_on + _FAR or not _dies_out(at_s, length_s, rate, float(_PAUSES_S[best])):
        return None
    kept = _PAUSES_S[probable >= probable[best] - _WITHIN]
    think_s = float(_PAUSES_S[best])
    most, least = rate_per_s.high, rate_per_s.low
    return Hidden(
        think_s=Number(value=think_s, low=float(kept[0]), high=float(kept[-1]), count=len(at_s)),
        count=Number(
            value=rate * (think_s + life_s),
            low=least * (float(kept[0]) + life_s),
            high=most * (float(kept[-1]) + life_s),
            count=len(at_s),
        ),
    )


def _dies_out(at_s: NDArray[np.float64], length_s: float, rate: float, think_s: float) -> bool:
    """Return whether attempts die out as they should, and do not come again after a time-out."""
    edges = np.linspace(0.0, length_s, 7)
    expected = rate * think_s * -np.diff(np.exp(-edges / think_s))
    seen = np.histogram(at_s, edges)[0]
    return bool(((seen - expected) ** 2 / np.maximum(expected, 1.0)).mean() < _WORST_FIT)
