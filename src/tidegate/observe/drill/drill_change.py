"""What got worse since the last drill? Losses by one, times only where they are clearly longer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tidegate.observe.drill.cut_reading import CutReading
from tidegate.observe.drill.drill_judged import count_notices
from tidegate.observe.drill.drill_record import Drill

Measure = Literal[
    "cases lost", "notices lost", "notices owed", "notices late", "notices repeated", "cases refused",
    "sites unheard", "pages green while blind", "pages stale", "first word", "sites identical",
    "is not cut any more",
]  # fmt: skip

LONGER_RATIO = 1.5
"""A time is longer that is half as long again …"""
LONGER_S = 2.0
"""… and by at least so many seconds: a machine that is busy with something else is no news."""

NEVER_S = float("inf")
_TIMES = frozenset({"first word", "sites identical"})


@dataclass(frozen=True, kw_only=True)
class Worse:
    """One number that got worse.

    Parameters
    ----------
    cut
        The name of what was cut.
    measure
        What the number is.
    before, now
        What it was and is; infinite where it never came.
    """

    cut: str
    measure: Measure
    before: float
    now: float

    @property
    def is_time(self) -> bool:
        """Whether the numbers are seconds."""
        return self.measure in _TIMES


def worse_since(last: Drill, now: Drill) -> tuple[Worse, ...]:
    """Return what got worse since the last drill, cut by cut; what is not cut any more is worse, too."""
    before = {one.cut: one for one in last.readings}
    found = [
        one for reading in now.readings if reading.cut in before
        for one in _worse(before[reading.cut], reading, last, now)
    ]  # fmt: skip
    left = before.keys() - {one.cut for one in now.readings}
    found += [
        Worse(cut=one.cut, measure="is not cut any more", before=1.0, now=0.0)
        for one in last.readings
        if one.cut in left
    ]
    return tuple(found)


def _worse(before: CutReading, after: CutReading, last: Drill, now: Drill) -> Iterator[Worse]:
    old, new = _numbers(before, last), _numbers(after, now)
    for measure, value in new.items():
        was = old[measure]
        least = max(was * LONGER_RATIO, was + LONGER_S) if measure in _TIMES else was
        if value > least:
            yield Worse(cut=after.cut, measure=measure, before=was, now=value)


def _numbers(one: CutReading, drill: Drill) -> dict[Measure, float]:
    notices = count_notices(one, drill.limits)
    return {
        "cases lost": len(one.lost_cases),
        "notices lost": notices.lost,
        "notices owed": notices.owed,
        "notices late": notices.late,
        "notices repeated": notices.repeated,
        "cases refused": len(one.cases) - one.accepted_count,
        "sites unheard": len(one.unheard),
        "pages green while blind": len(one.unsaid),
        "pages stale": len(one.stale),
        "first word": NEVER_S if one.first_word_s is None else one.first_word_s,
        "sites identical": NEVER_S if one.identical_s is None else one.identical_s,
    }
