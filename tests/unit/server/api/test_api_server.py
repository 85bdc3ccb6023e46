"""The API: tokens with scopes, every fault at once, the same use cases as the console."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from server_sample import BASE, house
from tidegate.inform.notice import confirm_address
from tidegate.server.access.accounts import SCOPES
from tidegate.server.addresses import build
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
    with house(tmp_path, with_world=True, metrics_closed="yes") as opened:
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
        "subscriptions": program.get("subscriptions").status_code,
        "metrics": program.get(f"{BASE}/metrics").status_code,
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


def test_two_outages_become_one(here):
    """A merge names the other; what they hit is the other's from then on, and a split undoes it."""
    program = Program(here, "outages", "read")
    one, other = (program.post("outages", json={"cause": name}).json()["id"] for name in ("login", "shop"))
    events = f"outages/{one}/events"
    merged = program.post(events, json={"event": "merge", "into": other, "because": "one cause"}).json()
    assert ("merged", other) == (merged["state"], merged["merged_into"])
    assert {"login", "shop"} <= set(program.get(f"outages/{other}").json()["components"])
    assert "confirmed" == program.post(events, json={"event": "split"}).json()["state"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"event": "merge"}, {"event": "merge", "into": ""}, {"event": "merge", "into": "none"},
        {"event": "confirm", "into": "login"},
    ],
)  # fmt: skip
def test_a_merge_without_the_other_outage_is_a_fault_of_its_body(here, wrong):
    """Missing, unknown, or given with another event: named with its place, and nothing is changed."""
    program = Program(here, "outages", "read")
    one = program.post("outages", json={"cause": "login"}).json()["id"]
    answer = program.post(f"outages/{one}/events", json=wrong)
    assert (422, ["into"]) == (answer.status_code, [fault["path"] for fault in answer.json()["faults"]])
    assert "emerging" == program.get(f"outages/{one}").json()["state"]


def test_an_outage_is_not_merged_into_itself(here):
    """What the record refuses, the API refuses."""
    program = Program(here, "outages")
    one = program.post("outages", json={"cause": "login"}).json()["id"]
    assert 422 == program.post(f"outages/{one}/events", json={"event": "merge", "into": one}).status_code


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
    found = read_receipt(first.json()["receipt"], named=[here.site_key])
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


# -- subscriptions ----------------------------------------------------------------------------------


def test_a_subscription_is_asked_for_read_changed_and_ended(here):
    """It is asked (201), and not again at once (200); then it agrees, hears of less, and is ended."""
    program = Program(here, "subscriptions")
    wish = {"channel": "webhook", "address": "https://h.example.org/x", "components": ["login"],
            "segments": ["buyers"], "severity": "major"}  # fmt: skip
    here.furnish()
    first, again = program.post("subscriptions", json=wish), program.post("subscriptions", json=wish)
    one = first.json()
    assert (201, 200, one["id"]) == (first.status_code, again.status_code, again.json()["id"])
    assert ("asked", ["login"], ["buyers"], "major", None) == (
        one["state"], one["components"], one["segments"], one["severity"], one["confirmed"],
    )  # fmt: skip
    assert "secret" not in one
    own = f"subscriptions/{one['id']}"
    program.post(f"{BASE}{confirm_address('', here.key, one['id'])}")
    assert "confirmed" == program.get(own).json()["state"]
    changed = program.put(own, json={"severity": "critical", "components": ["shop"]}).json()
    assert (["shop"], [], "critical", "confirmed") == (
        changed["components"], changed["segments"], changed["severity"], changed["state"],
    )  # fmt: skip
    assert [one["id"]] == [found["id"] for found in program.get("subscriptions").json()["subscriptions"]]
    assert "ended" == program.delete(own).json()["state"]
    assert {"count": 0, "subscriptions": []} == program.get("subscriptions").json()
    assert "ended" == program.get(own).json()["state"]
    assert 422 == program.put(own, json={"severity": "minor"}).status_code


def test_a_program_vouches_for_an_address_and_is_told_the_secret(here):
    """It is confirmed at once; a webhook's secret is in the answer and nowhere after."""
    program = Program(here, "subscriptions")
    wish = {"channel": "webhook", "address": "https://h.example.org/y", "vouch": True}
    made = program.post("subscriptions", json=wish).json()
    assert ("confirmed", True) == (made["state"], made["secret"].startswith("whsec_"))
    assert "whsec_" not in program.get("subscriptions").text


def test_a_subscription_that_cannot_be_is_refused_with_every_reason(here):
    """A channel that is not set up, an unknown segment, component, severity; and none of that id: 404."""
    program = Program(here, "subscriptions")
    hook = {"channel": "webhook", "address": "https://h.example.org/z"}
    for wrong in (
        {"channel": "email", "address": "ann@a.example"},
        {**hook, "segments": ["nobody"]},
        {**hook, "components": ["nothing"]},
        {**hook, "severity": "huge", "language": "xx"},
        {**hook, "address": "https://h.example.org/\r\nx"},
    ):
        answer = program.post("subscriptions", json=wrong)
        assert (422, True) == (answer.status_code, bool(answer.json()["faults"])), wrong
    assert [404] * 3 == [
        program.get("subscriptions/none").status_code,
        program.put("subscriptions/none", json={}).status_code,
        program.delete("subscriptions/none").status_code,
    ]
    assert 0 == program.get("subscriptions").json()["count"]


def test_an_outage_whose_alerts_fire_is_resolved_with_a_second_word_only(here):
    """The answer says how many fire; `despite_alerts` says that it is over all the same."""
    Program(here, "alerts").post("alerts", json=FIRING)
    api = Program(here, "outages")
    with here.record.reading() as state:
        (one,) = state.outages()
    refused = api.post(f"outages/{one.id}/events", json={"event": "resolve"})
    assert (True, True) == (refused.status_code >= 400, "2 alerts still fire" in refused.text)
    done = api.post(f"outages/{one.id}/events", json={"event": "resolve", "despite_alerts": True})
    assert (200, "resolved") == (done.status_code, done.json()["state"])


def test_only_a_token_for_cases_says_that_a_case_is_of_a_drill(here):
    """Nobody answers such a case: so no stranger, and no mistake, makes one of a customer's."""
    said = {"text": "This is a drill.", "exercise": True}
    answers = [Program(here, *scopes).post("cases", json=said) for scopes in ((), ("read",), ("cases",))]
    assert [401, 403, 201] == [answer.status_code for answer in answers]
    desk = Program(here, "cases")
    assert 0 == desk.get("cases").json()["open"]
    assert desk.get(f"cases/{answers[-1].json()['case']}").json()["is_exercise"]
    with here.record.reading() as state:
        assert 1 == len(state.cases)


def test_a_program_is_told_of_a_component_that_is_new(here):
    """In the words of the command line; nothing where each is known."""
    program = Program(here, "outages")
    assert (
        "notes"
        not in program.post("outages", json={"title": "One", "components": {"ec2_api": "unknown"}}).json()
    )
    said = {"ec2_ap": "unknown", "ec2_api": "unknown"}
    made = program.post("outages", json={"title": "Two", "components": said})
    assert ["The component ec2_ap is new here. Did you mean ec2_api?"] == made.json()["notes"]


def test_only_an_exercise_is_private(here):
    """What is meant cannot be hidden by a word in its report."""
    program = Program(here, "outages")
    refused = program.post("outages", json={"title": "Shop", "private": True})
    assert (422, "private") == (refused.status_code, refused.json()["faults"][0]["path"])
    made = program.post("outages", json={"title": "Shop", "private": True, "exercise": True})
    assert (201, True) == (made.status_code, made.json()["is_private"])


def test_a_program_sees_where_the_chains_of_a_site_end(here):
    """As `tidegate site list --json` has it; two sites hold the same where this is the same."""
    found = Program(here, "read").get("sites").json()
    (own,) = found["sites"]
    assert (found["site"], "this site") == (own["name"], own["standing"])
    (chain,) = own["chains"]
    assert chain["entries"] == here.journal.ends()[0].number
    assert 403 == Program(here, "cases").get("sites").status_code
