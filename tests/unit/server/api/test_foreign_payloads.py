"""What programs send with something wrong in it: answered with what is wrong, never with a fault of ours."""

from __future__ import annotations

import json
import random

import pytest
from starlette.testclient import TestClient

from foreign_mutations import mutated
from foreign_readers import ALERTS, WORK
from server_sample import BASE, house
from tidegate.server.access.accounts import SCOPES
from tidegate.server.addresses import build

SENT_COUNT = 60
BODIES = {
    "alerts": ALERTS,
    "maintenance": WORK,
    "cases": {"text": "help", "contact": "a@b.example", "components": ["shop"], "key": "k", "language": "en"},
    "outages": {"title": "Sign-in fails", "cause": "login", "components": {"shop": "major_outage"},
                "segments": ["buyers"], "since": "2025-12-01T11:00:00Z"},
    "subscriptions": {"channel": "webhook", "address": "https://a.example/hook", "components": ["shop"],
                      "segments": ["buyers"], "severity": "minor", "language": "en"},
}  # fmt: skip


@pytest.fixture(scope="module", name="client")
def program(tmp_path_factory):
    with house(tmp_path_factory.mktemp("server"), with_world=True) as here:
        here.furnish()
        token = here.accounts.new_token("test", SCOPES, here.record.clock(), by="test")
        made = TestClient(build(here), base_url=f"{BASE}/api/v1/", raise_server_exceptions=False)
        made.headers["authorization"] = f"Bearer {token}"
        yield made


def test_an_alert_whose_status_is_a_list_is_refused_by_name(client):
    """422, and the place of it."""
    sent = {"version": "4", "alerts": [{"status": [], "labels": {}, "startsAt": "2026-11-28T00:00:00Z"}]}
    answer = client.post("alerts", json=sent)
    assert (422, ["alerts.0.status"]) == (
        answer.status_code, [fault["path"] for fault in answer.json()["faults"]],
    )  # fmt: skip


@pytest.mark.parametrize("path", BODIES)
def test_nothing_that_is_sent_is_a_fault_of_ours(client, path):
    """Mutations of each body: taken, or refused."""
    chance = random.Random(path)  # noqa: S311
    found = set()
    for _ in range(SENT_COUNT):
        sent = json.dumps(mutated(BODIES[path], chance))
        found.add(client.post(path, content=sent, headers={"content-type": "application/json"}).status_code)
    assert found <= {200, 201, 202, 404, 409, 422, 429}
