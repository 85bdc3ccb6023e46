"""What several sites said at once, and what none of them can send, as an operator sees it."""

from __future__ import annotations

import re
from contextlib import closing

import pytest

from server_sample import Browser, house
from sites_sample import admit, begun, drawn
from tidegate.journal.entry import Draft
from tidegate.verbs.record.component import Described, declare
from tidegate.verbs.record.outage import Report, open_outage


@pytest.fixture
def here(tmp_path):
    """A server whose record is kept with a site `east`, whose journal is at hand."""
    with house(tmp_path) as opened, closing(begun(tmp_path, "east")) as east:
        admit(opened.journal, east)
        admit(east, opened.journal)
        with opened.record.desk("test") as desk:
            declare(desk, [Described(id="shop", title="Web shop")])
            one = open_outage(desk, Report(title="Slow", components={"shop": "major_outage"}))
        drawn(east, opened.journal)
        yield opened, east, one.id


def say(east, subject: str, seen: dict[str, str], **payload: object) -> None:
    said = {**payload, "seen": seen}
    east.append([Draft(kind="outage.changed", subject=subject, payload=said, by="bob")])


def browser(opened) -> Browser:
    rob = Browser(opened)
    rob.login("rob")
    return rob


def seen_on(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found is not None
    return found[1].replace("&quot;", '"')


def test_both_values_stand_there_and_one_is_kept_by_a_button(here):
    opened, east, subject = here
    rob, own = browser(opened), f"/console/outages/{here[2]}"
    page = rob.get(own).text
    say(east, subject, {opened.journal.site: "999"}, components={"shop": "partial_outage"})
    drawn(opened.journal, east)
    # Sent from the page that was loaded before the other site was heard.
    rob.post(f"{own}/change", **{"status-shop": "operational", "seen": seen_on(page)})
    page = rob.get(own).text
    assert "Said at several sites at once" in page
    for words in ("bob at east", f"rob at {opened.journal.site}", "Web shop"):
        assert words in page, words
    opened.rounds.turn()
    assert "Said otherwise at several sites: “Slow”." in rob.get("/console").text
    said = re.findall(r'name="site" value="(\w+)"><input type="hidden" name="said" value="([\d.]+)"', page)
    chosen = dict(said)["east"]
    kept = rob.post(f"{own}/settle", field="components.shop", site="east", said=chosen, seen=seen_on(page))
    assert 303 == kept.status_code
    page = rob.get(own).text
    assert "Said at several sites at once" not in page
    with opened.record.reading() as state:
        assert "partial_outage" == state.outage(subject).components["shop"].value
    again = rob.post(f"{own}/settle", field="components.shop", site="east", said=chosen)
    assert 422 == again.status_code
    assert 422 == rob.post(f"{own}/settle", field="components.shop", site="east", said="x").status_code


def test_a_form_from_a_page_that_showed_both_settles_it(here):
    opened, east, subject = here
    rob, own = browser(opened), f"/console/outages/{here[2]}"
    rob.post(f"{own}/change", **{"status-shop": "operational", "seen": seen_on(rob.get(own).text)})
    say(east, subject, {}, components={"shop": "partial_outage"})
    drawn(opened.journal, east)
    page = rob.get(own).text
    assert "Said at several sites at once" in page
    rob.post(f"{own}/change", **{"status-shop": "operational", "seen": seen_on(page)})
    assert "Said at several sites at once" not in rob.get(own).text


def test_what_no_site_can_send_is_an_alarm_on_every_page(here):
    opened, east, _ = here
    rob = browser(opened)
    asked = {"channel": "email", "address": "a@example.org"}
    east.append([
        Draft(kind="subscription.asked", subject="s", payload=asked),
        Draft(kind="subscription.confirmed", subject="s"),
        Draft(kind="site.able", subject="east", payload={"ways": ["webhook"]}),
    ])  # fmt: skip
    drawn(opened.journal, east)
    opened.rounds.turn()
    assert "No site can send mail" not in rob.get("/console").text  # this one has not said that it cannot
    opened.notices.decline("it is set to send nothing")
    opened.notices.decline("it is set to send nothing")
    opened.rounds.turn()
    assert "No site can send mail." in rob.get("/console").text
    with opened.record.reading() as state:
        own = state.sites.able[opened.journal.site].payload
    assert {"ways": [], "because": "it is set to send nothing"} == own
    said = [entry for _, entry in opened.journal.entries() if entry.kind == "site.able"]
    assert 2 == len(said)


def test_a_page_of_a_site_alone_carries_nothing(tmp_path):
    with house(tmp_path) as opened:
        with opened.record.desk("test") as desk:
            one = open_outage(desk, Report(title="Slow", components={"shop": "major_outage"}))
        rob = browser(opened)
        assert 'name="seen"' not in rob.get(f"/console/outages/{one.id}").text
        rob.post(f"/console/outages/{one.id}/change", **{"status-shop": "operational"})
        opened.notices.decline("it is set to send nothing")
        entries = [entry for _, entry in opened.journal.entries()]
        assert all("seen" not in entry.payload and entry.kind != "site.able" for entry in entries)
