"""How often does a schedule of cron come round? The mean time between two turns, no calendar.

Shortcut: a month counts 30.4 days, and days of a month beside days of a week count as either.
"""

from __future__ import annotations

import re

_DAY_S = 86_400.0
_MONTH_DAYS = 30.4
_NAMED = {
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
}  # fmt: skip
_FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_NAMES = {
    **{name: number for number, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])},
    **{name: number + 1 for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])},
}  # fmt: skip
_PART = re.compile(r"(\*|\w{1,3})(?:-(\w{1,3}))?(?:/(\d{1,2}))?", re.ASCII)


def every_s(schedule: str) -> float | None:
    """Return the mean time between two turns of a schedule, in seconds; None where it is none of cron's."""
    fields = _NAMED.get(schedule.strip().lower(), schedule).split()
    if len(fields) != len(_FIELDS):
        return None
    counts = [_count(field, *bounds) for field, bounds in zip(fields, _FIELDS, strict=True)]
    if not all(counts):
        return None
    minutes, hours, days, months, weekdays = (count or 0 for count in counts)
    by_date, by_weekday = days / 31.0, weekdays / 7.0
    if fields[2] != "*" and fields[4] != "*":  # cron takes a day that is either
        share = min(by_date + by_weekday, 1.0)
    else:
        share = days / _MONTH_DAYS * by_weekday if fields[2] != "*" else by_weekday
    turns_a_day = minutes * hours * share * months / 12.0
    return _DAY_S / turns_a_day


def _count(field: str, least: int, most: int) -> int | None:
    """Return how many values a field holds; None where it holds none."""
    values: set[int] = set()
    for part in field.split(","):
        found = _PART.fullmatch(part.replace("?", "*"))
        if found is None:
            return None
        step = int(found[3] or 1)
        first = least if found[1] == "*" else _value(found[1])
        last = most if found[1] == "*" or (found[3] and not found[2]) else _value(found[2] or found[1])
        if first is None or last is None or step < 1:
            return None
        # Both 0 and 7 are Sunday.
        values |= {value % 7 if most == 6 else value for value in range(first, last + 1, step)}
    return len(values) if values and min(values) >= least and max(values) <= most else None


def _value(text: str) -> int | None:
    return int(text) if text.isdigit() else _NAMES.get(text.lower())
