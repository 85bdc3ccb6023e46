"""Which second is meant by a written time, and how is a second written? UTC and local, side by side.

Nothing here reads a clock.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tidegate.errors import Fault, InputError

MEANT = "a time with its offset, such as 2021-12-07T07:30-08:00 or 2021-12-07T15:30:00Z"
EARLIEST_S = -62135596800.0
LATEST_S = 253402300799.0

_WRITTEN = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d)?)(\.\d{1,9})?\s?([Zz]|[+-]\d\d:?\d\d)", re.ASCII
)
_LOCAL = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LONGEST = 40


def parse_moment(text: str) -> float:
    """Return the seconds since 1970 (UTC) that an RFC 3339 time means.

    Seconds may be left out and the ``T`` may be a space; the offset may not be left out.

    Raises
    ------
    InputError
        With one fault, without path and place.
    """
    found = _WRITTEN.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if found is None:
        raise InputError(Fault(what="is not a time", value=text[:_LONGEST], allowed=MEANT))
    day, clock, part, offset = found.groups()
    offset = "+00:00" if offset in "Zz" else offset
    try:
        whole = dt.datetime.fromisoformat(f"{day}T{clock}{offset}")
        return whole.timestamp() + float(part or 0.0)
    except (ValueError, OverflowError):
        raise InputError(Fault(what="is not a time that exists", value=text, allowed=MEANT)) from None


def moment_or_day(text: str) -> float:
    """Return the seconds since 1970 that a time with its offset means, or the beginning of a day in UTC.

    Raises
    ------
    InputError
        If it is neither.
    """
    if _DAY.fullmatch(text.strip()):
        return parse_moment(f"{text.strip()}T00:00Z")
    try:
        return parse_moment(text)
    except InputError as error:
        allowed = f"a day such as 2021-12-07, in UTC, or {MEANT}"
        raise InputError(*(replace(fault, allowed=allowed) for fault in error.faults)) from None


def is_local_moment(text: str) -> bool:
    """Whether a written time has date and clock and no offset, as the calendar field of a form gives it."""
    return bool(_LOCAL.fullmatch(text.strip())) if len(text) <= _LONGEST else False


def parse_local_moment(text: str, zone_name: str) -> float:
    """Return the seconds since 1970 (UTC) that a time means; without an offset it is local time in a zone.

    An hour that a clock change skips is taken as the time before it shows an hour later; of an hour that
    comes twice, the first.

    Raises
    ------
    InputError
        With one fault, without path and place.
    """
    if not is_local_moment(text):
        try:
            return parse_moment(text)
        except InputError as error:
            allowed = f"date and clock as in {zone_name}, such as 2021-12-07T07:30; or {MEANT}"
            raise InputError(*(replace(fault, allowed=allowed) for fault in error.faults)) from None
    try:
        return dt.datetime.fromisoformat(text.strip().upper()).replace(tzinfo=zone(zone_name)).timestamp()
    except (ValueError, OverflowError):
        raise InputError(Fault(what="is not a time that exists", value=text, allowed=MEANT)) from None


def utc(at_s: float) -> dt.datetime:
    """Return `at_s` (seconds since 1970) as a date and time in UTC, to the microsecond.

    A time outside the years 1 to 9999, such as the end of something that begins in their last second, is
    the first or last there is.
    """
    within_s = min(max(at_s, EARLIEST_S), LATEST_S)
    return dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(microseconds=round(within_s * 1_000_000))


def clock_text(at_s: float, now_s: float, *, has_seconds: bool = False) -> str:
    """Return a time of the day in UTC, with its day where that is not today's."""
    at = utc(at_s)
    day = "" if at.date() == utc(now_s).date() else f"{at:%d %B %Y}, "
    return f"{day}{at:%H:%M:%S} UTC" if has_seconds else f"{day}{at:%H:%M} UTC"


def local(at_s: float, zone_name: str) -> dt.datetime:
    """Return `at_s` (seconds since 1970) as a date and time in a zone; in UTC where no calendar has both.

    Raises
    ------
    InputError
        If there is no such zone.
    """
    there = utc(at_s)
    try:
        return there.astimezone(zone(zone_name))
    except OverflowError:  # the first and the last hours of the calendar
        return there


def moment_text(at_s: float) -> str:
    """Return RFC 3339 text in UTC with milliseconds; `parse_moment` gives the same millisecond back."""
    return utc(at_s).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def zone(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        allowed = "an IANA name such as Europe/Berlin or UTC"
        raise InputError(Fault(what="is not a time zone", value=name[:_LONGEST], allowed=allowed)) from None


def is_moment(value: object) -> bool:
    """Whether `value` can be a time: a finite number of seconds within the years 1 to 9999."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return math.isfinite(value) and EARLIEST_S <= value <= LATEST_S
