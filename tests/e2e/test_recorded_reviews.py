"""Reviews that a real API server sent, replayed over TLS to a gate that is served.

Recorded by `docs/generate_real_api_server.py --fixtures`; docs/evidence/real-api-server.md has how.
"""

from __future__ import annotations

import base64
import json
import ssl
import time
from pathlib import Path

import pytest

from gate_served import Authority, gate

RECORDED = Path(__file__).resolve().parents[1] / "golden" / "admission"
REVIEWS = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(RECORDED.glob("*.json"))
}
WORLDS = sorted((RECORDED / "worlds").glob("*.yaml"))
WORKED_OUT_WITHIN_S = 250.0


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What a gate that enforces says to each review, in the order in which a server sent them."""
    folder = tmp_path_factory.mktemp("recorded")
    authority = Authority(folder, "authority")
    certificate, key = authority.certificate("gate")
    words = ("--mode", "enforce", "--namespace", "tidegate", "--tls-cert", certificate, "--tls-key", key)
    trusted = ssl.create_default_context(cafile=str(authority.path))
    with gate(folder, *map(str, WORLDS), *words, trusted=trusted) as at:
        until_s = time.monotonic() + WORKED_OUT_WITHIN_S
        while "tidegate_gate_waiting 0.0" not in at.ask("/metrics", method="GET")[1]:
            assert time.monotonic() < until_s, (folder / "gate.log").read_text()
            time.sleep(0.2)
        return {
            name: at.ask(one["path"], json.dumps(one["review"]).encode()) for name, one in REVIEWS.items()
        }


@pytest.mark.parametrize("name", REVIEWS)
def test_a_server_is_answered_as_it_was(answers, name):
    """What it does is the same: let through, refused, or brought down to the same size."""
    status, text = answers[name]
    expected, said = REVIEWS[name]["answer"], json.loads(text)["response"]
    assert (200, REVIEWS[name]["review"]["request"]["uid"]) == (status, said["uid"])
    assert (expected["allowed"], expected.get("code")) == (
        said["allowed"],
        said.get("status", {}).get("code"),
    )
    verdict = said.get("auditAnnotations", {}).get("verdict")
    assert verdict == expected.get("verdict", verdict)
    patch = said.get("patch")
    assert expected.get("patch") == (None if patch is None else json.loads(base64.b64decode(patch)))


def test_what_was_recorded_is_of_every_kind():
    """What the replay stands on: each kind that the rules name, who asks, and each answer."""
    requests = [one["review"]["request"] for one in REVIEWS.values()]
    found = {
        f"{one['operation']} {one['resource']['resource']} {one.get('subResource', '')}" for one in requests
    }
    assert found >= {
        "UPDATE deployments scale", "UPDATE deployments ", "CREATE deployments ", "UPDATE statefulsets scale",
        "UPDATE replicasets ", "UPDATE replicasets scale", "CREATE horizontalpodautoscalers ",
        "UPDATE horizontalpodautoscalers ",
    }  # fmt: skip
    assert {True, False} == {one["dryRun"] for one in requests}
    users = {one["userInfo"]["username"].rpartition(":")[2] for one in requests}
    assert users >= {"admin", "horizontal-pod-autoscaler", "deployment-controller"}
    answers = [one["answer"] for one in REVIEWS.values()]
    assert {True, False} == {one["allowed"] for one in answers}
    assert any("patch" in one for one in answers)
