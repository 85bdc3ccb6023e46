"""When does a ramp begin, and by when must it be over? Only how times are written is known here.

A time without an offset is UTC where a ramp begins, and in the zone of its beginning where it must
be over; a time of day is the next one after the beginning. Nothing here reads a clock.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from tidegate.errors import Fault, InputError

_START_MEANT = "a time such as 2026-12-01T02:00, which is UTC, or 2026-12-01T02:00+01:00"
_BY_MEANT = "a time of day such as 06:00, or a time such as 2026-12-01T06:00"
_TIME_OF_DAY = re.compile(r"\d\d:\d\d(?::\d\d)?", re.ASCII)
_LONGEST = 40


def begins_at(text: str) -> datetime:
    """Return when a ramp begins, with its zone; a time without an offset is UTC.

    Raises
    ------
    InputError
        If it is no time.
    """
    return _moment(text, zone=UTC, meant=_START_MEANT)


def over_by(text: str, start: datetime | None) -> datetime:
    """Return by when a ramp must be over: a time, or a time of day, which is the next after its beginning.

    Parameters
    ----------
    text
        ``06:00``, or a date and time; without an offset in the zone of `start`.
    start
        When it begins, with its zone; None where that was not said.

    Raises
    ------
    InputError
        If it is no time, or not after the beginning, or there is no beginning.
    """
    if start is None:
        what = "a time by which the ramp must be over needs the time at which it begins"
        raise InputError(Fault(what=what, value=text[:_LONGEST], allowed="--start beside --by"))
    if _TIME_OF_DAY.fullmatch(text):
        end = _moment(f"{start:%Y-%m-%d}T{text}", zone=start.tzinfo, meant=_BY_MEANT)
        return end if end > start else end + timedelta(days=1)
    end = _moment(text, zone=start.tzinfo, meant=_BY_MEANT)
    if end <= start:
        what = "the ramp would begin after the time by which it must be over"
        allowed = f"a time after its beginning, {start.isoformat()}"
        raise InputError(Fault(what=what, value=end.isoformat(), allowed=allowed))
    return end


def _moment(text: str, *, zone: tzinfo | None, meant: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(Fault(what="is not a time", value=text[:_LONGEST], allowed=meant)) from None
    return at if at.tzinfo else at.replace(tzinfo=zone)
