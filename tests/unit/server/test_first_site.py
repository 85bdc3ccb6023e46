"""At first start the public site vouches for nothing nobody looked at, and lists nothing of ours."""

from __future__ import annotations

import json

import pytest

from record_sample import WORLD
from server_sample import BASE, Browser
from tidegate.server.house import House
from tidegate.server.setting import read_setting
from tidegate.track.component import Status
from tidegate.track.lifecycle import OutageEvent
from tidegate.track.pager import read_alerts
from tidegate.verbs.record.alert import hear
from tidegate.verbs.record.component import Described, candidates, declare
from tidegate.verbs.record.outage import Report, find_outage, move, open_outage

PRIVATE = (
    WORLD.replace(" public: the shop,", "").replace(" public: search,", "").replace(" public: storage,", "")
)


@pytest.fixture
def started(tmp_path):
    """Start a server of a world for the first time."""
    opened: list[House] = []

    def start(world: str) -> House:
        (tmp_path / "world.yaml").write_text(world, encoding="utf-8")
        setting = read_setting({"data": str(tmp_path / "data"), "world": str(tmp_path / "world.yaml")}, {})
        opened.append(House(setting, url=BASE))
        opened[-1].furnish()
        opened[-1].publisher.publish_if_due()
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def summary(at: House) -> dict:
    return json.loads((at.public / "api/v2/summary.json").read_bytes())


def test_only_what_customers_know_is_listed_and_none_of_it_is_called_well(started):
    """One service has a public name; its siblings are nowhere on the site, and it is unknown."""
    here = started(PRIVATE)
    text = "".join(
        path.read_text("utf-8")
        for path in here.public.rglob("*")
        if path.suffix in {".html", ".json", ".atom"}
    )
    assert "sign-in" in text
    for internal in ("storage", "the shop", "inner network"):
        assert internal not in text
    assert ["unknown"] == [one["tidegate"]["status"] for one in summary(here)["components"]]
    assert "none" != summary(here)["status"]["indicator"]


def test_a_world_without_public_names_lists_nothing(started):
    """What is shown is chosen; the page says that it vouches for nothing."""
    here = started(PRIVATE.replace(" public: sign-in,", ""))
    assert [] == summary(here)["components"]


def test_components_are_chosen_and_looked_at(started):
    """Segments are offered first, our own services apart; one press says that somebody looked."""
    here = started(PRIVATE.replace(" public: sign-in,", ""))
    here.accounts.declare("rob", "responder", "a-long-password", by="test")
    rob = Browser(here)
    rob.login("rob")
    page = rob.get("/console/components").text
    assert 'value="buyers" checked' in page
    assert 'value="store"' in page
    assert 'value="store" checked' not in page
    rob.client.post("/console/components/world", data={"csrf": rob.csrf(), "id": ["buyers", "readers"]})
    with here.record.reading() as state:
        now_s = here.record.clock()
        assert {"buyers": Status.UNKNOWN, "readers": Status.UNKNOWN} == {
            one.id: state.status(one.id, now_s) for one in state.components()
        }
    rob.client.post("/console/components/vouch", data={"csrf": rob.csrf(), "id": ["buyers"]})
    with here.record.reading() as state:
        assert Status.OPERATIONAL is state.status("buyers", here.record.clock() + 1)
        assert Status.UNKNOWN is state.status("readers", here.record.clock() + 1)
        assert "buyers" not in {one.id for one in candidates(here.record.world)} - {"buyers", "readers"}


def test_an_outage_shows_the_public_no_internal(started):
    """The alert names storage, which nobody outside knows; the segment that is shown is hit."""
    here = started(PRIVATE.replace(" public: sign-in,", ""))
    alert = {"status": "firing", "labels": {"service": "store", "severity": "critical"}, "annotations": {},
             "startsAt": "2026-11-23T09:00:00Z", "fingerprint": "f1"}  # fmt: skip
    with here.record.desk("test") as desk:
        declare(desk, [Described(id="buyers", title="Buyers", noun="buyers")])
        (one,) = hear(desk, read_alerts({"version": "4", "alerts": [alert]}))
        move(desk, one, OutageEvent.CONFIRM)
        assert Status.PARTIAL is find_outage(desk.state, one.id).components["buyers"]
    here.publisher.publish_if_due()
    (incident,) = summary(here)["incidents"]
    assert ["Buyers"] == [found["name"] for found in incident["components"]]
    pages = "".join(path.read_text("utf-8") for path in (here.public / "outages").glob("*.html"))
    assert "Buyers" in pages
    assert "login" not in pages


def test_what_an_outage_hit_was_looked_at_once_it_is_over(started):
    """Whoever says that it is over has looked; before that, nothing is vouched for."""
    here = started(WORLD)
    with here.record.desk("test") as desk:
        one = open_outage(desk, Report(title="Sign-in fails", components={"login": "major_outage"}))
        move(desk, one, OutageEvent.RESOLVE)
    here.rounds.turn()
    with here.record.reading() as state:
        now_s = here.record.clock() + 1
        assert (Status.OPERATIONAL, Status.UNKNOWN) == (
            state.status("login", now_s),
            state.status("shop", now_s),
        )
