"""What an operator may publish ends neither the public site nor its other pages; what could, is told."""

from __future__ import annotations

import logging
from unittest.mock import patch

import pytest

from server_sample import Browser, house
from tidegate.present.site import pages
from tidegate.track.lifecycle import OutageEvent
from tidegate.verbs.record.outage import Report, move, open_outage, publish, write_update

DEEP = "*a " * 166 + "b* " * 166


@pytest.fixture(name="here")
def opened(tmp_path):
    with house(tmp_path, with_world=True, languages=["en", "de"]) as found:
        found.furnish()
        yield found


def said(here, text: str) -> str:
    """Publish words as an operator."""
    with here.record.desk("rob") as desk:
        one = move(desk, open_outage(desk, Report(title="Sign-in fails", cause="login")), OutageEvent.CONFIRM)
        drafted = write_update(desk, one, texts={"en": text})
        publish(desk, drafted.outage, update=drafted.update, despite=True)
    return one.id


def test_words_that_cannot_be_set_are_published_as_they_were_typed(here):
    """Emphasis in emphasis, hundreds deep: the site has the words, and goes on to the next ones."""
    said(here, DEEP)
    assert here.publisher.publish_if_due()
    assert DEEP.strip() in Browser(here).get("/").text
    said(here, "The second words.")
    assert here.publisher.publish_if_due()
    assert "The second words." in Browser(here).get("/").text
    assert [] == here.publisher.late


def test_a_page_that_cannot_be_made_holds_up_no_other(here, caplog):
    """It says so itself, files for programs are left out, the rest is published; both are told, then gone."""
    broken = RuntimeError("no page for you")
    with (
        patch.object(pages, "record_page", side_effect=broken),
        patch("tidegate.present.site.site_tree.rss", side_effect=broken),
        caplog.at_level(logging.ERROR),
    ):
        outage = said(here, "We know of it.")
        assert here.publisher.publish_if_due()
    public = Browser(here)
    assert "We know of it." in public.get("/").text
    assert "We know of it." in public.get(f"/outages/{outage}.html").text
    assert "could not be made" in public.get("/record.html").text
    assert "konnte nicht erstellt werden" in public.get("/de/record.html").text
    assert (200, 404) == tuple(public.get(f"/history.{name}").status_code for name in ("atom", "rss"))
    (told,) = here.publisher.late
    assert "could not be made" in told
    assert {"record.html", "de/record.html", "history.rss"} <= {
        one.path for one in caplog.records if hasattr(one, "path")
    }
    said(here, "And more.")
    assert here.publisher.publish_if_due()
    assert [] == here.publisher.late
    assert "could not be made" not in public.get("/record.html").text
