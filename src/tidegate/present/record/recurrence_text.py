"""How does a recurrence rule read? ``FREQ=WEEKLY;BYDAY=TU`` is "every week on Tuesday"."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence

from tidegate.track.calendar_rule import Rule, read_rule

_PERIODS = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month"}


def rule_text(rule: str) -> str:
    """Return a rule that was checked before, in words."""
    return " ".join(_parts(read_rule(rule)))


def _parts(rule: Rule) -> Iterator[str]:
    period = _PERIODS[rule.frequency]
    yield f"every {period}" if rule.interval == 1 else f"every {rule.interval} {period}s"
    if rule.weekdays:
        yield f"on {_listed([_weekday(*one) for one in rule.weekdays])}"
    if rule.days_of_month:
        joined = "where it is" if rule.weekdays else "on"
        yield f"{joined} the {_listed([_nth(day, 'day') for day in rule.days_of_month])} of the month"
    if rule.positions:
        yield f"(only the {_listed([_nth(place, 'one') for place in rule.positions])} of each {period})"
    if rule.most_count is not None:
        yield f"({rule.most_count} time{'s' if rule.most_count > 1 else ''} in all)"
    if rule.until is not None:
        yield f"until {rule.until:%Y-%m-%d}"


def _weekday(number: int, day: int) -> str:
    name = calendar.day_name[day]
    return name if not number else f"the {_nth(number, name)}"


def _nth(number: int, noun: str) -> str:
    """Return an ordinal with its noun; negative from the end: ``2nd day``, ``last Friday``."""
    count = abs(number)
    if number == -1:
        return f"last {noun}"
    ending = "th" if 10 <= count % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{ending} {noun}" if number > 0 else f"{count}{ending} last {noun}"


def _listed(items: Sequence[str]) -> str:
    *before, last = items
    return f"{', '.join(before)} and {last}" if before else last
