"""Feeds, calendar and badges, each read by a reader that is not ours."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import feedparser
import icalendar
import pytest

import site_sample as sample
from record_sample import NOON_S
from tidegate.inform.site.view import PublicWork
from tidegate.present.site.badge import badge
from tidegate.present.site.calendar import calendar
from tidegate.track.component import Status

HOSTILE = [
    "<script>alert(1)</script>",
    "]]>&amp;\"'",
    "a\r\nX-Injected: 1",
    "END:VEVENT\r\nBEGIN:VALARM",
    "a;b,c\\n:d",
    "\x00\x08\x1b[31m",
    "\u202egnp.exe",
    "[x](javascript:alert(1))",
    "**bold** _it_ `code`",
    "x" * 400 + "ä" * 60,
    "&#60;b&#62;",
    "javascript:alert(1)",
    'https://a.example/?q="><img src=x onerror=alert(1)>',
    "\ufffe\uffff",
]


@pytest.fixture(scope="module")
def contents():
    return sample.built().contents()


def read_feed(content: bytes):
    found = feedparser.parse(content)
    assert not found.bozo, found.get("bozo_exception")
    return found


@pytest.mark.parametrize(("path", "version"), [("history.atom", "atom10"), ("history.rss", "rss20")])
def test_feedparser_reads_every_update(contents, path, version):
    """Four updates are public, the latest first, each with its own id, link, time and words."""
    found = read_feed(contents[path])
    assert version == found.version
    assert "Example Cloud" == found.feed.title
    assert 4 == len({entry.id for entry in found.entries}) == len(found.entries)
    times = [entry.published_parsed for entry in found.entries]
    assert sorted(times, reverse=True) == times
    first = found.entries[0]
    assert "The shop cannot be reached: confirmed" == first.title
    assert first.link.startswith("https://status.example.org/outages/")
    assert "We confirm a problem since 11:45 UTC" in first.summary


def test_ids_of_entries_are_tags_that_stay(contents):
    """The ids of entries are the same in Atom and RSS, and do not change with the moment of publication."""
    atom = {entry.id for entry in read_feed(contents["history.atom"]).entries}
    rss = {entry.id for entry in read_feed(contents["history.rss"]).entries}
    later = sample.built(now_s=NOON_S + 5000.0).contents()["history.atom"]
    assert atom == rss == {entry.id for entry in read_feed(later).entries}
    assert all(name.startswith("tag:status.example.org,20") for name in atom)


def test_a_component_has_its_own_feed(contents):
    """The feed of sign-in tells of its outage and not of the shop's."""
    found = read_feed(contents["components/login.atom"])
    assert {"Sign-in fails"} == {entry.title.partition(":")[0] for entry in found.entries}
    assert "https://status.example.org/components/login.atom" in {link.href for link in found.feed.links}


def test_a_feed_without_entries_is_a_feed(contents):
    """A component without outages has a feed that can be subscribed to."""
    assert [] == read_feed(contents["components/store.atom"]).entries
    assert [] == read_feed(contents["components/store.rss"]).entries


def test_icalendar_reads_every_time(contents):
    """A weekly work of three times is three events in UTC with stable names."""
    read = icalendar.Calendar.from_ical(contents["maintenance.ics"])
    events = read.walk("VEVENT")
    assert [86_400, 8 * 86_400, 15 * 86_400] == [
        round(event["DTSTART"].dt.timestamp() - NOON_S) for event in events
    ]
    assert {3600} == {(event["DTEND"].dt - event["DTSTART"].dt).total_seconds() for event in events}
    assert {"New switches"} == {str(event["SUMMARY"]) for event in events}
    assert 3 == len({str(event["UID"]) for event in events})
    assert {"CONFIRMED"} == {str(event["STATUS"]) for event in events}
    assert max(len(row) for row in contents["maintenance.ics"].split(b"\r\n")) <= 75


def work(**given) -> PublicWork:
    plain = PublicWork(
        id="work", title="Work", describes="What is done.", components=(("shop", "the shop"),),
        windows=((NOON_S, NOON_S + 60.0),), planned_s=NOON_S, changes_count=2, is_cancelled=False,
    )  # fmt: skip
    return replace(plain, **given)


def test_cancelled_work_is_told_to_calendars():
    """Calendars that know the event learn that it will not take place."""
    read = icalendar.Calendar.from_ical(calendar(sample.SETTING, (work(is_cancelled=True),)))
    event = read.walk("VEVENT")[0]
    assert ("CANCELLED", 2) == (str(event["STATUS"]), int(event["SEQUENCE"]))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_out_of_a_calendar(text):
    """Whatever a title and a description say, there is one event with one of each."""
    made = calendar(sample.SETTING, (work(title=text, describes=text, components=(("shop", text),)),))
    assert made.count(b"\n") == made.count(b"\r\n")
    read = icalendar.Calendar.from_ical(made)
    events = read.walk("VEVENT")
    assert 1 == len(events)
    assert [] == read.walk("VALARM")
    assert "X-INJECTED" not in events[0]
    clean = " ".join("".join(c for c in text if c.isprintable() or c in "\r\n").replace("\ufffe", "").split())
    assert clean == " ".join(str(events[0]["SUMMARY"]).split())


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_out_of_a_badge(text):
    """A badge is one picture without script, whatever it says."""
    root = ET.fromstring(badge(text, text, Status.MAJOR))  # noqa: S314  our own bytes
    assert {"svg", "title", "rect", "path", "g", "text"} == {
        one.tag.rpartition("}")[2] for one in root.iter()
    }
    assert not any(name.startswith("on") for one in root.iter() for name in one.attrib)
