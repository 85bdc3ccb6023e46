"""Failures of one source that follow each other, and how long it waited after each.

Failures are counted from its last success. Where an answer came late, or nothing is known, counting begins
anew with the next success, for what a client took that for does not show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tidegate.discover.flow_book import Tally

_ANSWERED, _REFUSED, _SILENT, _LATE = range(4)


@dataclass(frozen=True, kw_only=True)
class Waits:
    """From failures of sources that do alike to their next attempts.

    Parameters
    ----------
    number
        Which failure in a row it was, counted from 1, shape (waits,).
    gap_s
        From its beginning to that of the next attempt, shape (waits,).
    """

    number: NDArray[np.int64]
    gap_s: NDArray[np.float64]


def waits(tallies: Iterable[Tally], is_read_late: Callable[[float], bool]) -> tuple[Waits, Waits]:
    """Return what was waited after a refusal, and after a silence; not where a time is not its own."""
    found: tuple[list[tuple[int, float]], list[tuple[int, float]]] = ([], [])
    for tally in tallies:
        for fate, number, (at_s, next_s) in _of_one(tally):
            if is_read_late(at_s) or is_read_late(next_s):
                continue
            gap_s = next_s - at_s
            found[0 if fate == _REFUSED else 1].append((number, gap_s))
    return _as_waits(found[0]), _as_waits(found[1])


def _as_waits(found: list[tuple[int, float]]) -> Waits:
    return Waits(
        number=np.array([number for number, _ in found], dtype=np.int64),
        gap_s=np.array([gap_s for _, gap_s in found], dtype=np.float64),
    )


def _of_one(tally: Tally) -> Iterable[tuple[int, int, tuple[float, float]]]:
    if not (tally.refused_s or tally.silent_s):
        return
    late = set(tally.late_s)
    attempts = sorted(
        [
            *((at_s, _LATE if at_s in late else _ANSWERED) for at_s in tally.opened_s),
            *((at_s, _REFUSED) for at_s in tally.refused_s),
            *((at_s, _SILENT) for at_s in tally.silent_s),
        ]
    )
    number: int | None = None  # of failures since a success; none until there was one
    for (at_s, fate), (next_s, _) in pairwise(attempts):
        if fate == _ANSWERED:
            number = 0
        elif fate == _LATE:
            number = None
        elif number is not None:
            number += 1
            yield fate, number, (at_s, next_s)
