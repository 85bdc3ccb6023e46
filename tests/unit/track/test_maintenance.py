"""Planned work and its recurrence."""

from __future__ import annotations

import pytest

from record_sample import NOON_S, Memory
from tidegate.errors import InputError
from tidegate.inform.state import State
from tidegate.journal.entry import Draft
from tidegate.journal.moment import moment_text, parse_moment
from tidegate.track.component import Status
from tidegate.track.maintenance import check_plan


def planned(**payload):
    journal = Memory()
    given = {"title": "Upgrade", "components": ["shop"], "starts_s": NOON_S, "lasts_s": 3600.0, **payload}
    journal.append([Draft(kind="maintenance.planned", subject="m", payload=given)])
    return journal


def work(journal):
    (found,) = State().take_all(journal.entries()).maintenance()
    return found


def test_work_that_takes_place_once():
    """It has one window, and is active from its begin up to its end."""
    found = work(planned())
    assert [(NOON_S, NOON_S + 3600)] == list(found.windows(0.0, 1e12))
    assert [False, True, True, False] == [found.is_active(NOON_S + s) for s in (-1, 0, 3599, 3600)]


def test_local_time_stays_when_clocks_change():
    """Every Tuesday at 02:00 in Berlin is 01:00 UTC in winter and 00:00 UTC in summer."""
    starts_s = parse_moment("2026-03-24T02:00+01:00")
    found = work(planned(starts_s=starts_s, zone="Europe/Berlin", rule="FREQ=WEEKLY;BYDAY=TU;COUNT=2"))
    begins = [moment_text(begin_s) for begin_s, _ in found.windows(0.0, 1e12)]
    assert ["2026-03-24T01:00:00.000Z", "2026-03-31T00:00:00.000Z"] == begins


def test_endless_work_is_listed_where_it_is_asked_for():
    """A rule without end gives the windows of the time asked for, however far away."""
    found = work(planned(rule="FREQ=DAILY"))
    far_s = NOON_S + 3000 * 86_400
    assert [far_s, far_s + 86_400] == [begin_s for begin_s, _ in found.windows(far_s, far_s + 2 * 86_400)]
    assert [far_s] == [begin_s for begin_s, _ in found.windows(far_s + 3599, far_s + 3600)]


def test_cancelled_work_does_not_take_place():
    """After it is cancelled nothing remains but the record; planned again it is back."""
    journal = planned()
    journal.append([Draft(kind="maintenance.cancelled", subject="m")])
    assert (True, [], 1) == (
        work(journal).is_cancelled,
        list(work(journal).windows(0.0, 1e12)),
        work(journal).changes_count,
    )


def test_a_component_is_under_maintenance_meanwhile():
    """The component shows it during the window, and not after."""
    state = State().take_all(planned().entries())
    assert Status.MAINTENANCE is state.status("shop", NOON_S + 60)
    assert Status.OPERATIONAL is state.status("shop", NOON_S + 3600)


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        ("FREQ=SECONDLY", 1),
        ("BYDAY=TU", 1),
        ("FREQ=WEEKLY;BYDAY=XX", 1),
        ("FREQ=WEEKLY;FREQ=DAILY", 1),
        ("FREQ=WEEKLY;BYHOUR=3;COLOUR=red", 2),
        ("FREQ=DAILY;INTERVAL=0", 1),
        ("FREQ=DAILY;COUNT=x", 1),
        ("x" * 300, 1),
        ("FREQ=DAILY\nDTSTART:20260101", 1),
    ],
)
def test_rules_that_are_none_are_refused(rule, count):
    """Each fault of a rule is named."""
    with pytest.raises(InputError) as caught:
        check_plan(lasts_s=60.0, zone_name="UTC", rule=rule)
    assert count == len(caught.value.faults)


def test_a_foreign_rule_that_is_none_does_no_harm():
    """What another site let through takes place once, and nothing runs forever."""
    for rule, zone in (("FREQ=DAILY;INTERVAL=0", "UTC"), ("nonsense", "UTC"), ("FREQ=DAILY", "Mars/Base")):
        found = work(planned(rule=rule, zone=zone))
        assert [(NOON_S, NOON_S + 3600)] == list(found.windows(0.0, 1e12))


def test_every_fault_of_a_plan_is_named():
    """Rule, length and zone at once."""
    with pytest.raises(InputError) as caught:
        check_plan(lasts_s=0.0, zone_name="Nowhere", rule="FREQ=NEVER")
    assert 3 == len(caught.value.faults)
    check_plan(
        lasts_s=60.0, zone_name="Asia/Tokyo", rule="FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1;UNTIL=20270101T000000"
    )
