"""When a ramp begins and by when it must be over, as people write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tidegate.errors import InputError
from tidegate.verbs.ramp_window import begins_at, over_by

EVENING = datetime(2026, 11, 30, 22, 30, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-12-01T02:00", datetime(2026, 12, 1, 2, tzinfo=UTC)),
        ("2026-12-01 02:00:30", datetime(2026, 12, 1, 2, 0, 30, tzinfo=UTC)),
        ("2026-12-01T02:00+01:00", datetime(2026, 12, 1, 1, tzinfo=UTC)),
        ("2026-12-01T02:00Z", datetime(2026, 12, 1, 2, tzinfo=UTC)),
    ],
)
def test_a_beginning_is_utc_unless_it_states_its_offset(text, at):
    """Seconds may be left out, the offset too."""
    assert at == begins_at(text)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("06:00", 7.5),
        ("22:31:00", 1 / 60),
        ("22:30", 24.0),
        ("2026-12-01T06:00", 7.5),
        ("2026-12-01T05:00Z", 7.5),
    ],
)
def test_a_time_of_day_is_the_next_one_in_the_zone_of_the_beginning(text, hours):
    """What is not before its beginning is the next day; an offset of its own counts."""
    assert timedelta(hours=hours) == over_by(text, EVENING) - EVENING


@pytest.mark.parametrize(
    ("text", "start", "said"),
    [
        ("06:00", None, "needs the time at which it begins"),
        ("2026-11-30T22:30", EVENING, "would begin after"),
        ("2026-11-30T21:30Z", EVENING, "would begin after"),
        ("24:30", EVENING, "is not a time"),
        ("soon", EVENING, "is not a time"),
    ],
)
def test_what_cannot_be_kept_is_one_clear_fault(text, start, said):
    """Without a beginning, before it, or no time at all."""
    with pytest.raises(InputError, match=said):
        over_by(text, start)
