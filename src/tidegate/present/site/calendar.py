"""When is work planned, for a calendar? iCalendar (RFC 5545, RFC 7986), every time an event in UTC.

Shortcut: recurring work is written out, half a year ahead, so that no calendar has to work out our rules
and time zones; a changed plan replaces the events that follow from it.
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.inform.site.site_setting import SiteSetting
from tidegate.inform.site.view import PublicWork
from tidegate.journal.moment import utc
from tidegate.present.site.escaped import clean, line

_LONGEST_BYTES = 75


def calendar(setting: SiteSetting, works: tuple[PublicWork, ...]) -> bytes:
    """Return planned work as one calendar."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Tidegate//Planned work//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{_text(line(setting.name))}",
        f"X-WR-CALNAME:{_text(line(setting.name))}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        f"SOURCE;VALUE=URI:{setting.url}/maintenance.ics",
    ]
    for work in works:
        for starts_s, ends_s in work.windows:
            lines += _event(setting, work, starts_s, ends_s)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for one in lines for folded in _folded(one)).encode()


def _event(setting: SiteSetting, work: PublicWork, starts_s: float, ends_s: float) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{work.id}-{round(starts_s)}@{setting.host}"
    yield f"DTSTAMP:{_moment(work.planned_s)}"
    yield f"DTSTART:{_moment(starts_s)}"
    yield f"DTEND:{_moment(ends_s)}"
    yield f"SEQUENCE:{work.changes_count}"
    yield f"STATUS:{'CANCELLED' if work.is_cancelled else 'CONFIRMED'}"
    yield "TRANSP:TRANSPARENT"
    yield f"SUMMARY:{_text(line(work.title))}"
    if work.describes:
        yield f"DESCRIPTION:{_text(clean(work.describes))}"
    names = [_text(line(title)) for _, title in work.components]
    if names:
        yield f"CATEGORIES:{','.join(names)}"
    yield f"URL:{setting.url}/maintenance.html"
    yield "END:VEVENT"


def _moment(at_s: float) -> str:
    return f"{utc(at_s):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    """Return text so that it can end neither its value nor its line."""
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\n", "\\n")


def _folded(text: str) -> Iterator[str]:
    """Yield lines of at most 75 bytes, never parting a character."""
    held, size = "", 0
    for letter in text:
        width = len(letter.encode())
        if size + width > _LONGEST_BYTES:
            yield held
            held, size = " ", 1
        held, size = held + letter, size + width
    yield held
