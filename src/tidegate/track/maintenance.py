"""When is work planned? Once or again and again, in the local time in which people plan it.

Recurrence is a part of RFC 5545 (`tidegate.track.calendar_rule`). An hour that a clock change skips is taken
as the time before it shows an hour later; of an hour that comes twice, the first.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tidegate.errors import Fault, InputError
from tidegate.journal.fold import Story
from tidegate.journal.moment import local, zone
from tidegate.track.calendar_rule import read_rule, recurrences

MOST_COUNT = 10_000
LONGEST_AGAIN_S = 366 * 86_400.0
"""How long work that recurs may take each time: whoever asks what runs now must look back as far."""
_SOON_S = 40 * LONGEST_AGAIN_S
_PARTS = ("FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYSETPOS", "COUNT", "UNTIL")
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY")
_LONGEST_RULE = 200
_DAY_S = 86_400.0
_WHOLE = {"INTERVAL": (1, 1000), "COUNT": (1, MOST_COUNT), "BYMONTHDAY": (-31, 31), "BYSETPOS": (-366, 366)}


@dataclass(frozen=True, kw_only=True)
class Maintenance:
    """Planned work.

    Parameters
    ----------
    id, title, describes
        Its id, what people call it, what is done.
    components
        The components it touches.
    starts_s, lasts_s
        When it begins the first time (seconds since 1970), and how long it takes each time.
    zone
        The time zone in which it recurs.
    rule
        RFC 5545 recurrence rule; empty where it takes place once.
    is_cancelled
        It will not take place.
    changes_count
        How often its plan was replaced: the SEQUENCE of a calendar entry.
    planned_s
        When it was last planned or cancelled.
    """

    id: str
    title: str
    describes: str
    components: tuple[str, ...]
    starts_s: float
    lasts_s: float
    zone: str
    rule: str
    is_cancelled: bool
    changes_count: int
    planned_s: float

    def windows(self, after_s: float, before_s: float) -> Iterator[tuple[float, float]]:
        """Yield begin and end of each time it takes place that overlaps the given time, in order.

        Cancelled work has none.
        """
        if self.is_cancelled:
            return
        for starts_s in _starts(self.starts_s, self.zone, self.rule, after_s - self.lasts_s, before_s):
            if starts_s + self.lasts_s > after_s and starts_s < before_s:
                yield starts_s, starts_s + self.lasts_s

    def is_active(self, now_s: float) -> bool:
        """Whether it takes place at `now_s`."""
        return any(start_s <= now_s < end_s for start_s, end_s in self.windows(now_s - 1.0, now_s + 1.0))


def _starts(starts_s: float, zone_name: str, rule: str, after_s: float, before_s: float) -> Iterator[float]:
    if not rule:
        yield starts_s
        return
    where = zone(zone_name)
    # One day wider on both sides: local clock times are compared here, and zones differ by less.
    after, before = _clock(after_s - _DAY_S, zone_name), _clock(before_s + _DAY_S, zone_name)
    for at in recurrences(read_rule(rule), _clock(starts_s, zone_name), after, before):
        yield _seconds(at.replace(tzinfo=where))


def _clock(at_s: float, zone_name: str) -> dt.datetime:
    """Return what clocks on the wall show."""
    return local(at_s, zone_name).replace(tzinfo=None)


def _seconds(at: dt.datetime) -> float:
    try:
        return at.timestamp()
    except OverflowError:  # the first and the last hours of the calendar
        return at.replace(tzinfo=dt.UTC).timestamp()


def rule_faults(rule: str) -> tuple[Fault, ...]:
    """Return everything that is wrong with a recurrence rule."""
    if len(rule) > _LONGEST_RULE:
        allowed = f"at most {_LONGEST_RULE} characters"
        return (Fault(what="is too long for a rule", value=rule[:60], allowed=allowed),)
    found = tuple(_part_faults(rule))
    if not found:
        try:
            read_rule(rule)
        except ValueError:
            allowed = "RFC 5545, such as FREQ=WEEKLY;BYDAY=TU"
            return (Fault(what="cannot be read", value=rule, allowed=allowed),)
    return found


def _part_faults(rule: str) -> Iterator[Fault]:
    parts: dict[str, str] = {}
    for part in rule.upper().split(";"):
        name, equals, value = part.partition("=")
        if not equals or name not in _PARTS:
            allowed = ", ".join(_PARTS)
            yield Fault(what="is no part of a rule that is known here", value=part, allowed=allowed)
        elif name in parts:
            yield Fault(what="is said twice", value=name)
        elif name in _WHOLE and not _is_within(value, *_WHOLE[name]):
            least, most = _WHOLE[name]
            allowed = f"whole numbers from {least} to {most}, not 0"
            yield Fault(what="is out of range", value=part, allowed=allowed)
        parts[name] = value
    if parts.get("FREQ") not in _FREQUENCIES:
        allowed = ", ".join(f"FREQ={word}" for word in _FREQUENCIES)
        yield Fault(what="does not say how often", value=rule, allowed=allowed)


def _is_within(value: str, least: int, most: int) -> bool:
    """Whether all numbers of a list are whole, within bounds, and not 0 (which would never end)."""
    numbers = [int(one) for one in value.split(",") if re.fullmatch(r"[+-]?\d{1,6}", one, re.ASCII)]
    return len(numbers) == value.count(",") + 1 and all(
        number and least <= number <= most for number in numbers
    )


def check_plan(*, lasts_s: float, zone_name: str, rule: str) -> None:
    """Refuse a plan that does not say when.

    Raises
    ------
    InputError
        With every fault.
    """
    faults = [replace(fault, path="rule") for fault in rule_faults(rule)] if rule else []
    if rule and lasts_s > LONGEST_AGAIN_S:
        allowed = f"at most {LONGEST_AGAIN_S:,.0f} s of work that recurs"
        faults.append(Fault(what="takes too long", path="lasts", value=f"{lasts_s:g} s", allowed=allowed))
    if lasts_s <= 0:
        faults.append(
            Fault(what="takes no time", path="lasts", value=f"{lasts_s:g} s", allowed="more than 0 s")
        )
    try:
        zone(zone_name)
    except InputError as error:
        faults += [replace(fault, path="zone") for fault in error.faults]
    if faults:
        raise InputError(*faults)


def check_falls_due(*, starts_s: float, zone_name: str, rule: str) -> None:
    """Refuse a rule that falls on no day within 40 years of its begin, in seconds since 1970.

    Raises
    ------
    InputError
        If it is one.
    """
    first = _clock(starts_s, zone_name)
    soon = _clock(starts_s + _SOON_S, zone_name)
    if rule and next(recurrences(read_rule(rule), first, first, soon), None) is None:
        allowed = "a rule that names a day on or after the begin"
        raise InputError(Fault(what="never falls due", path="rule", value=rule, allowed=allowed))


def maintenance(subject: str, story: Story) -> Maintenance | None:
    """Return planned work from its story; None where it was never planned."""
    plans = [entry for entry in story.entries if entry.kind == "maintenance.planned"]
    if not plans:
        return None
    last, payload = story.entries[-1], plans[-1].payload
    rule, zone_name = payload.get("rule", ""), payload.get("zone", "UTC")
    try:  # another site may have let through what we do not understand: then it takes place once
        check_plan(lasts_s=max(float(payload["lasts_s"]), 1.0), zone_name=zone_name, rule=rule)
    except InputError:
        rule, zone_name = "", "UTC"
    return Maintenance(
        id=subject,
        title=payload["title"],
        describes=payload.get("describes", ""),
        components=tuple(payload["components"]),
        starts_s=float(payload["starts_s"]),
        lasts_s=float(payload["lasts_s"]),
        zone=zone_name,
        rule=rule,
        is_cancelled=last.kind == "maintenance.cancelled",
        changes_count=len(story.entries) - 1,
        planned_s=last.said_s,
    )
