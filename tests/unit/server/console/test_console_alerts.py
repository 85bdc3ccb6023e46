"""An alert on the console: shown whole, told what it means, and proposed as one outage with others."""

from __future__ import annotations

import re

import pytest

from server_sample import Browser, house
from tidegate.track.pager import read_alerts
from tidegate.verbs.record.alert import hear
from tidegate.verbs.record.component import Described, declare

EVIL = "<script>alert(1)</script>"


def firing(number: int, **labels: str) -> dict[str, object]:
    return {
        "status": "firing", "labels": {"alertname": f"Alert{number}", **labels}, "fingerprint": f"f{number}",
        "annotations": {"summary": f"Checkout is slow {number}", "description": f"p99 is 9 s {EVIL}",
                        "runbook_url": "https://runbook.example/checkout"},
        "startsAt": f"2026-11-23T09:0{number}:00Z", "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "https://prometheus.example/graph?g0=1", "dashboardURL": "javascript:alert(1)",
    }  # fmt: skip


@pytest.fixture
def here(tmp_path):
    with house(tmp_path) as opened:
        with opened.record.desk("test") as desk:
            declare(desk, [Described(id="web", title="Web shop"), Described(id="mail", title="Mail")])
            hear(
                desk,
                read_alerts(
                    {"version": "4", "alerts": [firing(1, app="frontend"), firing(2, service="mail")]}
                ),
            )
        yield opened


def ids(here) -> dict[str, str]:
    with here.record.reading() as state:
        return {one.title: one.id for one in state.outages()}


def test_an_alert_is_shown_whole(here):
    """Words, runbook, links, labels, state; what was sent is text, and only web addresses lead on."""
    rob = Browser(here)
    rob.login("rob")
    text = rob.get(f"/console/outages/{ids(here)['Checkout is slow 1']}").text
    for words in ("Checkout is slow 1", "p99 is 9 s", 'href="https://runbook.example/checkout"', "Runbook",
                  'href="https://prometheus.example/graph?g0=1"', "<dd>frontend</dd>", "fires, for",
                  "impact not known yet", "It means no component yet."):  # fmt: skip
        assert words in text, words
    assert "javascript:" not in text
    assert EVIL not in text
    assert "none impact" not in rob.get("/console").text


def test_a_label_is_picked_on_the_page_of_the_alert(here):
    """From then on it means the component, and what fires already has raised it."""
    rob, outage = Browser(here), ids(here)["Checkout is slow 1"]
    rob.login("rob")
    answer = rob.post(f"/console/outages/{outage}/bind", label="app=frontend", component="web")
    assert 303 == answer.status_code
    text = rob.get(answer.headers["location"]).text
    assert "It means: </b>Web shop" in text
    with here.record.reading() as state:
        assert ["web"] == [*state.outage(outage).components]
    wrong = rob.post(f"/console/outages/{outage}/bind", label="app=frontend", component="nothing")
    assert (422, True) == (wrong.status_code, "there is no such component" in wrong.text)


def test_what_may_be_one_outage_is_proposed_with_one_button(here):
    """Its titles, why, and a button; pressed, they are one."""
    rob, known = Browser(here), ids(here)
    rob.login("rob")
    text = rob.get("/console").text
    assert "These may be one outage" in text
    assert "within 1 min of each other" in text
    into, other = known["Checkout is slow 1"], known["Mail is disturbed"]
    rob.post(f"/console/outages/{into}/gather", other=other)
    assert "These may be one outage" not in rob.get("/console").text
    with here.record.reading() as state:
        assert 1 == sum(one.is_open for one in state.outages())


def test_a_viewer_sees_and_changes_nothing(here):
    """No picker, no button, and a forged form is refused."""
    vera, outage = Browser(here), ids(here)["Checkout is slow 1"]
    vera.login("vera")
    assert "Make them one" not in vera.get("/console").text
    assert (
        403 == vera.post(f"/console/outages/{outage}/bind", label="app=frontend", component="web").status_code
    )


def picked(text: str) -> dict[str, list[str]]:
    """What each choice of the first picker has chosen already."""
    form = text.split("/bind", 1)[1].split("</form>", 1)[0]
    return {
        name: re.findall(r'<option value="([^"]*)" selected', body)
        for name, body in re.findall(r'<select name="(\w+)">(.*?)</select>', form, re.DOTALL)
    }


def test_no_component_is_chosen_before_an_operator_does(here):
    """Sent without one it is refused; what is bound is chosen already, and can be undone."""
    rob, outage = Browser(here), ids(here)["Checkout is slow 1"]
    rob.login("rob")
    way = f"/console/outages/{outage}"
    before = rob.get(way).text
    assert "choose one" in before
    assert {"web", "mail"}.isdisjoint(picked(before)["component"])
    refused = rob.post(f"{way}/bind", label="app=frontend", component="")
    assert (422, True) == (refused.status_code, "No component is chosen" in refused.text)
    assert "<strong" not in refused.text
    (alert,) = re.findall(r'name="alert" value="([^"]+)"', before)
    at_alert = rob.post(f"{way}/bind", alert=alert, label="app=frontend", component="").text
    assert 'class="wrong" id="fault-component">No component is chosen.' in at_alert
    assert ["app=frontend"] == picked(at_alert)["label"]
    with here.record.reading() as state:
        assert {} == dict(state.bindings())
    rob.post(f"{way}/bind", label="app=frontend", component="web")
    assert {"label": ["app=frontend"], "component": ["web"]} == picked(rob.get(way).text)
    rob.post(f"{way}/bind", label="app=frontend", component="-")
    assert "It means no component yet." in rob.get(way).text
