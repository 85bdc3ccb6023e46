"""The hybrid clock, and written times."""

from __future__ import annotations

import pytest

from tidegate.errors import InputError
from tidegate.journal.clock import MOST_AHEAD_S, START, Stamp, heard, next_stamp
from tidegate.journal.moment import is_moment, moment_text, parse_moment, zone


def test_stamps_grow_when_the_wall_clock_stands_or_goes_back():
    """Whatever the wall clock does, each stamp is later than the one before."""
    stamps = [START]
    for now_s in (10.0, 10.0, 9.0, 10.0, 11.0, 0.0):
        stamps.append(next_stamp(stamps[-1], now_s))
    assert sorted(set(stamps)) == stamps
    assert Stamp(11_000_000, 1) == stamps[-1]


def test_what_is_said_after_reading_sorts_behind_it():
    """A stamp that was read pulls our clock along, so an answer never sorts before its question."""
    foreign = Stamp(20_000_000, 3)
    assert foreign < next_stamp(heard(Stamp(10_000_000, 0), foreign, 15.0), 15.0)


def test_a_clock_far_ahead_does_not_pull_ours_along():
    """One site with a wrong clock does not spoil everybody's."""
    foreign = Stamp(round((MOST_AHEAD_S + 16.0) * 1e6), 0)
    assert Stamp(10_000_000, 0) == heard(Stamp(10_000_000, 0), foreign, 15.0)


@pytest.mark.parametrize(
    ("text", "expected_s"),
    [
        ("2021-12-07T07:30-08:00", 1_638_891_000.0),
        ("2021-12-07T15:30:00Z", 1_638_891_000.0),
        ("2021-12-07 15:30:00.250 +00:00", 1_638_891_000.25),
        ("0001-01-01T00:00:00Z", -62_135_596_800.0),
    ],
)
def test_written_times_are_read(text, expected_s):
    """RFC 3339 with or without seconds, in any offset."""
    assert expected_s == parse_moment(text)


@pytest.mark.parametrize(
    "text", ["", "now", "2021-12-07", "2021-12-07T15:30", "2021-13-07T15:30Z", "2021-12-07T25:30Z", "9" * 99]
)
def test_other_times_are_refused(text):
    """A time without offset, or that does not exist, is a fault and no guess."""
    with pytest.raises(InputError):
        parse_moment(text)


def test_written_times_come_back_to_the_millisecond():
    """What is written can be read again."""
    for at_s in (0.0, 1_638_891_000.25, 4_000_000_000.001, -5.5):
        assert at_s == pytest.approx(parse_moment(moment_text(at_s)), abs=1e-3)


def test_what_is_no_time():
    """Infinity, truth and text are no seconds."""
    assert [False] * 5 == [is_moment(value) for value in (float("inf"), float("nan"), True, "5", 1e18)]


def test_unknown_zones_are_refused():
    """A zone that does not exist is a fault, also where its name is a path."""
    for name in ("Mars/Base", "../../etc/passwd", "", "a" * 500):
        with pytest.raises(InputError):
            zone(name)
