"""Reviews that a real API server sent (docs/evidence/real-api-server.md), replayed over TLS to a gate that is served."""

from __future__ import annotations

import base64
import json
import ssl
from pathlib import Path

import pytest

from gate_served import Authority, gate

RECORDED = Path(__file__).resolve().parents[1] / "golden" / "admission"
REVIEWS = sorted(RECORDED.glob("*.json"))
WORLDS = sorted((RECORDED / "worlds").glob("*.yaml"))
WORKED_OUT_WITHIN_S = 200.0


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What a gate that enforces says to each review, in the order in which the server sent them."""
    folder = tmp_path_factory.mktemp("recorded")
    authority = Authority(folder, "authority")
    certificate, key = authority.certificate("gate")
    words = ("--mode", "enforce", "--namespace", "tidegate", "--tls-cert", certificate, "--tls-key", key)
    trusted = ssl.create_default_context(cafile=str(authority.path))
    with gate(folder, *map(str, WORLDS), *words, trusted=trusted) as at:
        at.until_known("/metrics", b"", "", within_s=0)
        return {
            path.stem: at.ask(recorded["path"], json.dumps(recorded["review"]).encode())
            for path in REVIEWS
            for recorded in [json.loads(path.read_text())]
        }


def test_a_server_sent_all_kinds_of_reviews():
    """What the replay stands on: of each kind that the rules name there is one."""
    requests = [json.loads(path.read_text())["review"]["request"] for path in REVIEWS]
    found = {(one["resource"]["resource"], one.get("subResource", ""), one["operation"]) for one in requests}
    assert found >= {
        ("deployments", "scale", "UPDATE"), ("deployments", "", "UPDATE"), ("deployments", "", "CREATE"),
        ("statefulsets", "scale", "UPDATE"), ("replicasets", "", "UPDATE"), ("replicasets", "scale", "UPDATE"),
        ("horizontalpodautoscalers", "", "CREATE"), ("horizontalpodautoscalers", "", "UPDATE"),
    }  # fmt: skip
    assert {True, False} == {bool(one.get("dryRun")) for one in requests}
