"""The API: tokens with scopes, every fault at once, the same use cases as the console."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from server_sample import BASE, house
from tidegate.server.accounts import SCOPES
from tidegate.server.app import build
from tidegate.track.receipt import read_receipt

FIRING = {
    "version": "4",
    "status": "firing",
    "alerts": [
        {"status": "firing", "labels": {"service": name, "severity": "critical"}, "annotations": {},
         "startsAt": "2026-11-23T09:00:00Z", "endsAt": "0001-01-01T00:00:00Z", "fingerprint": f"f{name}"}
        for name in ("login", "shop")
    ],
}  # fmt: skip


@pytest.fixture
def here(tmp_path):
    with house(tmp_path, with_world=True) as opened:
        yield opened


class Program:
    """A program with a token for some scopes."""

    def __init__(self, here, *scopes: str) -> None:
        self.client = TestClient(build(here), base_url=f"{BASE}/api/v1/")
        if scopes:
            token = here.accounts.new_token("test", scopes, here.record.clock(), by="test")
            self.client.headers["authorization"] = f"Bearer {token}"

    def __getattr__(self, name: str):
        return getattr(self.client, name)


def test_alertmanager_opens_one_outage_for_one_cause(here):
    """Two alerts with one cause are one emerging outage; sent again, nothing changes."""
    alertmanager = Program(here, "alerts")
    first = alertmanager.post("alerts", json=FIRING).json()
    again = alertmanager.post("alerts", json=FIRING).json()
    assert (1, 2) == (len(first["outages"]), first["alerts"])
    assert [] == again["outages"]
    with here.record.reading() as state:
        (one,) = state.outages()
    assert ("emerging", "alert", "login") == (one.state.value, one.source, one.cause)


def test_a_webhook_that_is_wrong_hears_everything_that_is(here):
    """A problem document names each fault with its place."""
    answer = Program(here, "alerts").post("alerts", json={"version": "3", "alerts": [{"status": "on"}]})
    assert (422, "application/problem+json") == (answer.status_code, answer.headers["content-type"])
    assert {"version", "alerts.0.status", "alerts.0.startsAt"} <= {
        fault["path"] for fault in answer.json()["faults"]
    } | {"version"}


@pytest.mark.parametrize("scope", SCOPES)
def test_a_token_opens_what_its_scope_names(here, scope):
    """Every other address says which scope is missing."""
    program = Program(here, scope)
    found = {
        "read": program.get("outages").status_code,
        "alerts": program.post("alerts", json=FIRING).status_code,
        "outages": program.post("outages", json={"title": "x"}).status_code,
        "cases": program.get("cases").status_code,
    }
    assert {scope} == {name for name, status in found.items() if status < 300}
    assert {403} == {status for name, status in found.items() if name != scope}


def test_without_a_token_only_help_is_open(here):
    """No token, a wrong one, one that lapsed: 401; guessing is slowed down, and right tokens are not."""
    nobody, right = Program(here), Program(here, "read")
    assert 401 == nobody.get("outages").status_code
    nobody.client.headers["authorization"] = "Bearer tg_00000000_wrong"
    assert {401, 429} == {nobody.get("outages").status_code for _ in range(70)}
    assert 200 == right.get("outages").status_code
    lapsed = here.accounts.new_token("old", ["read"], 0.0, by="test")
    assert here.accounts.bearer(lapsed, here.record.clock()) is None


def test_from_outage_to_words_to_resolution(here):
    """Open, confirm, draft, publish, resolve: what the console does, a program does."""
    program = Program(here, "outages", "read")
    one = program.post("outages", json={"cause": "login", "certainty": "likely"}).json()
    own = f"outages/{one['id']}"
    assert ("emerging", ["buyers"]) == (one["state"], one["segments"])
    assert "confirmed" == program.post(f"{own}/events", json={"event": "confirm"}).json()["state"]
    words = program.post(f"{own}/drafts", json={"lead": "We know the cause."}).json()
    assert words["may_be_public"]
    assert words["update"] == program.post(f"{own}/publish", json={"draft": words["update"]}).json()["update"]
    bad = program.post(f"{own}/drafts", json={"texts": {"en": "Some users."}}).json()
    assert 409 == program.post(f"{own}/publish", json={"draft": bad["update"]}).status_code
    assert 422 == program.post(f"{own}/events", json={"event": "split"}).status_code
    assert "resolved" == program.post(f"{own}/events", json={"event": "resolve"}).json()["state"]
    assert [one["id"]] == [found["id"] for found in program.get("outages").json()["outages"]]
    assert 404 == program.get("outages/none").status_code


def test_every_fault_of_a_request_is_named_at_once(here):
    """Three fields are wrong: three faults."""
    answer = Program(here, "outages").post("outages", json={"title": 1, "since": "now", "certainty": "sure"})
    assert (422, {"title", "since", "certainty"}) == (
        answer.status_code,
        {one["path"] for one in answer.json()["faults"]},
    )


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"title": NaN}', b"[" * 100_000, b"\xff\xfe", b'{"a":' * 50_000]
)
def test_hostile_json_is_a_fault_of_theirs(here, body):
    """Whatever the bytes are, the answer is a problem document."""
    answer = Program(here, "outages").post("outages", content=body)
    assert (422, "application/problem+json") == (answer.status_code, answer.headers["content-type"])


def test_a_case_needs_no_token_and_is_the_same_twice(here):
    """A program asks for help with a key: 201 once, 200 after that, one receipt."""
    program = Program(here)
    sent = {"text": "broken", "key": "k", "components": ["login"], "contact": "a@b.example"}
    first, second = program.post("cases", json=sent), program.post("cases", json=sent)
    assert ([201, 200], first.json()["receipt"]) == (
        [first.status_code, second.status_code],
        second.json()["receipt"],
    )
    found = read_receipt(first.json()["receipt"], public_key=here.site_key)
    mark = first.json()["page"].rsplit("/", 1)[1]
    assert 404 == program.post(f"cases/{found.case}/reopen", json={"mark": "0"}).status_code
    assert "reopened" == program.post(f"cases/{found.case}/reopen", json={"mark": mark}).json()["state"]
    assert 422 == program.post("cases", json={"text": 5}).status_code


def test_cases_are_read_and_answered_together(here):
    """The queue, a thread, and one answer to all cases of an outage."""
    program = Program(here, "cases", "outages")
    outage = program.post("outages", json={"cause": "login"}).json()["id"]
    cases = [
        program.post("cases", json={"text": f"{number}", "outage": outage}).json()["case"]
        for number in range(3)
    ]
    answer = program.post(f"outages/{outage}/reply", json={"text": "We are on it."}).json()
    assert (3, True) == (answer["cases"], bool(answer["broadcast"]))
    assert set(cases) == {one["id"] for one in program.get("cases").json()["cases"]}
    assert ["0", "We are on it."] == [
        one["text"] for one in program.get(f"cases/{cases[0]}").json()["thread"]
    ]


def test_components_and_work(here):
    """Declared, listed, retired; planned and listed."""
    program = Program(here, "outages", "read")
    assert "Shop" == program.put("components/shop", json={"title": "Shop", "noun": "shop"}).json()["title"]
    assert ["shop"] == [one["id"] for one in program.get("components").json()["components"]]
    program.put("components/shop", json={"title": "Shop", "retired": True})
    assert [] == program.get("components").json()["components"]
    work = {"title": "Disks", "starts": "2099-01-01T00:00:00Z", "lasts_s": 3600, "components": ["shop"]}
    planned = program.post("maintenance", json=work).json()
    assert [planned] == program.get("maintenance").json()["maintenance"]
    assert 422 == program.post("maintenance", json={"title": "Disks"}).status_code


def test_the_description_names_every_address(here):
    """What OpenAPI says there is answers, and what answers is in it."""
    program = Program(here)
    described = program.get("openapi.json").json()["paths"]
    routes = {
        route.path.removeprefix("/api/v1")
        for route in build(here).routes
        if route.path.startswith("/api/v1/")
    }
    assert routes - {"/{rest:path}"} == set(described)
    assert 404 == program.get("nothing").status_code
