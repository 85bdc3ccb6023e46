"""The record of an outage in text."""

from __future__ import annotations

import pytest

from record_sample import NOON_S, desk
from tidegate.present.record.outage_text import (
    clock_text,
    fitted,
    outage_text,
    outages_text,
    span_text,
)
from tidegate.present.record.summary_text import summary_page
from tidegate.track.summary import summary
from tidegate.verbs.record.outage import Report, open_outage, publish, tried, write_update

HOSTILE = "<script>x</script> | [a](javascript:b) `c` \x1b[31m *d*\u202e"


def outage(**report):
    here, _, _ = desk(with_world=False)
    return here, open_outage(
        here, Report(**{"title": "Shop", "components": {"shop": "major_outage"}, **report})
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (3120, "52 min"), (24720, "6 h 52 min"), (7200, "2 h"),
     (86400, "1 d"), (90000, "1 d 1 h")],
)  # fmt: skip
def test_spans_read_as_people_say_them(seconds, text):
    """Two units at most."""
    assert text == span_text(seconds)


def test_local_time_stands_beside_utc_where_it_differs():
    """UTC first, always named."""
    assert "2025-12-01 12:00 UTC" == clock_text(NOON_S, "UTC")
    assert "12:00 UTC (04:00 PST)" == clock_text(NOON_S, "America/Los_Angeles", dated=False)


def test_hostile_words_stay_words_in_the_summary():
    """Neither markup nor terminal control gets through, from any field."""
    here, one = outage(title=HOSTILE, cause=HOSTILE, components={"shop": "major_outage"})
    one = tried(here, one, what=HOSTILE, effect=HOSTILE)
    publish(here, write_update(here, one, texts={"en": HOSTILE}).outage, despite=True)
    page = summary_page(summary(here.state.outage(one.id), NOON_S), titles={"shop": HOSTILE}, zone_name="UTC")
    assert "<script" not in page
    assert "[a](" not in page
    assert not {"\x1b", "\u202e"} & set(page)
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert {2, 5} == {line.replace("\\|", "").count("|") - 1 for line in rows}


def test_hostile_words_stay_words_on_the_terminal():
    """Control characters are dropped, also in lists."""
    here, one = outage(title=HOSTILE)
    shown = fitted(outage_text(one, NOON_S, titles={}, zone_name="UTC"), width=60, unicode=True)
    listed = outages_text(here.state.outages(), NOON_S, width=80, unicode=False)
    assert not {"\x1b", "\u202e"} & set(shown + listed)
    assert all(60 >= len(line) for line in shown.splitlines())
    assert listed.isascii()


def test_an_overdue_promise_is_shown():
    """How late it is stands beside it, and in the list."""
    here, one = outage()
    publish(here, write_update(here, one).outage, despite=True)
    one = here.state.outage(one.id)
    late_s = NOON_S + 1200 + 300
    assert "OVERDUE by 5 min" in "\n".join(outage_text(one, late_s, titles={}, zone_name="UTC"))
    assert "overdue Shop" in outages_text([one], late_s, width=100, unicode=True)


def test_nothing_on_record_says_what_to_do():
    """An empty list names the command that begins."""
    assert "tidegate outage open" in outages_text([], NOON_S, width=80, unicode=True)
