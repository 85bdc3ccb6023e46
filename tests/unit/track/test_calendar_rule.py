"""On which days a rule falls: as the library has it that knows all of RFC 5545, but never for long."""

from __future__ import annotations

import datetime as dt
import time
from itertools import islice

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from record_sample import NOON_S, Memory, desk
from tidegate.errors import InputError
from tidegate.inform.state import State
from tidegate.journal.entry import Draft
from tidegate.track.calendar_rule import DAYS, read_rule, recurrences
from tidegate.verbs.record.maintenance import Plan, plan

FIRST = dt.datetime(2026, 1, 30, 3, 30)  # noqa: DTZ001  rules are local time
FAR_S = 30.0
"""Generous: a slow machine finds each answer within; the library needs minutes for some of these."""

NEVER = (
    "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=5",
    "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
    "FREQ=MONTHLY;BYMONTHDAY=31;BYSETPOS=2",
    "FREQ=DAILY;BYSETPOS=2;COUNT=10000",
    "FREQ=DAILY;UNTIL=20200101",
)


def listed(numbers):
    return st.lists(numbers, min_size=1, max_size=3, unique=True).map(lambda found: ",".join(map(str, found)))


@st.composite
def rules(draw):
    """Rules that fall due again and again: of the others the library finds out in the year 9999 only."""
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]))
    nth = st.sampled_from(["1", "2", "-1", "+3", "5"]) if frequency == "MONTHLY" else st.just("")
    # Weekdays with and without a number are joined otherwise by the library than by RFC 5545.
    prefix = draw(st.sampled_from([st.just(""), nth]))
    parts = {
        "INTERVAL": st.integers(1, 5),
        "BYDAY": listed(st.tuples(prefix, st.sampled_from(DAYS)).map("".join)),
        "BYMONTHDAY": listed(st.integers(1, 31) | st.integers(-31, -1)),
    }
    ends = {
        "COUNT": st.integers(1, 30),
        "UNTIL": st.sampled_from(["20270101", "20261224T033000", "20260301T000000"]),
    }
    placed = {
        "BYDAY": st.sampled_from(["MO,WE,FR", "SU,MO,TU,TH"]),
        "BYSETPOS": st.integers(-3, 3).filter(bool),
    }
    if frequency != "DAILY" and draw(st.booleans()):
        names, parts = list(placed), placed
    else:
        names = draw(st.lists(st.sampled_from(sorted(parts)), max_size=2, unique=True))
    said = [f"FREQ={frequency}", *(f"{name}={draw(parts[name])}" for name in names)]
    end = draw(st.sampled_from([None, *ends]))
    return ";".join([*said, *([f"{end}={draw(ends[end])}"] if end else [])])


@settings(max_examples=120, deadline=None)
@given(rules(), st.datetimes(FIRST, FIRST + dt.timedelta(days=700)), st.integers(0, 1_000))
def test_a_rule_falls_on_the_days_that_the_library_finds(rule, after, days_count):
    """Whatever part of the time is asked for."""
    before = after + dt.timedelta(days=days_count)
    ends = "COUNT=" in rule or "UNTIL=" in rule
    expected = rrulestr(f"RRULE:{rule if ends else f'{rule};UNTIL=20320101'}", dtstart=FIRST)
    found = recurrences(read_rule(rule), FIRST, after, before)
    assert [at for at in expected if after <= at <= before] == list(found)


@pytest.mark.parametrize("rule", NEVER)
def test_a_rule_that_never_falls_due_is_told_soon(rule):
    """It is refused where it is planned, and costs next to nothing where another site let it through."""
    with pytest.raises(InputError, match="never falls due"):
        plan(desk(), Plan(title="Work", starts_s=NOON_S + 86_400, lasts_s=60.0, rule=rule))
    began_s = time.monotonic()
    journal = Memory()
    for subject in range(20):
        given = {"title": "Work", "components": [], "starts_s": NOON_S + 86_400, "lasts_s": 3e7, "rule": rule}
        journal.append([Draft(kind="maintenance.planned", subject=f"m{subject}", payload=given)])
    state = State().take_all(journal.entries())
    for _ in range(10):
        assert [False] * 20 == [one.is_active(NOON_S) for one in state.maintenance()]
    assert time.monotonic() - began_s < FAR_S


def test_a_rule_that_began_long_ago_is_read_from_the_time_asked_for():
    """Two thousand years of days are not walked through, and the year 9999 is the last."""
    began_s = time.monotonic()
    for rule in ("FREQ=DAILY", "FREQ=WEEKLY;INTERVAL=2", "FREQ=MONTHLY;BYDAY=2TU"):
        first = dt.datetime(1, 1, 1, 4)  # noqa: DTZ001  local
        late = recurrences(read_rule(rule), first, dt.datetime(9999, 11, 1), dt.datetime(9999, 12, 31))  # noqa: DTZ001  local
        assert 1 <= len(list(islice(late, 100))) <= 60
    assert time.monotonic() - began_s < FAR_S


def test_work_that_recurs_takes_at_most_a_year_each_time():
    """Else whoever asks what runs now had to look back for ever."""
    with pytest.raises(InputError, match="takes too long"):
        plan(desk(), Plan(title="Work", starts_s=NOON_S, lasts_s=1e10, rule="FREQ=DAILY"))


def test_a_rule_ends_in_local_time():
    """What a library would fill in from today's date is refused."""
    for until in ("tomorrow", "10", "20260101T000000Z", "20261301"):
        with pytest.raises(InputError, match="cannot be read"):
            plan(desk(), Plan(title="W", starts_s=NOON_S, lasts_s=60.0, rule=f"FREQ=DAILY;UNTIL={until}"))
