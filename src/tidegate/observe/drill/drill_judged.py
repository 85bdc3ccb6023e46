"""Did it hold? Each limit against what was measured; every rule that decides is here.

What is lost, or stays cut, is the worst. What was late, repeated, stale or blind is a condition. What was
not measured never counts as held.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tidegate.observe.drill.cut_reading import CutReading
from tidegate.observe.drill.drill_limits import DrillLimits


class Held(StrEnum):
    """How a cut, or a whole drill, went; from the best to the worst."""

    HELD = "held"
    CONDITIONS = "conditions"
    LOST = "lost"


_ORDER = tuple(Held)


class Failing(StrEnum):
    """What did not keep to its limit."""

    NOT_HEALED = "not_healed"
    LOST_CASES = "lost_cases"
    LOST_NOTICES = "lost_notices"
    NO_CASE = "no_case"
    NO_WORD = "no_word"
    NOT_IDENTICAL = "not_identical"
    LATE_WORD = "late_word"
    LATE_NOTICES = "late_notices"
    OWED_NOTICES = "owed_notices"
    REPEATED = "repeated"
    LATE_HEALING = "late_healing"
    UNHEARD = "unheard"
    UNSAID = "unsaid"
    STALE = "stale"
    MUTE = "mute"
    NOT_DRILLED = "not_drilled"


_LOSSES = frozenset({Failing.NOT_HEALED, Failing.LOST_CASES, Failing.LOST_NOTICES})


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that did not keep to its limit.

    Parameters
    ----------
    failing
        What.
    measured
        The number that was measured; None where it never came.
    limit
        What it had to keep to.
    names
        Who or what it was.
    """

    failing: Failing
    measured: float | None = None
    limit: float = 0.0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NoticeCount:
    """What became of the notices of one cut.

    Parameters
    ----------
    due
        How many were to come.
    late, owed, lost
        How many came after their time, are still owed, and came never.
    repeated
        How many more than one of each came.
    """

    due: int
    late: int
    owed: int
    lost: int
    repeated: int


def count_notices(reading: CutReading, limits: DrillLimits) -> NoticeCount:
    """Return what became of the notices of one cut."""
    found = reading.notices
    return NoticeCount(
        due=len(found),
        late=sum(at_s is not None and at_s > limits.first_word_s for at_s, _, _ in found),
        owed=sum(at_s is None and is_owed for at_s, _, is_owed in found),
        lost=sum(at_s is None and not is_owed for at_s, _, is_owed in found),
        repeated=sum(max(count - 1, 0) for _, count, _ in found),
    )


def judge(reading: CutReading, limits: DrillLimits) -> tuple[Finding, ...]:
    """Return what did not keep to its limit while and after one thing was cut, the worst first."""
    if reading.why:
        return (*_lost(reading, limits), Finding(failing=Failing.NOT_DRILLED, names=(reading.why,)))
    return (*_lost(reading, limits), *_spoken(reading, limits), *_around(reading, limits))


def _lost(reading: CutReading, limits: DrillLimits) -> Iterator[Finding]:
    lost, notices = reading.lost_cases, count_notices(reading, limits)
    if not reading.is_healed:
        yield Finding(failing=Failing.NOT_HEALED)
    if len(lost) > limits.lost_cases:
        yield Finding(failing=Failing.LOST_CASES, measured=len(lost), limit=limits.lost_cases, names=lost)
    if notices.lost > limits.lost_notices:
        yield Finding(failing=Failing.LOST_NOTICES, measured=notices.lost, limit=limits.lost_notices)


def _spoken(reading: CutReading, limits: DrillLimits) -> Iterator[Finding]:
    first_s, notices = reading.first_word_s, count_notices(reading, limits)
    refused = tuple(one.site for one in reading.cases if not one.case)
    if refused or not reading.cases:
        yield Finding(failing=Failing.NO_CASE, measured=len(refused), names=refused)
    dumb = tuple(one.site for one in reading.words if not one.outage or one.first_s is None)
    if dumb or not reading.words:
        yield Finding(failing=Failing.NO_WORD, measured=len(dumb), names=dumb)
    elif first_s is not None and first_s > limits.first_word_s:
        yield Finding(failing=Failing.LATE_WORD, measured=first_s, limit=limits.first_word_s)
    if notices.owed:
        yield Finding(failing=Failing.OWED_NOTICES, measured=notices.owed)
    if notices.late:
        yield Finding(failing=Failing.LATE_NOTICES, measured=notices.late, limit=limits.first_word_s)
    if notices.repeated > limits.repeated:
        yield Finding(failing=Failing.REPEATED, measured=notices.repeated, limit=limits.repeated)


def _around(reading: CutReading, limits: DrillLimits) -> Iterator[Finding]:
    if reading.identical_s is None:
        yield Finding(failing=Failing.NOT_IDENTICAL, limit=limits.heal_s)
    elif reading.identical_s > limits.heal_s:
        yield Finding(failing=Failing.LATE_HEALING, measured=reading.identical_s, limit=limits.heal_s)
    if len(reading.unheard) > limits.unheard:
        yield Finding(
            failing=Failing.UNHEARD, measured=len(reading.unheard), limit=limits.unheard,
            names=reading.unheard,
        )  # fmt: skip
    if reading.unsaid:
        yield Finding(
            failing=Failing.UNSAID,
            measured=len(reading.unsaid),
            limit=limits.apart_said_s,
            names=reading.unsaid,
        )
    if reading.stale:
        yield Finding(failing=Failing.STALE, measured=len(reading.stale), names=reading.stale)
    if reading.mute:
        yield Finding(failing=Failing.MUTE, measured=len(reading.mute), names=reading.mute)


def held(findings: Sequence[Finding]) -> Held:
    """Return how it went, by what did not keep to its limit."""
    if any(one.failing in _LOSSES for one in findings):
        return Held.LOST
    return Held.CONDITIONS if findings else Held.HELD


def worst(found: Sequence[Held]) -> Held:
    """Return the worst of some; what was not drilled at all did not hold."""
    return max(found, key=_ORDER.index, default=Held.CONDITIONS)
