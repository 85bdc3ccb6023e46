"""Written records, and the bundled one of 7 December 2021."""

from __future__ import annotations

import pytest

from checked_chains import verify
from tidegate.adapters.files.worlds import read_text
from tidegate.errors import InputError
from tidegate.inform.state import State
from tidegate.journal.moment import parse_moment
from tidegate.track.lifecycle import OutageState
from tidegate.track.recorded import read_record
from tidegate.track.summary import summary


@pytest.fixture(name="day", scope="module")
def bundled_day():
    return read_record(*read_text("us_east_1_2021/record.yaml"))


def test_the_day_says_what_was_published(day):
    """11 h 10 min, devices well after 6 h 52 min, first word after 52 min, 39 % of it draining."""
    (one,) = State().take_all(day.entries()).outages()
    found = summary(one, 0.0)
    assert (OutageState.RESOLVED, ()) == (one.state, one.conflicts)
    assert (11 * 3600 + 600, 6 * 3600 + 52 * 60, 52 * 60) == (
        found.lasted_s,
        found.contained_after_s,
        found.words.first_after_s,
    )
    assert (4 * 3600 + 18 * 60) / (11 * 3600 + 600) == pytest.approx(found.draining_ratio)
    support = next(impact for impact in found.impacts if impact.name == "support_cases")
    assert 6 * 3600 + 52 * 60 == support.down_s
    assert 5 == len(found.tried)


def test_the_day_can_be_read_as_it_was_told(day):
    """On the evening itself nobody outside had been told of a cause, nor that it was over."""
    state = State().take_all(day.entries())
    (one,) = state.outages()
    told = state.outage_as_said(one.id, parse_moment("2021-12-08T06:00Z"))
    assert (OutageState.RECOVERING, "", ()) == (told.state, told.cause, told.dark)
    assert state.outage_as_said(one.id, parse_moment("2021-12-07T16:21Z")) is None


def test_a_record_is_a_whole_chain_and_the_same_each_time(day):
    """It is signed and linked like any journal; read again it is the same bytes."""
    assert [] == list(verify(day.sealed))
    assert day == read_record(*read_text("us_east_1_2021/record.yaml"))


BAD = """
tidegate_record: 2
colour: red
entries:
  - {kind: outage.opend, about: a, at: "2021-12-07T07:30-08:00"}
  - {kind: outage.opened, about: a, at: yesterday, title: x}
  - {kind: outage.opened, at: "2021-12-07T07:30-08:00", title: x, size: 5}
  - just words
  - {kind: outage.moved, about: a, at: "2021-12-07T07:30-08:00", event: explode}
"""


def test_every_fault_is_named_with_its_line():
    """Nine things wrong are named at once, each where it stands."""
    with pytest.raises(InputError) as caught:
        read_record(BAD, "bad.yaml")
    places = {(fault.path, fault.place.line) for fault in caught.value.faults}
    assert {
        ("tidegate_record", 2),
        ("colour", 3),
        ("site", 0),
        ("entries.0.kind", 5),
        ("entries.1.at", 6),
        ("entries.2.size", 7),
        ("entries.2.about", 7),
        ("entries.3", 8),
        ("entries.4", 9),
    } == places


@pytest.mark.parametrize("text", ["[]", "x", "tidegate_record: 1", "entries: {}", "a: &a [*a]"])
def test_other_files_are_refused(text):
    """What is no record is a fault and never a crash."""
    with pytest.raises(InputError):
        read_record(text, "other.yaml")
