"""Forms of the console: what was typed comes back with every fault at its field, and no secret does."""

from __future__ import annotations

import re

import pytest

from server_sample import Browser, house

ZONE = "Europe/Zurich"


@pytest.fixture
def here(tmp_path):
    with house(tmp_path, with_world=True, zone=ZONE) as opened:
        opened.rounds.turn()
        yield opened


def somebody(here, name: str = "rob") -> Browser:
    who = Browser(here)
    who.login(name)
    return who


def beside(page: str) -> dict[str, str]:
    """Return what is wrong, by field."""
    return dict(re.findall(r'class="wrong" id="fault-([\w-]+)">(.*?)<', page))


def shown(page: str, name: str) -> str:
    """Return the tag of a field."""
    found = re.findall(rf'<(?:input|select|textarea)[^>]* name="{name}"[^>]*>', page)
    return found[-1]


def test_an_outage_that_was_not_opened_comes_back_as_it_was_typed(here):
    """The title stays, the picked status too, the time as it was typed; both faults stand at their fields."""
    rob = somebody(here)
    rob.post("/console/components", id="desk", title="Help desk")
    sent = {"title": "", "cause": "", "at": "06:30", "exercise": "yes", "status-desk": "major_outage"}
    answer = rob.post("/console/outages", **sent)
    assert 422 == answer.status_code
    assert {"title", "at"} == beside(answer.text).keys()
    assert "“06:30” is not a time" in beside(answer.text)["at"]
    assert 'value="06:30"' in shown(answer.text, "at")
    assert 'type="text"' in shown(answer.text, "at")
    assert 'aria-invalid="true"' in shown(answer.text, "at")
    assert " checked" in shown(answer.text, "exercise")
    assert '<option value="major_outage" selected>' in answer.text
    assert "2 fields are marked below" in answer.text
    again = rob.post("/console/outages", title="Mail is late", at="06:30")
    assert 'value="Mail is late"' in shown(again.text, "title")


@pytest.mark.parametrize(
    ("typed", "since_s"),
    [
        ("2025-12-01T06:30", 1_764_567_000.0),
        ("2025-12-01T06:30:00+01:00", 1_764_567_000.0),
        ("2025-07-01 06:30", 1_751_344_200.0),
        ("2025-12-01T05:30Z", 1_764_567_000.0),
    ],
)
def test_a_time_without_an_offset_is_the_sites_own(here, typed, since_s):
    """As a calendar field gives it, in summer and winter; with an offset it is understood as ever."""
    rob = somebody(here)
    page = rob.get("/console/outages").text
    assert 'type="datetime-local"' in shown(page, "at")
    assert 303 == rob.post("/console/outages", title="Mail is late", at=typed).status_code
    with here.record.reading() as state:
        assert [since_s] == [one.since_s for one in state.outages()]


def test_every_fault_of_planned_work_is_told_at_once(here):
    """Begin, duration, rule, zone and title: each at its field, and nothing of what was typed is lost."""
    rob = somebody(here)
    sent = {
        "title": " ", "describes": "We change\r\ndisks.", "starts": "tomorrow 2am", "lasts": "long",
        "zone": "Nowhere", "rule": "FREQ=NEVER", "component": "login",
    }  # fmt: skip
    rob.post("/console/components/world", id="login")
    answer = rob.post("/console/maintenance", **sent)
    assert {"title", "starts", "lasts", "zone", "rule"} == beside(answer.text).keys()
    for name in ("starts", "lasts", "zone", "rule"):
        assert f'value="{sent[name]}"' in shown(answer.text, name)
    assert ">\nWe change\ndisks.</textarea>" in answer.text
    assert " checked" in shown(answer.text, "component")
    assert "No work is planned." in rob.get("/console/maintenance").text


def test_work_is_planned_in_its_own_zone_and_read_in_words(here):
    """A begin without an offset is local to the zone of the work; its rule is no code."""
    rob = somebody(here)
    sent = {"title": "Disks", "starts": "2098-12-02T02:00", "lasts": "2h", "zone": "America/New_York",
            "rule": "FREQ=WEEKLY;BYDAY=TU,TH"}  # fmt: skip
    assert 303 == rob.post("/console/maintenance", **sent).status_code
    with here.record.reading() as state:
        (work,) = state.maintenance()
    assert 7 * 3600 == work.starts_s % 86_400
    rob.post("/console/maintenance", **{**sent, "starts": "2027-01-05T02:00", "zone": "UTC"})
    page = rob.get("/console/maintenance").text
    assert "every week on Tuesday and Thursday" in page
    assert "FREQ=WEEKLY;BYDAY=TU,TH" not in page


def test_a_password_never_comes_back(here):
    """The account's name and role do, each fault at its field."""
    ada = somebody(here, "ada")
    sent = {"name": "x" * 61, "role": "viewer", "password": "too-short"}
    answer = ada.post("/console/access", **sent)
    assert {"name", "password"} == beside(answer.text).keys()
    assert f'value="{"x" * 61}"' in shown(answer.text, "name")
    assert '<option value="viewer" selected>' in answer.text
    assert "too-short" not in answer.text
    token = ada.post("/console/access/token", title="alerts", scope="nothing")
    assert {"scope"} == beside(token.text).keys()
    assert 'value="alerts"' in token.text


@pytest.mark.parametrize(
    ("deed", "sent", "wrong"),
    [
        ("correct", {"title": "Mail fails", "since": "yesterday", "because": " "}, {"since", "because"}),
        ("tried", {"what": " ", "effect": "nothing at all"}, {"what"}),
        ("draft", {"lead": "We look into it", "next": "soon"}, {"next"}),
        ("note", {"text": " "}, {"text"}),
    ],
)
def test_a_form_on_an_outage_opens_again_where_it_was_wrong(here, deed, sent, wrong):
    """Only this form is filled with what was typed, and it is unfolded."""
    rob = somebody(here)
    rob.post("/console/outages", cause="login")
    with here.record.reading() as state:
        (one,) = state.outages()
    answer = rob.post(f"/console/outages/{one.id}/{deed}", **sent)
    assert (422, wrong) == (answer.status_code, beside(answer.text).keys())
    kept = [text for text in sent.values() if text.strip()]
    unfolded = rf'<details open class="more">(?:(?!<details).)*/{deed}".*?</form>'
    form = re.search(unfolded, answer.text, re.DOTALL)
    assert form is not None
    assert [] == [text for text in kept if text not in form[0]]


def test_evidence_that_goes_with_no_other_cause_is_told_at_its_field(here):
    """The correction stays open with what was typed, its cause a choice of what the world knows."""
    rob = somebody(here)
    way = rob.post("/console/outages", cause="login").headers["location"].split("?")[0]
    lost = rob.post(f"{way}/correct", title="It is so", evidence="its disks", because="")
    assert {"evidence", "because"} == beside(lost.text).keys()
    assert "This goes with another cause" in beside(lost.text)["evidence"]
    assert 'value="its disks"' in shown(lost.text, "evidence")
