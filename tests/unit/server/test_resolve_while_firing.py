"""Resolving while alerts still fire: a warning first, a second word of a person, and no public "works"."""

from __future__ import annotations

import sys

import pytest

from server_sample import Browser, house
from tidegate.cli.main import main
from tidegate.track.component import Status
from tidegate.track.pager import read_alerts
from tidegate.verbs.record.alert import hear
from tidegate.verbs.record.component import Described, declare, vouch


def alert(number: int, service: str, *, is_over: bool = False) -> dict[str, object]:
    ended = "2025-12-01T13:00:00Z" if is_over else "0001-01-01T00:00:00Z"
    return {
        "status": "resolved" if is_over else "firing", "fingerprint": f"f{number}", "endsAt": ended,
        "labels": {"service": service, "severity": "critical"},
        "annotations": {"summary": f"{service} is down"},
        "startsAt": "2025-12-01T11:59:00Z",
    }  # fmt: skip


def send(here, *alerts: dict[str, object]) -> None:
    with here.record.desk("test") as desk:
        hear(desk, read_alerts({"version": "4", "alerts": list(alerts)}))


@pytest.fixture
def here(tmp_path):
    with house(tmp_path) as opened:
        with opened.record.desk("test") as desk:
            declare(desk, [Described(id="web", title="Web shop"), Described(id="mail", title="Mail")])
        yield opened


def confirmed(rob: Browser, here) -> str:
    """The address of the one outage, of which the public was told."""
    with here.record.reading() as state:
        (one,) = [one for one in state.outages() if one.is_open]
    way = f"/console/outages/{one.id}"
    rob.post(f"{way}/move", event="confirm")
    draft, words = rob.draft(one.id)
    rob.post(f"{way}/publish", draft=draft, **{"text-en": words})
    return way


def statuses(here) -> dict[str, Status]:
    with here.record.reading() as state:
        now_s = here.record.clock()
        return {one.id: state.status(one.id, now_s) for one in state.components()}


@pytest.mark.parametrize("is_vouched", [False, True])
def test_the_first_attempt_is_refused_and_names_how_many_fire(here, is_vouched):
    """The second needs a tick; what still fires is not known to work, until it ceases."""
    rob = Browser(here)
    rob.login("rob")
    if is_vouched:
        with here.record.desk("test") as desk:
            vouch(desk, ["web", "mail"], "looked")
    send(here, alert(1, "web"), alert(2, "web"))
    way = confirmed(rob, here)
    assert "despite_alerts" not in rob.get(way).text
    for deed, fields in (("resolve", {"closing-en": "It is over."}), ("move", {"event": "resolve"})):
        refused = rob.post(f"{way}/{deed}", **fields)
        assert (422, True) == (refused.status_code, "2 alerts still fire" in refused.text)
        assert 'name="despite_alerts"' in refused.text
        assert ("It is over." in refused.text) == (deed == "resolve")
        assert '<details open class="more"><summary><span class="name">It is resolved' in refused.text
    done = rob.post(f"{way}/resolve", despite_alerts="yes", **{"closing-en": "It is over."})
    assert 303 == done.status_code
    here.rounds.turn()
    assert Status.UNKNOWN is statuses(here)["web"]
    now = rob.get("/console").text
    assert "No outage is open, but 2 alerts fire" in now
    assert "web is down" in now
    send(here, alert(1, "web", is_over=True))
    here.rounds.turn()
    assert Status.UNKNOWN is statuses(here)["web"]
    send(here, alert(2, "web", is_over=True))
    here.rounds.turn()
    assert Status.OPERATIONAL is statuses(here)["web"]
    assert "Nothing is known to be broken" in rob.get("/console").text


def test_the_end_and_what_it_says_of_components_are_one_publication(here):
    """No site is written in which it is over and nobody knows how its components are."""
    rob = Browser(here)
    rob.login("rob")
    send(here, alert(1, "web"), alert(2, "mail"))
    with here.record.reading() as state:
        first, *others = [one.id for one in state.outages()]
    rob.post(f"/console/outages/{first}/gather", other=others[0])
    way = confirmed(rob, here)
    send(here, alert(1, "web", is_over=True), alert(2, "mail", is_over=True))
    rob.post(f"{way}/resolve", **{"closing-en": "It is over."})
    assert {Status.OPERATIONAL} == set(statuses(here).values())


def test_alerts_of_what_became_part_of_it_fire_as_well(here):
    """A merged outage's alerts are its whole's."""
    rob = Browser(here)
    rob.login("rob")
    send(here, alert(1, "web"), alert(2, "mail"))
    with here.record.reading() as state:
        first, *others = [one.id for one in state.outages()]
    rob.post(f"/console/outages/{first}/gather", other=others[0])
    assert "Alerts that fire, and no open outage counts" not in rob.get("/console").text
    refused = rob.post(f"/console/outages/{first}/move", event="resolve")
    assert "2 alerts still fire" in refused.text


def test_closing_words_are_hinted_at_like_updates(here):
    """What could be better is said beside them."""
    rob = Browser(here)
    rob.login("rob")
    rob.post("/console/outages", title="Issues with paying", **{"status-web": "major_outage"})
    page = rob.get(confirmed(rob, here)).text
    closing = page.split("Resolve it and publish these words", 1)[0].rsplit("They go to everybody", 1)[1]
    assert "Could be better" in closing


def run(monkeypatch, *words: str) -> int:
    """Run the command line, and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["tidegate", "outage", *words])
    with pytest.raises(SystemExit) as caught:
        main()
    return int(caught.value.code or 0)


def test_the_command_line_needs_an_option(tmp_path, capsys, monkeypatch):
    """Without it one clear error, and it stays open."""
    with house(tmp_path) as opened:
        send(opened, alert(1, "web"))
    data = ["--data", str(tmp_path / "data")]
    for words in (["resolve"], ["resolve", "--publish"], ["move", "resolve"]):
        assert 4 == run(monkeypatch, *words, *data)
        assert "1 alert still fires" in capsys.readouterr().err
    assert 0 == run(monkeypatch, "resolve", *data, "--despite-alerts")
