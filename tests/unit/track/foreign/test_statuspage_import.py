"""The history of a Statuspage or an Upptime repository becomes a record, or says what is wrong with it."""

from __future__ import annotations

import json

import pytest

import site_sample as sample
from tidegate.errors import InputError
from tidegate.inform.state import State
from tidegate.journal.moment import parse_moment
from tidegate.track.component import Status
from tidegate.track.foreign.foreign_json import plain
from tidegate.track.foreign.statuspage import read_statuspage
from tidegate.track.foreign.upptime import read_upptime
from tidegate.track.lifecycle import OutageState

PAGE = {"id": "y2j98763l56x", "name": "Example", "time_zone": "Europe/Berlin"}
COMPONENTS = [
    {"id": "aaaaaaaaaaaa", "name": "API", "created_at": "2020-01-01T00:00:00.000Z",
     "group_id": "gggggggggggg"},
    {"id": "gggggggggggg", "name": "Core", "group": True},
    {"id": "bbbbbbbbbbbb", "name": "Web &amp; app", "created_at": "2020-01-01T00:00:00.000+01:00",
     "description": "<p>What you <b>see</b></p>"},
]  # fmt: skip
INCIDENT = {
    "id": "cccccccccccc", "name": "API errors", "impact": "major", "created_at": "2024-05-01T10:10:00.000Z",
    "started_at": "2024-05-01T10:00:00.000Z", "resolved_at": "2024-05-01T12:00:00.000Z", "components": [],
    "incident_updates": [
        {"id": "u4", "status": "resolved", "body": "Over.", "created_at": "2024-05-01T12:00:00.000Z",
         "affected_components": [{"code": "aaaaaaaaaaaa", "new_status": "operational"}]},
        {"id": "u3", "status": "monitoring", "body": "Mended.<br>We watch.",
         "created_at": "2024-05-01T11:00:00.000Z"},
        {"id": "u2", "status": "identified", "body": "Found.", "created_at": "2024-05-01T10:30:00.000Z"},
        {"id": "u1", "status": "investigating", "body": "We look.", "created_at": "2024-05-01T10:10:00.000Z",
         "affected_components": [{"code": "aaaaaaaaaaaa", "new_status": "partial_outage"}]},
    ],
}  # fmt: skip
WORK = {
    "id": "dddddddddddd", "name": "New disks", "created_at": "2024-06-01T10:00:00Z",
    "scheduled_for": "2024-06-02T10:00:00Z", "scheduled_until": "2024-06-02T11:00:00Z",
    "components": [{"id": "bbbbbbbbbbbb"}], "incident_updates": [{"id": "w1", "body": "Slow for a while."}],
}  # fmt: skip
DOCUMENTS = [
    {"page": PAGE, "components": COMPONENTS},
    {"page": PAGE, "incidents": [INCIDENT]},
    {"page": PAGE, "scheduled_maintenances": [WORK], "incidents": [INCIDENT]},
]


@pytest.fixture(scope="module")
def state():
    found = read_statuspage(DOCUMENTS)
    assert "Europe/Berlin" == found.zone
    return State().take_all(found.entries())


def test_incidents_become_outages(state):
    """One incident, told twice, is one outage with its times, states, words and components."""
    (one,) = state.outages()
    assert ("cccccccccccc", "API errors", OutageState.RESOLVED) == (one.id, one.title, one.state)
    assert [parse_moment("2024-05-01T10:00Z"), parse_moment("2024-05-01T12:00Z")] == [
        one.since_s,
        one.until_s,
    ]
    assert ["We look.", "Found.", "Mended.\nWe watch.", "Over."] == [said.text() for said in one.updates]
    assert {"aaaaaaaaaaaa": Status.PARTIAL} == one.touched
    assert () == one.conflicts
    assert parse_moment("2024-05-01T10:10Z") == one.opened_s


def test_components_and_work_come_along(state):
    """Groups are names, HTML is text, and planned work is planned work."""
    assert [("API", "Core", ""), ("Web & app", "", "What you see")] == [
        (one.title, one.group, one.describes) for one in state.components()
    ]
    (work,) = state.maintenance()
    assert ("New disks", 3600.0, ("bbbbbbbbbbbb",)) == (work.title, work.lasts_s, work.components)


def test_our_own_site_can_be_taken_back():
    """What the site publishes as Statuspage JSON reads back as the same outages."""
    at, _, _ = sample.sample()
    made = sample.built(at.state).contents()
    names = ("components", "incidents", "scheduled-maintenances")
    state = State().take_all(
        read_statuspage([json.loads(made[f"api/v2/{name}.json"]) for name in names]).entries()
    )
    known = {one.id: (one.title, one.since_s, one.until_s) for one in at.state.outages()}
    assert known == {one.id: (one.title, one.since_s, one.until_s) for one in state.outages()}
    assert len(sample.COMPONENTS) == len(state.components())
    assert 3 == len(state.maintenance())


def test_the_same_history_is_the_same_record():
    """Importing again adds nothing: the same bytes, in the same order."""
    assert read_statuspage(DOCUMENTS).sealed == read_statuspage(DOCUMENTS).sealed


def test_every_fault_is_named_at_once():
    """Rubbish alone, in several places, is told in one go, with its places."""
    broken = {"incidents": [{**INCIDENT, "created_at": "soon"}, 7], "scheduled_maintenances": [{"id": "x"}]}
    with pytest.raises(InputError) as raised:
        read_statuspage([broken])
    paths = {fault.path for fault in raised.value.faults}
    assert {"incidents.0.created_at", "incidents.1", "scheduled_maintenances.0.scheduled_for"} <= paths


def test_nothing_is_no_history():
    """Documents without anything are refused."""
    with pytest.raises(InputError, match="holds no history"):
        read_statuspage([{}])


@pytest.mark.parametrize(
    ("html", "text"),
    [("a<br/>b", "a\nb"), ("<p>a</p><p>b</p>", "a\nb"), ("1 &lt; 2 < 3", "1 < 2 < 3"),
     ("<script>x</script>", "x"), ("&lt;script&gt;", "<script>"), ("<!-- a\nb -->c", "c")],
)  # fmt: skip
def test_html_becomes_text(html, text):
    """Tags go, breaks stay, entities are what they mean; what then looks like markup is text."""
    assert text == plain(html)


ISSUES = [
    {"number": 7, "title": "🛑 Shop is down", "labels": [{"name": "status"}, {"name": "shop"}],
     "body": "It is **down**",
     "created_at": "2024-05-01T10:00:00Z", "closed_at": "2024-05-01T10:30:00Z"},
    {"number": 8, "title": "⚠️ Shop has degraded performance", "labels": ["status", "shop"], "body": None,
     "created_at": "2024-05-03T10:00:00Z", "closed_at": None},
    {"number": 9, "title": "Disks", "labels": [{"name": "maintenance"}], "created_at": "2024-05-04T10:00:00Z",
     "body": "<!--\nstart: 2024-05-05T13:00:00.220Z\nend: 2024-05-05T14:00:00.220Z\n"
     "expectedDown: shop, mail\n-->\nNew."},
    {"number": 10, "title": "A question", "labels": [], "created_at": "2024-05-04T10:00:00Z"},
]  # fmt: skip
COMMENTS = [
    {"id": 1, "issue_url": "https://api.github.com/repos/a/b/issues/7", "body": "Back up.",
     "created_at": "2024-05-01T10:30:00Z"},
]  # fmt: skip
SITES = {"shop": {"name": "Shop", "startTime": "2023-01-01T00:00:00.000Z"}, "mail": {}}


def test_issues_of_upptime_become_outages():
    """Issues with a status label are outages of their site, comments are words, maintenance is planned."""
    state = State().take_all(read_upptime(SITES, ISSUES, COMMENTS).entries())
    late, early = state.outages()
    assert ("Shop is down", {"shop": Status.MAJOR}, OutageState.RESOLVED) == (
        early.title,
        early.touched,
        early.state,
    )
    assert ["It is **down**", "Back up."] == [said.text() for said in early.updates]
    assert ({"shop": Status.DEGRADED}, True) == (late.components, late.is_open)
    (work,) = state.maintenance()
    assert (("shop", "mail"), 3600.0, "New.") == (work.components, work.lasts_s, work.describes)
    assert {"Shop", "mail"} == {one.title for one in state.components()}
