"""The Statuspage API: exact paths and fields, checked by their shapes and by a client that is not ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import jsonschema
import pytest

import site_sample as sample
from record_sample import NOON_S
from tidegate.track.component import Status

TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
OR_NONE = {"anyOf": [TIME, {"type": "null"}]}
ID = {"type": "string", "pattern": "^[a-z0-9]{12}$"}
TEXT = {"type": "string"}
TEXT_OR_NONE = {"type": ["string", "null"]}
FLAG = {"type": "boolean"}
STATUS = {
    "enum": ["operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"]
}


def closed(fields, more=()):
    """An object of exactly these fields, and ours under its one key."""
    return {
        "type": "object",
        "properties": {**fields, "tidegate": {"type": "object"}, **{key: {} for key in more}},
        "required": list(fields),
        "additionalProperties": False,
    }


def many(shape):
    return {"type": "array", "items": shape}


PAGE = closed({"id": ID, "name": TEXT, "url": TEXT, "time_zone": TEXT, "updated_at": TIME})
SUM = closed(
    {"indicator": {"enum": ["none", "minor", "major", "critical", "maintenance"]}, "description": TEXT}
)
COMPONENT = closed(
    {
        "id": ID, "name": TEXT, "status": STATUS, "created_at": TIME, "updated_at": TIME,
        "position": {"type": "integer"}, "description": TEXT_OR_NONE, "showcase": FLAG,
        "start_date": TEXT_OR_NONE, "group_id": {"anyOf": [ID, {"type": "null"}]}, "page_id": ID,
        "group": FLAG,
        "only_show_if_degraded": FLAG,
    },
    more=("components",),
)  # fmt: skip
CHANGE = closed({"code": ID, "name": TEXT, "old_status": STATUS, "new_status": STATUS})
INCIDENT_STATES = ["investigating", "identified", "monitoring", "resolved", "postmortem"]
WORK_STATES = ["scheduled", "in_progress", "verifying", "completed"]


def incident(states, impacts, more=None):
    update = closed(
        {
            "id": ID, "status": {"enum": states}, "body": TEXT, "incident_id": ID, "created_at": TIME,
            "updated_at": TIME, "display_at": TIME,
            "affected_components": {"anyOf": [many(CHANGE), {"type": "null"}]}, "deliver_notifications": FLAG,
            "custom_tweet": TEXT_OR_NONE, "tweet_id": {"type": "null"},
        }
    )  # fmt: skip
    return closed(
        {
            "id": ID, "name": TEXT, "status": {"enum": states}, "created_at": TIME, "updated_at": TIME,
            "monitoring_at": OR_NONE, "resolved_at": OR_NONE, "impact": {"enum": impacts}, "shortlink": TEXT,
            "started_at": TIME, "page_id": ID, "reminder_intervals": {"type": "null"},
            "incident_updates": many(update), "components": many(COMPONENT), **(more or {}),
        }
    )  # fmt: skip


INCIDENT = incident(INCIDENT_STATES, ["none", "minor", "major", "critical"])
WORK = incident(WORK_STATES, ["maintenance"], {"scheduled_for": TIME, "scheduled_until": TIME})
SHAPES = {
    "summary": closed({"page": PAGE, "status": SUM, "components": many(COMPONENT),
                       "incidents": many(INCIDENT), "scheduled_maintenances": many(WORK)}),
    "status": closed({"page": PAGE, "status": SUM}),
    "components": closed({"page": PAGE, "components": many(COMPONENT)}),
    "incidents": closed({"page": PAGE, "incidents": many(INCIDENT)}),
    "incidents/unresolved": closed({"page": PAGE, "incidents": many(INCIDENT)}),
    **{f"scheduled-maintenances{part}": closed({"page": PAGE, "scheduled_maintenances": many(WORK)})
       for part in ("", "/upcoming", "/active")},
}  # fmt: skip


@pytest.fixture(scope="module")
def tree():
    return sample.built()


def read(tree, name):
    return json.loads(tree.made[f"api/v2/{name}.json"].content)


@pytest.mark.parametrize("name", SHAPES)
def test_every_document_has_its_shape(tree, name):
    """Exactly the API's fields, and ours under one key of their own."""
    jsonschema.validate(read(tree, name), SHAPES[name])


def test_the_paths_are_those_of_the_api(tree):
    """Nothing more and nothing less stands under /api/v2."""
    assert {f"api/v2/{name}.json" for name in SHAPES} == {
        path for path in tree.made if path.startswith("api")
    }


def test_the_summary_says_what_is_wrong(tree):
    """A component that is out makes the page critical; only what is open is in the summary."""
    found = read(tree, "summary")
    assert "critical" == found["status"]["indicator"]
    assert ["The shop cannot be reached"] == [one["name"] for one in found["incidents"]]
    assert 2 == len(read(tree, "incidents")["incidents"])
    assert ["scheduled"] * 3 == [one["status"] for one in found["scheduled_maintenances"]]


def test_what_is_unknown_is_not_said_to_work(tree):
    """The API has no unknown; such a component is not operational there, and ours says why."""
    docs = next(one for one in read(tree, "components")["components"] if one["name"] == "documentation")
    assert ("degraded_performance", "unknown") == (docs["status"], docs["tidegate"]["status"])


def test_groups_name_their_components(tree):
    """Rows of groups hold the ids of their members, and members name their group."""
    rows = read(tree, "components")["components"]
    for group in (row for row in rows if row["group"]):
        assert group["components"] == [row["id"] for row in rows if row["group_id"] == group["id"]]


def test_all_is_well_reads_none():
    """Without an outage the indicator is none."""
    at, _, _ = sample.early_desk()
    sample.declare(at)
    assert "none" == read(sample.built(at.state), "status")["status"]["indicator"]


def test_enumerations_cover_every_status():
    """Every status we have is one the API has, unknown excepted."""
    assert set(STATUS["enum"]) == {status.value for status in Status} - {"unknown"}


CLIENT = """
import json
from statuspage_prometheus_exporter.service_checker import SERVICES, check_service_status
print(json.dumps(check_service_status("ours", SERVICES["ours"])))
"""


@pytest.mark.parametrize("open_outage", [True, False])
def test_a_client_of_the_api_understands_it(tree, tmp_path, open_outage):
    """A published client (statuspage-prometheus-exporter) reads status, incidents and components."""
    later = tree if open_outage else healthy()
    for path, content in later.contents().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/api/v2/summary.json"
        services = tmp_path / "services.json"
        services.write_text(json.dumps({"ours": {"name": "Ours", "type": "status_page", "url": url}}))
        done = subprocess.run(
            [sys.executable, "-c", CLIENT], capture_output=True, text=True, check=True, cwd=tmp_path,
            env={**os.environ, "SERVICES_JSON_PATH": str(services)},
        )  # fmt: skip
    finally:
        server.shutdown()
        server.server_close()
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["success"]
    assert ("critical" if open_outage else "none") == found["raw_status"]
    names = {one["name"] for one in found["incident_metadata"]}
    assert ({"The shop cannot be reached"} if open_outage else set()) == names
    assert "sign-in (eu)" in {one["name"] for one in found["component_metadata"]}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def healthy():
    at, _, _ = sample.early_desk()
    sample.declare(at)
    return sample.built(at.state, NOON_S)
