"""Alerts change what is drafted, and nothing that is public: that is a person's word."""

from __future__ import annotations

import pytest

from record_sample import NOON_S, Clock
from server_sample import Browser, house
from tidegate.inform.phrases import LANGUAGES
from tidegate.inform.site.site_setting import SiteSetting
from tidegate.inform.site.visibility import public_view
from tidegate.track.component import Status
from tidegate.track.pager import read_alerts
from tidegate.verbs.record.alert import hear
from tidegate.verbs.record.component import Described, declare, vouch

RAW = "KubePodCrashLooping payments-7f9c"


def send(here, number: int, severity: str, **labels: str) -> None:
    alert = {
        "status": "firing", "fingerprint": f"f{number}", "endsAt": "0001-01-01T00:00:00Z",
        "labels": {"severity": severity, **labels}, "annotations": {"summary": RAW},
        "startsAt": "2025-12-01T11:59:00Z",
    }  # fmt: skip
    with here.record.desk("test") as desk:
        hear(desk, read_alerts({"version": "4", "alerts": [alert]}))


@pytest.fixture
def clock():
    return Clock(NOON_S)


@pytest.fixture
def here(tmp_path, clock):
    with house(tmp_path, clock=clock, languages=",".join(LANGUAGES)) as opened:
        with opened.record.desk("test") as desk:
            declare(desk, [Described(id="web", title="Web shop"), Described(id="mail", title="Mail")])
            vouch(desk, ["web", "mail"], "looked")
        yield opened


@pytest.fixture
def rob(here):
    browser = Browser(here)
    browser.login("rob")
    return browser


def outage(here):
    with here.record.reading() as state:
        (one,) = state.outages()
    return one


def public(here) -> dict[str, Status]:
    with here.record.reading() as state:
        view = public_view(state, SiteSetting(name="Example"), here.record.clock())
    return {one.title: one.status for one in view.components}


def test_words_never_speak_of_users_of_an_alert(here, rob):
    """Where no component is known they say so, in every language; once it is bound they name it."""
    send(here, 1, "critical", app="frontend")
    here.rounds.turn()
    one = outage(here)
    assert set(LANGUAGES) == set(one.waiting[-1].texts)
    for language, text in one.waiting[-1].texts.items():
        words = LANGUAGES[language]
        assert f"{words.affected}: {words.nobody_known}." in text
        assert words.everybody.format(RAW) not in text
    rob.post(f"/console/outages/{one.id}/bind", label="app=frontend", component="web")
    assert "Affected: users of Web shop." in rob.draft(one.id)[1]


def test_what_somebody_wrote_is_not_made_anew(here, rob):
    """Neither their lead nor their own words; a change makes the others anew."""
    send(here, 1, "critical", app="frontend")
    here.rounds.turn()
    one = outage(here)
    rob.post(f"/console/outages/{one.id}/draft", lead="We look at it.")
    rob.post(f"/console/outages/{one.id}/bind", label="app=frontend", component="web")
    here.rounds.turn()
    assert "We look at it." in rob.draft(one.id)[1]
    rob.post(f"/console/outages/{one.id}/draft")
    rob.post(f"/console/outages/{one.id}/change", **{"status-mail": "partial_outage"})
    assert "Affected: users of Web shop, Mail." in rob.draft(one.id)[1]


def test_an_alert_that_comes_later_is_in_the_waiting_draft(here):
    """The watch makes it anew, and once only."""
    send(here, 1, "warning", service="web")
    here.rounds.turn()
    count = len(outage(here).drafts)
    send(here, 2, "critical", service="web")
    here.rounds.turn()
    here.rounds.turn()
    one = outage(here)
    assert Status.MAJOR is one.components["web"]
    assert count + 1 == len(one.drafts)


@pytest.mark.parametrize(("button", "found"), [("so", Status.MAJOR), ("before", Status.DEGRADED)])
def test_what_is_public_worsens_by_a_person_only(here, rob, button, found):
    """An alert on a published outage is shown to operators; the public reads what it was told."""
    send(here, 1, "warning", service="web")
    here.rounds.turn()
    one = outage(here)
    rob.post(f"/console/outages/{one.id}/move", event="confirm")
    draft, words = rob.draft(one.id)
    rob.post(f"/console/outages/{one.id}/publish", draft=draft, **{"text-en": words}, despite="yes")
    send(here, 2, "critical", service="web")
    send(here, 3, "critical", service="web")
    here.rounds.turn()
    assert Status.DEGRADED is public(here)["Web shop"]
    assert {"web": Status.MAJOR} == dict(outage(here).unconfirmed)
    page = rob.get(f"/console/outages/{one.id}").text
    assert ("Alerts say that it is worse" in page, "It is so" in page) == (True, True)
    assert "alerts say that it is worse" in rob.get("/console").text
    status = {"so": "major_outage", "before": "degraded_performance"}[button]
    rob.post(f"/console/outages/{one.id}/change", **{"status-web": status})
    assert found is public(here)["Web shop"]
    assert {} == dict(outage(here).unconfirmed)


def test_a_new_outage_is_being_drafted_and_no_alarm(here, rob, clock):
    """Only where it lasts is it said in red that no draft is written."""
    send(here, 1, "critical", service="web")
    now = rob.get("/console").text
    assert ("being drafted" in now, "no draft is written" in now) == (True, False)
    clock.now_s += 61
    assert "no draft is written" in rob.get("/console").text
