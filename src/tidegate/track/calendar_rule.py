"""On which days does a rule fall? A part of RFC 5545, worked out within bounds.

FREQ (daily, weekly, monthly), INTERVAL, BYDAY, BYMONTHDAY, BYSETPOS, COUNT and UNTIL. A library does this
for all of RFC 5545, but it seeks the next day of a rule until the year 9999, and some rules never fall on
any: here a rule is read from the period that was asked for on, and `MOST_PERIODS` at a time.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, takewhile

MOST_PERIODS = 50_000
"""Days, weeks or months looked at for one question; of a rule that counts, from its begin on."""
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BY_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_UNTIL = re.compile(r"\d{8}(?:T\d{6})?", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A recurrence rule.

    Parameters
    ----------
    frequency
        "DAILY", "WEEKLY" or "MONTHLY".
    interval
        Every how many of these.
    weekdays
        Number within the month (0 for each) and weekday (0 is Monday); empty for no limit.
    days_of_month, positions
        Days of the month, and which of a period's days; negative from the end; empty for no limit.
    most_count
        How often it falls due; None for no limit.
    until
        Until when, in local time; None for no end.
    """

    frequency: str
    interval: int = 1
    weekdays: tuple[tuple[int, int], ...] = ()
    days_of_month: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    most_count: int | None = None
    until: dt.datetime | None = None


@lru_cache(maxsize=256)
def read_rule(text: str) -> Rule:
    """Return the rule that a text states.

    Raises
    ------
    ValueError
        If it states none that is known here.
    """
    parts = dict(part.split("=", 1) for part in text.upper().split(";"))
    days = parts["BYDAY"].split(",") if "BYDAY" in parts else ()
    return Rule(
        frequency=parts["FREQ"],
        interval=int(parts.get("INTERVAL", 1)),
        weekdays=tuple(_weekday(one, parts["FREQ"]) for one in days),
        days_of_month=_numbers(parts.get("BYMONTHDAY")),
        positions=_numbers(parts.get("BYSETPOS")),
        most_count=int(parts["COUNT"]) if "COUNT" in parts else None,
        until=_until(parts["UNTIL"]) if "UNTIL" in parts else None,
    )


def _numbers(text: str | None) -> tuple[int, ...]:
    return tuple(int(one) for one in text.split(",")) if text else ()


def _weekday(text: str, frequency: str) -> tuple[int, int]:
    found = _BY_DAY.fullmatch(text)
    number = int(found[1] or 0) if found else 0
    if found is None or (found[1] and not 1 <= abs(number) <= 5):
        raise ValueError("no weekday")
    # Only months have a second Tuesday.
    return (number if frequency == "MONTHLY" else 0), DAYS.index(found[2])


def _until(text: str) -> dt.datetime:
    if not _UNTIL.fullmatch(text):
        raise ValueError("no local time")
    return dt.datetime.strptime(text, "%Y%m%dT%H%M%S" if "T" in text else "%Y%m%d")  # noqa: DTZ007  local


def recurrences(
    rule: Rule, first: dt.datetime, after: dt.datetime, before: dt.datetime
) -> Iterator[dt.datetime]:
    """Yield when a rule falls due within a time, both ends included, in order; all are local times.

    Parameters
    ----------
    rule
        The rule.
    first
        When it begins: nothing falls due before.
    after, before
        The time that is asked for.
    """
    last = before if rule.until is None else min(before, rule.until)
    if rule.most_count is not None:
        last_counted = _last_counted(rule, first)
        if last_counted is None:
            return
        last = min(last, last_counted)
    since = max(first, after)
    for period in islice(_periods(rule, first, since.date(), last.date()), MOST_PERIODS):
        for day in period:
            at = dt.datetime.combine(day, first.time())
            if since <= at <= last:
                yield at


@lru_cache(maxsize=256)
def _last_counted(rule: Rule, first: dt.datetime) -> dt.datetime | None:
    """Return when a rule that counts falls due for the last time; None for never."""
    found = None
    left_count = rule.most_count or 0
    for period in islice(_periods(rule, first, first.date(), dt.date.max), MOST_PERIODS):
        for day in period:
            at = dt.datetime.combine(day, first.time())
            if at < first:
                continue
            found = at
            left_count -= 1
            if not left_count:
                return found
    return found


def _periods(rule: Rule, first: dt.datetime, since: dt.date, until: dt.date) -> Iterator[Sequence[dt.date]]:
    """Yield the days of each period that a rule names, from the period of `since` to that of `until`."""
    begins = {"DAILY": _each_day, "WEEKLY": _each_week, "MONTHLY": _each_month}[rule.frequency]
    whole = begins(first.date(), since, rule.interval)
    for days in takewhile(lambda days: days[0] <= until, whole):
        yield _placed([day for day in days if _is_named(rule, day, first.date())], rule.positions)


def _each_day(first: dt.date, since: dt.date, interval: int) -> Iterator[list[dt.date]]:
    skipped = max((since - first).days // interval, 0)
    for ordinal in range(first.toordinal() + skipped * interval, dt.date.max.toordinal() + 1, interval):
        yield [dt.date.fromordinal(ordinal)]


def _each_week(first: dt.date, since: dt.date, interval: int) -> Iterator[list[dt.date]]:
    monday = first.toordinal() - first.weekday()
    skipped = max((since.toordinal() - monday) // (7 * interval), 0)
    for ordinal in range(monday + skipped * 7 * interval, dt.date.max.toordinal() + 1, 7 * interval):
        within = range(max(ordinal, first.toordinal()), min(ordinal + 7, dt.date.max.toordinal() + 1))
        yield [dt.date.fromordinal(day) for day in within]


def _each_month(first: dt.date, since: dt.date, interval: int) -> Iterator[list[dt.date]]:
    begin = first.year * 12 + first.month - 1
    skipped = max((since.year * 12 + since.month - 1 - begin) // interval, 0)
    for month in range(begin + skipped * interval, 12 * (dt.MAXYEAR + 1), interval):
        year, number = month // 12, month % 12 + 1
        yield [dt.date(year, number, day + 1) for day in range(calendar.monthrange(year, number)[1])]


def _is_named(rule: Rule, day: dt.date, first: dt.date) -> bool:
    length = calendar.monthrange(day.year, day.month)[1]
    if rule.days_of_month and not {day.day, day.day - length - 1} & set(rule.days_of_month):
        return False
    if rule.weekdays:
        nth = {0, (day.day - 1) // 7 + 1, -((length - day.day) // 7 + 1)}
        return any(day.weekday() == weekday and number in nth for number, weekday in rule.weekdays)
    if rule.days_of_month or rule.frequency == "DAILY":
        return True
    return day.weekday() == first.weekday() if rule.frequency == "WEEKLY" else day.day == first.day


def _placed(days: list[dt.date], positions: Sequence[int]) -> list[dt.date]:
    """Return the days of a period, or those at some places of it."""
    if not positions:
        return days
    count = len(days)
    places = {place - 1 if place > 0 else count + place for place in positions}
    return [days[place] for place in sorted(places) if 0 <= place < count]
