"""When does a client's system send an unanswered SYN again? Read off how late answers came.

A SYN that is sent again makes no event and no entry. But one that is sent while a place is silent is answered
when it is sent again after the silence: answers are late by a time of the schedule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

_LEAST_COUNT = 5
_MOST_STRAY_RATIO = 0.1
_EARLY_S, _LATE_S, _LATE_RATIO = 0.03, 0.08, 0.04


def on_schedule(late_by_s: Sequence[float], known: Mapping[str, tuple[float, ...]]) -> list[float]:
    """Return the lateness of answers that came when some system sends its SYN again; others are strays."""
    times_s = {at_s for each in known.values() for at_s in each}
    return [one for one in late_by_s if any(_is_at(one, at_s) for at_s in times_s)]


def _is_at(late_s: float, at_s: float) -> bool:
    return at_s - _EARLY_S < late_s < at_s * (1.0 + _LATE_RATIO) + _LATE_S


def syn_schedule(late_by_s: Sequence[float], known: Mapping[str, tuple[float, ...]]) -> str | None:
    """Return the schedule that late answers follow; None where they are few, or follow none or several.

    Parameters
    ----------
    late_by_s
        By how much answers were late.
    known
        Times after the first SYN, by name.
    """
    late = np.asarray(late_by_s, dtype=np.float64)
    if len(late) < _LEAST_COUNT:
        return None
    could = []
    for name, times_s in known.items():
        explained = np.zeros(len(late), dtype=np.bool_)
        met = 0
        for at_s in times_s:
            here = (late > at_s - _EARLY_S) & (late < at_s * (1.0 + _LATE_RATIO) + _LATE_S)
            explained |= here
            met += bool(here.any())
        due = sum(at_s <= late.max() + _LATE_S for at_s in times_s)
        if times_s and (~explained).mean() <= _MOST_STRAY_RATIO and met == due:
            could.append((times_s, name))
    if len({times_s for times_s, _ in could}) != 1:
        return None
    return could[0][1]
