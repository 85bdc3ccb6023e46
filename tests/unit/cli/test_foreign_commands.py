"""Documents of other tools in the commands that read them: exit 2 and a reason, never a fault of ours."""

from __future__ import annotations

import json
import sys

import pytest

from foreign_readers import INCIDENT, PLAN, SHOP, STATUSPAGE, WORLD_TEXT
from tidegate.cli.main import main

LARGE_BYTES = 50 * 1024 * 1024


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Run the command line in a folder of its own; give exit code and what was said."""
    monkeypatch.chdir(tmp_path)

    def ran(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["tidegate", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    return ran


def resource(**change: object) -> dict[str, object]:
    return {**PLAN["resource_changes"][0], "change": {**PLAN["resource_changes"][0]["change"], **change}}


CHANGE = "resource_changes.0.change"


@pytest.mark.parametrize(
    ("resources", "where"),
    [
        ([{"mode": "managed", "change": "x"}], "resource_changes.0.change"),
        ([resource(after={"desired_capacity": float("inf")})], f"{CHANGE}.after.desired_capacity"),
        ([resource(after={"desired_capacity": float("nan")})], f"{CHANGE}.after.desired_capacity"),
        ([resource(after={"desired_capacity": 10**400})], f"{CHANGE}.after.desired_capacity"),
        ([resource(actions="update")], "resource_changes.0.change.actions"),
        ([resource(actions=[{}])], "resource_changes.0.change.actions"),
        ([resource(before=[])], "resource_changes.0.change.before"),
        (["x"], "resource_changes.0"),
        ([{"mode": [], "change": {}}], "resource_changes.0.mode"),
        ([{"address": [], "change": {}}], "resource_changes.0.address"),
    ],
)
def test_a_plan_with_something_unexpected_is_refused(run, tmp_path, resources, where):
    """What and where is said; it is never taken for a plan that changes nothing."""
    (tmp_path / "plan.json").write_text(json.dumps({"format_version": "1.2", "resource_changes": resources}))
    code, said = run("check", "--terraform-plan", "plan.json")
    assert (2, True, False) == (code, where in said, "own fault" in said)


def test_a_large_plan_is_read(run, tmp_path):
    """Fifty megabytes, of which one resource matters."""
    change = {"actions": ["no-op"], "before": {"x": "y" * 9_000}}
    filler = {"address": "a.b", "mode": "managed", "change": change}
    document = json.dumps(PLAN)
    many = ",".join([json.dumps(filler)] * (LARGE_BYTES // 9_000))
    text = document.replace('"resource_changes": [', f'"resource_changes": [{many},', 1)
    (tmp_path / "plan.json").write_text(text)
    assert len(text) > LARGE_BYTES
    code, said = run("check", "--terraform-plan", "plan.json")
    assert (2, True, True) == (code, "A world is needed to judge this plan" in said, SHOP in said)


DEEP = "[" * 200_000


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (json.dumps({**STATUSPAGE, "components": {"id": "x"}}), "components"),
        (json.dumps({**STATUSPAGE, "page": 5}), "page"),
        (DEEP, "is not JSON"),
        ('{"a":' + DEEP, "is not JSON"),
    ],
)
def test_a_history_with_something_unexpected_is_refused(run, tmp_path, text, where):
    """What and where is said, and nothing is taken in."""
    (tmp_path / "page.json").write_text(text)
    code, said = run("outage", "import-statuspage", "page.json")
    assert (2, True, False) == (code, where.lower() in said.lower(), "own fault" in said)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"components": [{"id": [], "name": "API"}]}, "components.0.id"),
        ({"incidents": [{**INCIDENT, "impact": {}}]}, "incidents.0.impact"),
        ({"incidents": [7]}, "incidents.0"),
        (
            {"scheduled_maintenances": [{"id": "m1", "scheduled_for": "2026-07-20T10:30:00Z"}]},
            "scheduled_maintenances.0.scheduled_until",
        ),
    ],
)
def test_an_odd_row_of_a_history_hides_no_other(run, tmp_path, change, where):
    """It is named, and the rest is taken in."""
    component = {"id": "good", "name": "Good", "created_at": "2020-01-01T00:00:00Z"}
    page = {**STATUSPAGE, **change}
    page["components"] = [*page["components"], component]
    (tmp_path / "page.json").write_text(json.dumps(page))
    code, said = run("outage", "import-statuspage", "page.json")
    assert (0, True) == (code, f"{where}: " in said)
    assert "left out, the rest is taken in" in said


def test_a_pull_request_of_a_repository_is_no_outage(run, tmp_path):
    """GitHub's API lists it among the issues, and it may have the label."""
    shared = {"labels": [{"name": "status"}], "body": "", "created_at": "2026-04-23T10:00:00Z"}
    issues = [
        {**shared, "number": 1, "title": "Shop is down", "closed_at": "2026-04-23T10:10:00Z"},
        {**shared, "number": 2, "title": "Show it in red", "closed_at": None, "pull_request": {"url": "x"}},
    ]
    (tmp_path / "history").mkdir()
    (tmp_path / "history" / "shop.yml").write_text("name: Shop\nstartTime: 2026-01-01T00:00:00.000Z\n")
    (tmp_path / "issues.json").write_text(json.dumps(issues))
    assert 0 == run("outage", "import-upptime", "history", "--issues", "issues.json")[0]
    said = run("outage", "list")[1]
    assert (True, False) == ("Shop is down" in said, "Show it in red" in said)


def test_a_history_with_half_a_character_is_taken_in(run, tmp_path):
    """An id is never shown, so one that has no bytes names its component all the same."""
    component = {"id": "\ud800", "name": "API", "status": "operational", "created_at": "2020-01-01T00:00:00Z"}
    page = {"page": {"id": "p", "name": "X"}, "components": [component], "incidents": []}
    (tmp_path / "page.json").write_text(json.dumps(page))
    assert 0 == run("outage", "import-statuspage", "page.json")[0]


@pytest.mark.parametrize("labels", [5, {"name": "status"}, [[]], [{"name": {}}]])
def test_an_issue_with_strange_labels_is_left_out(run, tmp_path, labels):
    """The place is named, and the site is taken in."""
    (tmp_path / "history").mkdir()
    (tmp_path / "history" / "api.yml").write_text("name: API\n")
    (tmp_path / "issues.json").write_text(json.dumps([{"number": 1, "labels": labels}]))
    code, said = run("outage", "import-upptime", "history", "--issues", "issues.json")
    assert (0, True, False) == (code, "issues.0.labels" in said, "own fault" in said)


@pytest.mark.parametrize("section", ["networks", "crossings", "services", "clients", "activities", "beliefs"])
@pytest.mark.parametrize("value", ["immediate", "[a]", "5"])
def test_a_belief_about_a_whole_section_is_refused(run, tmp_path, section, value):
    """An easy slip: the name of a section where the path of a value belongs."""
    stated = "clients.workers.retry: exponential-full-jitter"
    assert stated in WORLD_TEXT
    (tmp_path / "world.yaml").write_text(WORLD_TEXT.replace(stated, f"{section}: {value}"))
    code, said = run("check", "world.yaml")
    assert (2, True, False) == (code, f"beliefs.back_off.counter.{section}" in said, "own fault" in said)
