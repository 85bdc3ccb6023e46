"""What publishing answers: whether the site has followed, and why not."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from server_sample import BASE, Browser, house
from tidegate.adapters.publish.target import TargetError
from tidegate.server.addresses import build


@pytest.fixture
def here(tmp_path):
    with house(tmp_path, with_world=True) as opened:
        yield opened


def full(_tree):
    raise TargetError("public: cannot be written: No space left on device")


def published(here) -> tuple[int, dict[str, str]]:
    client = TestClient(build(here), base_url=f"{BASE}/api/v1/")
    token = here.accounts.new_token("test", ["outages"], here.record.clock(), by="test")
    client.headers["authorization"] = f"Bearer {token}"
    one = client.post("outages", json={"cause": "login", "certainty": "likely"}).json()["id"]
    client.post(f"outages/{one}/events", json={"event": "confirm"})
    answer = client.post(f"outages/{one}/publish", json={})
    return answer.status_code, answer.json()["site"]


@pytest.mark.parametrize("is_running", [True, False])
def test_a_site_that_follows_is_said(here, is_running):
    """200 is the page itself: it is there when the answer comes."""
    if is_running:
        here.publisher.start()
    assert (200, {"state": "written", "why": ""}) == published(here)
    assert "Sign-in is disturbed" in Browser(here).get("/").text


@pytest.mark.parametrize("is_running", [True, False])
def test_a_site_that_cannot_be_written_is_said(here, monkeypatch, is_running):
    """The words are on record; the answer says that the page did not come, and why."""
    monkeypatch.setattr(here.publisher._own, "put", full)
    if is_running:
        here.publisher.start()
    status, site = published(here)
    assert (202, "failing", True) == (status, site["state"], "No space left" in site["why"])


def test_the_console_says_it_too(here, monkeypatch):
    """An operator is not told that words are public which are not."""
    monkeypatch.setattr(here.publisher._own, "put", full)
    rob = Browser(here)
    rob.login("rob")
    outage = rob.post("/console/outages", cause="login").headers["location"].split("/")[-1].split("?")[0]
    name, words = rob.draft(outage)
    answer = rob.post(f"/console/outages/{outage}/publish", **{"draft": name, "text-en": words})
    assert "has not followed" in rob.get(answer.headers["location"]).text
